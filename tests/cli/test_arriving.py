"""Lines of standard input, counted as they come."""

import io

from sklearn_slm.cli.arriving import ArrivingLines, read_pieces


def test_lines_that_have_come_are_counted():
    lines = ArrivingLines(io.BytesIO(b"a\n\n\xc3\xa4" + b"x" * 70_000 + b"\nlast"))
    found = [(line[:3], len(line), lines.n_waiting) for line in lines]
    assert found == [
        (b"a\n", 2, 1),
        (b"\n", 1, 0),
        (b"\xc3\xa4x", 70_003, 0),
        (b"las", 4, 0),
    ]


class Arriving(io.BytesIO):
    """A file whose content comes in parts."""

    def read1(self, size=-1):
        return self.readline() + self.readline()


def test_texts_that_have_come_are_one_piece(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(Arriving(b"1\n2\n3\n4\n5\n")))
    assert list(read_pieces([], None, "text", None)) == [["1", "2"], ["3", "4"], ["5"]]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"1\n2\n3\n")))
    assert list(read_pieces(["-"], None, "text", None, 2)) == [["1", "2"], ["3"]]
