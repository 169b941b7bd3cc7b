"""What the results of a run come to: one result (results), all of them (tally), on one screen (summary).

Pure: a Run goes in, values and text come out. How a page looks belongs to reports.forms.html, what is secret to
reports.redact.
"""
