"""Texts to explain, one that would run if it could, and explanations by hand."""

import numpy as np

from sklearn_slm.inspection import Explanation

TEXTS = ["The film was NOT <b>dull</b>, it was gripping!", "", "zzz Cafe\u0301 food"]
HOSTILE = (
    "good <script>document.title='RUN'</script> film "
    "<img src=x onerror=\"document.title='RUN'\"> \"'><svg onload=document.title='RUN'>"
    " $\\frac{x$ \x07 \ud800 </div></span>"
)


def explanation(text, tokens, method="contribution", label="pos", scores=None):
    if scores is None:
        scores = np.linspace(1, -0.5, len(tokens))
    offsets, at = [], 0
    for token in tokens:
        at = text.index(token, at)
        offsets.append((at, at + len(token)))
    return Explanation(
        text=text,
        tokens=tokens,
        offsets=np.array(offsets).reshape(-1, 2),
        scores=np.array(scores),
        target=label,
        prediction=label,
        probability=0.75,
        known=np.ones(len(tokens), bool),
        method=method,
    )
