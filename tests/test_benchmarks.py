"""What the benchmarks compute themselves; no peers are needed."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

from sklearn_slm.spec import ClassHead, EncoderSpec, NetworkSpec

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks"
MODULES = {path.stem for path in FOLDER.glob("*.py")}


def load(name):
    """Import a script of the benchmarks, which import one another by name."""
    sys.path.insert(0, str(FOLDER))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(FOLDER))


@pytest.fixture
def forget():
    yield
    for name in MODULES:
        sys.modules.pop(name, None)


@pytest.fixture
def common(forget):
    return load("common")


def test_calibration_error_by_hand(common):
    # Bins of a third: 0.2 and 0.3 (one of two right), 0.6 (right), 0.9 and 1.0 (both).
    confidence = [0.2, 0.3, 0.6, 0.9, 1.0]
    correct = [True, False, True, True, True]
    # |1/2 - 0.25| * 2/5 + |1 - 0.6| * 1/5 + |1 - 0.95| * 2/5
    expected = 0.1 + 0.08 + 0.02
    found = common.calibration_error(confidence, correct, n_bins=3)
    assert found == pytest.approx(expected)


def test_calibration_error_is_zero_where_every_bin_is_right_as_often_as_it_says(common):
    confidence, correct = np.full(4, 0.75), np.array([1, 1, 1, 0])
    assert common.calibration_error(confidence, correct) == pytest.approx(0.0)


def test_draws_take_so_many_of_each_class(common):
    labels = np.array(["a", "b"] * 10 + ["c"] * 2)
    rows = common.draw_per_class(labels, 5, seed=0)
    assert np.unique(labels[rows], return_counts=True)[1].tolist() == [5, 5, 2]
    assert len(set(rows.tolist())) == 12
    assert rows.tolist() == common.draw_per_class(labels.tolist(), 5, seed=0).tolist()
    assert rows.tolist() != common.draw_per_class(labels, 5, seed=1).tolist()


def test_a_larger_draw_contains_the_smaller_one(common):
    labels = np.repeat([0, 1, 2], 20)
    small, large = (common.draw_per_class(labels, n, seed=3) for n in (4, 9))
    assert set(small) < set(large)


def test_flops_of_a_token_by_hand(common):
    spec = NetworkSpec(EncoderSpec(100, (128,), bidirectional=False), ClassHead(2))
    # (100 + 128) x 4 x 128 weights, 2 operations each, forward and twice backward.
    assert common.count_training_flops(spec) == 700_416
    assert common.count_training_flops(spec, adversarial=True) == 1_400_832
    # Two layers of GRUs in both directions: 3 gates, the second one reads 2 x 3 inputs.
    spec = NetworkSpec(EncoderSpec(5, (3, 2), cell="gru"), ClassHead(2))
    weights = 2 * (5 + 3) * 9 + 2 * (6 + 2) * 6
    assert common.count_training_flops(spec) == 6 * weights


def test_development_parts_are_not_drawn(common, tmp_path):
    rows = "".join(f"text {i},{'ab'[i % 2]}\n" for i in range(50))
    write_gzip(tmp_path / "train.csv.gz", "text,label\n" + rows)
    write_gzip(tmp_path / "test.csv.gz", "text,label\nlast,a\n")
    texts, labels, dev, dev_labels = common.read_set(tmp_path, "dev")
    assert (len(texts), len(labels), len(dev), len(dev_labels)) == (40, 40, 10, 10)
    assert not set(texts) & set(dev)
    assert len(common.read_set(tmp_path)[0]) == 50
    assert common.read_set(tmp_path)[2:] == (["last"], ["a"])
    write_gzip(tmp_path / "dev.csv.gz", "text,label\nown,b\n")
    assert common.read_set(tmp_path, "dev")[2:] == (["own"], ["b"])


def test_a_set_in_one_file_is_split(common, tmp_path):
    rows = "".join(f"text {i},{'ab'[i % 2]}\n" for i in range(50))
    write_gzip(tmp_path / "all.csv.gz", "text,label\n" + rows)
    test = common.read_set(tmp_path)
    dev = common.read_set(tmp_path, "dev")
    assert [len(part) for part in test] == [40, 40, 10, 10]
    assert [len(part) for part in dev] == [32, 32, 8, 8]
    assert not set(test[2]) & {*dev[0], *dev[2]}


def write_gzip(path, text):
    import gzip

    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(text)


def test_results_are_kept(common, tmp_path):
    path = tmp_path / "new" / "results.json"
    assert common.read_results(path) == {}
    common.write_results({"a/b/0": {"score": 91.5}}, path)
    assert common.read_results(path) == {"a/b/0": {"score": 91.5}}
    assert common.read_results(path, fresh=True) == {}
    assert [p.name for p in path.parent.iterdir()] == ["results.json"]


def test_tables(common):
    table = common.format_table(["", "x"], [["row", 1]])
    assert table == ["|  | x |", "| --- | --- |", "| row | 1 |"]
    assert common.format_mean([]) == ""
    assert common.format_mean([90.0]) == "90.0"
    assert common.format_mean([90.0, 92.0]) == "91.0 ± 1.4"
    assert common.format_mean([90.0, 92.0], spread=False) == "91.0"


def test_a_missing_peer_names_what_installs_it(common):
    with pytest.raises(ImportError, match="pip install some-peer, or all peers with"):
        common.import_peer("no_such_peer", "some-peer")
    assert common.import_peer("json", "json").loads("1") == 1


def test_versions_are_found_by_the_name_of_the_module_too(common):
    import sklearn

    assert common.name_versions("sklearn") == f"sklearn {sklearn.__version__}"


def test_the_machine_is_described_without_its_name(common):
    import platform

    found = common.describe_machine()
    assert "cores" in found
    assert not platform.node() or platform.node() not in found
    assert "/" not in found


def test_every_table_is_written_from_kept_results(forget):
    peers, accuracy = load("peers"), load("accuracy")
    one = {"fit_seconds": 2.0, "texts_per_second": 1500.0, "megabytes": 3.0}
    one |= {"ece": 2.5, "version": "some 1.0"}
    results = {
        f"trec/{peers.OURS}/{seed}": {**one, "score": score}
        for seed, score in enumerate((90.0, 92.0))
    }
    results[f"trec/{accuracy.TEMPERATURE}/0"] = {"score": 90.0, "ece": 1.5}
    lines = accuracy.list_tables(results)
    assert "| sklearn_slm | 91.0 ± 1.4 |" in lines
    assert "| sklearn_slm | 1,500 |" in lines
    assert f"| {accuracy.TEMPERATURE} | 1.5 |" in lines
    assert any("some 1.0" in line for line in lines)


def test_learning_curve_table(forget):
    peers, curve = load("peers"), load("learning_curve")
    results = {
        f"dev/sst2/{peers.OURS}/{n}/{seed}": {"score": n + seed, "version": "some 1.0"}
        for n in (10, 30)
        for seed in (0, 2)
    }
    lines = curve.list_tables(results)
    assert "### SST-2, development part" in lines
    assert "| sklearn_slm | 11.0 ± 1.4 | 31.0 ± 1.4 |  |" in lines


def test_cross_lingual_table(forget):
    cross = load("cross_lingual")
    assert len(set(cross.SEED_DICTIONARY)) == len(cross.SEED_DICTIONARY)
    assert {len(pair) for pair in cross.SEED_DICTIONARY} == {2}
    results = {
        f"dev/es/{cross.ALIGNED}/{seed}": {"accuracy": 70.0 + seed, "macro_f1": 50.0}
        for seed in (0, 2)
    }
    lines = cross.list_tables(results)
    assert "## Spanish, dev part" in lines
    assert f"| {cross.ALIGNED} | 71.0 ± 1.4 | 50.0 ± 0.0 |" in lines
    assert len(set(cross.draw_few(3617, 0)) & set(range(3617))) == cross.FEW
    names = cross.fit(
        cross.MAJORITY,
        {"en.train_proxy": ([], ["a", "b", "b"])} | {"es.train": ([], [])},
        0,
    )
    assert cross.measure(names, ["x", "y"], ["b", "a"])["accuracy"] == 50.0


def test_few_labels_table_and_peer(forget):
    few = load("few_labels")
    results = {
        f"test/sst2/{row}/{n}/{seed}": {"score": n + seed, "cpu_seconds": 20.0 + seed}
        for row in ("linear", "virtual")
        for n in (10, 100)
        for seed in (0, 2)
    }
    lines = few.list_tables(results)
    assert lines[0] == "## SST-2, test set"
    cells = "| 11.0 ± 1.4 |  | 101.0 ± 1.4 | 21 |"
    assert [line for line in lines if cells in line] == [
        f"| {few.ABOUT[row]} {cells}" for row in ("linear", "virtual")
    ]
    texts = ["good one", "good two", "bad one", "bad two"] * 2
    labels = ["pos", "pos", "neg", "neg"] * 2
    peer = few.build_linear("sst2", 2, 0).fit(texts, labels)
    assert peer.predict(["good three", "bad three"]).tolist() == ["pos", "neg"]


def test_texts_without_labels_are_a_random_part(forget, tmp_path):
    few = load("few_labels")
    (tmp_path / "imdb").mkdir()
    rows = "".join(f"{i},a b c d {i}\n" for i in range(50))
    write_gzip(tmp_path / "imdb" / "unsup.csv.gz", "id,text\n" + rows)
    texts = few.read_unlabeled(tmp_path, "sst2", [], 38)
    assert len(set(texts)) == 10 and texts != sorted(texts)
    assert few.read_unlabeled(tmp_path, "sst2", [], 16) == texts[:4]
    assert len(few.read_unlabeled(tmp_path, "sst2", [], 1e6)) == 50
    headlines = few.read_unlabeled(tmp_path, "thucnews_titles", ["abc", "de"], 1e6)
    assert sorted(headlines) == ["abc", "de"]


def test_training_table(forget):
    training = load("training")
    grid = ["grid/one_thread", "grid/two_threads", "grid/two_workers"]
    assert training.list_keys(["limit", "grid"]) == ["limit", *grid]
    one = {
        "tokens": 1000,
        "passes": 4,
        "first_pass": 2.0,
        "rate_all": 1e5,
        "cores": 1.5,
    }
    one |= {"flops_per_token": 700_000, "version": "some 1.0"}
    results = {
        "limit": {"gflops": 280.0},
        "sst2/keras_tensorflow": {**one, "rate": 1e5},
        "sst2/plain": {**one, "rate": 2e5},
        **{
            key: {"seconds": s, "again": s - 2.0}
            for key, s in zip(grid, (10.0, 8.0, 6.25))
        },
    }
    text = "\n".join(training.list_tables(results))
    # 200,000 tokens a second of 0.7 MFLOP are 140 GFLOP/s, half of the limit.
    assert (
        "| sklearn_slm, plain | 200.0 | 2.00 | 2.0 | 100.0 (4) | 1.50 | 140 | 50% |"
        in text
    )
    assert "| 8.0 | 1.25 | 6.0 | 1.33 |" in text
    assert "| 6.2 | 1.60 | 4.2 | 1.88 |" in text


def test_plots_are_written(forget, tmp_path):
    peers, plots = load("peers"), load("plots")
    found = {"score": 90.0, "spread": 0.5, "fit_seconds": 2.0}
    found |= {"megabytes": 3.0, "texts_per_second": 1500.0}
    plots.draw_accuracy({"TREC-6": {peers.OURS: found}}, tmp_path / "a.png")
    curves = {"SST-2": {peers.OURS: [[60.0, 62.0], [70.0], []]}}
    plots.draw_learning_curve(curves, (10, 30, 100), "test set", tmp_path / "b.png")
    for name in ("a.png", "b.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_the_small_copy_of_the_data_keeps_its_form(forget, common, tmp_path):
    run_all = load("run_all")
    (tmp_path / "data" / "trec").mkdir(parents=True)
    rows = "".join(f"text {i},{'ab'[i % 2]}\n" for i in range(50))
    write_gzip(tmp_path / "data" / "trec" / "train.csv.gz", "text,label\n" + rows)
    run_all.copy_some(tmp_path / "data", tmp_path / "small", n=3)
    texts, labels = common.read_csv_texts(tmp_path / "small" / "trec" / "train.csv.gz")
    assert sorted(labels) == ["a"] * 3 + ["b"] * 3
    assert all(text.startswith("text ") for text in texts)


def test_steps_have_a_script_and_a_key_of_their_own(forget):
    run_all = load("run_all")
    steps = run_all.list_steps(run_all.SECTIONS, [0, 1])
    keys = [run_all.name_step(*step) for step in steps]
    assert len(set(keys)) == len(keys)
    assert "accuracy --sets trec --seeds 0 1" in keys
    assert all((FOLDER / f"{section}.py").exists() for section, _ in steps)


def test_fresh_forgets_the_chosen_sections_alone(forget, common, tmp_path):
    run_all = load("run_all")
    kept = {"accuracy --sets trec": {}, "training --parts limit": {}}
    common.write_results(kept, tmp_path / "summary.json")
    for name in ("accuracy", "training_speed"):
        common.write_results({"a": {}}, tmp_path / f"{name}.json")
    run_all.forget(["accuracy", "glove"], tmp_path)
    left = common.read_results(tmp_path / "summary.json")
    assert list(left) == ["training --parts limit"]
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"summary.json", "training_speed.json"}


def test_a_failing_step_does_not_stop_the_others(forget, common, tmp_path, capsys):
    from types import SimpleNamespace

    run_all = load("run_all")
    steps = [("speed", ["--parts", "none such"]), ("speed", ["--help"])]
    options = SimpleNamespace(data=tmp_path, quick=True)
    store = tmp_path / "summary.json"
    failed = run_all.run_steps(steps, options, store, tmp_path / "summary.md")
    assert failed == ["speed --parts none such: ended with code 2"]
    assert "invalid choice" in capsys.readouterr().out
    assert list(common.read_results(store)) == ["speed --help"]


def test_the_summary_has_what_is_kept(forget, common, tmp_path):
    run_all = load("run_all")
    printed = ["", "## startup", "", "| new process | seconds |", "|---|---|"]
    kept = {"serving --parts startup": {"seconds": 120, "printed": printed}}
    run_all.write_summary(kept, tmp_path / "summary.md")
    text = (tmp_path / "summary.md").read_text("utf-8")
    assert "## Serving" in text and "### startup" in text
    assert "`benchmarks/serving.py`, 2 minutes." in text
    assert "sklearn_slm " in text and "cores" in text
    assert "## Accuracy" not in text


def test_delays_of_words_in_a_stream_by_hand(forget):
    speech = load("speech")
    # "one" ends in block 1, "two" in block 3; each block takes 10 ms.
    words, ends, seconds = ["one", "two"], [0.15, 0.31], [0.01] * 6
    texts = ["", "one", "one", "one", "one two", "one two"]
    found = speech.find_delays(words, ends, texts, seconds)
    assert found == pytest.approx([0.01, 0.11])
    # Written too early, and wrong in between: what counts is when it stays.
    texts = ["one", "", "one", "one two", "one six", "one two"]
    found = speech.find_delays(words, ends, texts, seconds)
    assert found == pytest.approx([0.11, 0.21])
    assert speech.find_delays(words, ends, ["one"] * 6, seconds) == pytest.approx(
        [-0.09]
    )
    assert speech.find_delays(words, ends, ["two"] * 6, seconds) == []
    assert speech.summarise([0.1, 0.2, 0.4]) == pytest.approx(
        {"median": 200.0, "p90": 360.0, "largest": 400.0}
    )


def test_articles_of_squad_are_split_by_their_number(forget):
    squad = load("squad")
    articles = [([(f"q{i}", f"p{i}")], [[f"a{i}"]]) for i in range(48)]
    (X, y), (tests, right) = squad.split_articles(articles)
    assert len(X) == len(y) == 38 and len(tests) == len(right) == 10
    assert tests[0] == ("q38", "p38") and right[-1] == ["a47"]
    (X, _), (tests, _) = squad.split_articles(articles, n_dev=5)
    assert len(X) == 33 and len(tests) == 5 and not set(X) & set(tests)
    assert ("q38", "p38") not in X + tests


def test_the_sliding_window_by_hand(forget, monkeypatch):
    squad = load("squad")
    monkeypatch.setattr(squad, "N_FREQUENT", 1)
    text = "Rome is old. Anna was born in Oslo. Bert was born in Lima."
    baseline = squad.SlidingWindow(["in it, in"])
    passage = squad.split_passage(baseline.analyze, text)
    assert baseline.answer("where was Bert born", text) == "Lima"
    assert baseline.answer("who was born in oslo", text) == "Anna"
    assert baseline.predict([("x", ".")]) == [""]
    # "in" comes twice, "oslo" once: log(1 + 1 / 2) and log 2.
    weight = squad.weigh_tokens(passage.tokens)
    at = passage.tokens.index("oslo")
    assert weight[at - 1 : at + 1] == pytest.approx(np.log([1.5, 2.0]))
    # A window of two tokens holds both; they stand side by side, of 16 tokens.
    score = squad.score_window(passage.tokens, weight, {"in"}, (at, at))
    assert score == pytest.approx(np.log(3.0) - 2 / (len(passage) - 1))


def test_words_of_a_drifting_stream_change_once(forget):
    drift = load("drift")
    words = [f"word{chr(a)}{chr(b)}" for a in range(97, 117) for b in range(97, 117)]
    text = " ".join(words)
    assert drift.rename(text, 0, 12) == text
    early, late = (drift.rename(text, piece, 12).split() for piece in (4, 11))
    moved = [sum(a != b for a, b in zip(words, other)) for other in (early, late)]
    assert 0 < moved[0] < moved[1] and abs(moved[1] - 200) < 4 * 10
    assert all(b == c for a, b, c in zip(words, early, late) if a != b)
    endings = sum(c.startswith(a) for a, c in zip(words, late) if a != c)
    assert abs(endings - moved[1] / 2) < 4 * 7
