"""Sweeps: agents, each at several budgets, on the same problems; accuracy against tokens.

A line is an agent with fixed options and one, its budget, that has several values. Each point of a line
is an ordinary run of `evaluate` for each seed, in the folder that `evaluate` would give it: a killed
sweep goes on where it stopped, and sweeps below one folder share their points.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from time import monotonic
from typing import Any, Literal, NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_agents.config import from_table
from reasoning_baselines.comparison import Contestant, Prepared, Stage, all_options, prepare, run_prepared, solved
from reasoning_baselines.curves import Difference, Measured, at_tokens, compare, interval
from reasoning_baselines.evaluation import DEFAULT_BATCH, Option, Report
from reasoning_baselines.runs import EPISODES_FILE, software
from reasoning_gym.family import nearest

RESULT_FILE = "sweep.json"
TABLE_FILE = "sweep.csv"
SELF_CONSISTENCY = "self-consistency"  # what others are compared with, unless another line is named
WRITE_IT_LIKE = "write it like mcts:simulations=4,16,64"
Value: TypeAlias = bool | int | float | str  # of an option
TokenCount = Literal["sampled", "all"]


@dataclass(frozen=True, slots=True)
class Line:
    """An agent with its options, of which at most one, the budget, has a list of values."""

    agent: str  # its registered name
    options: Mapping[str, bool | int | float | str | tuple[bool | int | float | str, ...]] = field(
        default_factory=dict[str, Value | tuple[Value, ...]]
    )
    model: str | None = None  # None for the sweep's
    label: str | None = None  # None for one made of all this


@dataclass(frozen=True, slots=True)
class Sweep:
    """What is measured, as a TOML file has it."""

    env: str  # an id, or a family's or category's name
    lines: tuple[Line, ...]
    episodes: int = 500  # problems, those at indices 0, 1, 2, …
    seeds: int = 1  # of every agent: 0, 1, … one below this
    levels: tuple[int, ...] | None = None  # None for all
    split: str = "test"
    max_thoughts: int | None = None  # in an episode; None for the environment's own number
    env_options: Mapping[str, bool | int | float | str] = field(default_factory=dict[str, Value])  # any other
    model: str | None = None  # None for the default, where an agent needs one
    max_thought_tokens: int = 256
    reference: str | None = None  # label or agent of the line that others are compared with
    tokens: TokenCount = "sampled"  # at equal numbers of which they are: sampled, or all, those read included
    device: str = "cpu"
    dtype: str = "float32"
    threads: int = 1  # of torch on CPU

    def __post_init__(self) -> None:
        for name in ("episodes", "seeds"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; give at least 1")
        if not self.lines:
            raise ValueError(f"there is no agent to measure; give at least one, and {WRITE_IT_LIKE}")


class PlannedPoint(NamedTuple):
    """A point that is to be measured."""

    options: Mapping[str, Option]
    budget: Option | None  # the budget's value; None for a line without one
    runs: tuple[Contestant, ...]  # one a seed


class PlannedLine(NamedTuple):
    """A line with its points, from the smallest budget to the largest."""

    label: str
    agent: str
    budget: str | None  # name of the option
    points: tuple[PlannedPoint, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """An agent at one budget. Costs are means a problem."""

    budget: bool | int | float | str | None  # the budget's value
    options: Mapping[str, bool | int | float | str]
    problems: int
    seeds: int
    accuracy: float
    low: float  # of the 95 % interval of the accuracy
    high: float
    sampled_tokens: float
    all_tokens: float  # sampled and read
    forward_passes: float
    simulations: float
    thoughts: float
    seconds: float  # of wall clock, in all
    over_smaller_budget: Difference | None  # less the accuracy at the budget before; None for the first
    over_reference: Difference | None  # at equal tokens; None where the reference has none there
    runs: tuple[str, ...]  # names of the folders with the episodes

    @property
    def falls(self) -> bool:
        """Whether it is worse than at the budget before, by more than chance explains."""
        step = self.over_smaller_budget
        return step is not None and step.difference < 0 and step.significant


@dataclass(frozen=True, slots=True)
class Curve:
    """A line as it was measured."""

    label: str
    agent: str
    model: str | None  # None for an agent that needs none
    budget: str | None  # name of the option
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """A sweep as it was measured: all that its tables and pictures show."""

    env_id: str
    env_options: Mapping[str, Any]
    problems: int
    seeds: int
    tokens: TokenCount  # at which lines are compared
    reference: str | None  # label of the line that others are compared with
    curves: tuple[Curve, ...]
    command: str
    versions: Mapping[str, str]

    def tokens_of(self, point: Point) -> float:
        """The tokens a problem of a point, as they are counted here."""
        return point.sampled_tokens if self.tokens == "sampled" else point.all_tokens


class Progress(NamedTuple):
    """How far a sweep is."""

    label: str  # of the run
    report: Report  # of the run
    done: int  # runs that are finished
    runs: int  # one a point and seed
    seconds_left: float | None  # of the whole sweep; None until something can be said


def read_agent(text: str) -> dict[str, Any]:
    """Read an agent on a command line as the table of a line.

    A comma and a name with `=` begin the next option, another comma the next value. `model` and
    `label` are no options of the agent but of the line.

    >>> read_agent("mcts:evaluation=value,simulations=4,16")
    {'agent': 'mcts', 'options': {'evaluation': 'value', 'simulations': ['4', '16']}}

    Raises:
        ValueError: for anything else, and for an option given twice.
    """
    agent, colon, rest = text.partition(":")
    agent = agent.strip()
    if not agent or (colon and not rest.strip()):
        raise ValueError(f"the agent {text!r} can't be read; {WRITE_IT_LIKE}")
    given = _read_options(text, rest) if colon else {}
    table: dict[str, Any] = {"agent": agent}
    for name in ("model", "label"):
        values = given.pop(name, [])
        if len(values) > 1:
            raise ValueError(f"the agent {text!r} has several values for {name!r}; give an agent for each")
        if values:
            table[name] = values[0]
    return table | {"options": {name: values[0] if len(values) == 1 else values for name, values in given.items()}}


def _read_options(agent: str, text: str) -> dict[str, list[str]]:
    """The values of each option of an agent."""
    given: dict[str, list[str]] = {}
    name = ""
    for part in text.split(","):
        key, equals, value = part.partition("=")
        if equals:
            name = key.strip().replace("-", "_")
            if not name.isidentifier():
                raise ValueError(f"the agent {agent!r} has an option {key.strip()!r}; {WRITE_IT_LIKE}")
            if name in given:
                raise ValueError(f"the agent {agent!r} has the option {name!r} twice; give its values in one list")
        elif not name:
            raise ValueError(f"the agent {agent!r} has {part.strip()!r} where an option should be; {WRITE_IT_LIKE}")
        value = (value if equals else part).strip()
        if not value:
            raise ValueError(f"the option {name!r} of the agent {agent!r} lacks a value; {WRITE_IT_LIKE}")
        given.setdefault(name, []).append(value)
    return given


def load_sweep(path: Path, **changes: Any) -> Sweep:
    """A sweep from a TOML file, with some of its keys changed; the lines of `changes` are added.

    Raises:
        OSError: if it can't be read.
        ValueError: if the file isn't a sweep; says which key is wrong.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        lines = table.get("lines", [])
        if isinstance(lines, list):
            lines = [*cast("Sequence[Any]", lines), *changes.pop("lines", ())]
        return from_table(Sweep, {**table, **changes, "lines": lines})
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def plan(sweep: Sweep) -> tuple[PlannedLine, ...]:
    """What is to be measured, in the order in which it is.

    Raises:
        ValueError: for an unknown agent or option, two budgets in a line, a budget without values or with
            one twice, or two lines of one label.
    """
    lines = tuple(_plan_line(line, sweep.seeds) for line in sweep.lines)
    for number, line in enumerate(lines):
        if line.label in [other.label for other in lines[:number]]:
            raise ValueError(f"two lines are called {line.label!r}; join their values, or give one another label")
    return lines


def reference_of(sweep: Sweep, lines: Sequence[PlannedLine]) -> str | None:
    """The label of the line that others are compared with: the one that is named, or self-consistency's first.

    Raises:
        ValueError: if the one that is named isn't there, or isn't one line.
    """
    if sweep.reference is None:
        return next((line.label for line in lines if line.agent == SELF_CONSISTENCY), None)
    labels = [line.label for line in lines]
    if sweep.reference in labels:
        return sweep.reference
    named = [line.label for line in lines if line.agent == sweep.reference]
    if len(named) > 1:
        raise ValueError(f"the reference {sweep.reference!r} may be any of {', '.join(map(repr, named))}; give a label")
    if not named:
        raise ValueError(
            f"the reference {sweep.reference!r} is no line of the sweep; {nearest(sweep.reference, labels)}"
        )
    return named[0]


class Ready(NamedTuple):
    """A sweep of which everything is made, so that it can run."""

    sweep: Sweep
    lines: tuple[PlannedLine, ...]
    reference: str | None  # label of a line
    prepared: tuple[Prepared, ...]  # one a run, in the order of the lines, their points and the seeds


def prepare_sweep(sweep: Sweep) -> Ready:
    """Make all agents, so that a mistake is told before the first point runs.

    Raises:
        ValueError: for a mistake in the sweep.
        FileNotFoundError: if a model isn't where it should be.
        ModuleNotFoundError: if torch or transformers is needed and isn't installed.
    """
    lines = plan(sweep)
    reference = reference_of(sweep, lines)
    runs = [run for line in lines for point in line.points for run in point.runs]
    return Ready(sweep, lines, reference, tuple(prepare(_stage(sweep), runs)))


def run_sweep(
    ready: Ready,
    out: Path,
    *,
    batch: int = DEFAULT_BATCH,
    command: str = "",
    watch: Callable[[Progress], None] | None = None,
) -> Result:
    """Measure every point that isn't measured yet; what all of them come to.

    Args:
        ready: by `prepare_sweep`.
        out: folder of the points' folders; those of other sweeps may be there too.
        batch: episodes in flight; changes the speed, not the result.
        command: what a person typed, kept for the record.
        watch: called now and then, and at the end of every run.

    Raises:
        RunError: if the folder of a point is in use or can't be used.
    """
    sweep, lines, reference, prepared = ready
    pace = _Pace(lines, sweep.episodes)
    runs = iter(prepared)
    measured: list[list[_MeasuredPoint]] = []
    for line in lines:
        measured.append([])
        for point in line.points:
            taken = [next(runs) for _ in point.runs]
            measured[-1].append(_measure(line, point, taken, out, batch, command, pace, watch))
    first = prepared[0].configuration
    return Result(
        env_id=first.env_id,
        env_options=first.table()["env_kwargs"],
        problems=sweep.episodes,
        seeds=sweep.seeds,
        tokens=sweep.tokens,
        reference=reference,
        curves=_curves(lines, measured, reference, sweep.tokens),
        command=command,
        versions=software(),
    )


def sweep_name(sweep: Sweep) -> str:
    """A name for the folder of a sweep's results: the environment, and a hash of everything."""
    digest = hashlib.sha256(json.dumps(asdict(sweep), sort_keys=True).encode()).hexdigest()
    return f"sweep-{sweep.env.replace('/', '-')}-{digest[:8]}"


def write_result(result: Result, folder: Path) -> None:
    """Write sweep.json, which holds everything, and sweep.csv, a row a point."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / RESULT_FILE, json.dumps(asdict(result), indent=2, allow_nan=False) + "\n")
    partial = folder / f"{TABLE_FILE}.partial"
    with partial.open("w", encoding="utf-8", newline="") as file:
        rows = [_row(curve, point) for curve in result.curves for point in curve.points]
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    os.replace(partial, folder / TABLE_FILE)


def read_result(folder: Path) -> Result:
    """What `write_result` wrote.

    Raises:
        OSError: if there is nothing to read.
        ValueError: if it isn't the result of a sweep.
    """
    path = folder / RESULT_FILE
    try:
        return from_table(Result, json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _plan_line(line: Line, seeds: int) -> PlannedLine:
    several = {name: values for name, values in line.options.items() if isinstance(values, tuple)}
    fixed = {name: value for name, value in line.options.items() if not isinstance(value, tuple)}
    if len(several) > 1:
        raise ValueError(
            f"the agent {line.agent!r} has several values for {' and '.join(several)}; only one may be its budget: "
            "give a line for each value of the other"
        )
    budget, values = next(iter(several.items()), (None, ()))
    chosen: list[tuple[Option | None, dict[str, Option]]] = [(None, all_options(line.agent, fixed))]
    if budget is not None:
        options = [all_options(line.agent, {**fixed, budget: value}) for value in values]
        options.sort(key=lambda each: _rank(each[budget]))
        _check_budget(line.agent, budget, [each[budget] for each in options])
        chosen = [(each[budget], each) for each in options]
    points = [
        PlannedPoint(options, value, tuple(Contestant(line.agent, options, line.model, seed) for seed in range(seeds)))
        for value, options in chosen
    ]
    return PlannedLine(line.label or _label(line, fixed), line.agent, budget, tuple(points))


def _check_budget(agent: str, name: str, values: Sequence[Option]) -> None:
    if not values:
        raise ValueError(f"the option {name!r} of the agent {agent!r} has an empty list; give it at least one value")
    twice = next((value for number, value in enumerate(values) if value in values[:number]), None)
    if twice is not None:
        raise ValueError(f"the option {name!r} of the agent {agent!r} has the value {twice!r} twice; leave one out")


def _rank(value: Option) -> float:
    """Numbers go from small to large; anything else stays in the order in which it was given."""
    return float(value) if isinstance(value, int | float) else 0.0


def _label(line: Line, fixed: Mapping[str, Option]) -> str:
    notes = [f"{name}={value}" for name, value in fixed.items()]
    if line.model is not None:
        notes.append(f"model={Path(line.model).name}")
    return " ".join([line.agent, *notes])


def _stage(sweep: Sweep) -> Stage:
    asked = {
        "split": sweep.split,
        "levels": None if sweep.levels is None else list(sweep.levels),
        "max_thoughts": sweep.max_thoughts,
        **sweep.env_options,
    }
    return Stage(
        sweep.env,
        {name: value for name, value in asked.items() if value is not None},
        sweep.episodes,
        model=sweep.model,
        device=sweep.device,
        dtype=sweep.dtype,
        threads=sweep.threads,
        max_thought_tokens=sweep.max_thought_tokens,
    )


class _MeasuredPoint(NamedTuple):
    """What the runs of a point gave."""

    outcomes: np.ndarray[Any, np.dtype[np.float64]]  # [seeds, N], 0 or 1
    reports: tuple[Report, ...]  # one a seed
    prepared: tuple[Prepared, ...]  # one a seed


def _measure(
    line: PlannedLine,
    point: PlannedPoint,
    prepared: Sequence[Prepared],
    out: Path,
    batch: int,
    command: str,
    pace: _Pace,
    watch: Callable[[Progress], None] | None,
) -> _MeasuredPoint:
    """Run a point once for each seed."""
    reports: list[Report] = []
    outcomes: list[list[bool]] = []
    for ready in prepared:
        label = line.label if line.budget is None else f"{line.label} {point.budget}"
        if len(prepared) > 1:
            label += f", seed {ready.configuration.seed}"
        folder = out / ready.configuration.folder()
        held = _held(folder)
        pace.begin(_weight(line, point), held)

        def tell(report: Report, label: str = label, held: int = held) -> None:
            left = pace.seconds_left(max(report.total.episodes, held))
            if watch is not None:
                watch(Progress(label, report, pace.finished, pace.runs, left))

        tell(Report(ready.configuration.episodes))  # before the first thoughts, which may take long
        report = run_prepared(ready, folder, batch=batch, command=command, watch=tell)
        pace.finish()
        tell(report)
        reports.append(report)
        outcomes.append(solved(folder))
    return _MeasuredPoint(np.array(outcomes, dtype=np.float64), tuple(reports), tuple(prepared))


def _held(folder: Path) -> int:
    """How many finished episodes a folder holds."""
    file = folder / EPISODES_FILE
    return file.read_bytes().count(b"\n") if file.exists() else 0


def _weight(line: PlannedLine, point: PlannedPoint) -> float:
    """How much work an episode of a point is: as its budget, if that is a number; the line's smallest is 1."""
    smallest = line.points[0].budget
    numbers = [value for value in (smallest, point.budget) if isinstance(value, int | float) and value > 0]
    return numbers[1] / numbers[0] if len(numbers) == 2 else 1.0


class _Pace:
    """Guesses how long a sweep takes: work is an episode times its point's weight."""

    def __init__(self, lines: Sequence[PlannedLine], episodes: int) -> None:
        weights = [_weight(line, point) for line in lines for point in line.points for _ in point.runs]
        self.runs, self.finished = len(weights), 0
        self._episodes = episodes
        self._ahead = sum(weights) * episodes  # work of the run under way and of those after it
        self._spent = 0.0  # work done by this process in runs that are finished
        self._started = monotonic()
        self._weight, self._held = 0.0, 0

    def begin(self, weight: float, held: int) -> None:
        """A run begins, of which an earlier process has done some episodes."""
        self._weight, self._held = weight, held

    def finish(self) -> None:
        """The run is finished."""
        self._spent += self._weight * (self._episodes - self._held)
        self._ahead -= self._weight * self._episodes
        self._weight, self._held = 0.0, 0
        self.finished += 1

    def seconds_left(self, episodes: int) -> float | None:
        """Of the whole sweep, when the run under way has so many episodes; None until something was done."""
        spent = self._spent + self._weight * (episodes - self._held)
        left = self._ahead - self._weight * episodes
        return left * (monotonic() - self._started) / spent if spent > 0 else None


def _curves(
    lines: Sequence[PlannedLine],
    measured: Sequence[Sequence[_MeasuredPoint]],
    reference: str | None,
    tokens: TokenCount,
) -> tuple[Curve, ...]:
    """The lines with their figures, each point compared with the budget before and with the reference."""
    rng = np.random.Generator(np.random.PCG64(0))
    along = [[Measured(_tokens(point, tokens), point.outcomes.mean(axis=0)) for point in line] for line in measured]
    base = next((along[number] for number, line in enumerate(lines) if line.label == reference), None)
    curves: list[Curve] = []
    for number, line in enumerate(lines):
        points: list[Point] = []
        for index, planned in enumerate(line.points):
            here = along[number][index]
            step = compare(here.rates, along[number][index - 1].rates, rng) if index else None
            there = None if base is None or line.label == reference else at_tokens(base, here.tokens)
            over = None if there is None else compare(here.rates, there, rng)
            points.append(_point(planned, measured[number][index], step, over))
        model = measured[number][0].prepared[0].configuration.model
        curves.append(Curve(line.label, line.agent, model and model.name, line.budget, tuple(points)))
    return tuple(curves)


def _tokens(point: _MeasuredPoint, count: TokenCount) -> float:
    """Tokens a problem."""
    costs = [report.total.cost for report in point.reports]
    return sum(cost.tokens + (cost.prompt_tokens if count == "all" else 0) for cost in costs) / point.outcomes.size


def _point(planned: PlannedPoint, measured: _MeasuredPoint, step: Difference | None, over: Difference | None) -> Point:
    seeds, problems = measured.outcomes.shape
    totals = [report.total for report in measured.reports]
    rates = measured.outcomes.mean(axis=0)
    low, high = interval(rates, seeds)
    episodes = seeds * problems
    return Point(
        budget=planned.budget,
        options=dict(planned.options),
        problems=problems,
        seeds=seeds,
        accuracy=float(rates.mean()),
        low=low,
        high=high,
        sampled_tokens=_tokens(measured, "sampled"),
        all_tokens=_tokens(measured, "all"),
        forward_passes=sum(total.cost.forward_passes for total in totals) / episodes,
        simulations=sum(total.cost.simulations for total in totals) / episodes,
        thoughts=sum(total.thoughts for total in totals) / episodes,
        seconds=round(sum(report.seconds for report in measured.reports), 3),
        over_smaller_budget=step,
        over_reference=over,
        runs=tuple(ready.configuration.folder() for ready in measured.prepared),
    )


def _row(curve: Curve, point: Point) -> dict[str, object]:
    """A point as a row of a table; options and runs as one text each."""
    row: dict[str, object] = {"label": curve.label, "agent": curve.agent, "model": curve.model, "option": curve.budget}
    for name in (each.name for each in fields(point)):
        value = getattr(point, name)
        if name in ("over_smaller_budget", "over_reference"):
            figures = cast("Difference | None", value)
            for part in (each.name for each in fields(Difference)):
                row[f"{name}_{part}"] = None if figures is None else getattr(figures, part)
        elif name == "options":
            row[name] = json.dumps(value)
        else:
            row[name] = " ".join(value) if name == "runs" else value
    return row


def _write(path: Path, text: str) -> None:
    """Write a file so that a killed process leaves the old one or the new one, never a part."""
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)
