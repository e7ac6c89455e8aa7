"""The command that measures accuracy against tokens for several agents at several budgets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reasoning_baselines.cli.evaluating import Batch
from reasoning_baselines.cli.screen import EXTRAS, command_line, err, fail, mistakes, out, stoppable, whole_numbers

if TYPE_CHECKING:
    from reasoning_baselines.cli.meter import Meter
    from reasoning_baselines.sweep import Curve, Progress, Result, Sweep


def sweep(
    target: Annotated[
        str, typer.Argument(metavar="ENV|FILE.toml", help="An environment's id, a family's name, or a sweep's file.")
    ],
    agent: Annotated[
        list[str] | None,
        typer.Option(
            "--agent",
            metavar="NAME[:OPTIONS]",
            help="Such as mcts:simulations=4,16; may be repeated.",
        ),
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="MODEL", help="A shipped model, a folder, or a Hugging Face id owner/model.")
    ] = None,
    levels: Annotated[
        str | None, typer.Option(metavar="LIST", help="The levels to draw from, such as 6, 1,2 or 1-4.")
    ] = None,
    episodes: Annotated[int | None, typer.Option(min=1, metavar="N", help="Problems; 500 by default.")] = None,
    seeds: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Runs of every point, by agents with seeds 0, 1, …; 1.")
    ] = None,
    reference: Annotated[
        str | None, typer.Option(metavar="AGENT", help="Others are compared with it; self-consistency by default.")
    ] = None,
    tokens: Annotated[
        str | None, typer.Option(metavar="NAME", help="Equal tokens: sampled, or all, with those read.")
    ] = None,
    folder: Annotated[Path, typer.Option("--out", metavar="DIR", help="Of the points' runs and the results.")] = Path(
        "runs"
    ),
    batch: Batch = 64,
    split: Annotated[str | None, typer.Option(metavar="NAME", help="test or train.")] = None,
    max_thoughts: Annotated[int | None, typer.Option(metavar="N", help="Thoughts in an episode.")] = None,
    path: Annotated[str | None, typer.Option(metavar="FILE", help="Data, for families that read problems.")] = None,
    device: Annotated[str | None, typer.Option(metavar="NAME", help="cpu, cuda or cuda:N.")] = None,
    dtype: Annotated[str | None, typer.Option(metavar="NAME", help="float32, bfloat16 or float16.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, metavar="N", help="CPU threads of torch; 1.")] = None,
    max_thought_tokens: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Tokens a model may spend on one thought; 256.")
    ] = None,
) -> None:
    """Accuracy against tokens: agents, each at several budgets, on the same problems.

    An option with several values is an agent's budget, and gives a point for each. Prints a table;
    writes sweep.json, sweep.csv and a picture. Every point is a run of `evaluate` in its own folder:
    after a kill, the same command goes on where it stopped, and sweeps share their points.
    """
    from reasoning_baselines.cli.meter import Meter

    with mistakes():
        from reasoning_baselines import sweep as sweeps
        from reasoning_baselines.runs import RunError

        given: dict[str, Any] = {
            "model": model,
            "levels": None if levels is None else whole_numbers(levels, "levels"),
            "episodes": episodes,
            "seeds": seeds,
            "reference": reference,
            "tokens": tokens,
            "split": split,
            "max_thoughts": max_thoughts,
            "env_options": None if path is None else {"path": path},
            "device": device,
            "dtype": dtype,
            "threads": threads,
            "max_thought_tokens": max_thought_tokens,
            "lines": [sweeps.read_agent(each) for each in agent or ()],
        }
        asked = _read(target, {name: value for name, value in given.items() if value is not None})
        ready = sweeps.prepare_sweep(asked)
    try:
        with stoppable(), Meter("sweep") as meter:
            result = sweeps.run_sweep(ready, folder, batch=batch, command=command_line(), watch=_Watch(meter))
    except RunError as error:
        fail(str(error))
    results = folder / sweeps.sweep_name(asked)
    sweeps.write_result(result, results)
    _print_result(result)
    _draw(result, results)
    out().print(f"results are in {results}", style="dim", markup=False, soft_wrap=True)


def _read(target: str, given: dict[str, Any]) -> Sweep:
    from reasoning_agents.config import from_table
    from reasoning_baselines.sweep import Sweep, load_sweep

    if target.endswith(".toml"):
        return load_sweep(Path(target), **given)
    return from_table(Sweep, {"env": target, **given})


class _Watch:
    """Shows the run under way in the live line, and leaves a line for each that is finished."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._said = 0  # runs that have their line

    def __call__(self, progress: Progress) -> None:
        from reasoning_baselines.cli.meter import clock

        total = progress.report.total
        left = "" if progress.seconds_left is None else clock(progress.seconds_left)
        if progress.done == self._said:
            facts = [f"{100 * total.accuracy:.0f} %", f"sweep {left}" if left else ""]
            label = f"{progress.done + 1}/{progress.runs} {progress.label}"
            self._meter.show(label, total.episodes, progress.report.wanted, "  ".join(filter(None, facts)))
            return
        self._said = progress.done
        low, high = total.interval
        facts = [
            f"{100 * total.accuracy:.1f} % ({100 * low:.1f}–{100 * high:.1f})",
            f"{total.cost.tokens / max(total.episodes, 1):,.0f} tokens",
            clock(progress.report.seconds),
            f"about {left} left" if left and progress.done < progress.runs else "",
        ]
        self._meter.say(f"{progress.done}/{progress.runs} {progress.label}: {', '.join(filter(None, facts))}")


def _print_result(result: Result) -> None:
    from reasoning_baselines.tables import sweep_comparisons_table, sweep_table

    console = out()
    console.print(sweep_table(result))
    seeds = f" {result.seeds} seeds are pooled problem by problem." if result.seeds > 1 else ""
    console.print(
        f"{result.problems:,} problems of {result.env_id}, the same for every point.{seeds} 95 % is Wilson's "
        "interval. Tokens (sampled, and all: those read too), forward passes and simulations are a problem.\n",
        style="dim",
    )
    if result.reference is not None and len(result.curves) > 1:
        console.print(sweep_comparisons_table(result))
        console.print(
            f"'reference' is {result.reference} at as many {result.tokens} tokens, between its points by their "
            "logarithm, problem by problem; – where it has no point on both sides. The difference is in points of a "
            "hundred, p from a paired test.\n",
            style="dim",
            markup=False,
        )
    for curve in result.curves:
        if len(curve.points) > 1:
            console.print(_rise_or_fall(curve), markup=False)


def _rise_or_fall(curve: Curve) -> str:
    """Whether a line falls as its budget grows, and by how much at most from one budget to the next."""
    steps = [
        (point.over_smaller_budget, before.budget, point.budget, point.falls)
        for before, point in zip(curve.points, curve.points[1:], strict=False)
    ]
    figures = [
        f"{100 * step.difference:+.1f} ({100 * step.low:+.1f} to {100 * step.high:+.1f}) from {before} to {after}"
        for step, before, after, falls in steps
        if step is not None and falls
    ]
    if figures:
        return f"{curve.label} falls with {curve.budget}: {'; '.join(figures)}"
    least, before, after = min(
        ((step, before, after) for step, before, after, _ in steps if step is not None),
        key=lambda each: each[0].difference,
    )
    return (
        f"{curve.label} doesn't fall with {curve.budget} by more than chance explains; its least step is "
        f"{100 * least.difference:+.1f} ({100 * least.low:+.1f} to {100 * least.high:+.1f}) from {before} to {after}"
    )


def _draw(result: Result, folder: Path) -> None:
    """Draw the picture, where matplotlib is installed."""
    try:
        from reasoning_baselines.plotting import write_pictures
    except ModuleNotFoundError as error:
        package = (error.name or "").split(".")[0]
        if EXTRAS.get(package) != "plots":
            raise
        err().print(
            f"no picture: {package} isn't installed. pip install 'reasoning-gymnasium[plots]', then the same command "
            "draws it and runs nothing again",
            style="yellow",
            markup=False,
            soft_wrap=True,
        )
        return
    write_pictures(result, folder)
