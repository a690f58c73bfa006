"""Heads: the weights that each has, and what it refuses."""

import pytest

from sklearn_slm.spec import POOLINGS, ClassHead, EncoderSpec, TokenHead

ENCODER = EncoderSpec(5, (4, 3), n_tokens=9)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_weights_by_hand(pooling):
    weights = ClassHead(n_outputs=2, pooling=pooling).weights(ENCODER)
    expected = {"head.kernel": (6, 2), "head.bias": (2,)}
    if pooling == "attention":
        expected |= {"attention.kernel": (2, 6), "attention.bias": ()}
    assert {name: weight.shape for name, weight in weights.items()} == expected
    assert {weight.kind for weight in weights.values()} == {"small"}


def test_several_labels_have_a_sigmoid_each():
    assert ClassHead(2, output="sigmoid").multilabel
    assert not ClassHead(2).multilabel


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"pooling": ["mean"]}, r"pooling must be one of .*Got \['mean'\]"),
        (
            {"output": None},
            r"output must be one of \('softmax', 'sigmoid'\)\. Got None",
        ),
        ({"n_outputs": 2.0}, r"n_outputs must be a whole number.* Got 2\.0"),
        ({"n_outputs": 0}, "n_outputs must be a whole number of at least 1. Got 0"),
    ],
)
def test_what_no_head_can_be_is_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        ClassHead(**({"n_outputs": 2} | fields))


@pytest.mark.parametrize(
    ("n_components", "shapes"),
    [
        (3, {"head.bias": ((9,), "small")}),
        (5, {"head.kernel": ((3, 5), "kernel"), "head.bias": ((9,), "small")}),
    ],
)
def test_a_head_for_tokens_projects_states_of_another_length(n_components, shapes):
    encoder = EncoderSpec(n_components, (4, 3), n_tokens=9, bidirectional=False)
    for head in (TokenHead(), TokenHead(n_labels=2)):
        assert head.weights(encoder) == shapes


@pytest.mark.parametrize("n_labels", [-1, 1.0, "2"])
def test_a_number_of_labels_that_is_none_is_refused(n_labels):
    with pytest.raises(ValueError, match="n_labels must be a whole number"):
        TokenHead(n_labels)
