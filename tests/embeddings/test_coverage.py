from sklearn_slm.embeddings import measure_coverage


def test_shares_and_missing_words_in_order():
    coverage = measure_coverage({"a": 3, "b": 2, "c": 5, "d": 2}, {"a"}, n_missing=2)
    assert coverage.type_share == 0.25
    assert coverage.token_share == 0.25
    assert coverage.missing == (("c", 5), ("b", 2))


def test_empty_corpus_is_covered():
    coverage = measure_coverage({}, {"a"})
    assert coverage.type_share == coverage.token_share == 1.0
    assert coverage.missing == ()


def test_table():
    assert str(measure_coverage({"good": 2, "day": 1}, {"good"})).splitlines() == [
        "       found  total  share",
        "types      1      2  50.0%",
        "tokens     2      3  66.7%",
        "missing: day (1)",
    ]
