"""Recurrences with gradients of their own."""
