"""
Serve a model over HTTP
=======================

An ASGI application around a model file. It needs two packages more than the package does,
``pip install starlette uvicorn``, and no deep-learning framework::

    OMP_NUM_THREADS=1 MODEL=model.slm uvicorn --workers 2 serve_asgi:app
    curl -d '{"texts": ["not bad at all"]}' localhost:8000/predict

``POST /predict`` takes ``{"texts": [...]}`` and answers ``{"labels": [...],
"probabilities": [[...], ...]}``; ``GET /health`` says that the model is loaded. A request
that is not understood is answered with status 400 and the reason.

``predict_proba`` runs in a thread, so that a long request does not stop the others; the
model is shared by all of them. uvicorn starts its workers anew. gunicorn can load the
model once, before it forks them: ``gunicorn --preload -w 2 -k uvicorn.workers.UvicornWorker
serve_asgi:app``.
"""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sklearn_slm import load_model

# One request may not keep a worker for minutes.
MOST_TEXTS, MOST_BYTES = 1000, 1_000_000

model = load_model(os.environ.get("MODEL", "model.slm"))


@asynccontextmanager
async def prepare(app: Starlette) -> AsyncIterator[None]:
    """Make the session of ONNX Runtime, in the worker: it does not survive a fork."""
    model.predict_proba(["before the first request"])
    yield


async def read_body(request: Request) -> bytes:
    """Return what was sent, up to the limit."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise ValueError(f"send at most {MOST_BYTES} bytes.")
    return body


async def predict(request: Request) -> JSONResponse:
    """Answer the texts of a request."""
    try:
        given = json.loads(await read_body(request))
        texts = given.get("texts") if isinstance(given, dict) else None
        if not isinstance(texts, list) or not all(isinstance(t, str) for t in texts):
            raise ValueError('send {"texts": [...]} with strings.')
        if len(texts) > MOST_TEXTS:
            raise ValueError(f"send at most {MOST_TEXTS} texts. Got {len(texts)}.")
    except ValueError as error:
        return JSONResponse({"error": str(error)}, status_code=400)
    probabilities = await run_in_threadpool(model.predict_proba, texts)
    labels = model.classes_[probabilities.argmax(axis=1)]
    return JSONResponse(
        {"labels": labels.tolist(), "probabilities": probabilities.tolist()}
    )


async def health(request: Request) -> JSONResponse:
    """Say that the model is there."""
    return JSONResponse({"classes": model.classes_.tolist()})


app = Starlette(
    routes=[
        Route("/predict", predict, methods=["POST"]),
        Route("/health", health),
    ],
    lifespan=prepare,
)
