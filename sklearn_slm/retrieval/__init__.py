"""Search: texts by their words (BM25) and by their vectors."""
