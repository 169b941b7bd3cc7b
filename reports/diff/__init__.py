"""What changed between two runs: of checks by requirement, of load by measure. What is worse, and how it is shown."""
