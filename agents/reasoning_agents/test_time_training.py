"""An agent that trains on its own samples of a question, answers it, and takes the training back.

Sun et al. 2020, 'Test-Time Training with Self-Supervision for Generalization under Distribution Shifts', for the idea;
Zuo et al. 2025, 'TTRL: Test-Time Reinforcement Learning', section 2, for the majority's answer as the label. They
train on many questions together; this agent trains on one at a time, from the same weights each time, so that a
thought depends on nothing but its view and the seed.

What it costs: a token that is read in a step of training counts as `TOKENS_OF_A_STEP` sampled ones in the Ledger,
and a sequence as so many forward passes. A sampled token is one forward pass of one token; a step has one too, and its
backward pass takes about two. Where only the last blocks are trained the backward pass is shorter, but counts as much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, Protocol, get_args

from reasoning_agents.agent import Cost, generator
from reasoning_agents.best_of_n import BestOfN
from reasoning_agents.chains import Chain, MeteredModel, sample_chains
from reasoning_agents.continuing import Planning
from reasoning_agents.language_model.step_model import Candidate, StepModel
from reasoning_agents.self_consistency import SelfConsistency, majority
from reasoning_agents.signals import proved
from reasoning_gym.problem import View

if TYPE_CHECKING:
    from reasoning_agents.adaptation import Adaptation
    from reasoning_agents.language_model.local import LocalModel

Aim = Literal["majority", "check"]
TOKENS_OF_A_STEP = 3  # that a token counts as in a step of training: its forward pass, and two for the backward pass


@dataclass(frozen=True, slots=True)
class TestTimeTrainingOptions:
    """How an agent trains on a question."""

    target: Annotated[
        Aim, "What is learned: chains that state the most frequent answer, or what the family's check proves."
    ] = "majority"
    samples: Annotated[int, "Chains sampled before training, and again after each round of it."] = 8
    temperature: Annotated[float, "Sampling temperature, above 0."] = 0.8
    rounds: Annotated[int, "Times that it trains and samples again; 0 to answer without training."] = 2
    steps: Annotated[int, "Steps of the optimizer in a round; 0 to sample again without training."] = 1
    learning_rate: Annotated[float, "Of AdamW; for all weights a tenth of what suits one block."] = 2e-3
    blocks: Annotated[int, "The last blocks of the model, whose weights are trained; 0 for all weights."] = 1

    def __post_init__(self) -> None:
        """Refuse what can't be done.

        Raises:
            ValueError: says which option, its value, and what to give.
        """
        if self.target not in get_args(Aim):
            raise ValueError(f"target is {self.target!r}; use one of {', '.join(map(repr, get_args(Aim)))}")
        for name, least in (("samples", 1), ("rounds", 0), ("steps", 0), ("blocks", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} is {getattr(self, name)}; give at least {least}")
        for name in ("temperature", "learning_rate"):
            if not 0 < getattr(self, name) < float("inf"):
                raise ValueError(f"{name} is {getattr(self, name)}; give a positive number")


class TestTimeTraining(Planning):
    """Trains a few weights on its own agreed or checked samples of each question, answers, and takes them back.

    It samples chains, learns those that it takes for right, samples again, and so on. It stops early where there is
    nothing left to learn: the chains all agree, or one is proved from its first thought to its answer. Without
    rounds it is self-consistency, or best-of-N by the check.

    The first chains are sampled for all questions of a batch at once, the later ones by weights of their own.
    """

    def __init__(self, model: StepModel, options: TestTimeTrainingOptions | None = None, *, seed: int = 0) -> None:
        from reasoning_agents.adaptation import last_blocks
        from reasoning_agents.language_model.local import LocalModel
        from reasoning_agents.packing import reads_branches

        super().__init__()
        if not isinstance(model, LocalModel):
            raise ValueError(
                f"the model is a {type(model).__name__}, whose weights can't be trained; load a LocalModel"
            )
        self.options = options or TestTimeTrainingOptions()
        self.seed = seed
        self._local: LocalModel = model
        self._model = MeteredModel(model, self.ledger)
        self._trained = last_blocks(model.model, self.options.blocks)
        self._branches = reads_branches(model.model)
        self._target: Target = (Agreed if self.options.target == "majority" else Checked)(model)

    def plan(self, rows: Sequence[int], views: Sequence[View]) -> list[tuple[Candidate, ...]]:
        """The chain that each question's training came to."""
        sampled = self._sample(rows, views, 0)
        return [
            self._come_to(row, view, chains).candidates for row, view, chains in zip(rows, views, sampled, strict=True)
        ]

    def _sample(self, rows: Sequence[int], views: Sequence[View], number: int) -> list[list[Chain]]:
        """The chains of a round, [B][samples]."""
        purpose = f"chains {number}" if number else "chains"
        rngs = [generator(self.seed, view, purpose) for view in views]
        return sample_chains(self._model, rows, views, self.options.samples, self.options.temperature, rngs)

    def _come_to(self, row: int, view: View, first: list[Chain]) -> Chain:
        """Train on a question until nothing is left to learn, or for all rounds; the chain to follow."""
        from reasoning_agents.adaptation import adapting

        rounds = [first]
        if self.options.rounds and not self._target.settled(view, first):
            with adapting(self._local, self._trained, self.options.learning_rate) as adaptation:
                for number in range(1, self.options.rounds + 1):
                    self._train(row, adaptation, self._target.lessons(view, rounds))
                    rounds += self._sample([row], [view], number)
                    if self._target.settled(view, rounds[-1]):
                        break
        return self._target.choose(view, rounds)

    def _train(self, row: int, adaptation: Adaptation, lessons: Sequence[Chain]) -> None:
        """Take the steps of a round, and charge them."""
        for _ in range(self.options.steps if lessons else 0):
            read = adaptation.step(lessons, branches=self._branches)
            spent = Cost(tokens=TOKENS_OF_A_STEP * read.tokens, forward_passes=TOKENS_OF_A_STEP * read.rows)
            self.ledger.charge(row, spent)


class Target(Protocol):
    """What is taken for right without the reference, of the chains that each round so far has sampled."""

    def lessons(self, view: View, rounds: Sequence[Sequence[Chain]]) -> list[Chain]:
        """What to learn, chains or the beginnings of chains; nothing where there is none."""
        ...

    def settled(self, view: View, chains: Sequence[Chain]) -> bool:
        """Whether the chains of a round leave nothing to learn."""
        ...

    def choose(self, view: View, rounds: Sequence[Sequence[Chain]]) -> Chain:
        """The chain to follow."""
        ...


class Agreed:
    """The chains of the last round that state its most frequent answer."""

    def __init__(self, model: StepModel) -> None:
        self._voter = SelfConsistency(model)

    def lessons(self, view: View, rounds: Sequence[Sequence[Chain]]) -> list[Chain]:
        """See `Target`."""
        del view
        return [chain for chain in majority(rounds[-1]) if chain.answer is not None]

    def settled(self, view: View, chains: Sequence[Chain]) -> bool:
        """Whether all state equal answers."""
        return len(self.lessons(view, [chains])) == len(chains)

    def choose(self, view: View, rounds: Sequence[Sequence[Chain]]) -> Chain:
        """What self-consistency follows of the last round."""
        return self._voter.choose([0], [view], [rounds[-1]])[0]


class Checked:
    """The beginnings that the family's check proves, thought by thought; the longest of all rounds."""

    def __init__(self, model: StepModel) -> None:
        self._judge = BestOfN(model, signal="check")

    def lessons(self, view: View, rounds: Sequence[Sequence[Chain]]) -> list[Chain]:
        """See `Target`."""
        chains = [chain for sampled in rounds for chain in sampled]
        lengths = [proved(view, chain) for chain in chains]
        most = max(lengths)
        return [
            Chain(chain.candidates[:most], None, chain.reads[:most])
            for chain, length in zip(chains, lengths, strict=True)
            if most and length == most
        ]

    def settled(self, view: View, chains: Sequence[Chain]) -> bool:
        """Whether one is proved to its answer."""
        return any(chain.answer is not None and proved(view, chain) == len(chain.candidates) for chain in chains)

    def choose(self, view: View, rounds: Sequence[Sequence[Chain]]) -> Chain:
        """What best-of-N by the check follows of all rounds."""
        chains = [chain for sampled in rounds for chain in sampled]
        return self._judge.choose([0], [view], [chains])[0]
