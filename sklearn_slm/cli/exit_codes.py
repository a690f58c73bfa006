"""What the command returns, beside click's 2 for a command that is not understood."""

__all__ = ["FAILED", "INTERRUPTED", "PIPE_CLOSED"]

FAILED, INTERRUPTED, PIPE_CLOSED = 1, 130, 141
