"""``slm info``: lines for people, JSON for machines, a model card."""

import json


def test_info_and_card(run):
    assert "LSTM of 3 units in both directions" in run("info model.slm").out
    found = json.loads(run("info model.slm --json").out)
    assert found["notes"]["classes"] == {"negative": 56, "positive": 64}
    card = run("info model.slm --card --data test.csv").out
    for heading in ("Data", "Classes", "Scores", "Sizes", "Limits", "Use"):
        assert f"\n## {heading}\n" in card
    accuracy = json.loads(run("evaluate model.slm test.csv --json").out)["accuracy"]
    assert f"Test (test.csv, 80 texts): accuracy {accuracy:.4f}" in card
    assert "| negative | 56 |" in card and "120 labelled texts: train.csv." in card
