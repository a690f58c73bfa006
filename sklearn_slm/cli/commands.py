"""What is done with fitted models, and the demonstration: options and help."""

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
    model_options,
    output_option,
    pair_options,
    question_options,
    quiet_option,
)

__all__ = ["COMMANDS"]


@command(
    "evaluate",
    "Compare a model with labels, translations, answers or transcripts.",
    """slm evaluate model.slm test.csv
slm evaluate model.slm test.jsonl --text body --label topic --json
slm evaluate de-en.slm test.tsv --source de --target en
slm evaluate faq.slm test.tsv --question question --answer answer
slm evaluate reader.slm test.tsv --passage context
slm evaluate commands.slm test.csv --audio path""",
)
@click.argument("model", type=existing)
@click.argument("data", nargs=-1, required=True, type=existing_or_stdin)
@data_options()
@pair_options
@question_options
@audio_option
@model_options
@json_option
def _evaluate(**options: Any) -> None:
    """Compare a model's answers with labels: accuracy, F1, log loss, each class.

    A translator is compared with given translations: BLEU and chrF. An answerer is
    compared with known answers: first places, MRR, MAP, and wrong answers where the surest
    90% are given. A reader is compared with known answers: exact match and F1. A recogniser
    is compared with transcripts: word and character error rate.
    """
    from .evaluation import evaluate

    evaluate(**options)


@command(
    "predict",
    "Label texts of files or stdin.",
    """slm predict model.slm texts.csv -o answers.csv
slm predict model.slm texts.jsonl.gz --probabilities --json > answers.jsonl
cat lines.txt | slm predict model.slm | head
echo "not bad at all" | slm predict model.slm --format txt""",
)
@click.argument("model", type=existing)
@click.argument("files", nargs=-1, type=existing_or_stdin)
@data_options(label=False)
@output_option
@click.option(
    "--format",
    "form",
    type=click.Choice(("csv", "tsv", "jsonl", "txt")),
    help="What to write; txt is labels alone; tsv has no quotes, so tabs and line breaks in "
    "fields become spaces. Default: by the name of --output, or csv.",
)
@click.option(
    "--probabilities",
    is_flag=True,
    help="Those of all classes, not of the label alone.",
)
@click.option("--with-text", is_flag=True, help="Repeat each text.")
@click.option(
    "--batch-size",
    type=click.IntRange(1),
    help="Texts read ahead; 1 answers each at once. Default: 512, for a terminal 1.",
)
@model_options
@click.option("--json", "as_json", is_flag=True, help="The same as --format jsonl.")
@quiet_option
def _predict(**options: Any) -> None:
    """Label texts of files or stdin, in order, as they come.

    Standard input is plain lines unless --input says otherwise. A classifier that was
    trained on several columns reads those, by their names.
    """
    from .prediction import predict

    predict(**options)


@command(
    "info",
    "Tell what a model is; --card writes a card.",
    """slm info model.slm
slm info model.slm --card --data test.csv > MODEL_CARD.md
slm info model.slm --vocabulary > words.tsv""",
)
@click.argument("model", type=existing)
@click.option("--card", is_flag=True, help="A model card in Markdown.")
@click.option(
    "--vocabulary",
    is_flag=True,
    help="The words and n-grams of training texts that the model holds, a line each.",
)
@click.option("--data", multiple=True, type=existing, help="Data to test the card on.")
@data_options()
@pair_options
@question_options
@audio_option
@model_options
@json_option
def _info(**options: Any) -> None:
    """Tell what a model is: network, tokens, classes, sizes, scores."""
    from .info import show_info

    show_info(**options)


@command(
    "export", "Write the network as ONNX.", "slm export model.slm --onnx model.onnx"
)
@click.argument("model", type=existing)
@click.option("--onnx", required=True, type=click.Path(), help="File to write.")
@model_options
@json_option
def _export(**options: Any) -> None:
    """Write the network for another runtime, with its vocabulary and classes.

    An answerer makes the network alone, from questions to vectors: its index stays out.
    A translator makes two files: for model.onnx, model.encoder.onnx and model.step.onnx.
    A reader makes model.encoder.onnx and model.spans.onnx. A recogniser of one direction
    has model.step.onnx beside model.onnx.
    """
    from .conversion import export

    export(**options)


@command(
    "quantize",
    "Write a smaller copy.",
    """slm quantize model.slm small.slm
slm quantize model.slm small.slm --data dev.csv --max-drop 0.003
slm quantize model.slm small.slm --max-bytes 2000000 --data dev.csv
slm quantize de-en.slm small.slm --data dev.tsv --source de --target en
slm quantize faq.slm small.slm --data dev.tsv --max-drop 0.005""",
)
@click.argument("model", type=existing)
@click.argument("output", type=click.Path())
@click.option(
    "--dtype",
    type=click.Choice(("int8", "int4", "float16")),
    default="int8",
    show_default=True,
    help="Type of the weights.",
)
@click.option("--data", multiple=True, type=existing, help="Data to measure on.")
@click.option(
    "--max-drop",
    type=float,
    help="Refuse to lose more accuracy, as 0.003; of a translator, hundredths of BLEU; of a "
    "recogniser, words.",
)
@click.option(
    "--max-bytes",
    type=click.IntRange(1),
    help="Drop the rarest words beyond this size.",
)
@data_options()
@pair_options
@question_options
@audio_option
@model_options
@json_option
def _quantize(**options: Any) -> None:
    """Write a smaller copy of a model."""
    from .conversion import quantize_file

    quantize_file(**options)


@command(
    "demo",
    "Fit on the embedded corpus.",
    "slm demo\nslm demo --language zh --model demo.slm",
)
@click.option(
    "--language",
    type=click.Choice(("en", "zh")),
    default="en",
    show_default=True,
    help="Of the texts.",
)
@click.option("--model", type=click.Path(), help="Keep the model in this file.")
@click.option(
    "--texts",
    "n_texts",
    type=click.IntRange(20, 4000),
    help="Learn from fewer texts, for a quick look. Default: all 4,000.",
)
@quiet_option
def _demo(**options: Any) -> None:
    """Fit a small model on the embedded corpus, beside a bag of words."""
    from .training import demonstrate

    demonstrate(**options)


COMMANDS = (_demo, _evaluate, _export, _info, _predict, _quantize)
