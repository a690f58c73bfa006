"""SLMSpeechRecognizer on AN4 and the Free Spoken Digit Dataset, beside pocketsphinx.

python benchmarks/speech.py --data DIR
    [--parts an4 fsdd turns run noise stream speed peer]
    [--epochs N] [--noise LOW HIGH] [--keep FOLDER] [--limit N]

``an4`` trains on the 948 training recordings, of which those of six speakers choose the
epoch and the language model's weight, and reads the test part once, greedily and with the
language model of the training transcripts; with ``--noise``, half of what it trains on is
noisy. ``fsdd`` trains on the official training part; ``turns`` on five speakers to test on
the sixth, all six in turns. ``run`` times a model that ``--keep`` stored against the length
of the recordings, in float32 and int8; ``noise`` adds white noise and babble to the test
part of AN4, for the kept models without and with ``--noise``. ``stream`` trains a model of
one direction (or loads the one that ``--keep`` has) on strings of digits with pauses, and
measures how long after the end of a word it is written. ``speed`` compares training steps
with those of PyTorch's nn.LSTM and CTC of the same shape, in turns. ``peer`` is
pocketsphinx with its own English models on the test part of AN4, with and without a list
of the words of AN4.

``--limit N`` takes N recordings of each part, to try a script out; nothing is kept then.
Results are kept in ``docs/benchmarks/speech.json``, the page that shows them is
``docs/benchmarks/speech.md``.
"""

import argparse
import csv
import statistics
import sys
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

from sklearn_slm import SLMSpeechRecognizer, load_model, quantize
from sklearn_slm.audio import add_noise, read_audio
from sklearn_slm.text.errors import compute_error_rate

PARTS = ("an4", "fsdd", "turns", "run", "noise", "stream", "speed", "peer")
KEPT = DOCS / "speech.json"
N_VALIDATION_SPEAKERS = 6
TRIAL_STEPS = 12
SEARCHES = {
    "language_model": {},
    "greedy": {"beam_size": 1, "language_model": None, "word_list": None},
}
# Of streams: the blocks, the pauses between words, and the silence after the last one.
BLOCK_SECONDS, PAUSES, SILENCE = 0.1, (0.2, 0.6), 1.0
MOST_DIGITS, FLOOR = 5, 1e-4
GOAL_SECONDS = 0.3


def read_corpus(args, name):
    """Return the rows of a corpus, with whole paths; with --limit some of each part."""
    folder = args.data / name
    with open(folder / "transcripts.csv", encoding="utf-8", newline="") as file:
        rows = [row | {"file": folder / row["file"]} for row in csv.DictReader(file)]
    if not args.limit:
        return rows
    random, some = np.random.RandomState(0), []
    for split in sorted({row["split"] for row in rows}):
        part = keep(rows, split={split})
        order = np.sort(random.permutation(len(part))[: args.limit])
        some += [part[i] for i in order]
    return some


def select(rows, **wanted):
    """Return (paths, transcripts) of the rows with these values."""
    kept = keep(rows, **wanted)
    return [row["file"] for row in kept], [row["text"] for row in kept]


def keep(rows, **wanted):
    return [
        row
        for row in rows
        if all(row[name] in values for name, values in wanted.items())
    ]


def build_model(args, **options):
    given = {"random_state": args.seed, "verbose": 1}
    if args.epochs:
        given["max_iter"] = args.epochs
    return SLMSpeechRecognizer(**(given | options))


def measure(model, recordings, transcripts):
    """Return error rates, with the language model and greedily."""
    found = {}
    for name, options in SEARCHES.items():
        kept = {key: model.get_params(deep=False)[key] for key in options}
        texts = model.set_params(**options).predict(recordings)
        model.set_params(**kept)
        found[name] = {
            "wer": 100 * compute_error_rate(texts, transcripts, "word"),
            "cer": 100 * compute_error_rate(texts, transcripts, "char"),
        }
    return found


def run_an4(args):
    rows = read_corpus(args, "an4")
    speakers = sorted({row["speaker"] for row in rows if row["split"] == "train"})
    held_out = set(
        np.random.RandomState(args.seed).choice(
            speakers, N_VALIDATION_SPEAKERS, replace=False
        )
    )
    train = select(rows, split={"train"}, speaker=set(speakers) - held_out)
    val = select(rows, split={"train"}, speaker=held_out)
    began = time.perf_counter()
    options = {"dropout": args.dropout} if args.dropout else {}
    if args.noise:
        options["noise_db"] = tuple(args.noise)
    # All that is said is spelled, or of few words.
    model = build_model(args, word_list="transcripts", **options)
    model.fit(*train, X_val=val[0], y_val=val[1])
    seconds = time.perf_counter() - began
    if args.keep:
        model.save(args.keep / name_model(bool(args.noise)))
    return {
        "seconds": seconds,
        "epochs": model.n_iter_,
        "recordings": len(train[0]),
        "validation": measure(model, *val),
        "test": measure(model, *select(rows, split={"test"})),
    }


def name_model(is_noisy):
    return "an4-noise.slm" if is_noisy else "an4.slm"


def build_digits(args, **options):
    return build_model(
        args,
        hidden_size=(96, 96),
        units="word",
        sample_rate=8000,
        word_list="transcripts",
        **options,
    )


def run_fsdd(args):
    rows = read_corpus(args, "fsdd")
    began = time.perf_counter()
    model = build_digits(args).fit(*select(rows, split={"train"}))
    seconds = time.perf_counter() - began
    recordings, transcripts = select(rows, split={"test"})
    return {
        "seconds": seconds,
        "epochs": model.n_iter_,
        "test": 100 * model.score(recordings, transcripts),
    }


def run_turns(args):
    rows = read_corpus(args, "fsdd")
    speakers = sorted({row["speaker"] for row in rows})
    found = {}
    for speaker in speakers:
        others = set(speakers) - {speaker}
        model = build_digits(args).fit(*select(rows, speaker=others))
        found[speaker] = 100 * model.score(*select(rows, speaker={speaker}))
        print(speaker, found[speaker], flush=True)
    return found | {"mean": statistics.mean(found.values())}


def run_run(args):
    """Time a kept model against the length of the recordings."""
    rows = read_corpus(args, "an4")
    recordings, transcripts = select(rows, split={"test"})
    seconds = sum(read_audio(path).seconds for path in recordings)
    model, found = load_model(args.keep / "an4.slm"), {}
    for name, heard in (("float32", model), ("int8", quantize(model))):
        for runtime in ("numpy", "onnxruntime"):
            heard.set_params(runtime=runtime)
            heard.predict(recordings[:4])
            entry = {}
            for kind, options in SEARCHES.items():
                kept = {key: heard.get_params(deep=False)[key] for key in options}
                heard.set_params(**options)
                began = time.perf_counter()
                texts = heard.predict(recordings)
                entry[kind] = {
                    "times_real_time": seconds / (time.perf_counter() - began),
                    "wer": 100 * compute_error_rate(texts, transcripts, "word"),
                }
                heard.set_params(**kept)
            found[f"{name} {runtime}"] = entry
            print(name, runtime, entry, flush=True)
    return found


def run_noise(args):
    rows = read_corpus(args, "an4")
    recordings, transcripts = select(rows, split={"test"})
    voices = [
        read_audio(path).samples for path in select(rows, split={"train"})[0][:40]
    ]
    found = {}
    for name, is_noisy in (("without augmentation", False), ("with it", True)):
        path = args.keep / name_model(is_noisy)
        if path.exists():
            found[name] = add_noises(
                args, load_model(path), recordings, transcripts, voices
            )
            print(name, found[name], flush=True)
    if not found:
        sys.exit(f"{args.keep} holds no model of AN4. Make one: --parts an4 --keep")
    return found


def add_noises(args, model, recordings, transcripts, voices):
    """Return word error rates, by kind and level of noise."""
    rates = {}
    for kind in ("white", "babble"):
        for decibels in (20, 10, 5):
            random = np.random.default_rng(args.seed)
            noisy = [
                (sound.rate, add_noise(sound.samples, random, decibels, kind, voices))
                for sound in map(read_audio, recordings)
            ]
            texts = model.predict(noisy)
            rate = 100 * compute_error_rate(texts, transcripts, "word")
            rates[f"{kind} {decibels} dB"] = rate
    return rates


# Streams


def join_digits(rows, seed):
    """Return strings of digits that one speaker says, with pauses between them.

    Each recording is in one of them. A string is (samples, words, ends), the ends of its
    words in seconds; recordings of this corpus end where the word does.
    """
    random = np.random.default_rng(seed)
    strings = []
    for speaker in sorted({row["speaker"] for row in rows}):
        own = keep(rows, speaker={speaker})
        own = [own[i] for i in random.permutation(len(own))]
        while own:
            n = int(random.integers(1, MOST_DIGITS + 1))
            strings.append(join_words(own[:n], random))
            own = own[n:]
    return strings


def join_words(rows, random):
    parts, words, ends, length = [], [], [], 0
    rate = 8000
    for row in rows:
        sound = read_audio(row["file"])
        assert sound.rate == rate
        pause = np.zeros(round(random.uniform(*PAUSES) * rate), np.float32)
        parts += [pause, sound.samples]
        length += len(pause) + len(sound.samples)
        words.append(row["text"])
        ends.append(length / rate)
    samples = np.concatenate([*parts, np.zeros(round(SILENCE * rate), np.float32)])
    noise = random.normal(0.0, FLOOR, len(samples)).astype(np.float32)
    return samples + noise, words, ends


def time_stream(model, samples, rate=8000):
    """Return the text after each block, and after the end, and the seconds it took."""
    size = round(BLOCK_SECONDS * rate)
    blocks = [samples[i : i + size] for i in range(0, len(samples), size)]
    texts, seconds = [], []
    began = time.perf_counter()
    for text in model.stream(blocks):
        seconds.append(time.perf_counter() - began)
        texts.append(text)
        began = time.perf_counter()
    return texts, seconds


def find_delays(words, ends, texts, seconds, block=BLOCK_SECONDS):
    """Return how long after the block that ends it each word is written for good.

    Those words alone count that are right at the end, with all before them. Below zero: it
    was written before it ended.
    """
    delays = []
    written = [text.split() for text in texts]
    for i, end in enumerate(ends):
        is_right = [text[: i + 1] == words[: i + 1] for text in written]
        if not is_right[-1]:
            break
        first = len(is_right) - is_right[::-1].index(False) if False in is_right else 0
        delays.append((first - int(end / block)) * block + seconds[first])
    return delays


def run_stream(args):
    rows = read_corpus(args, "fsdd")
    kept = args.keep / "stream.slm" if args.keep else None
    if kept is not None and kept.exists():
        model = load_model(kept)
    else:
        strings = join_digits(keep(rows, split={"train"}), args.seed)
        sounds, words, _ = zip(*strings)
        # What comes next tells nothing of random digits.
        model = build_digits(args, bidirectional=False, language_model=None)
        model.fit(sounds, [" ".join(each) for each in words])
        if kept is not None:
            model.save(kept)
    strings = join_digits(keep(rows, split={"test"}), args.seed)
    time_stream(model, strings[0][0])
    delays, works, last = [], [], []
    for samples, words, ends in strings:
        texts, seconds = time_stream(model, samples)
        delays += find_delays(words, ends, texts, seconds)
        works += seconds
        last.append(texts[-1])
    wanted = [" ".join(words) for _, words, _ in strings]
    return {
        "strings": len(strings),
        "words": sum(len(words) for _, words, _ in strings),
        "wer": 100 * compute_error_rate(last, wanted, "word"),
        "words_measured": len(delays),
        "milliseconds_after_block": summarise(delays),
        "milliseconds_of_work_in_block": summarise(works),
        "words_within_goal": sum(delay <= GOAL_SECONDS for delay in delays),
        "epochs": model.n_iter_,
    }


def summarise(seconds):
    """Return the median, the 90th percentile and the largest, in milliseconds."""
    if not seconds:
        return None
    levels = 1000 * np.quantile(seconds, [0.5, 0.9, 1.0])
    return dict(zip(("median", "p90", "largest"), levels.tolist()))


# Training steps beside PyTorch's


def draw_recordings(args):
    """Return frames and symbols like those of AN4, in batches of similar length."""
    random = np.random.RandomState(0)
    lengths = np.sort(random.randint(30, 190, args.batch * TRIAL_STEPS))
    return [
        (
            random.standard_normal((n, args.inputs)).astype(np.float32),
            random.randint(1, args.symbols, max(n // 6, 1)).astype(np.int32),
        )
        for n in lengths
    ]


def time_ours(args, recordings):
    """Return frames a second of our step, once it is compiled."""
    from sklearn_slm.network.examples import Examples
    from sklearn_slm.network.options import TrainingOptions
    from sklearn_slm.network.sequences.frames import FrameBatches
    from sklearn_slm.network.sequences.step import SequenceTrainer
    from sklearn_slm.spec import EncoderSpec, NetworkSpec, SymbolHead
    from sklearn_slm.text import Ragged

    def join(rows):
        return Ragged(
            np.concatenate(rows), np.cumsum([0, *map(len, rows)]).astype(np.int64)
        )

    frames, symbols = zip(*recordings)
    heard = Examples(
        {"frames": join(frames)},
        {"symbols": join(symbols)},
        np.ones(len(frames), np.float32),
    )
    spec = NetworkSpec(EncoderSpec(args.inputs, args.hidden), SymbolHead(args.symbols))
    options = TrainingOptions(dropout=0.3, batch_size=args.batch)
    trainer = SequenceTrainer(spec, {}, options, seed=0)
    plan = FrameBatches.of(heard, options, 60)
    seconds, count = 0.0, 0
    with trainer.open_threads():
        for epoch in range(2):
            for batch in plan.read(0, epoch):
                began = time.perf_counter()
                trainer.step(batch)
                if epoch:
                    seconds += time.perf_counter() - began
                    count += int(batch.lengths.sum())
    return count / seconds


def time_peer(args, recordings):
    """Return frames a second of PyTorch's step: packed, dropout between layers."""
    torch = import_peer("torch", "torch")
    nn = torch.nn
    torch.manual_seed(0)
    units = args.hidden[0]
    lstm = nn.LSTM(
        args.inputs, units, len(args.hidden), bidirectional=True, dropout=0.3
    )
    head = nn.Linear(2 * units, args.symbols)
    weights = [*lstm.parameters(), *head.parameters()]
    optimizer, loss_of = torch.optim.Adam(weights), nn.CTCLoss()
    order = np.random.RandomState(0).permutation(TRIAL_STEPS)
    seconds, count = 0.0, 0
    for epoch in range(2):
        for i in order:
            part = recordings[i * args.batch : (i + 1) * args.batch]
            began = time.perf_counter()
            frames = [torch.from_numpy(f) for f, _ in part]
            lengths = torch.tensor([len(f) for f in frames])
            said = [torch.from_numpy(s).long() for _, s in part]
            packed = nn.utils.rnn.pack_padded_sequence(
                nn.utils.rnn.pad_sequence(frames), lengths, enforce_sorted=False
            )
            states, _ = nn.utils.rnn.pad_packed_sequence(lstm(packed)[0])
            log_probs = head(nn.functional.dropout(states, 0.3)).log_softmax(-1)
            n_said = torch.tensor([len(s) for s in said])
            loss = loss_of(log_probs, torch.cat(said), lengths, n_said)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(weights, 1.0)
            optimizer.step()
            if epoch:
                seconds += time.perf_counter() - began
                count += int(lengths.sum())
    return count / seconds


def run_speed(args):
    recordings = draw_recordings(args)
    ours, theirs = [], []
    for _ in range(3):
        ours.append(time_ours(args, recordings))
        theirs.append(time_peer(args, recordings))
        print(f"{ours[-1]:,.0f} against {theirs[-1]:,.0f} frames/s", flush=True)
    ratio = statistics.median(ours) / statistics.median(theirs)
    return {"ours": ours, "peer": theirs, "ratio": ratio}


def run_peer(args):
    """Transcribe with pocketsphinx' English models."""
    pocketsphinx = import_peer("pocketsphinx", "pocketsphinx")
    rows = read_corpus(args, "an4")
    recordings, transcripts = select(rows, split={"test"})
    words = sorted(
        {w.lower() for t in select(rows, split={"train"})[1] for w in t.split()}
    )
    found = {}
    for name in ("its language model", "any of the words"):
        decoder = pocketsphinx.Decoder(samprate=16000, loglevel="FATAL")
        if name == "any of the words":
            known = [w for w in words if decoder.lookup_word(w)]
            grammar = f"#JSGF V1.0; grammar g; public <s> = ({' | '.join(known)})+;"
            decoder.add_jsgf_string("g", grammar)
            decoder.activate_search("g")
        texts = []
        for path in recordings:
            samples = (read_audio(path).samples * 32767).astype(np.int16)
            decoder.start_utt()
            decoder.process_raw(samples.tobytes(), full_utt=True)
            decoder.end_utt()
            best = decoder.hyp()
            texts.append("" if best is None else best.hypstr.upper())
        found[name] = 100 * compute_error_rate(texts, transcripts, "word")
        print(name, found[name], flush=True)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--epochs", type=int, help="default: as SLMSpeechRecognizer")
    parser.add_argument("--dropout", type=float, help="default: as SLMSpeechRecognizer")
    parser.add_argument("--noise", type=float, nargs=2, metavar=("LOW", "HIGH"))
    parser.add_argument(
        "--limit", type=int, help="recordings of a part; keeps no result"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder of the trained models")
    parser.add_argument("--hidden", type=int, nargs="+", default=[192, 192, 192])
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--inputs", type=int, default=120)
    parser.add_argument("--symbols", type=int, default=30)
    args = parser.parse_args()
    args.hidden = tuple(args.hidden)
    if args.keep is not None:
        args.keep.mkdir(parents=True, exist_ok=True)
    elif not {"run", "noise"}.isdisjoint(args.parts):
        parser.error("run and noise need the models of --keep FOLDER.")
    runs = {
        "an4": run_an4,
        "fsdd": run_fsdd,
        "turns": run_turns,
        "run": run_run,
        "noise": run_noise,
        "stream": run_stream,
        "speed": run_speed,
        "peer": run_peer,
    }
    results = read_results(KEPT)
    for part in args.parts:
        figures = runs[part](args)
        print(part, figures, flush=True)
        if args.limit:
            continue
        key = "an4 noise" if part == "an4" and args.noise else part
        results[key] = {
            "figures": figures,
            "settings": {
                "epochs": args.epochs,
                "dropout": args.dropout,
                "noise": args.noise,
                "seed": args.seed,
            },
            "machine": describe_machine(),
            "versions": name_versions("keras", "jax", "numpy"),
        }
        write_results(results, KEPT)


if __name__ == "__main__":
    sys.exit(main())
