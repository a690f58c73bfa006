"""What the tests of readers share."""

import gzip

import pytest


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a file, packed if its name says so."""

    def call(name, content):
        path = tmp_path / name
        data = content if isinstance(content, bytes) else content.encode()
        packed = name.lower().endswith(".gz")
        path.write_bytes(gzip.compress(data) if packed else data)
        return path

    return call
