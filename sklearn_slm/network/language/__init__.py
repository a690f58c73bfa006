"""Training of language models on a stream of documents, window by window."""
