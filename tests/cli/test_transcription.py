"""``slm transcribe``: what Python hears, in every form."""

import io
import json
import sys
from types import SimpleNamespace

import pytest

from sklearn_slm import load_model
from sklearn_slm.cli.subtitles import cut_cues, write_subtitles
from tests.cli.speech import INTEGERS, make_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_folder(tmp_path_factory.mktemp("transcribe"))


@pytest.fixture(scope="module")
def model(folder):
    return load_model(folder / "m.slm")


@pytest.fixture
def paths(folder):
    return [folder / "wav" / f"{i}.wav" for i in range(3)]


FILES = "wav/0.wav wav/1.wav wav/2.wav"


def send(monkeypatch, content):
    stdin = SimpleNamespace(buffer=io.BytesIO(content))
    monkeypatch.setattr(sys, "stdin", stdin)


def test_a_line_for_each_recording(run, model, paths):
    output = run(f"transcribe m.slm {FILES}")
    assert output.out == "".join(f"{text}\n" for text in model.predict(paths))
    assert output.err.startswith("3 ")
    table = run(f"transcribe m.slm {FILES} --format tsv -q").out.splitlines()
    assert table[0] == "path\ttext"
    assert table[2] == f"wav/1.wav\t{model.predict(paths)[1]}"


def test_words_with_times(run, model, paths):
    lines = run(f"transcribe m.slm {FILES} --json").out.splitlines()
    rows = [json.loads(line) for line in lines]
    for row, text, words in zip(rows, model.predict(paths), model.predict_words(paths)):
        assert row["text"] == text and len(row["words"]) == len(words)
        assert row["words"][0]["word"] == words[0].text
        assert row["words"][0]["start"] == pytest.approx(words[0].start, abs=1e-3)
        assert row["words"][0]["confidence"] == pytest.approx(
            words[0].confidence, abs=1e-4
        )
    assert rows[2]["path"] == "wav/2.wav"


@pytest.mark.parametrize("form", ["srt", "vtt"])
def test_subtitles(run, model, paths, folder, form):
    run(f"transcribe m.slm wav/0.wav -o out.{form} -q")
    expected = write_subtitles(cut_cues(model.predict_words(paths[:1])[0]), form)
    assert (folder / f"out.{form}").read_text("utf-8") == expected


def test_beams(run, model, paths):
    greedy = model.set_params(beam_size=1).predict(paths)
    model.set_params(beam_size=4)
    assert run(f"transcribe m.slm {FILES} --beam 1").out.splitlines() == greedy


def test_standard_input(run, model, paths, monkeypatch):
    expected = model.predict(paths[:1])[0] + "\n"
    send(monkeypatch, paths[0].read_bytes())
    assert run("transcribe m.slm").out == expected
    send(monkeypatch, INTEGERS[0].tobytes() + b"\0")
    assert run("transcribe m.slm --raw 8000").out == expected


def test_what_a_microphone_sends(run, folder, monkeypatch):
    live = load_model(folder / "live.slm")
    send(monkeypatch, INTEGERS[0].tobytes())
    lines = run("transcribe live.slm --raw 8000 --partial").out.splitlines()
    blocks = [INTEGERS[0][i : i + 800] for i in range(0, len(INTEGERS[0]), 800)]
    texts = [""]
    for text in live.stream(blocks):
        if text != texts[-1]:
            texts.append(text)
    assert lines == texts[1:] and len(lines) > 1
    send(monkeypatch, b"")
    assert run("transcribe live.slm --raw 8000 --partial").out == ""


@pytest.mark.parametrize(
    ("command", "code", "message"),
    [
        ("m.slm wav/0.wav wav/1.wav --format srt", 2, "are of one recording. Got 2"),
        ("m.slm wav/0.wav --raw 8000", 2, "--raw is for standard input"),
        ("m.slm --partial", 2, "--partial needs --raw"),
        ("m.slm wav/0.wav --json --format vtt", 2, "contradict each other"),
        ("m.slm none.wav", 2, "does not exist"),
        ("m.slm manifest.csv", 1, "expected a sound file"),
        ("manifest.csv wav/0.wav", 1, "not a model"),
        ("m.slm wav/0.wav -o no/out.txt", 2, "there is no folder"),
    ],
)
def test_what_goes_wrong(run, command, code, message):
    output = run(f"transcribe {command}", code)
    assert message in " ".join(output.err.split()) and not output.out


def test_a_model_that_cannot_hear_live(run, monkeypatch):
    send(monkeypatch, INTEGERS[0].tobytes())
    output = run("transcribe m.slm --raw 8000 --partial", 1)
    assert "bidirectional=False" in output.err


def test_another_model(run, folder):
    from sklearn_slm import save_model
    from tests.estimators.translation import make_random_translator

    save_model(make_random_translator(), folder / "mt.slm")
    output = run("transcribe mt.slm wav/0.wav", 2)
    message = "holds a translator; this command needs a speech recognizer"
    assert message in " ".join(output.err.split())
