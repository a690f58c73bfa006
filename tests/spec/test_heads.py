"""Heads: the weights that each has, and what it refuses."""

import pytest

from sklearn_slm.spec import POOLINGS, ClassHead, EncoderSpec, SpanHead, TokenHead

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


def test_a_head_for_spans_reads_states_of_both_texts_and_features():
    weights = SpanHead(7, n_features=2).weights(ENCODER)
    assert {n: w for n, w in weights.items() if not n.startswith("model.")} == {
        "align.kernel": ((6, 6), "kernel"),
        "question.kernel": ((6, 1), "small"),
        "start.kernel": ((6, 14), "kernel"),
        "start.bias": ((14,), "small"),
        "end.kernel": ((6, 14), "kernel"),
        "end.bias": ((14,), "small"),
        "none.kernel": ((6, 1), "small"),
        "none.bias": ((1,), "small"),
    }
    for direction in ("forward", "backward"):
        name = f"model.layer_0.{direction}"
        assert weights[f"{name}.kernel"] == ((3 * 6 + 2, 4 * 7), "kernel")
        assert weights[f"{name}.recurrent_kernel"] == ((7, 28), "kernel")
    encoder = EncoderSpec(
        5, (4,), n_tokens=9, cell="gru", candidate_activation="sigmoid"
    )
    layer = SpanHead(7).describe_layer(encoder)
    assert (layer.cell, layer.candidate_activation) == ("gru", "sigmoid")
    assert layer.n_components == 24 and layer.state_size == 14


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"n_units": 0}, "n_units must be a whole number of at least 1. Got 0"),
        ({"n_units": 3, "n_features": -1}, "n_features must be a whole number"),
        ({"n_units": 3, "n_features": 1.5}, "n_features must be a whole number"),
    ],
)
def test_a_head_for_spans_of_no_size_is_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        SpanHead(**fields)
