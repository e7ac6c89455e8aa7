"""Makes a submission to the leaderboard of a run that evaluate wrote."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

from reasoning_agents.registry import describe
from reasoning_baselines.evaluation import make_environment
from reasoning_baselines.models import find_model
from reasoning_baselines.runs import EPISODES_FILE, RunError, read_run
from reasoning_baselines.tree_files import trees_in
from reasoning_gym.episodes import read
from reasoning_leaderboard.entries import AgentCard
from reasoning_leaderboard.searches import search_of
from reasoning_leaderboard.submission import Submission, submission_of
from reasoning_leaderboard.tracks import track_of

LONGEST_NAME = 80
EFFORT = ("candidates", "samples", "simulations", "width")  # options by which an agent only does more of the same


class Said(NamedTuple):
    """What a person says of an agent; None where it is to be read from the run."""

    name: str | None = None
    model: str | None = None
    revision: str | None = None
    parameters: int | None = None
    code: str | None = None
    tools: tuple[str, ...] = ()
    budget: int | None = None
    note: str = ""


NOTHING = Said()


def submission_of_run(folder: Path, said: Said = NOTHING) -> Submission:
    """The submission of a finished run, with the trees that were kept of it, as far as a submission takes them.

    Args:
        folder: that evaluate wrote.
        said: of the agent.

    Raises:
        RunError: if it is no finished run, or its episodes aren't those of its configuration.
        ValueError: if what is said can't stand on a card, or the environment is unknown here.
    """
    table = read_run(folder)
    configuration = cast("dict[str, Any]", table["configuration"])
    if not table["finished"]:
        raise RunError(f"{folder} holds a run that isn't finished; the same evaluate command goes on with it")
    environment = make_environment(configuration["env_id"], **configuration["env_kwargs"])
    by_address = {episode.address: episode for episode in read(folder / EPISODES_FILE)}
    count = configuration["episodes"]
    addresses = [str(environment.mix.problem(index)[1].address) for index in range(count)]
    missing = [address for address in addresses if address not in by_address]
    if missing or len(by_address) != count:
        told = f"{missing[0]} is missing" if missing else f"there are {len(by_address)} episodes"
        raise RunError(f"{folder} should hold the first {count} problems, but {told}")
    model = cast("dict[str, Any] | None", configuration["model"])
    card = card_of(configuration["agent"], configuration["options"], model, said)
    command = str(table["sessions"][-1]["command"])[:2_000] if table["sessions"] else ""
    episodes = [by_address[each] for each in addresses]
    longest = environment.limits.max_thought_chars
    grown = trees_in(folder, episodes)
    searches = [search_of(place, trees, longest) for place, trees in sorted(grown.items()) if trees]
    return submission_of(card, track_of(environment), episodes, command=command, searches=searches)


def card_of(agent: str, options: Mapping[str, Any], model: Mapping[str, Any] | None, said: Said = NOTHING) -> AgentCard:
    """The card of an agent of this repository: what is said of it, and else what is known.

    The name tells what it does, a note how much of it, so that a plot joins what differs in that alone.

    Args:
        agent: its registered name.
        options: all of them.
        model: what a configuration's record tells of its language model, or None.
        said: by a person.

    Raises:
        ValueError: if what is said can't stand on a card.
    """
    effort = {key: value for key, value in options.items() if key in EFFORT}
    known: dict[str, Any] = {
        "name": named(agent, {key: value for key, value in options.items() if key not in EFFORT}),
        "note": ", ".join(f"{key}={value}" for key, value in sorted(effort.items())),
    }
    if model is not None:
        name = str(model["name"])
        known |= {"model": Path(name).name or name, "revision": str(model["weights"])[:16]}
        known["parameters"] = parameters_of(name)
    given = {key: value for key, value in said._asdict().items() if value not in (None, (), "")}
    return AgentCard(**{**known, **given})


def named(agent: str, options: Mapping[str, Any]) -> str:
    """An agent with those of its options that aren't left at their defaults.

    >>> named("mcts", {"simulations": 16, "evaluation": "check"})
    'mcts evaluation=check'
    """
    defaults = {option.name: option.default for option in describe(agent).options}
    chosen = [f"{key}={value}" for key, value in sorted(options.items()) if value != defaults.get(key)]
    return " ".join([agent, *chosen])[:LONGEST_NAME]


def parameters_of(name: str) -> int | None:
    """How many parameters a model has that lies on this machine; None if that can't be told from its files."""
    try:
        place = find_model(name)
    except ValueError:
        return None
    if isinstance(place, str):
        return None
    return sum(map(_parameters_in, place.glob("model*.safetensors"))) or None


def _parameters_in(file: Path) -> int:
    """How many numbers the head of a safetensors file names: its length in 8 bytes, then JSON."""
    with file.open("rb") as opened:
        head = cast("dict[str, Any]", json.loads(opened.read(int.from_bytes(opened.read(8), "little"))))
    return sum(math.prod(tensor["shape"]) for name, tensor in head.items() if name != "__metadata__")
