"""Training on pairs of sequences: a first text, and a second one to write."""
