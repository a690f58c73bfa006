"""Questions and passages: batches of few shapes, what is learned."""

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras
from sklearn_slm.network.examples import Examples
from sklearn_slm.network.options import Seeds
from sklearn_slm.network.sequences.spans import SpanBatches
from sklearn_slm.network.sequences.train import train_sequences
from sklearn_slm.runtime import prepare_network
from sklearn_slm.text import Ragged
from tests.estimators.readings import describe_guide_reader
from tests.network.sequences.small import make_options

SPEC = describe_guide_reader()
N_TOKENS, N_FEATURES, FIRST_WORD = SPEC.encoder.n_tokens, SPEC.head.n_features, 6
# It takes a minute for what is the same on all backends.
not_tensorflow = pytest.mark.skipif(
    import_keras().backend.backend() == "tensorflow", reason="the same on all backends"
)


def join(rows, dtype=np.int32):
    offsets = np.cumsum([0, *map(len, rows)]).astype(np.int64)
    return Ragged(np.concatenate(rows).astype(dtype), offsets)


def make_examples(n=40, seed=0, longest=8):
    """Ask for a marker (2 to 5): the answer is the two tokens after it, if it is there."""
    random = np.random.RandomState(seed)
    asked, read, known, spans = [], [], [], []
    for _ in range(n):
        marker, other = random.choice(np.arange(2, FIRST_WORD), 2, replace=False)
        words = random.randint(FIRST_WORD, N_TOKENS, random.randint(5, longest + 1))
        at = random.randint(len(words) - 2)
        is_there = random.rand() < 0.8
        words[at] = marker if is_there else other
        asked.append(np.repeat(marker, random.randint(1, 4)))
        read.append(words)
        features = np.zeros((len(words), N_FEATURES))
        features[:, 0] = words == marker
        known.append(features)
        spans.append((at + 1, at + 2) if is_there else (-1, -1))
    inputs = {"ids": join(asked), "second": join(read)}
    inputs["features"] = join(known, np.float32)
    return Examples(inputs, {"spans": np.int32(spans)}, np.ones(n, np.float32))


def list_rows(ids):
    return [tuple(column[column > 0].tolist()) for column in ids.T]


def test_every_pair_comes_once_with_its_answer():
    examples = make_examples(21)
    batches = SpanBatches.of(examples, make_options(batch_size=8), 2)
    asked, read, known = (examples.inputs[n] for n in ("ids", "second", "features"))
    expected = sorted(
        (
            tuple(asked[i].tolist()),
            tuple(read[i].tolist()),
            tuple(known[i][:, 0].tolist()),
            *examples.targets["spans"][i].tolist(),
        )
        for i in range(21)
    )
    seen = []
    for batch in batches.read(1, 0):
        halves = batch.halve()
        assert batch.n_targets == sum(half.n_targets for half in halves)
        for half in halves:
            assert half.features.shape == (*half.second.shape, N_FEATURES)
            assert half.features.dtype == half.weight.dtype == np.float32
            rows = zip(list_rows(half.ids), list_rows(half.second))
            for row, (question, passage) in enumerate(rows):
                if half.weight[row]:
                    own = half.features[:, row, 0]
                    assert not own[len(passage) :].any()
                    known_of_it = tuple(own[: len(passage)].tolist())
                    place = half.spans[row].tolist()
                    seen.append((question, passage, known_of_it, *place))
                else:
                    assert half.spans[row].tolist() == [-1, -1]
    assert sorted(seen) == expected
    assert batches.n_targets == 21 and len(batches) == len(list(batches.read()))


def test_few_shapes():
    random = np.random.RandomState(0)
    lengths = random.randint(1, 400, 300)
    texts = join([random.randint(1, 9, n) for n in lengths])
    questions = join([random.randint(1, 9, n) for n in random.randint(1, 60, 300)])
    spans = np.zeros((300, 2), np.int32)
    inputs = {"ids": questions, "second": texts}
    examples = Examples(inputs, {"spans": spans}, np.ones(300, np.float32))
    batches = SpanBatches.of(examples, make_options(batch_size=16), 10)
    shapes = {
        (len(batch.ids), len(batch.second), batch.features.shape[2])
        for epoch in range(3)
        for batch in batches.read(0, epoch)
    }
    assert len({q for q, *_ in shapes}) <= 2 and len({p for _, p, _ in shapes}) <= 4
    assert {n for *_, n in shapes} == {0}


def test_words_are_dropped_in_training_alone():
    options = make_options(word_dropout=0.5)
    training = SpanBatches.of(make_examples(), options, 1)
    tests = SpanBatches.of(make_examples(9, longest=40), options, 1, training)
    for name in ("ids", "second"):
        shares = [
            np.mean([(getattr(batch, name) == 1).sum() for batch in batches.read()])
            for batches in (training, tests)
        ]
        assert shares[0] > 0 == shares[1]
    assert tests.question_widths.tolist() == training.question_widths.tolist()
    assert tests.widths.tolist() == [*training.widths.tolist(), 32]


@pytest.mark.parametrize("span", [(0, 99), (3, 2), (-1, 0), (0, -1), (-2, -2)])
def test_an_answer_outside_of_its_passage_is_refused(span):
    examples = make_examples(5)
    examples.targets["spans"][3] = span
    message = rf"a span must be .*Got \({span[0]}, {span[1]}\) in row 3, whose passage"
    with pytest.raises(ValueError, match=message):
        SpanBatches.of(examples, make_options(), 1)


@not_tensorflow
def test_answers_after_a_marker_are_found():
    shape = N_TOKENS, SPEC.encoder.n_components
    table = np.random.RandomState(3).standard_normal(shape) * 0.3
    options = make_options(learning_rate=0.03, batch_size=20, dropout=0.1)
    trained = train_sequences(
        SPEC,
        {"embedding": table.astype(np.float32)},
        make_examples(120),
        options,
        seeds=Seeds(0, 1),
        epochs=12,
        validation=make_examples(32, seed=5),
        n_keep=2,
    )
    assert [loss for loss, _ in trained.kept] == sorted(
        -epoch.score for epoch in trained.epochs
    )[:2]
    # Of one who knows nothing it is about 2 log 7.5 = 4.0.
    assert trained.kept[0][0] < 0.8
    network = prepare_network(SPEC, trained.kept[0][1])
    tests = make_examples(40, seed=9)
    scored = network.score_spans(*tests.inputs.values())
    found = [
        [np.argmax([none, *own]) - 1 for none, own in zip(nones, sides)]
        for nones, sides in zip(scored.none, zip(*map(each_row, scored[:2])))
    ]
    assert np.mean(found == tests.targets["spans"]) > 0.8


def each_row(rows):
    return [rows[i] for i in range(len(rows))]
