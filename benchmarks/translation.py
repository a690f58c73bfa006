"""SLMTranslator on Multi30k and Tatoeba, beside a translation memory and PyTorch.

python benchmarks/translation.py --data DIR [--parts multi30k tatoeba few speed write]
                                 [--pairs de-en en-de en-fr] [--epochs N] [--hidden 256]

``multi30k`` trains on the 29,000 pairs alone, chooses on the validation part, and reads
test2016 once. ``tatoeba`` does the same with English and Chinese. ``few`` trains on 1,000,
3,000 and 10,000 pairs. Beside each stands a translation memory: the translation of the
training sentence whose TF-IDF of words and their pieces is nearest. ``few`` also starts from
language models of the sentences of all 29,000 pairs, each side by itself. ``speed`` compares
training steps with those of PyTorch's nn.LSTM of the same shape, packed and in batches of
similar length, in turns. ``write`` times translation in batches and of single sentences,
and the int8 model's loss of BLEU. All scores are sacrebleu's, cased and detokenised.

Results are kept in ``docs/benchmarks/translation.json``, the page that shows them is
``docs/benchmarks/translation.md``.
"""

import argparse
import csv
import gzip
import pickle
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from common import (
    DOCS,
    describe_machine,
    import_peer,
    name_versions,
    read_results,
    write_results,
)
from sklearn.feature_extraction.text import TfidfVectorizer

from sklearn_slm import SLMLanguageModel, SLMTranslator, load_model, quantize

PARTS = ("multi30k", "tatoeba", "few", "speed", "write")
KEPT = DOCS / "translation.json"
TATOEBA = ("en-zh", "zh-en")
TRIAL_STEPS = 16


def read_pairs(folder, part, pair):
    """Return the sentences of both sides of a part."""
    source, target = pair.split("-")
    (path,) = folder.glob(f"{part}*.tsv.gz")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row[source] for row in rows], [row[target] for row in rows]


def measure(hypotheses, references, language):
    """Return BLEU, chrF and their signatures."""
    sacrebleu = import_peer("sacrebleu", "sacrebleu")
    bleu = sacrebleu.BLEU(tokenize="zh" if language == "zh" else "13a")
    chrf = sacrebleu.CHRF()
    return {
        "bleu": bleu.corpus_score(hypotheses, [references]).score,
        "chrf": chrf.corpus_score(hypotheses, [references]).score,
        "signatures": [str(bleu.get_signature()), str(chrf.get_signature())],
    }


def translate_by_memory(train, texts):
    """Return the translation of the nearest training sentence of each text."""
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), min_df=2)
    known = vectorizer.fit_transform(train[0])
    nearest = (vectorizer.transform(texts) @ known.T).argmax(axis=1)
    return [train[1][i] for i in np.asarray(nearest).ravel()]


def build_model(args, **others):
    options = {"hidden_size": args.hidden, "random_state": args.seed, "verbose": 1}
    if args.epochs:
        options["max_iter"] = args.epochs
    return SLMTranslator(**(options | others))


def fit_pair(folder, pair, args, n_pairs=None, test="test", **options):
    """Train on a pair of languages; return the model and its figures."""
    train, val, held_out = (
        read_pairs(folder, part, pair) for part in ("train", "val", test)
    )
    if n_pairs is not None:
        rows = np.random.RandomState(args.seed).permutation(len(train[0]))[:n_pairs]
        train = tuple([side[i] for i in rows] for side in train)
    language = pair.split("-")[1]
    began = time.perf_counter()
    model = build_model(args, **options).fit(*train, X_val=val[0], y_val=val[1])
    seconds = time.perf_counter() - began
    found = {"seconds": seconds, "epochs": model.n_iter_, "pairs": len(train[0])}
    for name, (sources, references) in {"val": val, "test": held_out}.items():
        found[name] = measure(model.predict(sources), references, language)
        nearest = translate_by_memory(train, sources)
        found[f"{name}_memory"] = measure(nearest, references, language)
    print(pair, {k: v for k, v in found.items() if not k.endswith("y")}, flush=True)
    return model, found


def run_multi30k(args):
    folder = args.data / "multi30k"
    found = {}
    for pair in args.pairs:
        model, found[pair] = fit_pair(folder, pair, args, test="test_2016")
        if args.keep:
            model.save(args.keep / f"{pair}.slm")
    return found


def run_tatoeba(args):
    folder = args.data / "tatoeba_en_zh"
    return {pair: fit_pair(folder, pair, args)[1] for pair in TATOEBA}


def fit_language_models(folder, pair, args):
    """Return a language model of each side of the pairs to train on.

    That of the source reads from both ends, as the encoder does.
    """
    return tuple(
        SLMLanguageModel(
            args.hidden,
            tokens="subword",
            max_features=4000,
            strip_tags=False,
            bidirectional=side == 0,
            max_iter=args.language_epochs,
            random_state=args.seed,
            verbose=1,
        ).fit(texts)
        for side, texts in enumerate(read_pairs(folder, "train", pair))
    )


def run_few(args):
    folder, pair = args.data / "multi30k", args.pairs[0]
    sizes = {n: {"n_pairs": n, "test": "test_2016"} for n in (1000, 3000, 10_000)}
    found = {n: fit_pair(folder, pair, args, **sizes[n])[1] for n in sizes}
    pretrained = fit_language_models(folder, pair, args)
    for n, options in sizes.items():
        _, warm = fit_pair(folder, pair, args, pretrained=pretrained, **options)
        found[n] |= {f"{part}_pretrained": warm[part] for part in ("val", "test")}
    return found


# Training steps beside PyTorch's


def draw_lengths(n, random):
    """Return lengths like those of image captions in pieces."""
    return np.clip(random.normal(14, 4, n).round().astype(int), 4, 30)


def draw_batches(args, n_tokens):
    """Return pairs of id matrices of similar length, as lists of sequences."""
    random = np.random.RandomState(0)
    n = args.batch * TRIAL_STEPS
    lengths = np.sort(draw_lengths(n, random))
    order = random.permutation(TRIAL_STEPS)
    batches = []
    for i in order:
        rows = lengths[i * args.batch : (i + 1) * args.batch]
        batches.append(
            [[random.randint(2, n_tokens, k) for k in rows] for _ in range(2)]
        )
    return batches


def time_ours(args, batches, n_tokens):
    """Return target tokens a second of our step, once it is compiled."""
    from sklearn_slm.network.examples import Examples
    from sklearn_slm.network.options import TrainingOptions
    from sklearn_slm.network.sequences.batches import PairBatches
    from sklearn_slm.network.sequences.step import SequenceTrainer
    from sklearn_slm.spec import DecoderHead, EncoderSpec, NetworkSpec
    from sklearn_slm.text import Ragged

    def join(texts):
        offsets = np.cumsum([0, *map(len, texts)]).astype(np.int64)
        return Ragged(np.concatenate(texts).astype(np.int32), offsets)

    sides = [
        join([text for batch in batches for text in batch[side]]) for side in (0, 1)
    ]
    weight = np.ones(len(sides[0]), np.float32)
    pairs = Examples({"ids": sides[0]}, {"ids": sides[1]}, weight)
    units = args.hidden
    decoder = EncoderSpec(units, (units,), n_tokens=n_tokens, bidirectional=False)
    spec = NetworkSpec(
        EncoderSpec(units, (units,), n_tokens=n_tokens), DecoderHead(decoder)
    )
    options = TrainingOptions(dropout=0.3, label_smoothing=0.1, batch_size=args.batch)
    trainer = SequenceTrainer(spec, {}, options, seed=0)
    # Widths are chosen as for a fit of thirty epochs of the real data.
    plan = PairBatches.of(pairs, options, 30 * 29_000 // len(weight))
    seconds, count = [], []
    with trainer.open_threads():
        for epoch in range(3):
            for batch in plan.read(0, epoch):
                began = time.perf_counter()
                trainer.step(batch)
                if epoch:
                    seconds.append(time.perf_counter() - began)
                    count.append(batch.n_targets)
    return sum(count) / sum(seconds)


def build_peer(torch, args, n_tokens):
    """Return PyTorch's model of the same shape."""
    nn, units = torch.nn, args.hidden

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.source = nn.Embedding(n_tokens, units, padding_idx=0)
            self.target = nn.Embedding(n_tokens, units)
            self.encoder = nn.LSTM(units, units, bidirectional=True)
            self.bridge = nn.Linear(2 * units, 2 * units)
            self.decoder = nn.LSTM(units, units)
            self.attention = nn.Linear(2 * units, units, bias=False)
            self.combine = nn.Linear(3 * units, units)
            self.drop = nn.Dropout(0.3)
            self.bias = nn.Parameter(torch.zeros(n_tokens))

        def forward(self, ids, lengths, read):
            pack = nn.utils.rnn.pack_padded_sequence
            packed = pack(self.drop(self.source(ids)), lengths, enforce_sorted=False)
            states, _ = nn.utils.rnn.pad_packed_sequence(self.encoder(packed)[0])
            mask = (ids != 0)[:, :, None]
            mean = (states * mask).sum(0) / mask.sum(0)
            start = torch.tanh(self.bridge(mean)).chunk(2, dim=1)
            start = tuple(part[None].contiguous() for part in start)
            hidden, _ = self.decoder(self.drop(self.target(read)), start)
            keys = self.attention(states).permute(1, 2, 0)
            scores = hidden.transpose(0, 1) @ keys
            scores = scores.masked_fill(~mask.permute(1, 2, 0), -1e9)
            context = scores.softmax(-1) @ states.transpose(0, 1)
            joined = torch.cat([hidden, context.transpose(0, 1)], dim=-1)
            outputs = self.drop(torch.tanh(self.combine(joined)))
            return outputs

    torch.manual_seed(0)
    model = Model()
    return model, torch.optim.Adam(model.parameters(), lr=1e-3)


def time_peer(args, batches, n_tokens):
    """Return target tokens a second of PyTorch's step."""
    torch = import_peer("torch", "torch")
    model, optimizer = build_peer(torch, args, n_tokens)
    pad = torch.nn.utils.rnn.pad_sequence
    seconds, count = [], []
    for epoch in range(3):
        for sources, targets in batches:
            began = time.perf_counter()
            ids = pad([torch.from_numpy(s).long() for s in sources])
            lengths = torch.tensor([len(s) for s in sources])
            read = pad([torch.from_numpy(np.r_[0, t]).long() for t in targets])
            right = pad(
                [torch.from_numpy(np.r_[t, 0]).long() for t in targets],
                padding_value=-1,
            )
            optimizer.zero_grad()
            outputs = model(ids, lengths, read)
            # The softmax of real tokens alone, as a careful user writes it.
            is_token = right.flatten() >= 0
            flat = outputs.flatten(0, 1)[is_token]
            logits = flat @ model.target.weight.T + model.bias
            loss = torch.nn.functional.cross_entropy(
                logits, right.flatten()[is_token], label_smoothing=0.1
            )
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            if epoch:
                seconds.append(time.perf_counter() - began)
                count.append(int(is_token.sum()))
    return sum(count) / sum(seconds)


def run_speed(args, n_tokens=8000):
    batches = draw_batches(args, n_tokens)
    ours, theirs = [], []
    for _ in range(3):
        ours.append(time_ours(args, batches, n_tokens))
        theirs.append(time_peer(args, batches, n_tokens))
        print(f"{ours[-1]:,.0f} against {theirs[-1]:,.0f} tokens/s", flush=True)
    ratio = statistics.median(ours) / statistics.median(theirs)
    return {"ours": ours, "peer": theirs, "ratio": ratio}


def run_write(args):
    """Time a model that `--keep` stored, and its int8 form."""
    pair = args.pairs[0]
    model = load_model(args.keep / f"{pair}.slm")
    sources, references = read_pairs(args.data / "multi30k", "test_2016", pair)
    val = read_pairs(args.data / "multi30k", "val", pair)
    found = {}
    for name, written in (("float32", model), ("int8", quantize(model))):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.slm"
            written.save(path)
            size = path.stat().st_size
        entry = {"megabytes": size / 1e6, "pickle": len(pickle.dumps(written)) / 1e6}
        for runtime in ("numpy", "onnxruntime"):
            written.set_params(runtime=runtime)
            written.predict(sources[:20])
            seconds = []
            for _ in range(3):
                began = time.perf_counter()
                hypotheses = written.predict(sources)
                seconds.append(time.perf_counter() - began)
            single = []
            for text in sources[:60]:
                began = time.perf_counter()
                written.predict([text])
                single.append(time.perf_counter() - began)
            entry[runtime] = {
                "sentences_per_second": len(sources) / statistics.median(seconds),
                "one_ms_p50": 1e3 * statistics.median(single),
                "one_ms_p95": 1e3 * float(np.percentile(single, 95)),
                "bleu": measure(hypotheses, references, pair[-2:])["bleu"],
                "val_bleu": measure(written.predict(val[0]), val[1], pair[-2:])["bleu"],
            }
        found[name] = entry
        print(name, entry, flush=True)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--pairs", nargs="+", default=["de-en", "en-de", "en-fr"])
    parser.add_argument("--epochs", type=int, help="default: as SLMTranslator chooses")
    parser.add_argument("--language-epochs", type=int, default=3)
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder of the trained models")
    args = parser.parse_args()
    runs = {
        "multi30k": run_multi30k,
        "tatoeba": run_tatoeba,
        "few": run_few,
        "speed": run_speed,
        "write": run_write,
    }
    results = read_results(KEPT)
    for part in args.parts:
        found = runs[part](args)
        if part == "multi30k":
            found = results.get(part, {}).get("figures", {}) | found
        settings = {
            k: str(v) if isinstance(v, Path) else v
            for k, v in vars(args).items()
            if k not in ("data", "keep", "parts")
        }
        results[part] = {
            "figures": found,
            "settings": settings,
            "machine": describe_machine(),
            "versions": name_versions("keras", "jax", "numpy"),
        }
        write_results(results, KEPT)


if __name__ == "__main__":
    sys.exit(main())
