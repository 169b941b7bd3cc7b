"""Whether the checks can be believed: by fault, by mutant, by real server. What a server does is judged in checks."""
