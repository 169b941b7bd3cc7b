"""What is to happen, decided before or between windows: pure values. Nothing here is sent or measured."""
