"""What the RFCs say, as checks."""
