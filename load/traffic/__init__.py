"""Requests as they go out: open and closed model, virtual users, iterations. Nothing here judges.

open_model.py and closed_model.py each take the next step of an iteration in lines of their own, alike as these are: one
function between them would be one more call for each request, and what a model does with a step is the model.
"""
