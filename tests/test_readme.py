"""The READMEs' code runs as printed, and both say the same things."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
READMES = ["README.md", "README.zh-CN.md"]


def code_blocks(name):
    return re.findall(r"```python\n(.*?)```", (ROOT / name).read_text("utf-8"), re.S)


@pytest.mark.parametrize("name", READMES)
def test_the_code_runs_as_printed(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in code_blocks(name):
        exec(compile(block, name, "exec"), names)
    score, label = capsys.readouterr().out.splitlines()
    assert float(score) > 0.9
    assert label == "['positive']"
    assert (tmp_path / "model.joblib").exists()


def test_both_languages_show_the_same_code():
    english, chinese = (
        "\n".join(code_blocks(name)).replace('"zh"', '"en"') for name in READMES
    )
    assert english.replace(
        '["The film was not bad at all."]', "TEXT"
    ) == chinese.replace('["这部电影一点也不无聊。"]', "TEXT")


def test_the_commands_exist():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for name in READMES:
        for target in re.findall(
            r"^    make (\w+)", (ROOT / name).read_text("utf-8"), re.M
        ):
            assert f"\n{target}:" in makefile
