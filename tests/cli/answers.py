"""A folder with questions, answers and an answerer of random weights."""

from sklearn_slm import save_model
from tests.estimators.answers import ANSWERS, QUESTIONS, make_random_answerer

NOTES = {"data": ["faq.tsv"], "n_texts": 36, "validation_data": "dev.tsv"}


def make_folder(folder):
    model = make_random_answerer()
    save_model(model, folder / "plain.slm")
    model.validation_accuracy_, model.lexical_accuracy_ = 0.75, 0.5
    quantization = {"dtype": "int8", "score": [0.75, 0.7]}
    save_model(model, folder / "m.slm", notes=NOTES | {"quantization": quantization})
    rows = ["question\tanswer", *(f"{q}\t{a}" for q, a in zip(QUESTIONS, ANSWERS))]
    (folder / "faq.tsv").write_text("\n".join(rows) + "\n", "utf-8")
    (folder / "dev.tsv").write_text("\n".join(rows[:7]) + "\n", "utf-8")
    return folder
