"""Sound files, tables of them, and recognisers of random weights for commands."""

import csv

import numpy as np
from scipy.io import wavfile

from sklearn_slm import save_model
from tests.estimators.speech import RATE, SOUNDS, TEXTS, make_random_recognizer

INTEGERS = [np.round(sound * 32767).astype("<i2") for sound in SOUNDS]


def make_folder(folder):
    """Fill a folder with recordings, a table of them and two models."""
    (folder / "wav").mkdir()
    names = [f"wav/{i}.wav" for i in range(len(SOUNDS))]
    for name, samples in zip(names, INTEGERS):
        wavfile.write(folder / name, RATE, samples)
    with (folder / "manifest.csv").open("w", newline="") as file:
        rows = [("path", "text", "said"), *zip(names, TEXTS, TEXTS[::-1])]
        csv.writer(file).writerows(rows)
    notes = {"data": ["manifest.csv"], "n_texts": 12, "validation_data": None}
    save_model(make_random_recognizer(), folder / "m.slm", notes=notes)
    live = make_random_recognizer(2, bidirectional=False)
    save_model(live, folder / "live.slm")
    return folder
