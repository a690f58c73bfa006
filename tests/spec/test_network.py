"""NetworkSpec: an encoder and a head as one value."""

from dataclasses import replace

from sklearn_slm.spec import ClassHead, EncoderSpec, NetworkSpec
from sklearn_slm.spec.weights import Weight

ENCODER, HEAD = EncoderSpec(5, (4,), n_tokens=9), ClassHead(2)


def test_its_weights_are_those_of_the_encoder_and_then_of_the_head():
    weights = NetworkSpec(ENCODER, HEAD).weights()
    of_encoder, of_head = ENCODER.weights(), HEAD.weights(ENCODER)
    assert list(weights) == [*of_encoder, *of_head]
    assert weights == of_encoder | of_head


def test_equal_specs_are_one_key():
    spec = NetworkSpec(ENCODER, HEAD)
    again = NetworkSpec(EncoderSpec(5, (4,), n_tokens=9), ClassHead(2))
    assert {spec: "kept"}[again] == "kept"
    assert spec != replace(spec, head=ClassHead(2, output="sigmoid"))
    assert spec != replace(spec, encoder=replace(ENCODER, cell="gru"))


def test_columns_have_a_kernel_of_their_own():
    spec = NetworkSpec(ENCODER, replace(HEAD, n_columns=4))
    assert spec.weights()["columns.kernel"] == Weight((4, 2), "small")
    alone = spec.without_columns()
    assert spec.weights().keys() - alone.weights().keys() == {"columns.kernel"}
    assert alone.without_columns() is alone
