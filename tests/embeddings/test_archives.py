import bz2
import gzip
import io
import lzma
import struct
import zipfile
import zlib

import numpy as np
import pytest

from sklearn_slm.embeddings import WordVectors, archives, read_vectors
from sklearn_slm.embeddings.files import open_for_reading

ROWS = b"".join(b"w%d %d %d\n" % (i, i, -i) for i in range(300))
VECTORS = WordVectors(
    [f"w{i}" for i in range(300)], [[float(i), float(-i)] for i in range(300)]
)
METHODS = [
    zipfile.ZIP_STORED,
    zipfile.ZIP_DEFLATED,
    zipfile.ZIP_BZIP2,
    zipfile.ZIP_LZMA,
]


def pack_zip(method, content=ROWS):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("v.txt", content)
    return buffer.getvalue()


PACKED = {
    "gzip": gzip.compress(ROWS),
    "bzip2": bz2.compress(ROWS),
    "xz": lzma.compress(ROWS),
    **{f"zip {method}": pack_zip(method) for method in METHODS},
}
# Noise is longer packed than what is read to find the layout.
NOISE = {
    name: pack(np.random.default_rng(0).bytes(600_000))
    for name, pack in [
        ("gzip", gzip.compress),
        ("bzip2", bz2.compress),
        ("xz", lzma.compress),
        *[(f"zip {m}", lambda content, m=m: pack_zip(m, content)) for m in METHODS],
    ]
}


def read(content, tmp_path, **options):
    path = tmp_path / "packed"
    path.write_bytes(content)
    return read_vectors(path, **options)


@pytest.mark.parametrize("name", PACKED)
def test_every_kind_is_read(name, tmp_path):
    assert read(PACKED[name], tmp_path) == VECTORS


@pytest.mark.parametrize("name", ["gzip", "bzip2", "xz"])
def test_files_of_several_streams(name, tmp_path):
    pack = {"gzip": gzip, "bzip2": bz2, "xz": lzma}[name].compress
    half = ROWS.index(b"w150 ")
    several = pack(ROWS[:half]) + pack(b"") + pack(ROWS[half:])
    assert read(several, tmp_path) == VECTORS
    assert read(several + bytes(100_000), tmp_path) == VECTORS  # padded


@pytest.mark.parametrize("name", PACKED)
def test_a_cut_file_is_an_error_that_names_it(name, tmp_path):
    content = PACKED[name]
    for n_bytes in range(0, len(content), 37):
        with pytest.raises(ValueError, match="packed"):
            read(content[:n_bytes], tmp_path)


@pytest.mark.parametrize("name", PACKED)
def test_flipped_bits_are_an_error_that_names_the_file(name, tmp_path):
    refused = 0
    for place in range(0, len(PACKED[name]), 11):
        content = bytearray(PACKED[name])
        content[place] ^= 1 << place % 8
        try:
            assert read(bytes(content), tmp_path).n_components == 2
        except ValueError as error:
            assert "packed" in str(error)
            refused += 1
    assert refused > 20


@pytest.mark.parametrize("name", NOISE)
def test_flipped_bits_far_inside_are_found_while_reading(name, tmp_path):
    content = bytearray(NOISE[name])
    content[len(content) // 2] ^= 4
    (tmp_path / "packed").write_bytes(content)
    with pytest.raises(ValueError, match="damaged or incomplete archive"):
        with open_for_reading(tmp_path / "packed") as (stream, _):
            stream.read()


def test_an_encrypted_member_is_named(tmp_path):
    content = bytearray(PACKED["zip 8"])
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(signature) + offset] |= 1
    with pytest.raises(ValueError, match=r"packed/v.txt' is encrypted. Unpack it with"):
        read(bytes(content), tmp_path)


@pytest.mark.parametrize("method", [9, 93, 99, 12345])
def test_an_unknown_method_of_zip_is_named(method, tmp_path):
    content = bytearray(PACKED["zip 8"])
    for signature, offset in ((b"PK\3\4", 8), (b"PK\1\2", 10)):
        start = content.index(signature) + offset
        content[start : start + 2] = struct.pack("<H", method)
    with pytest.raises(ValueError, match=rf"packed/v.txt' .*by method {method} of zip"):
        read(bytes(content), tmp_path)


def test_an_unnamed_member(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("v", "a 1\n")
    content = bytearray(buffer.getvalue())
    # The name becomes a part of the field after it.
    place = content.index(b"PK\1\2") + 28
    content[place : place + 4] = struct.pack("<HH", 0, 1)
    with pytest.raises(ValueError, match="damaged or incomplete archive"):
        read(bytes(content), tmp_path)


def test_xz_gets_no_more_memory_than_its_bound(tmp_path):
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20}]
    content = bytearray(lzma.compress(ROWS, filters=filters, check=lzma.CHECK_NONE))
    assert read(bytes(content), tmp_path) == VECTORS
    # Header of the stream, then of the block: its size, flags, filter, the dictionary.
    assert content[12:16] == b"\x02\x00\x21\x01"
    content[16] = 40  # 4 GiB - 1
    content[20:24] = struct.pack("<I", zlib.crc32(content[12:20]))
    with pytest.raises(ValueError, match="takes more than 256 MiB of memory to unpack"):
        read(bytes(content), tmp_path)


def test_xz_with_every_preset_is_read(tmp_path, monkeypatch):
    for preset in (0, 9 | lzma.PRESET_EXTREME):
        assert read(lzma.compress(ROWS, preset=preset), tmp_path) == VECTORS
    monkeypatch.setattr(archives, "MAX_MEMORY", 1 << 20)
    with pytest.raises(ValueError, match="takes more than 1 MiB of memory"):
        read(lzma.compress(ROWS, preset=9), tmp_path)


def test_lzma_in_zip_gets_no_more_memory_than_its_bound(tmp_path):
    content = bytearray(PACKED["zip 14"])
    # The header of the member, its name, and five bytes before the dictionary's size.
    place = 30 + len("v.txt") + 5
    assert struct.unpack_from("<I", content, place) == (1 << 23,)
    struct.pack_into("<I", content, place, 0xFFFFFFFF)
    with pytest.raises(ValueError, match=r"v.txt' takes more than 256 MiB of memory"):
        read(bytes(content), tmp_path)


def test_a_bomb_of_bzip2_is_stopped(tmp_path):
    content = bz2.compress(b"a 1\n" * 300_000)
    with pytest.raises(ValueError, match="decompresses to more than 1,000,000 bytes"):
        read(content, tmp_path, tokens=["b"], max_bytes=1_000_000)


def test_errors_of_the_disk_are_no_damage():
    with pytest.raises(OSError, match="Input/output error"):
        with archives.refuse_damage("v.gz"):
            raise OSError(5, "Input/output error")
