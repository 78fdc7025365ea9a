"""Draws p99 against the rate of calls, a line for each subject."""

# mypy: disable-error-code="import-not-found"
# matplotlib is in the dependency group `bench`, which `make check` does without.

from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from bench.latency_at_rates import RATES, RatedSubject
from bench.subjects import FLOORS, Protocol

mpl.use("Agg")

_DPI = 150
_SIZE_INCHES = (8, 7)  # 1200 x 1050 pixels
_FIRST_OF_OURS, _OTHERS_OF_OURS = "#1f6f8b", ("#5fa3b9", "#8fbfd0")
_OTHERS = ("#c27c2c", "#8a5a9e", "#9aa1a9")
_TEXT, _FAINT = "#22272e", "#9aa1a9"
_MARKS = ("o", "s", "D")


def draw_latencies(path: Path, rated: Sequence[RatedSubject]) -> None:
    """Writes a PNG."""
    figure, both = plt.subplots(
        len(Protocol), figsize=_SIZE_INCHES, dpi=_DPI, layout="constrained", sharex=True
    )
    for axes, protocol in zip(both, Protocol, strict=True):
        _lines(axes, [row for row in rated if row.protocol is protocol])
        axes.set_title(f"GetMe over {protocol.value}", loc="left", fontsize=10.5, color=_TEXT)
    both[-1].set_xlabel("calls a second", fontsize=8.5, color=_TEXT)
    figure.savefig(path)
    plt.close(figure)


def _lines(axes: Axes, rows: Sequence[RatedSubject]) -> None:
    ours = cycle(zip((_FIRST_OF_OURS, *_OTHERS_OF_OURS), _MARKS, strict=True))
    others = cycle(zip(_OTHERS, _MARKS, strict=True))
    for row in rows:
        if row.name in FLOORS:
            colour, mark, style = _FAINT, "", "--"
        else:
            colour, mark = next(ours if row.name.startswith("getme") else others)
            style = "-"
        axes.plot(
            list(row.latencies),
            [latency.p99_ms for latency in row.latencies.values()],
            color=colour,
            marker=mark,
            markersize=4,
            linestyle=style,
            linewidth=1.6,
            label=row.name,
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(RATES, [f"{rate:,}" for rate in RATES], fontsize=8.5)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.tick_params(colors=_TEXT, labelsize=8.5)
    axes.set_ylabel("p99, ms", fontsize=8.5, color=_TEXT)
    axes.grid(color=_FAINT, alpha=0.25, linewidth=0.6)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.legend(fontsize=7.5, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
