"""Blind spots found by machine: the embedded server is changed in one place, and the checks have to notice.

`python3 -m conformance mutate` runs it. It is a tool for those who write checks, and no part of a run or a report.
"""
