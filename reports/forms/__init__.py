"""The forms of a report, a file each: from a run to a text. They read the journal and nothing else."""
