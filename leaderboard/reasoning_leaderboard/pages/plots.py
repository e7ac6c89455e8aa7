"""Pictures of rates, as SVG that stands in a page: no style and no script in it, so that the policy holds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

from markupsafe import Markup

from reasoning_gym.intervals import Interval
from reasoning_leaderboard.pages.wording import compact, percent, visible

_WIDTH: Final = 640  # of a plot, in its own units
_HEIGHT: Final = 320
_LEFT: Final = 68  # room for the labels of the rates
_RIGHT: Final = 24
_TOP: Final = 16
_BOTTOM: Final = 52  # room for the labels of tokens
_LABEL_CHARS: Final = 20
_LABEL_WIDTH: Final = 150  # that a label may take

Side: TypeAlias = Literal["above", "below", "nowhere"]


class Point(NamedTuple):
    """One entry in a plot of accuracy against tokens."""

    label: str
    tokens: float  # a problem
    rate: float  # of right answers
    interval: Interval
    here: bool = False  # whether it is the entry that the page is about


def interval_bar(rate: float, interval: Interval) -> Markup:
    """A rate on a line from 0 to 1, with its interval; the figures stand beside it in words."""
    low, high, at = 100 * interval.low, 100 * interval.high, min(max(100 * rate - 1, 0), 98)
    return Markup(
        '<svg class="bar" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true"><path d="M0 4h100v4H0z"/>'
        '<path d="M{:.1f} 2h{:.1f}v8h-{:.1f}z"/><path d="M{:.1f} 0h2v12h-2z"/></svg>'
    ).format(low, width := max(high - low, 0.5), width, at)


def share_bar(share: float) -> Markup:
    """A share in [0, 1] as a short bar."""
    return Markup(
        '<svg class="share" viewBox="0 0 40 6" aria-hidden="true">'
        '<path d="M0 0h40v6H0z"/><path d="M0 0h{:.1f}v6H0z"/></svg>'
    ).format(40 * min(max(share, 0.0), 1.0))


def accuracy_plot(points: Sequence[Point]) -> Markup:
    """Accuracy against tokens a problem, the tokens on a logarithmic scale; intervals are upright lines."""
    ordered = sorted(points, key=lambda point: point.tokens)
    ticks = _ticks([point.tokens for point in ordered])
    parts = [_rate_axis(), *(_token_tick(tick, ticks) for tick in ticks), _line(ordered, ticks)]
    sides = _label_sides(ordered, ticks)
    parts += [_point(point, ticks, side) for point, side in zip(ordered, sides, strict=True)]
    told = "; ".join(
        f"{point.label}: {percent(point.rate)} at {compact(point.tokens)} tokens a problem" for point in ordered
    )
    return Markup(
        '<svg class="plot" viewBox="0 0 {} {}" role="img" aria-label="{}">{}'
        '<text class="axis-name" x="{}" y="{}" text-anchor="middle">tokens a problem</text></svg>'
    ).format(
        _WIDTH,
        _HEIGHT,
        visible(f"Accuracy against tokens a problem. {told}"),
        Markup("").join(parts),
        (_LEFT + _WIDTH - _RIGHT) / 2,
        _HEIGHT - 8,
    )


def _ticks(tokens: Sequence[float]) -> list[float]:
    """Powers of ten, or 1, 2 and 5 times one, around all amounts; at least two."""
    amounts = [max(amount, 1.0) for amount in tokens]
    lowest, highest = math.floor(math.log10(min(amounts))), math.ceil(math.log10(max(amounts)) + 1e-9)
    wide = highest - lowest > 2
    steps = [base * 10.0**power for power in range(lowest, highest + 1) for base in ((1,) if wide else (1, 2, 5))]
    below = [step for step in steps if step <= min(amounts)]
    above = [step for step in steps if step >= max(amounts)]
    first = below[-1] if below else steps[0]
    last = above[0] if above and above[0] > first else next(step for step in (*steps, 10 * first) if step > first)
    return [step for step in steps if first <= step <= last]


def _x(tokens: float, ticks: Sequence[float]) -> float:
    first, last = math.log10(ticks[0]), math.log10(ticks[-1])
    share = (math.log10(max(tokens, ticks[0])) - first) / (last - first or 1)
    return _LEFT + 16 + share * (_WIDTH - _LEFT - _RIGHT - 32)


def _y(rate: float) -> float:
    return _TOP + (1 - rate) * (_HEIGHT - _TOP - _BOTTOM)


def _rate_axis() -> Markup:
    line = Markup(
        '<line class="grid" x1="{0}" x2="{1}" y1="{2:.1f}" y2="{2:.1f}"/>'
        '<text class="tick" x="{3}" y="{4:.1f}" text-anchor="end">{5} %</text>'
    )
    return Markup("").join(
        line.format(_LEFT, _WIDTH - _RIGHT, _y(rate / 100), _LEFT - 8, _y(rate / 100) + 4, rate)
        for rate in (0, 25, 50, 75, 100)
    )


def _token_tick(tick: float, ticks: Sequence[float]) -> Markup:
    x, bottom = _x(tick, ticks), _HEIGHT - _BOTTOM
    return Markup(
        '<line class="grid" x1="{0:.1f}" x2="{0:.1f}" y1="{1}" y2="{2}"/>'
        '<text class="tick" x="{0:.1f}" y="{3}" text-anchor="middle">{4}</text>'
    ).format(x, bottom, bottom + 6, bottom + 20, compact(tick))


def _line(points: Sequence[Point], ticks: Sequence[float]) -> Markup:
    corners = " ".join(f"{_x(point.tokens, ticks):.1f},{_y(point.rate):.1f}" for point in points)
    return Markup('<polyline class="curve" points="{}"/>').format(corners)


def _label_sides(points: Sequence[Point], ticks: Sequence[float]) -> list[Side]:
    """Where the label of each point has room: that of the page's own entry first, then from left to right."""
    taken: dict[Side, list[Interval]] = {"above": [], "below": []}
    sides: list[Side] = ["nowhere"] * len(points)
    for place in sorted(range(len(points)), key=lambda place: (not points[place].here, place)):
        span = _label_span(_x(points[place].tokens, ticks))
        for side, there in taken.items():
            if all(span.high <= other.low or other.high <= span.low for other in there):
                there.append(span)
                sides[place] = side
                break
    return sides


def _leans_left(x: float) -> bool:
    """Whether the label of a point ends there, as it would run out of the plot if it began there."""
    return x > _WIDTH * 0.7


def _label_span(x: float) -> Interval:
    """From where to where the label of a point may reach."""
    return Interval(x - _LABEL_WIDTH, x) if _leans_left(x) else Interval(x, x + _LABEL_WIDTH)


def _point(point: Point, ticks: Sequence[float], side: Side) -> Markup:
    x, y = _x(point.tokens, ticks), _y(point.rate)
    label = Markup("")
    if side != "nowhere":
        text = visible(point.label)
        label = Markup('<text class="tick" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
            x + (-8 if _leans_left(x) else 8),
            y - 8 if side == "above" else y + 18,
            "end" if _leans_left(x) else "start",
            text if len(text) <= _LABEL_CHARS else f"{text[: _LABEL_CHARS - 1]}…",
        )
    return Markup(
        '<g class="{}"><line class="whisker" x1="{x:.1f}" x2="{x:.1f}" y1="{:.1f}" y2="{:.1f}"/>'
        '<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{}"/>{}</g>'
    ).format(
        "here" if point.here else "there",
        _y(point.interval.low),
        _y(point.interval.high),
        6 if point.here else 4,
        label,
        x=x,
        y=y,
    )
