"""``slm train``: options and help of all tasks."""

from __future__ import annotations

from typing import Any

import click

from .options import (
    audio_option,
    command,
    data_options,
    existing,
    existing_or_stdin,
    json_option,
    pair_options,
    question_options,
)

__all__ = ["train"]

CLASSIFIER, LANGUAGE_MODEL = "classifier", "language-model"
TRANSLATION, SPEECH = "translation", "speech"
ANSWERS, READING = "answers", "reading"
# Options that are parameters of the estimator, and those that not all tasks have.
_PARAMETERS = ("hidden_size", "max_iter", "tokens", "documents", "checkpoint")
_OF_SOME_TASKS = {
    "label": (CLASSIFIER, LANGUAGE_MODEL),
    "columns": (CLASSIFIER,),
    "vectors": (CLASSIFIER, ANSWERS, READING),
    "tokens": (LANGUAGE_MODEL, TRANSLATION, SPEECH),
    "documents": (LANGUAGE_MODEL,),
    "source": (TRANSLATION,),
    "target": (TRANSLATION,),
    "audio": (SPEECH,),
    "question": (ANSWERS, READING),
    "answer": (ANSWERS, READING),
    "passage": (READING,),
}


def _read_sizes(_: Any, __: Any, value: str | None) -> int | tuple[int, ...] | None:
    """Return the units of a layer, or of several."""
    if value is None:
        return None
    try:
        sizes = tuple(int(size) for size in value.split(","))
    except ValueError:
        sizes = (0,)
    if min(sizes) < 1:
        raise click.BadParameter(
            f"{value!r} is no number of units, such as 256, or 256,128 for two layers."
        )
    return sizes if len(sizes) > 1 else sizes[0]


@command(
    "train",
    "Fit a classifier, language model, translator, answerer, reader or recogniser.",
    """slm train data.csv --model out.slm
slm train a.csv b.jsonl --text body --label topic --valid dev.csv --model out.slm
slm train shop.csv --text title,body --columns age,department --model out.slm
slm train data.csv --set vectorizer__min_df=2 --vectors vectors.txt.gz --model out.slm
slm train data.csv --checkpoint out.checkpoint --model out.slm
slm train lines.txt --task language-model --hidden-size 512 --model lm.slm
slm train news.csv --task language-model --label topic --tokens subword --model lm.slm
slm train book.txt --task language-model --documents stream --model lm.slm
slm train big.txt --task language-model --checkpoint lm.checkpoint --model lm.slm
slm train big.txt --task language-model --resume-from lm.checkpoint --model lm.slm
slm train data.tsv --task translation --source de --target en --model de-en.slm
slm train faq.tsv --task answers --model faq.slm
slm train faq.csv --task answers --vectors vectors.txt.gz --valid dev.csv --model faq.slm
slm train data.tsv --task reading --passage context --model reader.slm
slm train manifest.csv --task speech --audio path --text text --model commands.slm""",
)
@click.argument("data", nargs=-1, required=True, type=existing_or_stdin)
@click.option(
    "--model",
    "--output",
    "-o",
    "model",
    required=True,
    type=click.Path(),
    help="File to write.",
)
@click.option(
    "--task",
    type=click.Choice(
        (CLASSIFIER, LANGUAGE_MODEL, TRANSLATION, ANSWERS, READING, SPEECH)
    ),
    default=CLASSIFIER,
    show_default=True,
    help="What the model learns: labels, the texts themselves, pairs of texts, answers to "
    "questions, answers in passages, or what is said in recordings.",
)
@data_options(
    label_help='Column of the labels. Default: "label"; a language model is trained on '
    "texts alone, or with this column on texts of each label."
)
@click.option(
    "--columns",
    metavar="NAMES",
    help="Other columns that a classifier reads beside the text, as age,department: numbers "
    "where all cells are, else categories.",
)
@pair_options
@question_options
@audio_option
@click.option(
    "--valid", type=existing, help="Validation data; else a part of the data is taken."
)
@click.option(
    "--hidden-size",
    metavar="UNITS",
    callback=_read_sizes,
    help="Units of the recurrent layer; 256,128 makes two layers.",
)
@click.option("--max-iter", type=click.IntRange(1), help="Most epochs.")
@click.option(
    "--vectors",
    type=existing,
    help="Word vectors for a classifier, an answerer or a reader, a GloVe or word2vec "
    "file.",
)
@click.option(
    "--tokens",
    type=click.Choice(("word", "char", "subword")),
    help="What a language model or a translator reads and writes, or a recogniser writes. "
    "Default: word; of a translator subword; of a recogniser char.",
)
@click.option(
    "--documents",
    type=click.Choice(("independent", "stream")),
    help="Whether texts follow each other, as the lines of a book, for a language model. "
    "Default: independent.",
)
@click.option(
    "--checkpoint",
    type=click.Path(),
    help="File that the state of the training is written to, after each epoch and every "
    "ten minutes.",
)
@click.option(
    "--resume-from",
    type=existing,
    help="Go on from a checkpoint; all else must be as it was.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Any parameter of SLMTextClassifier, of its vectorizer as vectorizer__NAME, or of "
    "SLMLanguageModel, SLMTranslator, SLMAnswerer, SLMReader (vectorizer__NAME, both) or "
    "SLMSpeechRecognizer.",
)
@click.option(
    "--seed", type=int, default=0, show_default=True, help="Same seed, same file."
)
@json_option
@click.option(
    "--quiet/--verbose",
    "-q/-v",
    default=False,
    help="Nothing on stderr, or (the default) how far the training is: loss, scores, time "
    "left; of a language model perplexity and tokens a second, too; of a translator BLEU; "
    "of a recogniser hours of audio a minute.",
)
def train(task: str, **options: Any) -> int:
    """Fit a model on texts and save it in one file.

    A classifier learns the labels of texts; with --text title,body of several, joined, and
    with --columns of other columns, too. A language model learns the texts, one a row
    or line: then slm generate writes more of them, and slm score tells how likely it
    finds others. It reads texts as they come, and keeps four bytes of each token. A
    translator learns to make one text of another, from pairs in two columns; slm
    translate does it. An answerer learns to find the answers to questions, from questions
    with their answers in two columns; slm answer does it. A reader learns to answer with
    words of a passage, from questions, passages and answers in three columns, where an
    empty answer says that the passage has none; slm answer does it, too. A recogniser
    learns from a table of sound files and what is said in each, whose paths begin in the
    folder of the table; slm transcribe writes others.
    """
    for name, tasks in _OF_SOME_TASKS.items():
        if options[name] is not None and task not in tasks:
            option = "--" + name.replace("_", "-")
            raise click.UsageError(f"{option} is for --task {' or '.join(tasks)}.")
    named = {name: options.pop(name) for name in _PARAMETERS}
    options["parameters"] = {k: v for k, v in named.items() if v is not None}
    run: Any
    if task == CLASSIFIER:
        from .training import train as run
    elif task == LANGUAGE_MODEL:
        from .language_training import train_language_model as run
    elif task == SPEECH:
        from .speech_training import train_recognizer as run
    elif task == ANSWERS:
        from .answer_training import train_answerer as run

        _refuse_text(options, "an answerer reads the columns --question and --answer")
    elif task == READING:
        from .reading_training import train_reader as run

        _refuse_text(
            options, "a reader reads the columns --question, --passage and --answer"
        )
    else:
        from .translation_training import train_translator as run

        _refuse_text(options, "a translator reads the columns --source and --target")
    for name, tasks in _OF_SOME_TASKS.items():
        if task not in tasks:
            options.pop(name, None)
    return run(**options)


def _refuse_text(options: dict[str, Any], read: str) -> None:
    """Refuse a column that a task does not read; take it out of its options."""
    if options.pop("text") != "text":
        raise click.UsageError(f"--text is for the other tasks: {read}.")
