"""Fitted models as files: bytes, tagged values, and the formats of before."""
