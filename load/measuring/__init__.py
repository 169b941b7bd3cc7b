"""What was measured, and the shape in which it is kept. Nothing here sends or judges."""
