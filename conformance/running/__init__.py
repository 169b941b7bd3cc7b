"""The run and its command line: arguments, environment, choice of checks, progress, verdicts. No OAuth belongs here."""
