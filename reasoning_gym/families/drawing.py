"""Draws questions as SVG: grids, boards, and graphs. Each function returns a whole document."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import accumulate

_CELL = 40  # side of a cell
_MARGIN = 8
_RADIUS = 18  # of a node
_LOOP = 14  # radius of an edge from a node to itself
_INK, _PAPER, _LINE, _FAINT = "#1f2933", "#ffffff", "#52606d", "#cbd2d9"
_FILLS = {"": _PAPER, "dark": "#3e4c59", "grey": "#e4e7eb", "blue": "#bae3ff", "green": "#c6f7e2", "red": "#ffd0d0",
          "yellow": "#fff3c4"}  # fmt: skip


def grid(
    rows: Sequence[Sequence[str]],
    *,
    fills: Mapping[tuple[int, int], str] | None = None,
    thick_every: tuple[int, int] | None = None,
    between: Mapping[tuple[int, int, int, int], str] | None = None,
) -> str:
    """Rows of cells, each with a short text.

    Args:
        rows: the texts, row by row; all rows of one length.
        fills: the background of cells (row, column): dark, grey, blue, green, red or yellow.
        thick_every: after how many rows and columns a thick line stands, as in a sudoku.
        between: a sign on the edge between two neighbours (row, column, row, column), such as < in a futoshiki.
    """
    height, width = len(rows), len(rows[0])
    shapes: list[str] = []
    for i, row in enumerate(rows):
        for j, text in enumerate(row):
            fill = (fills or {}).get((i, j), "")
            x, y = _MARGIN + j * _CELL, _MARGIN + i * _CELL
            shapes.append(
                f'<rect x="{x}" y="{y}" width="{_CELL}" height="{_CELL}" fill="{_FILLS[fill]}" stroke="{_FAINT}"/>'
            )
            if text.strip():
                ink = _PAPER if fill == "dark" else _INK
                shapes.append(_text(x + _CELL / 2, y + _CELL / 2, text, ink))
    rows_apart, columns_apart = thick_every or (height, width)
    for i in range(0, height + 1, rows_apart):
        y = _MARGIN + i * _CELL
        shapes.append(_segment(_MARGIN, y, _MARGIN + width * _CELL, y, 2))
    for j in range(0, width + 1, columns_apart):
        x = _MARGIN + j * _CELL
        shapes.append(_segment(x, _MARGIN, x, _MARGIN + height * _CELL, 2))
    for (i, j, k, m), sign in (between or {}).items():
        across, down = _MARGIN + (j + m + 1) * _CELL / 2, _MARGIN + (i + k + 1) * _CELL / 2
        shapes += [f'<circle cx="{across:g}" cy="{down:g}" r="8" fill="{_PAPER}"/>', _text(across, down, sign, size=14)]
    return document(width * _CELL + 2 * _MARGIN, height * _CELL + 2 * _MARGIN, shapes)


def graph(
    nodes: Sequence[str],
    edges: Iterable[tuple[str, str, str]],
    *,
    directed: bool = False,
    fills: Mapping[str, str] | None = None,
) -> str:
    """Nodes on a circle and edges (from, to, label) between them; a label may be empty, and an edge may be a loop."""
    edges = list(edges)
    loops = [(node, label) for node, end, label in edges if node == end]
    size = max(160, 44 * len(nodes)) + (4 * _LOOP if loops else 0)
    middle, radius = size / 2, size / 2 - _RADIUS - _MARGIN - (2 * _LOOP if loops else 0)
    at = {
        node: (
            middle + radius * math.sin(2 * math.pi * k / len(nodes)),
            middle - radius * math.cos(2 * math.pi * k / len(nodes)),
        )
        for k, node in enumerate(nodes)
    }
    shapes: list[str] = []
    labels: list[str] = []
    for node, label in loops:
        (x, y), outwards = at[node], (_RADIUS + 0.7 * _LOOP) / radius
        x, y = x + (x - middle) * outwards, y + (y - middle) * outwards
        shapes.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_LOOP}" fill="none" stroke="{_LINE}" stroke-width="1.5"/>'
        )
        labels.append(_text(x, y, label, _LINE, 13))
    for start, end, label in edges:
        if start == end:
            continue
        (x1, y1), (x2, y2) = at[start], at[end]
        length = math.hypot(x2 - x1, y2 - y1) or 1
        dx, dy = (x2 - x1) / length * _RADIUS, (y2 - y1) / length * _RADIUS
        shapes.append(_segment(x1 + dx, y1 + dy, x2 - dx, y2 - dy, 1.5, arrow=directed))
        if label:  # nearer to its start, so that labels of crossing edges don't meet in the middle
            x, y = x1 + 0.4 * (x2 - x1), y1 + 0.4 * (y2 - y1)
            labels.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="10" fill="{_PAPER}"/>' + _text(x, y, label, _LINE, 13))
    for node, (x, y) in at.items():
        fill = _FILLS[(fills or {}).get(node, "grey")]
        labels += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_RADIUS}" fill="{fill}" stroke="{_LINE}"/>',
            _text(x, y, node),
        ]
    return document(size, size, [*shapes, *labels])


def document(width: float, height: float, shapes: Iterable[str]) -> str:
    """Shapes as a whole SVG document of a size in pixels, on white."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" font-family="system-ui, sans-serif">'
        f'<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0 8 4 0 8z" fill="{_LINE}"/></marker></defs>'
        f'<rect width="100%" height="100%" fill="{_PAPER}"/>{"".join(shapes)}</svg>\n'
    )


def stacked(drawings: Sequence[str]) -> str:
    """Documents of this module, one below the other, as one document."""
    sizes = [tuple(map(float, re.findall(r' (?:width|height)="([\d.]+)"', each)[:2])) for each in drawings]
    tops = accumulate((height for _, height in sizes), initial=0.0)
    shapes = [f'<g transform="translate(0 {top:g})">{each}</g>' for top, each in zip(tops, drawings, strict=False)]
    return document(max(width for width, _ in sizes), sum(height for _, height in sizes), shapes)


def polygon(points: Sequence[tuple[float, float]], labels: Sequence[str]) -> str:
    """A polygon through points of the plane, y upwards, scaled to fit; a label beside each corner."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    low_x, low_y = min(xs), min(ys)
    scale = 200 / (max(max(xs) - low_x, max(ys) - low_y) or 1)
    edge = 40
    height = (max(ys) - low_y) * scale + 2 * edge
    at = [(edge + (x - low_x) * scale, height - edge - (y - low_y) * scale) for x, y in points]
    middle = sum(x for x, _ in at) / len(at), sum(y for _, y in at) / len(at)
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
    shapes = [f'<polygon points="{corners}" fill="{_FILLS["blue"]}" stroke="{_LINE}" stroke-width="2"/>']
    for (x, y), label in zip(at, labels, strict=True):
        away = math.hypot(x - middle[0], y - middle[1]) or 1
        shapes.append(_text(x + (x - middle[0]) / away * 20, y + (y - middle[1]) / away * 16, label, _INK, 14))
    return document((max(xs) - low_x) * scale + 2 * edge, height, shapes)


def _text(x: float, y: float, text: str, ink: str = _INK, size: int = 18) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{ink}" text-anchor="middle" '
        f'dominant-baseline="central">{escape(text)}</text>'
    )


def _segment(x1: float, y1: float, x2: float, y2: float, width: float, *, arrow: bool = False) -> str:
    end = ' marker-end="url(#arrow)"' if arrow else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{_LINE}" stroke-width="{width}"{end}/>'
    )
