"""Plays a round of a leaderboard's server with an agent of this repository."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from reasoning_agents.agent import Agent
from reasoning_agents.registry import make_agent, needs_model
from reasoning_baselines.comparison import all_options
from reasoning_baselines.evaluation import ModelIdentity, Option
from reasoning_baselines.models import DEFAULT_MODEL, load_model
from reasoning_baselines.recipe_files import Recipe
from reasoning_baselines.submitting import NOTHING, Said, card_of
from reasoning_baselines.training import Step, train_seed
from reasoning_leaderboard.challenge.client import Progress, Result, play_session
from reasoning_leaderboard.challenge.connection import Connection
from reasoning_leaderboard.entries import AgentCard


class Player(NamedTuple):
    """An agent that is ready to play, and its card."""

    agent: Agent
    card: AgentCard


def player(
    agent: str,
    options: Mapping[str, Option],
    *,
    model: str | None = None,
    seed: int = 0,
    device: str = "cpu",
    dtype: str = "float32",
    threads: int = 1,
    max_thought_tokens: int = 256,
    said: Said = NOTHING,
) -> Player:
    """An agent by its name, with its model if it needs one.

    Raises:
        ValueError: for any name or option that is unknown or out of range, or a card that can't be.
        FileNotFoundError: if the model isn't where it should be.
        ModuleNotFoundError: if torch or transformers is needed and isn't installed.
    """
    chosen = all_options(agent, options)
    loaded, identity = None, None
    if needs_model(agent):
        loaded, identity = load_model(
            model or DEFAULT_MODEL, device=device, dtype=dtype, max_thought_tokens=max_thought_tokens, threads=threads
        )
    return Player(make_agent(agent, loaded, seed, **chosen), _card(agent, chosen, identity, said))


def recipe_player(recipe: Recipe, seed: int, out: Path, *, watch: Callable[[Step], None] | None = None) -> Player:
    """What a recipe measures first: its agent, with the model that it trains by this seed, if it trains one.

    Args:
        recipe: with an evaluation.
        seed: of the training and of the agent.
        out: the folder of the training; it goes on there after a kill.
        watch: called as it goes on.

    Raises:
        ValueError: if the recipe measures no agent, or `out` holds a run of another recipe or seed.
    """
    if not recipe.evaluations:
        raise ValueError(f"the recipe {recipe.name!r} measures no agent on problems; choose one that does")
    first = recipe.evaluations[0]
    trained = train_seed(recipe, seed, out, watch=watch)
    said = Said(name=recipe.name, model=recipe.model or recipe.base, note=f"{recipe.metric}; seed {seed}")
    return player(
        first.agent,
        first.options,
        model=recipe.base if trained is None else str(trained),
        seed=seed,
        max_thought_tokens=first.max_thought_tokens,
        said=said,
    )


def play(
    ready: Player,
    connection: Connection,
    round_name: str,
    folder: Path,
    *,
    batch: int = 64,
    watch: Callable[[Progress], None] | None = None,
) -> Result:
    """Play a whole session, or go on with the one in the folder; see `play_session`."""
    return play_session(ready.agent, connection, round_name, ready.card, folder, batch=batch, watch=watch)


def _card(agent: str, options: Mapping[str, Option], model: ModelIdentity | None, said: Said) -> AgentCard:
    return card_of(agent, options, None if model is None else model._asdict(), said)
