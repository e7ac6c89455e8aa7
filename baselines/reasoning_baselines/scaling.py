"""Test-time scaling from a recipe's result: its agents on the same problems, as a sweep that can be drawn.

An agent's evaluations that differ in its budget alone (simulations, samples, width, patience, rounds) are a line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from reasoning_baselines.sweep import Curve, Point, Result

BUDGETS: Final = ("simulations", "samples", "width", "patience", "candidates", "rounds")
_GUIDES: Final = ("evaluation", "signal", "target")  # options that say what guides an agent
_REFERENCE: Final = "self-consistency"


def as_sweep(result: Mapping[str, Any]) -> Result:
    """The agents that a result measured on the problems of its first evaluation.

    Raises:
        ValueError: if it measured less than two, so that there is nothing to compare.
    """
    first = result["evaluations"][0]
    asked = [each for each in result["evaluations"] if _problems(each) == _problems(first)]
    if len(asked) < 2:
        raise ValueError(
            f"{result['name']} has no learning curve, and measured one agent on its problems: there is nothing to draw"
        )
    seeds = len(result["seeds"])
    lines: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for each in asked:
        lines.setdefault((each["agent"], line_label(each["agent"], each["options"])), []).append(each)
    curves = tuple(
        Curve(
            label,
            agent,
            result.get("base"),
            _budget(line),
            tuple(
                sorted((_point(each, seeds, _budget(line)) for each in line), key=lambda point: point.sampled_tokens)
            ),
        )
        for (agent, label), line in lines.items()
    )
    return Result(
        env_id=first["env"],
        env_options={"levels": first["levels"]},
        problems=first["episodes"] // seeds,
        seeds=seeds,
        tokens="sampled",
        reference=next((curve.label for curve in curves if curve.agent == _REFERENCE), None),
        curves=curves,
        command=result["command"],
        versions=result["versions"],
    )


def draw(result: Mapping[str, Any], place: Path) -> tuple[Path, ...]:
    """Draw accuracy against tokens; the files, `place` with .png and .svg.

    Raises:
        ValueError: if there is nothing to compare.
    """
    from reasoning_baselines.plotting import write_pictures

    return write_pictures(as_sweep(result), place.parent, place.name)


def _problems(evaluation: Mapping[str, Any]) -> tuple[Any, ...]:
    return evaluation["env"], tuple(evaluation["levels"]), evaluation["episodes"]


def _budget(line: Sequence[Mapping[str, Any]]) -> str | None:
    """The option by which the evaluations of a line differ; of one alone the first that is known as a budget."""
    known = [name for name in BUDGETS if name in line[0]["options"]]
    differing = [name for name in known if len({each["options"].get(name) for each in line}) > 1]
    return next(iter([*differing, *known]), None)


def line_label(agent: str, options: Mapping[str, Any]) -> str:
    """What the line of an agent's evaluations is called: the agent, what guides it, and the steps it trains for."""
    guides = [str(options[name]) for name in _GUIDES if name in options]
    steps = [f"steps={options['steps']}"] if "steps" in options else []
    return " ".join([agent, *guides, *steps])


def _point(evaluation: Mapping[str, Any], seeds: int, budget: str | None) -> Point:
    n = evaluation["episodes"]
    options = evaluation["options"]
    return Point(
        budget=None if budget is None else options[budget],
        options=options,
        problems=n // seeds,
        seeds=seeds,
        accuracy=evaluation["accuracy"],
        low=evaluation["low"],
        high=evaluation["high"],
        sampled_tokens=evaluation["tokens"] / n,
        all_tokens=(evaluation["tokens"] + evaluation["prompt_tokens"]) / n,
        forward_passes=evaluation["forward_passes"] / n,
        simulations=evaluation["simulations"] / n,
        thoughts=evaluation["thoughts"] / n,
        seconds=0.0,
        over_smaller_budget=None,
        over_reference=None,
        runs=(),
    )
