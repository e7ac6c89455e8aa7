"""Draws learning curves: accuracy on validation problems against what training took, and the test at its end.

A curve is in a result (see `published`), from the lines of the learner's log that hold a `validation`: the accuracy on
`validation_n` train problems that training doesn't draw, with `cpu_seconds` and `tokens`, both since the beginning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any, Final, Literal, NamedTuple, TypeAlias, cast

import matplotlib
from matplotlib.figure import Figure

from reasoning_baselines.seed_statistics import Measured, mean_rate
from reasoning_gym.intervals import wilson

Compute: TypeAlias = Literal["cpu_seconds", "tokens"]
_Axes: TypeAlias = Any  # of matplotlib, whose types are partly unknown

_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")  # Okabe and Ito 2008
_MARKERS: Final = "osv^Dxp"
_DASHES: Final = ("-", "--", "-.", (0, (1, 1)))  # in turn, for print in black and white
_UNITS: Final[Mapping[str, tuple[float, str]]] = {
    "cpu_seconds": (60.0, "CPU minutes of training, one seed"),
    "tokens": (1e6, "million tokens of training, one seed"),
}


class Curve(NamedTuple):
    """Accuracy after some training."""

    compute: list[float]  # [points], in the unit of the axis
    accuracy: list[Measured]  # [points], with 95 % intervals


def curves(result: Mapping[str, Any], against: Compute) -> list[Curve]:
    """The mean over the seeds where all were validated at the same updates, else a curve for each seed.

    Raises:
        ValueError: if a seed has no validation, or one without the compute that is asked for.
    """
    seeds = [_curve(result["name"], seed.get("curve", []), against) for seed in result["seeds"]]
    if len({len(seed.compute) for seed in seeds}) > 1:
        return seeds
    compute = [fmean(each) for each in zip(*(seed.compute for seed in seeds), strict=True)]
    accuracy = [mean_rate(each) for each in zip(*(seed.accuracy for seed in seeds), strict=True)]
    return [Curve(compute, accuracy)]


def draw(results: Sequence[Mapping[str, Any]], place: Path, against: Compute = "cpu_seconds") -> list[Path]:
    """Draw the curves of some results into one picture; the files, `place` with .png and .svg.

    Raises:
        ValueError: if a result has no curve, or there are more than the colours tell apart.
    """
    if not 1 <= len(results) <= len(_COLOURS):
        raise ValueError(f"{len(results)} curves; give 1 to {len(_COLOURS)}")
    found = [curves(result, against) for result in results]
    figure = cast("Any", Figure)(figsize=(5.6, 4.2), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.08, h_pad=0.08)
    axes = figure.add_subplot()
    for number, (result, each) in enumerate(zip(results, found, strict=True)):
        style = {"color": _COLOURS[number], "marker": _MARKERS[number], "linestyle": _DASHES[number % len(_DASHES)]}
        _draw_one(axes, result, each, against, style)
    _draw_beginnings(axes, results)
    _finish(axes, against)
    place.parent.mkdir(parents=True, exist_ok=True)
    files = [place.with_name(f"{place.name}.{kind}") for kind in ("png", "svg")]
    with cast("Any", matplotlib).rc_context(
        {"svg.hashsalt": place.name, "svg.fonttype": "path"}
    ):  # the same picture is the same file
        figure.savefig(files[0], dpi=200)
        figure.savefig(files[1], metadata={"Date": None})
    return files


def _curve(name: str, lines: Sequence[Mapping[str, float]], against: Compute) -> Curve:
    if not lines:
        raise ValueError(f"{name} has no learning curve: its training was not validated as it went; leave it out")
    if not all(against in line for line in lines):
        raise ValueError(f"the validations of {name} don't say the {against} up to them; choose another axis")
    compute = [line[against] / _UNITS[against][0] for line in lines]
    if any(later <= earlier for earlier, later in pairwise(compute)):
        raise ValueError(f"the {against} in the log of {name} don't rise, so they aren't counted from the beginning")
    accuracy = [_rate(line["validation"], int(line["validation_n"])) for line in lines]
    return Curve(compute, accuracy)


def _rate(value: float, n: int) -> Measured:
    return Measured(value, *wilson(round(value * n), n))


def _draw_one(
    axes: _Axes, result: Mapping[str, Any], found: Sequence[Curve], against: Compute, style: Mapping[str, Any]
) -> None:
    """The curves of a recipe with their intervals, and its test as a point of its own."""
    seeds = len(result["seeds"])
    label = f"{result['name']} ({seeds} seed{'s' if seeds > 1 else ''})"
    for curve in found:
        values, lows, highs = zip(*curve.accuracy, strict=True)
        axes.plot(curve.compute, values, markersize=4, linewidth=1.6, label=label, **style)
        axes.fill_between(curve.compute, lows, highs, color=style["color"], alpha=0.15, linewidth=0)
        label = "_nolegend_"
    spent = result["cost"].get(against)
    end = max(curve.compute[-1] for curve in found) if spent is None else spent / _UNITS[against][0]
    value, low, high = result["value"], result["low"], result["high"]
    axes.errorbar(
        [end],
        [value],
        yerr=[[value - low], [high - value]],
        color=style["color"],
        marker=style["marker"],
        markersize=10,
        markerfacecolor="white",
        markeredgewidth=2,
        capsize=4,
        linewidth=2,
        zorder=3,
    )


def _draw_beginnings(axes: _Axes, results: Sequence[Mapping[str, Any]]) -> None:
    """A line at the test of each model that a training began with."""
    begun = {
        label: other["value"]
        for result in results
        for label, other in list(result["compared_with"].items())[:1]
        if result["seeds"][0].get("curve")
    }
    for label, value in begun.items():
        axes.axhline(value, color="0.35", linestyle=":", linewidth=1.4)
        axes.annotate(
            f"{label}, test",
            (1, value),
            xycoords=("axes fraction", "data"),
            xytext=(-4, 3),
            textcoords="offset points",
            ha="right",
            fontsize=10,
            color="0.25",
        )


def _finish(axes: _Axes, against: Compute) -> None:
    axes.plot([], [], color="0.35", marker="o", markersize=10, markerfacecolor="white", markeredgewidth=2,
              linestyle="none", label="test problems, at the end")  # fmt: skip
    axes.set_xlabel(_UNITS[against][1], fontsize=12)
    axes.set_ylabel("accuracy on validation problems", fontsize=12)
    axes.set_ylim(0, 1)
    axes.set_xlim(left=0)
    axes.tick_params(labelsize=11)
    axes.grid(color="0.9", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title("shaded: 95 % interval", fontsize=10, loc="right", color="0.35")
    axes.legend(fontsize=10, frameon=False, loc="best")
