"""A folder with questions, passages, answers and a reader of random weights."""

from sklearn_slm import save_model
from tests.estimators.readings import ANSWERS, PAIRS, make_doubting_reader

NOTES = {"data": ["births.tsv"], "n_texts": 18, "validation_data": "dev.tsv"}
# The last passage does not answer.
RIGHT = [*ANSWERS[:-1], ""]


def make_folder(folder):
    model = make_doubting_reader()
    save_model(model, folder / "plain.slm")
    quantization = {"dtype": "int8", "score": [0.75, 0.7]}
    save_model(model, folder / "r.slm", notes=NOTES | {"quantization": quantization})
    rows = [f"{q}\t{p}\t{a}" for (q, p), a in zip(PAIRS, RIGHT)]
    header = "question\tpassage\tanswer"
    (folder / "births.tsv").write_text("\n".join([header, *rows]) + "\n", "utf-8")
    (folder / "dev.tsv").write_text("\n".join([header, *rows[:6]]) + "\n", "utf-8")
    lines = [f"{question}\t{passage}" for question, passage in PAIRS]
    (folder / "lines.txt").write_text("\n".join(lines) + "\n", "utf-8")
    return folder
