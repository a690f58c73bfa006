"""EncoderSpec: the weights that an encoder has, and what it refuses."""

import pytest

from sklearn_slm.spec import CELLS, EncoderSpec


def shapes(encoder):
    return {name: weight.shape for name, weight in encoder.weights().items()}


@pytest.mark.parametrize("cell", CELLS)
def test_weights_of_one_layer_by_hand(cell):
    columns = {"lstm": 16, "gru": 12, "rnn": 4}[cell]
    encoder = EncoderSpec(5, (4,), n_tokens=9, cell=cell, bidirectional=False)
    expected = {
        "embedding": (9, 5),
        "layer_0.forward.kernel": (5, columns),
        "layer_0.forward.recurrent_kernel": (4, columns),
        "layer_0.forward.bias": (columns,),
    }
    if cell == "gru":
        expected["layer_0.forward.recurrent_bias"] = (4,)
    assert shapes(encoder) == expected
    assert {name: weight.kind for name, weight in encoder.weights().items()} == {
        "embedding": "table",
        "layer_0.forward.kernel": "kernel",
        "layer_0.forward.recurrent_kernel": "kernel",
        "layer_0.forward.bias": "small",
    } | ({"layer_0.forward.recurrent_bias": "small"} if cell == "gru" else {})


def test_a_layer_reads_both_directions_of_the_one_below():
    encoder = EncoderSpec(5, (4, 3), n_tokens=9)
    assert encoder.directions == ("forward", "backward")
    assert list(encoder.layers()) == [
        ("layer_0.forward", 5, 4),
        ("layer_0.backward", 5, 4),
        ("layer_1.forward", 8, 3),
        ("layer_1.backward", 8, 3),
    ]
    assert encoder.state_size == 6
    assert shapes(encoder)["layer_1.backward.kernel"] == (8, 12)


def test_without_tokens_there_is_no_table():
    encoder = EncoderSpec(5, (4,), bidirectional=False)
    assert "embedding" not in encoder.weights()
    assert encoder.state_size == 4


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"cell": "lstn"},
            r"cell must be one of \('lstm', 'gru', 'rnn'\)\. Got 'lstn'",
        ),
        ({"candidate_activation": "relu"}, "candidate_activation must be one of"),
        ({"bidirectional": "yes"}, r"bidirectional must be one of \(True, False\)"),
        ({"hidden_size": ()}, r"a tuple with the units of each layer.* Got \(\)"),
        ({"hidden_size": [4]}, r"a tuple with the units of each layer.* Got \[4\]"),
        ({"hidden_size": 4}, "a tuple with the units of each layer.* Got 4"),
        (
            {"hidden_size": (4, 0)},
            r"hidden_size\[1\] must be a whole number of at least",
        ),
        ({"n_components": 2.0}, r"n_components must be a whole number.* Got 2\.0"),
        ({"n_tokens": True}, "n_tokens must be a whole number.* Got True"),
    ],
)
def test_what_no_encoder_can_be_is_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        EncoderSpec(**({"n_components": 5, "hidden_size": (4,)} | fields))
