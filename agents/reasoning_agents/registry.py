"""Agents by name: those of this package, and those that installed packages name in an entry-point group.

An agent is a class that satisfies `Agent`. Its constructor says all there is to know of it: it
takes `model` if it needs one, `seed` if it has randomness, and its options, each with a default:

    class Constant:
        \"\"\"States the same answer to every question.\"\"\"

        def __init__(self, *, seed: int = 0, answer: Annotated[str, "What it states."] = "42") -> None: ...

Where there are many options they may be the fields of a frozen dataclass, taken as `options`.
"""

from __future__ import annotations

import importlib.metadata
import inspect
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass, make_dataclass
from dataclasses import field as dataclass_field
from functools import cache
from importlib.metadata import EntryPoint
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, cast, get_args, get_origin, get_type_hints

from reasoning_agents.agent import Agent
from reasoning_agents.config import from_table
from reasoning_agents.language_model.step_model import StepModel
from reasoning_gym.family import nearest

ENTRY_POINT_GROUP = "reasoning_agents.agents"
BUILT_IN = {
    "random": "reasoning_agents.random_agent:RandomAgent",
    "greedy": "reasoning_agents.greedy:Greedy",
    "self-consistency": "reasoning_agents.self_consistency:SelfConsistency",
    "best-of-n": "reasoning_agents.best_of_n:BestOfN",
    "beam": "reasoning_agents.beam:Beam",
    "mcts": "reasoning_agents.mcts_llm:MCTS",
    "test-time-training": "reasoning_agents.test_time_training:TestTimeTraining",
}


class Option(NamedTuple):
    """One option of an agent, as a command line shows it."""

    name: str
    kind: str  # 'int', 'float', 'str', or the values it may have
    default: object  # None also where there is none
    help: str  # one sentence; empty where the agent gives none


class Description(NamedTuple):
    """An agent, as a command line shows it."""

    name: str
    summary: str  # the first line of the class's docstring
    needs_model: bool
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class _Constructor:
    """What an agent's constructor takes."""

    make: Callable[..., Agent]
    takes_model: bool
    takes_seed: bool
    record: type[Any]  # a dataclass with a field for each option
    whole: bool  # whether the options are taken as one record, under the name `options`


@cache
def _entry_points() -> Mapping[str, EntryPoint]:
    """Where each agent is: those of this package, then those of installed ones by name."""
    found = {name: EntryPoint(name, place, ENTRY_POINT_GROUP) for name, place in BUILT_IN.items()}
    for point in sorted(importlib.metadata.entry_points(group=ENTRY_POINT_GROUP)):
        other = found.get(point.name)
        if other is not None and other.value != point.value:
            raise ValueError(f"two agents are called {point.name!r}: {other.value} and {point.value}; uninstall one")
        found[point.name] = point
    return found


def agent_names() -> tuple[str, ...]:
    """The names of all agents; none of them is imported."""
    return tuple(_entry_points())


def make_agent(name: str, model: StepModel | None = None, seed: int = 0, **options: object) -> Agent:
    """An agent by its name, with options as plain values, or as texts from a command line.

    A model that the agent has no use for is left aside.

    Raises:
        ValueError: for an unknown agent or option, with the nearest one; for a value of another type or
            out of range; for an agent that needs a model and gets none.
    """
    constructor = _constructor(name)
    if constructor.takes_model and model is None:
        raise ValueError(f"the agent {name!r} needs a model; give one")
    kinds = _hints(constructor.record)
    table = {key: _read(value, kinds.get(key)) for key, value in options.items()}
    record = from_table(constructor.record, table, f"{name}.")
    arguments: dict[str, object] = {}
    if constructor.takes_model:
        arguments["model"] = model
    if constructor.takes_seed:
        arguments["seed"] = seed
    if constructor.whole:
        arguments["options"] = record
    else:
        arguments.update({field.name: getattr(record, field.name) for field in fields(constructor.record)})
    return constructor.make(**arguments)


def needs_model(name: str) -> bool:
    """Whether an agent can only be made with a model.

    Raises:
        ValueError: for an unknown agent, with the nearest one.
    """
    return _constructor(name).takes_model


def describe(name: str) -> Description:
    """What an agent is and takes.

    Raises:
        ValueError: for an unknown agent, with the nearest one.
    """
    constructor = _constructor(name)
    hints = _hints(constructor.record)
    options = tuple(
        Option(
            field.name,
            _kind(hints[field.name]),
            None if field.default is MISSING else field.default,
            _help(hints[field.name]),
        )
        for field in fields(constructor.record)
    )
    summary = (inspect.getdoc(constructor.make) or "").partition("\n")[0]
    return Description(name, summary, constructor.takes_model, options)


def agents() -> tuple[Description, ...]:
    """What every agent is and takes."""
    return tuple(describe(name) for name in agent_names())


@cache
def _constructor(name: str) -> _Constructor:
    """Read an agent's constructor.

    Raises:
        ValueError: for an unknown agent.
    """
    points = _entry_points()
    if name not in points:
        raise ValueError(f"there is no agent {name!r}; {nearest(name, points)}")
    make = cast("Callable[..., Agent]", points[name].load())
    parameters = inspect.signature(make).parameters
    hints = get_type_hints(make.__init__ if inspect.isclass(make) else make, include_extras=True)
    own = [each for each in parameters.values() if each.name not in ("model", "seed")]
    record = _dataclass_in(hints.get("options")) if [each.name for each in own] == ["options"] else None
    if record is None:
        record = make_dataclass(
            f"{name}-options",
            [
                (
                    each.name,
                    hints.get(each.name, object),
                    dataclass_field(default=MISSING if each.default is each.empty else each.default),
                )
                for each in own
            ],
            kw_only=True,
            frozen=True,
        )
        return _Constructor(make, "model" in parameters, "seed" in parameters, record, whole=False)
    return _Constructor(make, "model" in parameters, "seed" in parameters, record, whole=True)


def _dataclass_in(hint: Any) -> type[Any] | None:
    """The dataclass that a parameter takes, perhaps beside None."""
    kinds = [hint, *get_args(hint)]
    return next((kind for kind in kinds if isinstance(kind, type) and is_dataclass(kind)), None)


def _hints(record: type[Any]) -> dict[str, Any]:
    return get_type_hints(record, include_extras=True)


def _bare(hint: Any) -> Any:
    """A type without the sentence that annotates it, and without the None that stands for no choice."""
    kind = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    kinds = [each for each in get_args(kind) if each is not type(None)]
    return kinds[0] if get_origin(kind) in (Union, UnionType) and len(kinds) == 1 else kind


def _help(hint: Any) -> str:
    """The sentence that annotates a type."""
    notes = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    return next((note for note in notes if isinstance(note, str)), "")


def _kind(hint: Any) -> str:
    bare = _bare(hint)
    if get_origin(bare) is Literal:
        return " | ".join(map(str, get_args(bare)))
    return bare.__name__ if isinstance(bare, type) else str(bare)


def _read(value: object, hint: Any) -> object:
    """A text from a command line as the number or truth value that it stands for; all else as it is."""
    kind = _bare(hint)
    if not isinstance(value, str) or kind not in (int, float, bool):
        return value
    if kind is bool:
        return {"true": True, "false": False}.get(value.lower(), value)
    try:
        return cast("Callable[[str], object]", kind)(value)
    except ValueError:
        return value
