"""A load run from its command line to its record: workers, the messages between them, progress."""
