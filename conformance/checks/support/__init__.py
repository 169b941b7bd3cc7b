"""What checks of several folders share: controls, expectations, waiting, draws. Nothing here is a check."""
