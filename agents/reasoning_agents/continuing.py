"""Agents that carry something from one thought of an episode to the next: a plan, or a search tree.

What is carried only saves work. A thought is still a function of its view and the agent's seed: when
an agent is shown a view in the middle of an episode that it holds nothing for, it goes through the
episode again from its first thought, and so finds what it would have carried. Where the episode was
not played by the agent itself, there is nothing to carry, and every thought of it starts afresh.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

from reasoning_agents.agent import Ledger, generator
from reasoning_agents.chains import Chain, MeteredModel, after, sample_chains
from reasoning_agents.language_model.step_model import Candidate, StepModel
from reasoning_gym.problem import View

REMEMBERED = 4096  # views for which something is kept; the oldest is dropped first

Carried = TypeVar("Carried")


class Place(NamedTuple, Generic[Carried]):
    """Where an agent is in an episode that it is shown."""

    own: bool  # whether all thoughts so far are the agent's
    carried: Carried | None  # from the thought before; None to start afresh


class Continuing(ABC, Generic[Carried]):
    """An agent that carries something from one thought of an episode to the next."""

    ledger: Ledger

    def __init__(self) -> None:
        self.ledger = Ledger()
        self._kept: OrderedDict[View, list[Place[Carried]]] = OrderedDict()

    @abstractmethod
    def think(
        self, rows: Sequence[int], views: Sequence[View], carried: Sequence[Carried | None]
    ) -> list[tuple[str, Carried | None]]:
        """The next thought for each view, and what to carry to the one after it.

        `rows[i]` of the ledger pays for `views[i]`. The result may depend only on the view, on what
        was carried to it, and on the agent's seed. What was carried may be changed.
        """

    def act(self, views: Sequence[View]) -> list[str]:
        """The next thought of each of B episodes."""
        self.ledger.open(len(views))
        places = self._places(views)
        results = self.think(range(len(views)), views, [place.carried for place in places])
        for view, place, (thought, carried) in zip(views, places, results, strict=True):
            if view.thoughts_left > 1:
                self._keep(after(view, thought), Place(place.own, carried if place.own else None))
        return [thought for thought, _ in results]

    def _places(self, views: Sequence[View]) -> list[Place[Carried]]:
        """What is kept for each view, or what is found by going through the episode again."""
        places: list[Place[Carried] | None] = [self._take(view) for view in views]
        here: dict[int, Carried | None] = {row: None for row, place in enumerate(places) if place is None}
        for done in range(max((len(view.thoughts) for view in views), default=0) + 1):
            for row in [row for row in here if len(views[row].thoughts) == done]:
                places[row] = Place(True, here.pop(row))
            if not here:
                break
            rows = list(here)
            results = self.think(rows, [_earlier(views[row], done) for row in rows], [here[row] for row in rows])
            for row, (thought, carried) in zip(rows, results, strict=True):
                here[row] = carried
                if thought != views[row].thoughts[done]:
                    places[row] = Place(False, None)
                    del here[row]
        return [place for place in places if place is not None]

    def _keep(self, view: View, place: Place[Carried]) -> None:
        self._kept.setdefault(view, []).append(place)
        if len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)

    def _take(self, view: View) -> Place[Carried] | None:
        """Hand over what is kept for a view: as often as it was kept, since a search goes on in its tree."""
        places = self._kept.get(view)
        if places is None:
            return None
        place = places.pop()
        if not places:
            del self._kept[view]
        return place


def _earlier(view: View, thoughts: int) -> View:
    """The view when the episode had only so many thoughts."""
    return View(view.question, view.thoughts[:thoughts], view.thoughts_left + len(view.thoughts) - thoughts)


class Planning(Continuing[tuple[Candidate, ...]]):
    """An agent that plans a whole chain before its first thought, and follows it to its end."""

    @abstractmethod
    def plan(self, rows: Sequence[int], views: Sequence[View]) -> list[tuple[Candidate, ...]]:
        """A chain of at least one thought for each view; `rows[i]` of the ledger pays for `views[i]`."""

    def think(
        self,
        rows: Sequence[int],
        views: Sequence[View],
        carried: Sequence[tuple[Candidate, ...] | None],
    ) -> list[tuple[str, tuple[Candidate, ...] | None]]:
        """The next thought of each plan; where there is none, a new plan is made first."""
        plans = list(carried)
        new = [i for i, plan in enumerate(plans) if not plan]
        if new:
            made = self.plan([rows[i] for i in new], [views[i] for i in new])
            for i, chain in zip(new, made, strict=True):
                plans[i] = chain
        return [(plan[0].thought, plan[1:]) for plan in plans if plan]


class ChainAgent(Planning):
    """An agent that samples whole chains and takes one of them."""

    def __init__(self, model: StepModel, samples: int, temperature: float, seed: int) -> None:
        super().__init__()
        if samples < 1:
            raise ValueError(f"samples is {samples}; give at least 1")
        if not temperature >= 0:
            raise ValueError(f"temperature is {temperature}; give 0 or more")
        self.samples = samples
        self.temperature = temperature
        self.seed = seed
        self._model = MeteredModel(model, self.ledger)

    @abstractmethod
    def choose(self, rows: Sequence[int], views: Sequence[View], chains: Sequence[Sequence[Chain]]) -> list[Chain]:
        """The chain to follow after each of B views, of K sampled ones: [B][K] to [B]."""

    def plan(self, rows: Sequence[int], views: Sequence[View]) -> list[tuple[Candidate, ...]]:
        """The chosen one of K sampled chains."""
        rngs = [generator(self.seed, view, "chains") for view in views]
        sampled = sample_chains(self._model, rows, views, self.samples, self.temperature, rngs)
        return [chain.candidates for chain in self.choose(rows, views, sampled)]
