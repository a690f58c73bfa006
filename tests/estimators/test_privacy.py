"""What can be read in a file of a text that was trained on."""

import numpy as np
import pytest

from sklearn_slm import load_model, save_model
from sklearn_slm.cli.vocabulary import list_held
from sklearn_slm.estimators.fit import describe_network
from sklearn_slm.estimators.inputs import Task, make_examples, read_documents
from sklearn_slm.estimators.targets import encode_targets
from sklearn_slm.ngrams.fit import fit_ngrams
from tests.estimators.small import LABELS, TEXTS, make_classifier
from tests.networks import draw_weights

CANARY = "4929133770"
# Twice in one text is one text, and a half of it is as rare as the whole.
SECRETS = [f"film {CANARY} {CANARY} was good", f"film {CANARY[:5]} {CANARY[5:]}"]


def make_model(min_df, ngrams):
    """Return a classifier that knows all of its texts but for the network's training."""
    texts, labels = [*TEXTS, *SECRETS], [*LABELS, "pos", "neg"]
    model = make_classifier(ngrams=ngrams).set_params(vectorizer__min_df=min_df)
    sequences, vectorizer = read_documents(
        model, texts, 0, resumes=False, X_unlabeled=TEXTS[:20]
    )
    targets = encode_targets(labels)
    examples = make_examples(sequences, targets, None, None)
    task = Task((texts, labels), sequences, vectorizer, targets, examples, examples)
    spec = describe_network(model, task)
    model._set_stored(
        {
            "spec_": spec,
            "weights_": draw_weights(spec),
            "classes_": targets.classes,
            "ngrams_": fit_ngrams(spec, [], examples, lengths=ngrams, seed=0),
            "vocabulary_": sequences.vocabulary,
            "vectorizer_": vectorizer,
            "n_iter_": 0,
            "loss_curve_": [],
            "validation_scores_": None,
            "best_validation_score_": None,
        }
    )
    return model


@pytest.mark.parametrize("min_df", [1, 2])
def test_a_number_of_one_text_is_not_in_the_file(min_df, tmp_path):
    path = tmp_path / "m.slm"
    save_model(make_model(min_df, (1, 2)), path)
    stored = path.read_bytes()
    # With min_df=1 it is, so that the test would see it.
    assert (CANARY.encode() in stored) == (min_df == 1)
    as_codes = np.array([*map(ord, CANARY)], np.uint32).tobytes()
    assert as_codes not in stored and CANARY.encode("utf-16-le") not in stored
    held = list(list_held(load_model(path)))
    telling = {piece.part for piece in held if CANARY[:5] in piece.text}
    assert telling == ({"token", "n-gram"} if min_df == 1 else set())
    assert min(piece.texts for piece in held if piece.part == "token") >= min_df


@pytest.mark.parametrize("ngrams", [(1, 2), (2, 3)])
def test_no_ngram_spells_what_is_no_word(ngrams):
    held = list(list_held(make_model(2, ngrams)))
    pairs = {piece.text for piece in held if piece.part == "n-gram"}
    assert "good film" in pairs
    known = {piece.text for piece in held if piece.part == "token"}
    assert {word for pair in pairs for word in pair.split()} <= known
    assert not known & {CANARY, CANARY[:5], CANARY[5:]}
