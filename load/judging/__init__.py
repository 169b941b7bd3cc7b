"""What was measured, held against promises and budgets. Nothing here sends anything."""
