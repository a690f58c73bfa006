"""The example of an ASGI server answers as the model does."""

import asyncio
import importlib.util
import json
import shutil
import sys
from pathlib import Path

import pytest

from sklearn_slm import load_demo_corpus, load_model

pytest.importorskip("starlette")
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.slm"
    shutil.copy(ROOT / "tests" / "data" / "pipeline-3.slm", path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODEL", str(path))
        spec = importlib.util.spec_from_file_location(
            "serve_asgi", ROOT / "examples" / "serve_asgi.py"
        )
        module = importlib.util.module_from_spec(spec)
        patch.setitem(sys.modules, "serve_asgi", module)
        spec.loader.exec_module(module)
        yield module


async def call(app, method, path, body=b""):
    """Speak ASGI, as a server does; return the status and what was answered."""
    sent = []
    parts = [body[:10], body[10:]]

    async def receive():
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": [],
        "query_string": b"",
    }
    await app(scope, receive, send)
    return sent[0]["status"], json.loads(b"".join(m.get("body", b"") for m in sent[1:]))


def test_many_requests_at_once_are_answered_as_by_one_thread(app):
    texts = list(load_demo_corpus("en").data[:16])
    bodies = [json.dumps({"texts": [text]}).encode() for text in texts]

    async def ask_all():
        async with app.prepare(app.app):
            return await asyncio.gather(
                *(call(app.app, "POST", "/predict", body) for body in bodies)
            )

    model = load_model(ROOT / "tests" / "data" / "pipeline-3.slm")
    for text, (status, answer) in zip(texts, asyncio.run(ask_all())):
        assert status == 200
        assert answer["labels"] == model.predict([text]).tolist()
        expected = model.predict_proba([text])[0].tolist()
        assert answer["probabilities"][0] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "line 1"),
        (b"[]", "send"),
        (b'{"texts": "one"}', "send"),
        (b'{"texts": [1]}', "send"),
        (json.dumps({"texts": ["a"] * 1001}).encode(), "at most 1000 texts. Got 1001"),
        (b" " * 1_000_001, "at most 1000000 bytes"),
        (b'{"texts": ["\xff"]}', "codec"),
    ],
)
def test_a_bad_request_is_told_why(app, body, reason):
    status, answer = asyncio.run(call(app.app, "POST", "/predict", body))
    assert status == 400
    assert reason in answer["error"]


def test_health(app):
    classes = load_model(ROOT / "tests" / "data" / "pipeline-3.slm").classes_.tolist()
    assert asyncio.run(call(app.app, "GET", "/health")) == (200, {"classes": classes})
