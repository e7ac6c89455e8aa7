"""Pictures of accuracy against tokens. Needs matplotlib (extra `plots`)."""

# The keyword arguments of matplotlib's functions have no types.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any, Final, NamedTuple, cast

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, StrMethodFormatter

from reasoning_baselines.sweep import Curve, Result

KINDS: Final = ("png", "svg")
_INCHES: Final = (5.6, 4.7)  # small, so that letters are large where the picture is shown on a phone
_LINE, _FACTS_LINE = 0.25, 0.19  # inches, of the legend and of the facts above the picture
_FACTS_WIDTH: Final = 64  # letters
_NO_BREAK: Final = "\N{NO-BREAK SPACE}"
_DOTS_PER_INCH: Final = 240
_INK, _FAINT = "#222222", "#d9d9d9"


class _Look(NamedTuple):
    """How a line is told from the others, in colour and without."""

    colour: str
    marker: str
    dashes: str | tuple[int, tuple[float, ...]]


# Wong 2011, 'Points of view: color blindness', Nature Methods 8, 441, without yellow. The reference is black.
_REFERENCE: Final = _Look("#000000", "o", "solid")
_LOOKS: Final = (
    _Look("#0072B2", "s", "solid"),
    _Look("#D55E00", "^", (0, (5, 1.5))),
    _Look("#009E73", "D", (0, (1.5, 1.2))),
    _Look("#CC79A7", "v", (0, (6, 1.5, 1.5, 1.5))),
    _Look("#E69F00", "P", "solid"),
    _Look("#56B4E9", "X", (0, (5, 1.5))),
)
_STYLE: Final = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same picture everywhere
    "font.size": 11,
    "svg.hashsalt": "reasoning-gym",
    "svg.fonttype": "path",
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "text.color": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
}


def write_pictures(result: Result, folder: Path, name: str = "sweep") -> tuple[Path, ...]:
    """Write NAME.png and NAME.svg; the same result gives the same files."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = tuple(folder / f"{name}.{kind}" for kind in KINDS)
    with mpl.rc_context(cast("Any", _STYLE)):
        figure = draw(result)
        for path in paths:
            dated = {"Date": None} if path.suffix == ".svg" else {}
            figure.savefig(path, dpi=_DOTS_PER_INCH, metadata=cast("Any", dated))
    return paths


def draw(result: Result) -> Figure:
    """Accuracy with its 95 % interval against tokens a problem, a line an agent; above it what was asked."""
    figure = Figure(figsize=_INCHES)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    handles = [
        _draw_curve(axes, result, curve, look) for curve, look in zip(result.curves, _looks(result), strict=True)
    ]
    _scale(axes, result)
    heading, facts = _title(result)
    columns = _columns(result)
    width, height = _INCHES
    margin, top = 0.2, 0.72 + _FACTS_LINE * (len(facts) - 1)  # inches
    bottom = 0.66 + _LINE * -(-len(handles) // columns)  # the legend stands below the axes, never on them
    height += top + bottom - 1.7
    figure.set_size_inches(width, height)
    figure.subplots_adjust(left=0.72 / width, right=1 - margin / width, top=1 - top / height, bottom=bottom / height)
    figure.text(margin / width, 1 - 0.16 / height, heading, va="top", fontsize=12.5, fontweight="bold")
    figure.text(margin / width, 1 - 0.43 / height, "\n".join(facts), va="top", fontsize=10.5)
    figure.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(margin / width, 0.08 / height),
        borderaxespad=0,
        borderpad=0,
        ncols=columns,
        frameon=False,
        handlelength=2.8,
        columnspacing=1.4,
        fontsize=11,
    )
    return figure


def _looks(result: Result) -> list[_Look]:
    """A look for each curve: with more curves than colours, a colour comes again with another marker."""
    looks: list[_Look] = []
    for curve in result.curves:
        round_, index = divmod(len(looks) - (_REFERENCE in looks), len(_LOOKS))
        other = _LOOKS[index]._replace(marker=_LOOKS[(index + round_) % len(_LOOKS)].marker)
        looks.append(_REFERENCE if curve.label == result.reference else other)
    return looks


def _draw_curve(axes: Axes, result: Result, curve: Curve, look: _Look) -> Line2D:
    """Draw a line with its intervals, as a band, or a single point with a bar; how the legend shows it."""
    points = sorted(curve.points, key=result.tokens_of)
    tokens = [result.tokens_of(point) for point in points]
    accuracies, lows, highs = ([100 * getattr(point, name) for point in points] for name in ("accuracy", "low", "high"))
    mark: dict[str, Any] = {
        "color": look.colour,
        "linestyle": look.dashes,
        "linewidth": 2,
        "marker": look.marker,
        "markersize": 7.5,
        "markeredgecolor": "white",
        "markeredgewidth": 0.8,
    }
    if max(tokens) == 0:  # no place on a logarithmic axis: a floor
        mark |= {"marker": "", "linewidth": 1.4}
        axes.axhline(accuracies[0], **mark)
    elif len(points) == 1:
        mark["linestyle"] = ""
        axes.vlines(tokens, lows, highs, color=look.colour, linewidth=1.4)
        axes.plot(tokens, accuracies, **mark)
    else:
        axes.fill_between(tokens, lows, highs, color=look.colour, alpha=0.1, linewidth=0)
        axes.plot(tokens, accuracies, **mark)
    return Line2D([], [], label=curve.label, **mark)


def _scale(axes: Axes, result: Result) -> None:
    """Axes, their numbers and a faint grid."""
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(base=10, subs=_steps(result)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10], integer=True))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:.0f} %"))
    low, high = axes.get_ylim()
    axes.set_ylim(max(low, -2), min(high, 102))
    axes.set_xlabel("tokens sampled a problem" if result.tokens == "sampled" else "tokens sampled and read a problem")
    axes.grid(color=_FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _steps(result: Result) -> Sequence[float]:
    """Which multiples of a power of ten have a number: fewer the further the axis reaches."""
    tokens = [result.tokens_of(point) for curve in result.curves for point in curve.points]
    found = [each for each in tokens if each > 0]
    reach = max(found) / min(found) if found else 1
    return (1, 2, 3, 5) if reach < 10 else (1, 2, 5) if reach < 300 else (1,)


def _title(result: Result) -> tuple[str, list[str]]:
    """What was asked of whom: a heading, and lines of facts."""
    asked = result.env_options
    levels = cast("Sequence[int]", asked.get("levels") or ([asked["level"]] if asked.get("level") else ()))
    models = sorted({curve.model for curve in result.curves if curve.model is not None})
    facts = [
        f"level{'s' if len(levels) > 1 else ''} {_ranges(levels)}" if levels else "all levels",
        ", ".join(Path(model).name for model in models),
        _together(f"n = {result.problems:,}" + (f" × {result.seeds} seeds" if result.seeds > 1 else "")),
        _together("accuracy, 95 % interval"),
    ]
    split = "" if asked.get("split", "test") == "test" else f" ({asked['split']} split)"
    lines = wrap(" · ".join(filter(None, facts)), _FACTS_WIDTH)
    return result.env_id + split, [line.replace(_NO_BREAK, " ").removesuffix(" ·") for line in lines]


def _together(text: str) -> str:
    """A text that isn't broken into lines."""
    return text.replace(" ", _NO_BREAK)


def _ranges(levels: Sequence[int]) -> str:
    """Whole numbers in few letters.

    >>> _ranges([1, 2, 3, 4, 6])
    '1–4, 6'
    """
    runs: list[list[int]] = []
    for level in levels:
        if runs and runs[-1][-1] + 1 == level:
            runs[-1].append(level)
        else:
            runs.append([level])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def _columns(result: Result) -> int:
    """Of the legend, so that its texts have room."""
    longest = max(len(curve.label) for curve in result.curves)
    return 1 if longest > 30 else 2 if longest > 16 else 3
