"""The pictures of the benchmarks."""

import matplotlib as mpl
import numpy as np
import peers

mpl.use("agg")
from matplotlib import pyplot as plt

# Colours of Okabe and Ito, which colour-blind readers can tell apart; markers too.
STYLES = {
    peers.WORDS: ("#999999", "o"),
    peers.PAIRS: ("#000000", "s"),
    peers.FASTTEXT: ("#E69F00", "^"),
    peers.FASTTEXT_50: ("#CC79A7", "v"),
    peers.OURS: ("#0072B2", "D"),
    peers.OURS_FILE: ("#D55E00", "P"),
}
AXES = (
    ("fit_seconds", "seconds to fit"),
    ("megabytes", "saved model, MB"),
    ("texts_per_second", "texts predicted a second"),
)


def _finish(axes):
    axes.grid(alpha=0.25, which="major")
    axes.spines[["top", "right"]].set_visible(False)


def _write_numbers(axis):
    """Label a logarithmic axis with plain numbers, three a decade where it is short."""
    low, high = axis.get_view_interval()
    subs = (1, 2, 5) if high < 30 * low else (1,)
    axis.set_major_locator(mpl.ticker.LogLocator(subs=subs))
    axis.set_major_formatter(mpl.ticker.FuncFormatter(lambda x, _: f"{x:,g}"))
    axis.set_minor_formatter(mpl.ticker.NullFormatter())


def _add_legend(figure, handles, labels):
    columns = len(labels) if len(labels) < 6 else (len(labels) + 1) // 2
    figure.legend(
        handles, labels, loc="outside upper center", ncols=columns, frameon=False
    )


def draw_learning_curve(curves, sizes, part, path):
    """Draw accuracy by texts of each class: {set: {row: scores of each size}}."""
    figure, panels = plt.subplots(
        1, len(curves), figsize=(11, 4.6), layout="constrained", squeeze=False
    )
    handles = {}
    for axes, (title, rows) in zip(panels[0], curves.items()):
        for place, (row, cells) in enumerate(rows.items()):
            known = [(n, scores) for n, scores in zip(sizes, cells) if scores]
            if not known:
                continue
            color, marker = STYLES[row]
            x, means = [n for n, _ in known], [np.mean(s) for _, s in known]
            spread = [np.std(s, ddof=1) if len(s) > 1 else 0 for _, s in known]
            # Side by side, so that no bar hides another.
            x = np.multiply(x, 1.03 ** (place - (len(rows) - 1) / 2))
            handles[row] = axes.errorbar(
                x,
                means,
                yerr=spread,
                marker=marker,
                color=color,
                ms=6,
                capsize=2,
                lw=1.2,
            )
        axes.set_xscale("log")
        axes.set_xticks(sizes, labels=map(str, sizes))
        axes.minorticks_off()
        axes.set_title(f"{title}, {part}")
        axes.set_xlabel("labelled texts of each class")
        axes.set_ylabel("accuracy, percent")
        _finish(axes)
    _add_legend(figure, handles.values(), handles)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def draw_accuracy(points, path):
    """Draw scores against cost: {set: {row: means of the fields of accuracy.json}}."""
    figure, panels = plt.subplots(
        len(points),
        len(AXES),
        figsize=(11, 0.6 + 2.9 * len(points)),
        layout="constrained",
        sharey="row",
        squeeze=False,
    )
    handles = {}
    for line, (title, rows) in zip(panels, points.items()):
        for axes, (field, label) in zip(line, AXES):
            for row, found in rows.items():
                color, marker = STYLES[row]
                handles[row] = axes.errorbar(
                    found[field],
                    found["score"],
                    yerr=found["spread"] or None,
                    color=color,
                    marker=marker,
                    ms=8,
                    ls="",
                    capsize=2,
                )
            axes.set_xscale("log")
            values = [found[field] for found in rows.values()]
            axes.set_xlim(min(values) / 2, max(values) * 2)
            axes.set_xlabel(label)
            _write_numbers(axes.xaxis)
            axes.margins(y=0.15)
            _finish(axes)
        line[0].set_ylabel(f"{title}\npercent")
    _add_legend(figure, handles.values(), handles)
    figure.savefig(path, dpi=130)
    plt.close(figure)
