"""What the checks find at the real servers of fixtures/servers, held against the lists that were made by reading.

`python3 -m conformance calibrate` runs it. It is a tool for those who write checks, and no part of a run or a report.
"""
