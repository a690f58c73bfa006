"""Which symbols may come next: against all beginnings of all words."""

import pickle

import pytest

from sklearn_slm.decoding.word_list import WordList, check_texts

CHARACTERS = ["", " ", "a", "e", "n", "o", "t"]
PIECES = ["", " t", " ten", "e", "n", "a", " o", " "]
WORDS = ["tea", "ten", "to", "o", "tent"]


def may_write(text, words):
    """Tell whether a text is a beginning of known words with one space between them."""
    *whole, last = text.split(" ")
    return all(word in words for word in whole) and (
        any(word.startswith(last) for word in words)
    )


@pytest.mark.parametrize("texts", [CHARACTERS, PIECES[:-1]])
def test_rows_are_those_of_the_words(texts):
    words = WordList([*WORDS, "to", ""], texts)
    assert words.n_words == 5
    texts_at = {0: ""}
    waiting = [0]
    while waiting:
        node = waiting.pop()
        for symbol, after in enumerate(words.find_next(node).tolist()):
            text = texts_at[node] + texts[symbol]
            # A first word of pieces begins with a space as well.
            known = symbol and may_write(text.removeprefix(" "), WORDS)
            if not texts_at[node] and texts[symbol] == " ":
                known = False
            assert (after >= 0) == bool(known), text
            if after >= 0 and after not in texts_at:
                texts_at[after] = text.split(" ")[-1]
                waiting.append(after)
    ends = {text for node, text in texts_at.items() if words.is_word(node)}
    # No pieces write "to" and "tent".
    assert ends == (set(WORDS) if texts is CHARACTERS else {"tea", "ten", "o"})


def test_a_space_after_nothing_is_refused_but_not_what_begins_with_one():
    words = WordList(["to", "o"], PIECES)
    row = words.find_next(0).tolist()
    assert row[7] == -1 and row[1] > 0 and row[6] > 0
    whole = words.find_next(row[6]).tolist()
    assert whole[7] == 0 and whole[6] == row[6] and whole[3] == -1


def test_a_copy_knows_the_same():
    words = WordList(WORDS, CHARACTERS)
    row = words.find_next(0)
    copy = pickle.loads(pickle.dumps(words))
    assert copy.find_next(0).tolist() == row.tolist()
    assert words.find_next(0) is row


@pytest.mark.parametrize(
    ("words", "texts", "message"),
    [
        ("tea", CHARACTERS, "Got a single string"),
        ([], CHARACTERS, "at least one word"),
        ([""], CHARACTERS, "at least one word"),
        (["a b"], CHARACTERS, "no white space. Got 'a b'"),
        (["a\n"], CHARACTERS, "no white space"),
        (["a"], ["a", "b"], "blank, which must be ''. Got 'a'"),
        (["a"], [], "Got 'none'"),
        (["a"], ["", "a", ""], "at least one character, .* Got ''"),
        (["a"], ["", "a "], "Got 'a '"),
    ],
)
def test_bad_input_is_refused(words, texts, message):
    with pytest.raises(ValueError, match=message):
        WordList(words, texts)


def test_the_number_of_texts():
    check_texts(CHARACTERS, 7)
    with pytest.raises(ValueError, match="each of the 8 symbols .* Got 7 texts"):
        check_texts(CHARACTERS, 8)
