"""Options as data: taken from an estimator, and the same names on both sides."""

from dataclasses import fields
from types import SimpleNamespace

from sklearn_slm import (
    SLMAnswerer,
    SLMLanguageModel,
    SLMReader,
    SLMSpeechRecognizer,
    SLMTextClassifier,
    SLMTranslator,
)
from sklearn_slm.network.options import Seeds, TrainingOptions


def test_parameters_of_an_estimator_and_others_in_their_place():
    estimator = SimpleNamespace(optimizer="sgd", batch_size=7, cell="gru")
    options = TrainingOptions.of(estimator, batch_size=9, n_threads=1)
    assert options == TrainingOptions(optimizer="sgd", batch_size=9, n_threads=1)


def test_every_option_is_a_parameter():
    # The threads are those that there are, the mesh is Keras' own setting; "virtual" is a
    # use of texts without labels.
    of_no_parameter = {"mesh", "n_threads", "virtual"}
    names = {field.name for field in fields(TrainingOptions)} - of_no_parameter
    kinds = (
        SLMAnswerer,
        SLMLanguageModel,
        SLMReader,
        SLMSpeechRecognizer,
        SLMTextClassifier,
        SLMTranslator,
    )
    known = {kind: set(kind().get_params(deep=False)) for kind in kinds}
    assert names <= set.union(*known.values())
    # What only one of them has.
    for kind, own in {
        SLMTextClassifier: {"adversarial"},
        SLMTranslator: {"label_smoothing"},
        SLMSpeechRecognizer: {"n_masks", "n_mels"},
    }.items():
        others = set.union(*(known[k] for k in kinds if k is not kind))
        assert (names & known[kind]) - others == own
    changed = SLMTextClassifier(tol=0.25, dropout=0.125, clip_norm=None)
    options = TrainingOptions.of(changed)
    assert (options.tol, options.dropout, options.clip_norm) == (0.25, 0.125, None)


def test_seeds_have_names():
    assert Seeds(weights=1, order=2) == (1, 2)
