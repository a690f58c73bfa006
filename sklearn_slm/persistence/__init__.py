"""Fitted models as files: bytes, tagged values, and the formats of before."""

from .container import FORMAT, VERSION, read_file, write_file
from .fields import RefusedError, expect, take_field
from .values import Decoder, Encoder, check_type

__all__ = [
    "FORMAT",
    "VERSION",
    "Decoder",
    "Encoder",
    "RefusedError",
    "check_type",
    "expect",
    "read_file",
    "take_field",
    "write_file",
]
