"""Draws the cost of a call, relative to the floor, as horizontal bars."""

# mypy: disable-error-code="import-not-found"
# matplotlib is in the dependency group `bench`, which `make check` does without.

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from bench.measure import Measured
from bench.subjects import FLOOR, Missing, Protocol

mpl.use("Agg")

_DPI = 150
_SIZE_INCHES = (8, 5.8)  # 1200 x 870 pixels
_OURS, _SERVER_BEHIND = "#1f6f8b", "#8fbfd0"
_OTHERS, _OTHER_SERVER_BEHIND = "#c3c7cc", "#e1e4e7"
_TEXT, _FAINT = "#22272e", "#9aa1a9"
_BAR_HEIGHT = 0.62
_GAP = 0.55  # between the rows of the two protocols, in rows
_LABEL_DISTANCE = 0.012  # of the width of the plot
_ROOM_FOR_LABELS = 1.12
_ROOM_FOR_PART = 0.12  # the least width of a part with its name in it, of the width of the plot


def draw(path: Path, rows: Sequence[Measured], missing: Sequence[Missing]) -> None:
    """Writes a PNG. missing: rows that have a name and no bar."""
    figure, axes = plt.subplots(figsize=_SIZE_INCHES, dpi=_DPI, layout="constrained")
    widest = max(row.of_floor.median for row in rows)
    axes.set_xlim(0, widest * _ROOM_FOR_LABELS)
    places: list[tuple[float, str]] = []
    place = 0.0
    for protocol in Protocol:
        for row in (row for row in rows if row.subject.protocol is protocol):
            _bar(axes, place, row, widest)
            places.append((place, f"{row.subject.name}  ({protocol.value})"))
            place += 1
        for absent in (row for row in missing if row.protocol is protocol):
            axes.text(
                0, place, f"not measured: {absent.reason}", va="center", fontsize=8, color=_FAINT
            )
            places.append((place, f"{absent.name}  ({protocol.value})"))
            place += 1
        place += _GAP
    axes.axvline(1, color=_FAINT, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
    axes.set_yticks([place for place, _ in places], [name for _, name in places], fontsize=9)
    axes.invert_yaxis()
    _quieten(axes)
    axes.set_title(
        "CPU time of the server for one GetMe call", loc="left", fontsize=11.5, color=_TEXT
    )
    axes.set_xlabel(f"1 = {FLOOR}, in the same run", fontsize=8.5, color=_TEXT, loc="left")
    figure.savefig(path)
    plt.close(figure)


def _bar(axes: Axes, place: float, row: Measured, widest: float) -> None:
    begin = 0.0
    whole = sum(row.parts.values())
    ours = row.subject.name.startswith("getme")
    colours = (_OURS, _SERVER_BEHIND) if ours else (_OTHERS, _OTHER_SERVER_BEHIND)
    for (part, microseconds), colour in zip(row.parts.items(), colours, strict=False):
        width = row.of_floor.median * microseconds / whole
        axes.barh(place, width, _BAR_HEIGHT, left=begin, color=colour)
        if len(row.parts) > 1 and width > widest * _ROOM_FOR_PART:
            axes.text(
                begin + width / 2,
                place,
                part,
                ha="center",
                va="center",
                fontsize=8,
                color="white" if colour == _OURS else _TEXT,
            )
        begin += width
    axes.text(
        begin + widest * _LABEL_DISTANCE,
        place,
        f"{row.of_floor.median:.2f}",
        va="center",
        fontsize=9.5,
        color=_TEXT,
        fontweight="bold" if ours else "normal",
    )


def _quieten(axes: Axes) -> None:
    """Takes away what carries no figure: the bars have their numbers."""
    for side in ("top", "right", "bottom", "left"):
        axes.spines[side].set_visible(False)
    axes.set_xticks([])
    axes.tick_params(axis="y", length=0, colors=_TEXT)
