"""A load run from its command line to its record: workers, what they are told and tell, progress."""
