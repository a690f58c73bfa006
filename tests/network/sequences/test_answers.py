"""Questions among answers: columns, negatives, what is learned."""

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras
from sklearn_slm.network.examples import Examples
from sklearn_slm.network.options import Seeds
from sklearn_slm.network.sequences.answers import AnswerBatches
from sklearn_slm.network.sequences.train import train_sequences
from sklearn_slm.runtime import prepare_network
from sklearn_slm.spec import EncoderSpec, NetworkSpec, PairHead
from sklearn_slm.text import Ragged
from tests.network.sequences.small import make_options

N_ANSWERS = 8

# It takes a minute for what is the same on all backends.
not_tensorflow = pytest.mark.skipif(
    import_keras().backend.backend() == "tensorflow", reason="the same on all backends"
)


def join(rows):
    values = np.concatenate(rows).astype(np.int32)
    return Ragged(values, np.cumsum([0, *map(len, rows)]).astype(np.int64))


def make_questions(n=40, negatives=0, seed=0):
    """Return questions that are some words of their answers, in another order."""
    random = np.random.RandomState(0)
    answers = [random.randint(2, 20, random.randint(2, 6)) for _ in range(N_ANSWERS)]
    random = np.random.RandomState(seed + 1)
    right = random.randint(0, N_ANSWERS, n).astype(np.int32)
    questions = [random.permutation(answers[i])[:3] for i in right]
    inputs = {"ids": join(questions), "second": join(answers)}
    if negatives:
        wrong = random.randint(-1, N_ANSWERS, (n, negatives)).astype(np.int32)
        inputs["negatives"] = np.where(wrong == right[:, None], -1, wrong)
    return Examples(inputs, {"answers": right}, np.ones(n, np.float32))


@pytest.mark.parametrize("negatives", [0, 2])
def test_every_question_meets_its_answer_once(negatives):
    questions = make_questions(21, negatives)
    batches = AnswerBatches.of(questions, make_options(batch_size=8), 2)
    asked, answers = questions.inputs["ids"], questions.inputs["second"]
    right = questions.targets["answers"]
    expected = sorted(
        (tuple(asked[i].tolist()), tuple(answers[right[i]].tolist())) for i in range(21)
    )
    seen = []
    for batch in batches.read(1, 0):
        assert batch.n_targets == sum(np.count_nonzero(h.weight) for h in batch.halve())
        for half in batch.halve():
            columns = [tuple(c[c > 0]) for c in half.answers.T[half.is_answer > 0]]
            assert len(set(columns)) == len(columns)
            for row in np.flatnonzero(half.weight):
                ids = half.ids[:, row]
                seen.append((tuple(ids[ids > 0]), columns[half.right[row]]))
            assert half.answers.shape[1] == half.ids.shape[1] * (1 + negatives)
    assert sorted(seen) == expected
    assert batches.n_targets == 21


def test_negatives_are_among_the_answers_of_their_half():
    questions = make_questions(6, negatives=3)
    questions.targets["answers"][:] = 0
    questions.inputs["negatives"][:] = [5, 6, -1]
    for batch in AnswerBatches.of(questions, make_options(batch_size=6), 1).read():
        for half in batch.halve():
            assert half.is_answer.sum() == 3 and (half.right == 0).all()


def test_words_are_dropped_in_training_alone():
    options = make_options(word_dropout=0.5)
    training = AnswerBatches.of(make_questions(), options, 1)
    tests = AnswerBatches.of(make_questions(9), options, 1, training)
    shares = [
        np.mean([(half.ids == 1).sum() for b in batches.read() for half in b.halve()])
        for batches in (training, tests)
    ]
    assert shares[0] > 0 == shares[1]
    assert tests.widths.tolist() == training.widths.tolist()


def test_long_answers_are_read_to_128_tokens():
    questions = make_questions(6)
    long = join([np.full(n, 7) for n in [*range(1, N_ANSWERS), 500]])
    inputs = questions.inputs | {"second": long}
    questions.targets["answers"][:] = N_ANSWERS - 1
    questions = Examples(inputs, questions.targets, questions.weight)
    batches = AnswerBatches.of(questions, make_options(), 1)
    shapes = {half.answers.shape for b in batches.read() for half in b.halve()}
    assert shapes == {(128, 3)} and batches.answer_widths[-1] == 128


def test_one_question_alone():
    questions = make_questions(1)
    (batch,) = AnswerBatches.of(questions, make_options(), 1).read()
    (half,) = batch.halve()
    assert half.ids.shape[1] == 1 and half.is_answer.tolist() == [1.0]


@not_tensorflow
def test_questions_find_their_answers():
    spec = NetworkSpec(EncoderSpec(8, (8,), n_tokens=20), PairHead(8))
    options = make_options(learning_rate=0.03, batch_size=16)
    trained = train_sequences(
        spec,
        {},
        make_questions(60, negatives=1),
        options,
        seeds=Seeds(0, 1),
        epochs=15,
        validation=make_questions(20, seed=5),
    )
    network = prepare_network(spec, trained.kept[0][1])
    asked = make_questions(50, seed=9)
    vectors = [network.run(asked.inputs[name])["vectors"] for name in ("ids", "second")]
    found = (vectors[0] @ vectors[1].T).argmax(axis=1)
    # One in eight would be right by chance.
    assert (found == asked.targets["answers"]).mean() > 0.8
