import gzip
import io
import pickle
import re
import tarfile
import zipfile

import numpy as np
import pandas as pd
import pytest
import safetensors.numpy

from sklearn_slm.embeddings import WordVectors, read_vectors
from sklearn_slm.embeddings.foreign import advise_conversion
from sklearn_slm.estimators import GloveTfidfVectorizer

WORDS = ["good", "bad"]
TABLE = np.array([[0.5, 1.0], [-0.5, 1.5]], np.float32)
VECTORS = WordVectors(WORDS, TABLE)


def write_npy(path):
    with open(path, "wb") as stream:
        np.save(stream, TABLE)


def write_npz(path):
    with open(path, "wb") as stream:
        np.savez(stream, words=WORDS, table=TABLE)


def write_one_npz(path):
    with open(path, "wb") as stream:
        np.savez_compressed(stream, TABLE)


def write_safetensors(path):
    safetensors.numpy.save_file({"table": TABLE}, path)


def write_pickle(path):
    path.write_bytes(pickle.dumps(dict(zip(WORDS, TABLE))))


def write_packed_pickle(path):
    path.write_bytes(gzip.compress(pickle.dumps(WORDS, 2)))


def write_tar(path):
    content = b"good 0.5 1.0\n"
    with tarfile.open(path, "w:gz") as archive:
        info = tarfile.TarInfo("v.txt")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))


def write_text(text, encoding="utf-8"):
    return lambda path: path.write_bytes(text.encode(encoding))


def write_bytes(content):
    return lambda path: path.write_bytes(content)


FOREIGN = {
    "npy": (write_npy, "is an array of NumPy without words;"),
    "npz": (write_npz, r"holds arrays of NumPy \('words', 'table'\);"),
    "one npz": (write_one_npz, r"holds arrays of NumPy \('arr_0'\);"),
    "safetensors": (write_safetensors, "is a safetensors file;"),
    "pickle": (
        write_pickle,
        "is a pickle, which is not opened because it can run code;",
    ),
    "packed pickle": (write_packed_pickle, "is a pickle, "),
    # What fastText's save_model begins with: a magic number and a version.
    "fastText": (
        write_bytes(np.array([793712314, 12, 100], "<i4").tobytes()),
        r"is a model of fastText; .*Give the .vec file",
    ),
    "HDF5": (write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(40)), "is a HDF5 file;"),
    "Parquet": (write_bytes(b"PAR1\x15" + bytes(40)), "is a Parquet file;"),
    "tar": (write_tar, "is a tar archive; .*Unpack it first"),
    "7z": (
        write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(40)),
        "is a 7z archive; .*Unpack it",
    ),
    "zstd": (
        write_bytes(b"\x28\xb5\x2f\xfd" + bytes(40)),
        "is packed by zstd; .*Unpack it",
    ),
    "UTF-16": (write_text("good 0.5 1.0\n", "utf-16"), "is text in UTF-16; .*as UTF-8"),
    "page": (write_text("\n<!DOCTYPE html>\n<p>Sign in"), "is a web page; .*Download"),
    "LFS": (
        write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
        "is a pointer of Git LFS; .*git lfs pull",
    ),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_files_of_another_kind_are_named(name, tmp_path):
    write, message = FOREIGN[name]
    write(tmp_path / "v")
    for options in ({}, {"format": "glove", "tokens": ["good"]}):
        with pytest.raises(
            ValueError, match=rf"(?s)'.*v' {message}.*expected rows|{message}"
        ):
            read_vectors(tmp_path / "v", **options)
    vectorizer = GloveTfidfVectorizer(2, vectors=tmp_path / "v")
    with pytest.raises(ValueError, match=message):
        vectorizer.fit(["a good film", "a bad film"])


def advice(read, *arguments):
    with pytest.raises((ValueError, TypeError)) as caught:
        read(*arguments)
    return str(caught.value)


def test_the_advised_lines_work(tmp_path):
    names = {"numpy": np, "WordVectors": WordVectors, "words": WORDS}
    names |= {"safetensors": safetensors, "name": "table"}
    names |= {"name_of_words": "words", "name_of_table": "table"}
    for write in (write_npy, write_npz, write_safetensors):
        write(tmp_path / "v")
        told = advice(read_vectors, tmp_path / "v")
        if setup := re.search(r"arrays = .*?\)(?=, then)", told):
            exec(setup.group(), names)
        exec(re.search(r"vectors = WordVectors\(.*\)", told).group(), names)
        assert names["vectors"] == VECTORS
        if write is write_npz:
            names["arrays"].close()


def test_the_advised_line_for_hdf5_works(tmp_path):
    h5py = pytest.importorskip("h5py", reason="comes with Keras")
    with h5py.File(tmp_path / "v", "w") as file:
        file["table"] = TABLE
    line = re.search(
        r"vectors = WordVectors\(.*\)", advice(read_vectors, tmp_path / "v")
    ).group()
    names = {"h5py": h5py, "WordVectors": WordVectors, "words": WORDS, "name": "table"}
    exec(line, names)
    assert names["vectors"] == VECTORS


def test_words_that_begin_as_other_kinds_do(tmp_path):
    content = "PAR1 1 2\n<html 3 4\nversion 5 6\n7z 7 8\nPK 1 2\nBZh 1 2\n"
    for skipped in range(6):
        lines = content.splitlines(keepends=True)
        (tmp_path / "v").write_text("".join(lines[skipped:] + lines[:skipped]))
        if skipped != 1:  # nobody's first word
            assert len(read_vectors(tmp_path / "v")) == 6


def test_a_member_beside_arrays_is_still_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "v.zip", "w") as archive:
        archive.writestr("v.txt", "a 1 2\n")
        archive.writestr("v.npy", b"\x93NUMPY")
    assert read_vectors(tmp_path / "v.zip", member="v.txt").tokens == ("a",)
    with pytest.raises(ValueError, match=r"v.zip/v.npy' is an array of NumPy"):
        read_vectors(tmp_path / "v.zip", member="v.npy")


class FastText:
    """What a model of the package fasttext has."""

    words = WORDS

    def get_word_vector(self, word):
        return TABLE[WORDS.index(word)]

    __getitem__ = get_word_vector


@pytest.mark.parametrize(
    "given",
    [dict(zip(WORDS, TABLE)), pd.DataFrame(TABLE, index=WORDS), FastText()],
    ids=["dict", "DataFrame", "fastText"],
)
def test_vectors_in_memory_are_refused_with_the_line_that_helps(given):
    kind = type(given).__name__
    vectorizer = GloveTfidfVectorizer(2, vectors=given)
    told = advice(vectorizer.fit, ["a good film", "a bad film"])
    assert told.startswith("The 'vectors' parameter of GloveTfidfVectorizer must be")
    line = re.search(
        rf"Got {kind}\. Give (WordVectors\(.*\)), where given", told
    ).group(1)
    assert eval(line, {"WordVectors": WordVectors, "given": given}) == VECTORS
    with pytest.raises(TypeError, match=f"path must be the path of a file. Got {kind}"):
        read_vectors(given)


@pytest.mark.parametrize("given", [TABLE, 3, WORDS])
def test_what_has_no_words_is_refused_too(given):
    told = (
        f"Got {type(given).__name__}. Give WordVectors(words, table), a row of numbers"
    )
    assert advise_conversion(given).startswith(told)
    with pytest.raises(TypeError, match=re.escape(told)):
        GloveTfidfVectorizer(2, vectors=given).fit(["a good film"])


class TestGensim:
    """What gensim keeps in memory and saves."""

    @pytest.fixture
    def models(self):
        return pytest.importorskip("gensim.models", reason="only to compare with it")

    @pytest.fixture
    def keyed(self, models):
        keyed = models.KeyedVectors(2)
        keyed.add_vectors(WORDS, TABLE)
        return keyed

    def test_keyed_vectors(self, keyed):
        told = advice(GloveTfidfVectorizer(2, vectors=keyed).fit, ["a good film"])
        line = "WordVectors(given.index_to_key, given.vectors)"
        assert f"Got KeyedVectors. Give {line}" in told
        given = eval(line, {"WordVectors": WordVectors, "given": keyed})
        assert given == VECTORS
        fitted = GloveTfidfVectorizer(2, vectors=given).fit(["a good film"])
        assert fitted.vectors_["good"].tolist() == [0.5, 1.0]

    def test_a_model(self, models):
        model = models.Word2Vec([WORDS * 3], vector_size=2, min_count=1, workers=1)
        told = advice(GloveTfidfVectorizer(2, vectors=model).fit, ["a good film"])
        line = "WordVectors(given.wv.index_to_key, given.wv.vectors)"
        assert f"Got Word2Vec. Give {line}" in told
        assert set(eval(line, {"WordVectors": WordVectors, "given": model})) == set(
            WORDS
        )

    def test_a_saved_file(self, keyed, tmp_path):
        keyed.save(str(tmp_path / "v.kv"))
        told = advice(read_vectors, tmp_path / "v.kv")
        assert "is a pickle" in told
        setup, line = re.search(
            r"(keyed = .*?\)), then (vectors = .*?\))\.", told
        ).groups()
        import gensim

        names = {"gensim": gensim, "WordVectors": WordVectors}
        exec(setup, names)
        exec(line, names)
        assert names["vectors"] == VECTORS
