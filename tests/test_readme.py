"""The READMEs' code runs as printed, and both say the same things."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
READMES = ["README.md", "README.zh-CN.md"]


def code_blocks(name):
    return re.findall(r"```python\n(.*?)```", (ROOT / name).read_text("utf-8"), re.S)


def run_blocks(blocks, name):
    names = {}
    for block in blocks:
        exec(compile(block, name, "exec"), names)


@pytest.mark.slow
def test_the_code_runs_as_printed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run_blocks(code_blocks("README.md"), "README.md")
    lines = capsys.readouterr().out.splitlines()
    score, label, written, perplexity, after, translated, found = lines
    assert float(score) > 0.9
    assert label == "['positive']"
    texts = ast.literal_eval(written)
    assert len(texts) == 2 and texts[0][:4] == texts[1][:4]
    assert 1.0 < float(perplexity) < 15.0
    assert len(ast.literal_eval(after)[0]) == 3
    assert translated == "['forty-five']"
    assert ast.literal_eval(found) == [
        "Choose a new PIN at any cash machine.",
        "Transfers are free.",
    ]
    assert (tmp_path / "model.joblib").exists()


@pytest.mark.slow
def test_the_chinese_code_runs_as_printed(capsys):
    # The other blocks differ from those above in their texts, as the test below finds.
    run_blocks(code_blocks("README.zh-CN.md")[:1], "README.zh-CN.md")
    score, label = capsys.readouterr().out.splitlines()
    assert float(score) > 0.9
    assert label == "['positive']"


def test_both_languages_show_the_same_code():
    english, chinese = (
        "\n".join(code_blocks(name)).replace('"zh"', '"en"') for name in READMES
    )
    assert english.replace('["The film was not bad at all."]', "TEXT") == _translate(
        chinese
    )


def _translate(code):
    """Put in the English words of the Chinese code."""
    for chinese, english in {
        '["这部电影一点也不无聊。"]': "TEXT",
        '"这部电影"': '"The film"',
        "与": "and",
        "可比较不同的模型": "compare models",
        "，训练时没有见过": ", which it has not seen",
    }.items():
        code = code.replace(chinese, english)
    return code


def test_the_commands_exist():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for name in READMES:
        for target in re.findall(
            r"^    make (\w+)", (ROOT / name).read_text("utf-8"), re.M
        ):
            assert f"\n{target}:" in makefile
