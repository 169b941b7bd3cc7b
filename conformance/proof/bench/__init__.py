"""Two builds of the harness side by side: what a command of each takes, and whether both judge alike."""
