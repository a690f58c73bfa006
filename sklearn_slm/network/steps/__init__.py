"""Training steps, and the formulas that they share."""
