"""Parts of a corpus give the counts of the whole: words, pairs of words, vectors."""

import numpy as np
import pytest

from sklearn_slm import load_demo_corpus, train_glove
from sklearn_slm.embeddings import count_cooccurrences, fit_glove
from sklearn_slm.text import (
    Analyzer,
    encode_documents,
    learn_vocabulary,
    merge_vocabularies,
)

TEXTS = list(load_demo_corpus("en").data[:300])
TOKENS = [Analyzer()(text) for text in TEXTS]
PARTS = [slice(0, 10), slice(10, 11), slice(11, 180), slice(180, None)]


def learn(tokens):
    return learn_vocabulary(tokens)[0]


def facts(vocabulary):
    return (
        vocabulary.tokens,
        vocabulary.token_counts.tolist(),
        vocabulary.document_counts.tolist(),
        vocabulary.n_documents,
        vocabulary.corpus_size,
    )


@pytest.mark.parametrize(
    "options",
    [{}, {"min_df": 3}, {"max_df": 0.1}, {"min_df": 2, "max_features": 40}],
)
def test_parts_give_the_vocabulary_of_the_whole(options):
    parts = [learn(TOKENS[part]) for part in PARTS]
    expected = learn_vocabulary(TOKENS, **options)[0]
    assert facts(merge_vocabularies(parts, **options)) == facts(expected)
    assert facts(merge_vocabularies(parts[::-1], **options)) == facts(expected)
    halves = [merge_vocabularies(parts[:2]), merge_vocabularies(iter(parts[2:]))]
    assert facts(merge_vocabularies(halves, **options)) == facts(expected)


def test_what_cannot_be_merged_is_refused():
    whole = learn([["a", "b"], ["a"]])
    pruned = learn_vocabulary([["a", "b"], ["a"]], min_df=2)[0]
    with pytest.raises(
        ValueError, match=r"left out of parts\[1\].* occur 2 times in 3"
    ):
        merge_vocabularies([whole, pruned])
    with pytest.raises(ValueError, match="at least one vocabulary. Got none"):
        merge_vocabularies([])
    with pytest.raises(ValueError, match="none of the 2 tokens found is in at least"):
        merge_vocabularies([whole], min_df=9)


def test_parts_give_the_pairs_and_the_vectors_of_the_whole():
    whole = merge_vocabularies([learn(TOKENS[part]) for part in PARTS], min_df=2)

    def count(texts):
        ids, offsets = encode_documents(texts, Analyzer(), whole)
        return count_cooccurrences(ids, offsets, len(whole))

    counts, expected = sum(count(TEXTS[part]) for part in PARTS), count(TEXTS)
    assert counts.nnz == expected.nnz
    # Sums of 1 / distance in float32: in another order, another last bit.
    np.testing.assert_allclose(counts.toarray(), expected.toarray(), rtol=1e-5)
    table, _ = fit_glove(counts, 4, random_state=0)
    vectors = train_glove(TEXTS, 4, min_df=2, random_state=0)
    assert vectors.tokens == whole.tokens
    np.testing.assert_allclose(table, vectors.table, atol=1e-3)
