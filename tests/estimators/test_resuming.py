"""What a training resumes from is what the parameters describe."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from sklearn_slm.estimators.resuming import check_same_layers, check_same_tokenizer
from sklearn_slm.text import Tokenizer
from tests.networks import make_network


@pytest.mark.parametrize(
    ("name", "value"), [("hidden_size", (9,)), ("cell", "gru"), ("n_components", 7)]
)
def test_other_layers_are_refused_by_name(name, value):
    spec, _ = make_network()
    check_same_layers(spec, spec)
    asked = replace(spec, encoder=replace(spec.encoder, **{name: value}))
    with pytest.raises(ValueError, match=rf"fitted with {name}=.*, but {name} is "):
        check_same_layers(spec, asked)


def test_other_tokens_are_refused_by_name():
    tokenizer = Tokenizer(lowercase=True)
    model = SimpleNamespace(
        tokens="word", lowercase=1, strip_tags=True, token_pattern=None
    )
    check_same_tokenizer(model, tokenizer)
    for name, value in (("tokens", "char"), ("lowercase", False), ("strip_tags", 0)):
        other = SimpleNamespace(**vars(model) | {name: value})
        with pytest.raises(ValueError, match=f"fitted with {name}="):
            check_same_tokenizer(other, tokenizer)
