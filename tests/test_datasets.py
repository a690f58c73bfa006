"""The demonstration corpus and the reader of labelled tables."""

import csv
import gzip
import random
import re
import sys
from collections import Counter, defaultdict

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils import Bunch

from sklearn_slm.datasets import (
    iter_texts,
    load_demo_corpus,
    read_csv_texts,
    read_texts,
)
from sklearn_slm.datasets._corpus import GRAMMARS, draw_corpus
from sklearn_slm.datasets._grammar import build_topics

LANGUAGES = ["en", "zh"]
# Chinese characters, and full-width , . ! ? with curly quotes.
ZH_TEXT = r"[\u4e00-\u9fff\uff0c\u3002\uff01\uff1f\u201c\u201d]+"


def split_tokens(text, language):
    if language == "zh":
        return list(text)
    return re.findall(r"\w+|[^\w\s]", text.lower())


def bag_of(text, language):
    return tuple(sorted(split_tokens(text, language)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_size_balance_and_distinctness(language):
    train = load_demo_corpus(language)
    test = load_demo_corpus(language, subset="test")
    assert isinstance(train, Bunch)
    assert train.target_names == ["negative", "positive"]
    for corpus, n_texts in [(train, 4000), (test, 1000)]:
        assert len(corpus.data) == len(set(corpus.data)) == n_texts
        half = n_texts // 2
        assert Counter(corpus.target) == {"negative": half, "positive": half}
    assert not set(train.data) & set(test.data)


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_is_train_then_test(language):
    train = load_demo_corpus(language, random_state=3)
    test = load_demo_corpus(language, subset="test", random_state=3)
    texts, labels = load_demo_corpus(
        language, subset="all", random_state=3, return_X_y=True
    )
    assert texts == train.data + test.data
    np.testing.assert_array_equal(labels, np.append(train.target, test.target))


def test_same_seed_same_texts_and_no_global_generator():
    random.seed(0)
    np.random.seed(0)
    python_state, numpy_state = random.getstate(), np.random.get_state()
    first = load_demo_corpus(random_state=7)
    load_demo_corpus(random_state=None)
    assert random.getstate() == python_state
    now = np.random.get_state()
    np.testing.assert_array_equal(now[1], numpy_state[1])
    assert now[2] == numpy_state[2]
    np.random.seed(1)
    again = load_demo_corpus(random_state=np.random.RandomState(7))
    assert first.data == again.data
    np.testing.assert_array_equal(first.target, again.target)
    assert load_demo_corpus(random_state=8).data != first.data


def test_no_seed_draws_fresh_texts():
    first = load_demo_corpus(subset="test", random_state=None)
    assert first.data != load_demo_corpus(subset="test", random_state=None).data


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("seeds", [(0, 0), (0, 1), (5, 2)])
def test_combinations_of_test_are_not_in_train(language, seeds):
    train = draw_corpus(language, "train", np.random.RandomState(seeds[0]))
    test = draw_corpus(language, "test", np.random.RandomState(seeds[1]))
    assert not {r.combination for r in train} & {r.combination for r in test}
    assert not {r.text for r in train} & {r.text for r in test}
    # Patterns, pairs and words are known; only their combinations are new.
    for part in (0, 1):
        seen = {row.combination[part] for row in train}
        assert {row.combination[part] for row in test} <= seen
    words = {word for row in train for word in split_tokens(row.text, language)}
    assert {w for row in test for w in split_tokens(row.text, language)} <= words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_pattern_occurs_with_both_labels(language):
    for subset in ("train", "test"):
        labels = defaultdict(set)
        for row in draw_corpus(language, subset, np.random.RandomState(0)):
            labels[row.combination[0]].add(row.positive)
        assert set(labels) == set(range(len(GRAMMARS[language].patterns)))
        assert all(signs == {True, False} for signs in labels.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_has_one_opposite(language):
    # With two, train could hold the very sentence that the other pair held out.
    pairs = {t.pair for t in build_topics(GRAMMARS[language]) if "any" in t.fits}
    words = Counter(word for pair in pairs for word in pair)
    assert set(words.values()) == {1}
    for domain in GRAMMARS[language].domains:
        assert all(len(pairs) >= 2 for pairs in domain.aspects.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_same_words_with_both_labels(language):
    corpus = load_demo_corpus(language, subset="test")
    labels = defaultdict(set)
    for text, label in zip(corpus.data, corpus.target, strict=True):
        labels[bag_of(text, language)].add(label)
    twins = [len(labels[bag_of(text, language)]) == 2 for text in corpus.data]
    assert sum(twins) >= 300


@pytest.mark.parametrize("language", LANGUAGES)
def test_bag_of_words_stays_near_chance(language):
    train = load_demo_corpus(language)
    test = load_demo_corpus(language, subset="test")
    tokens = {"analyzer": "char"} if language == "zh" else {"token_pattern": r"\w+"}
    model = make_pipeline(TfidfVectorizer(**tokens), LogisticRegression())
    score = model.fit(train.data, train.target).score(test.data, test.target)
    assert 0.45 < score < 0.66


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_written_properly(language):
    texts = load_demo_corpus(language, subset="all").data
    assert not [text for text in texts if re.search(r"[{}]", text)]
    if language == "zh":
        assert not [t for t in texts if not re.fullmatch(ZH_TEXT, t)]
        assert {text[-1] for text in texts} <= set("\u3002\uff01\uff1f")
        return
    assert not [t for t in texts if re.search(r"\s\s|\s[.,;?!]|\s$|^\s", t)]
    assert not [t for t in texts if re.search(r"(^|[.?!] )[a-z]", t)]
    assert not [t for t in texts if re.search(r"\b[Aa] [aeio]|\b[Aa]n [^aeiou]", t)]
    assert not [t for t in texts if re.search(r"\ban use", t)]
    assert {text[-1] for text in texts} <= set(".!?")


def test_description_says_synthetic():
    for language, name in [("en", "English"), ("zh", "Chinese")]:
        description = load_demo_corpus(language, subset="test").DESCR
        assert "SYNTHETIC" in description
        assert name in description
        assert "4000 for training, 1000 for testing" in description


@pytest.mark.parametrize("language", ["de", None, ["en"]])
def test_unknown_language(language):
    with pytest.raises(
        ValueError, match=r"language must be one of \['en', 'zh'\], got"
    ):
        load_demo_corpus(language)


def test_unknown_subset():
    with pytest.raises(ValueError, match=r"subset must be one of .*, got 'dev'"):
        load_demo_corpus(subset="dev")


@pytest.mark.parametrize("seed", [-1, 2**32, 1.0, "0", True])
def test_bad_seed(seed):
    with pytest.raises(ValueError, match=r"random_state must be an int from 0 to"):
        load_demo_corpus(random_state=seed)


def write_file(folder, name, content):
    path = folder / name
    data = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.tsv", "A.TSV.GZ"])
def test_read_table(tmp_path, name):
    rows = [["id", "label", "text"], ["1", "pos", 'a "b",\tc\nd'], ["2", "7", "好"]]
    path = tmp_path / name
    packed = name.lower().endswith("gz")
    opened = gzip.open(path, "wt", encoding="utf-8", newline="") if packed else None
    with opened or path.open("w", encoding="utf-8", newline="") as file:
        delimiter = "\t" if "tsv" in name.lower() else ","
        csv.writer(file, delimiter=delimiter).writerows(rows)
    assert read_csv_texts(path) == (['a "b",\tc\nd', "好"], ["pos", "7"])
    assert read_csv_texts(str(path), text="id") == (["1", "2"], ["pos", "7"])


def test_read_byte_order_mark_blank_lines_and_empty_text(tmp_path):
    path = write_file(tmp_path, "a.csv", "\ufefftext,label\r\n\r\n,x\r\nb,y\r\n")
    assert read_csv_texts(path) == (["", "b"], ["x", "y"])


def test_read_long_field_and_restore_limit(tmp_path):
    limit = csv.field_size_limit()
    long = "a" * (limit + 1)
    path = write_file(tmp_path, "a.csv", f"text,label\n{long},x\n")
    assert read_csv_texts(path) == ([long], ["x"])
    assert csv.field_size_limit() == limit
    with pytest.raises(ValueError, match="no such column"):
        read_csv_texts(path, text="body")
    assert csv.field_size_limit() == limit


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", "", r"a\.txt: expected a file name that ends in \.csv, \.tsv"),
        ("a.csv", "", r"a\.csv: expected a header line .* got an empty file"),
        ("a.csv", "text,y\n", r"a\.csv, line 1: expected one column 'label', got no"),
        ("a.csv", "text,text,label\n", r"line 1: .*'text', got several of them"),
        ("a.csv", "text,label\na,b,c\n", r"line 2: expected 2 fields .*got 3\. Put"),
        ("a.tsv", "text\tlabel\na\tb\nc\n", r"line 3: expected 2 fields .*got 1\."),
        ("a.csv", "text,label\na,\n", r"line 2, column 'label': expected a label"),
        ("a.csv", 'text,label\n"a,b\nc,d\n', r"line 3: .*cannot be read .*Close every"),
        ("a.csv", b"text,label\na,b\n\xff,c\n", r"line 3: expected UTF-8, got .*0xff"),
        ("a.csv", "text,label\ra,b\r", r"a\.csv, line \d: .*end lines with a line"),
    ],
)
def test_read_bad_table(tmp_path, name, content, message):
    path = write_file(tmp_path, name, content)
    with pytest.raises(ValueError, match=message):
        read_csv_texts(path)


def test_read_bad_gzip(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(b"text,label\na,b\n")
    with pytest.raises(ValueError, match=r"a\.csv\.gz: expected a gzip file"):
        read_csv_texts(path)
    path.write_bytes(gzip.compress(b"text,label\na,b\n" * 99)[:-9])
    with pytest.raises(ValueError, match=r"expected a gzip file, but unpacking it"):
        read_csv_texts(path)


def test_read_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_csv_texts(tmp_path / "none.csv")


@pytest.mark.parametrize("packed", ["", ".gz"])
def test_all_kinds_of_files_agree(tmp_path, packed):
    texts, labels = ["a, b", "好"], ["x", "1"]
    contents = {
        "csv": 'text,label\n"a, b",x\n好,1\n',
        "tsv": "label\ttext\nx\ta, b\n1\t好\n",
        "jsonl": '{"text": "a, b", "label": "x"}\n\n{"label": 1, "text": "\\u597d"}\n',
        "txt": "__label__x a, b\r\n\n__label__1 好",
    }
    for kind, content in contents.items():
        path = write_file(tmp_path, f"a.{kind}{packed}", content)
        assert read_texts(path) == (texts, labels)
        rows = list(iter_texts(path, label="label"))
        assert rows == list(zip(texts, labels))
        if not packed:
            with path.open("rb") as file:
                assert list(iter_texts(file, kind=kind, label="label")) == rows
    lines = write_file(tmp_path, f"b.txt{packed}", "one\n\ntwo")
    assert [text for text, _ in iter_texts(lines)] == ["one", "", "two"]
    bare = write_file(tmp_path, f"b.jsonl{packed}", '"one"\n{"text": "two"}\n')
    assert list(iter_texts(bare)) == [("one", None), ("two", None)]


def test_rows_come_before_the_file_is_read(tmp_path):
    def lines():
        yield b"one\n"
        raise AssertionError("nobody asked for a second line")

    assert next(iter_texts(lines())) == ("one", None)


def test_read_parquet(tmp_path):
    pd = pytest.importorskip("pandas", reason="the test extra installs it")
    pytest.importorskip("pyarrow", reason="100 MB; the extra parquet installs it")
    path = tmp_path / "a.parquet"
    pd.DataFrame({"label": [1, 2], "text": ["a", "b"], "n": [0, 0]}).to_parquet(path)
    assert read_texts(path) == (["a", "b"], ["1", "2"])
    assert list(iter_texts(path)) == [("a", None), ("b", None)]
    with pytest.raises(ValueError, match=r"expected a Parquet file with the columns"):
        read_texts(path, text="body")


def test_parquet_without_pandas_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r'pip install "sklearn_slm\[parquet\]"'):
        read_texts(tmp_path / "a.parquet")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.doc", "", r"ends in \.csv, \.tsv, \.jsonl, \.txt, \.parquet"),
        ("a.jsonl", "{", r"a\.jsonl, line 1: .*no JSON"),
        ("a.jsonl", '\n{"body": "x"}', r"line 2: .*with a string 'text', got"),
        ("a.jsonl", '{"text": "x"}', r"line 1, field 'label': expected a label"),
        ("a.jsonl", '"x"', r"line 1: expected a JSON object"),
        ("a.txt", "good film", r"line 1: plain text has labels in fastText's format"),
        ("a.txt", "__label__a __label__b x", r"one before each text"),
        ("a.txt", b"\xff", r"line 1: expected UTF-8"),
    ],
)
def test_read_bad_rows(tmp_path, name, content, message):
    with pytest.raises(ValueError, match=message):
        read_texts(write_file(tmp_path, name, content))
