"""What a model reads of texts, and copies of them that lack one token each."""

import numpy as np

from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier
from sklearn_slm.inspection import explain
from sklearn_slm.inspection.texts import each_hidden
from tests.inspection.samples import TEXTS


def test_occlusion_in_small_batches_is_the_same(model):
    sequences = model.read_inputs([*TEXTS, "a dull film"])
    whole = list(each_hidden(sequences, 10**6))
    small = list(each_hidden(sequences, 25))
    assert len(whole) == 1 and len(small) > 3
    assert all(len(copies.ids) <= 25 for _, copies in small)
    places = np.concatenate([places for places, _ in small])
    np.testing.assert_array_equal(places, np.arange(len(sequences.ids)))
    np.testing.assert_array_equal(
        np.concatenate([copies.ids for _, copies in small]), whole[0][1].ids
    )


def test_documents_that_are_no_strings_have_tokens_and_no_places(corpus):
    documents = [text.split() for text in corpus.data[:40]]
    model = SLMTextClassifier(
        vectorizer=GloveTfidfVectorizer(
            3, analyzer=lambda tokens: tokens, max_length=2
        ),
        hidden_size=3,
        max_iter=1,
        random_state=0,
        ngrams=None,
    ).fit(documents, corpus.target[:40])
    (found,) = explain(model, [["good", "zzz", "cut off"]])
    assert found.tokens == ["good", "zzz"] and len(found.scores) == 2
    assert found.text is None and found.offsets is None
