"""What happened, for people and machines. Reads journals; never imports the checks."""
