"""The setter and the solver: one proposes problems, the other tries; neither too easy nor too hard pays the setter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import gymnasium
import numpy as np

from reasoning_gym.family import Family, nearest
from reasoning_gym.mix import make_mix
from reasoning_gym.planning import MAX_THOUGHT_CHARS, MAX_THOUGHTS, Limits, transition, view
from reasoning_gym.problem import Address, Problem, Question, State, View, observation
from reasoning_gym.rendering import as_text, transcript_of
from reasoning_gym.selfplay.game import Game
from reasoning_gym.selfplay.turns import legal_move
from reasoning_gym.spaces import ThoughtSpace

SETTER, SOLVER = 0, 1
ATTEMPTS = 4  # at a proposed problem, by default
MAX_PROPOSAL_CHARS = 200
MAX_QUESTION_CHARS = 10_000
REFUSED = -1.0  # what the setter wins with a proposal that can't be posed
INDICES = 2**31  # one below this is drawn for the setter
_OUTCOME_CHARS = 500


class Attempt(NamedTuple):
    """An attempt that is over."""

    thoughts: tuple[str, ...]
    answer: str | None  # that the last thought states; None if the thoughts or the characters ran out


@dataclass(frozen=True, slots=True)
class Setting:
    """A position: what was proposed, and the attempts at it. It holds nothing of the problem's reference."""

    index: int  # drawn at random; the setter may use it, or not
    proposal: str | None = None  # the setter's text
    address: Address | None = None  # of the problem; None before the proposal, and if it was refused
    refused_because: str = ""
    question: Question | None = None
    finished: tuple[Attempt, ...] = ()
    thoughts: tuple[str, ...] = ()  # of the attempt that goes on


class ReasoningSetter(Game[Setting, str]):
    """A setter proposes a problem by its address, and a solver attempts it several times.

    Setter's action: an address, `linear_equation-v0/train/3/17`: family and version, split, level, index. So every
    problem is grounded: the family poses it, has a solution of it, and verifies answers. Solver's action: a thought.
    Observation: a text. The setter is told what it may propose, an index drawn at random in case it wants one, and at
    the end how many attempts were right. The solver reads the question, an empty line, and the thoughts of this
    attempt; it is told nothing of the others, so that the attempts are independent. Before the proposal it reads
    nothing.
    Returns: with p the share of right attempts, 4 p (1 - p) for the setter and p for the solver, each in [0, 1]. Not
    zero-sum: both gain if the solver learns.

    | proposal | setter | solver |
    | --- | --- | --- |
    | no address, unknown or not in the game, or too long a question | -1 | 0 |
    | never solved | 0 | 0 |
    | solved in a share p of the attempts | 4 p (1 - p) | p |
    | always solved | 0 | 1 |

    End: when the proposal is refused, or the attempts are over; an attempt is over by an answer, or when its thoughts
    or characters run out.
    Start: the index is drawn; no other chance.

    Why these payoffs. p (1 - p) is how much there is to learn: the variance of the reward, which is 0 where all
    attempts end alike and no policy gradient comes of them. With n attempts and a true rate of q the setter expects
    4 q (1 - q) (n - 1) / n, so it is best off at q = 1/2 for any n; as the solver learns, the problems at which q is
    1/2 are harder ones, and the curriculum makes itself. One attempt would always pay 0. A refused proposal pays less
    than any other.

    References: a setter paid for what a solver just can't do: S. Sukhbaatar et al., 'Intrinsic motivation and automatic
    curricula via asymmetric self-play', ICLR 2018; by regret: M. Dennis et al. (PAIRED), 'Emergent complexity and
    zero-shot transfer via unsupervised environment design', NeurIPS 2020; by 1 - p where 0 < p < 1, for problems that a
    program grounds: A. Zhao et al., 'Absolute Zero: reinforced self-play reasoning with zero data', 2025. The form
    p (1 - p): G. Tzannetos et al., 'Proximal curriculum for reinforcement learning agents', TMLR 2023.

    Args:
        families: the name of one family, or of several; those that may be proposed.
        level: the one level that may be proposed; or else
        levels: those that may be. By default all that a family has.
        split: "train" or "test".
        attempts: of the solver at a problem, at least 2.
        max_thoughts: thoughts in an attempt.
        max_thought_chars: characters in a thought.
        max_question_chars: characters in a question; bounds the observation space.
        path: where the data is, for a family that reads its problems from a file.

    Raises:
        ValueError: for any argument that is unknown or out of range.

    Version history: v0.
    """

    name = "reasoning_setter"
    roles = ("setter", "solver")
    zero_sum = False
    perfect_information = False  # the solver doesn't see its other attempts, so no search may read a position

    def __init__(
        self,
        *,
        families: str | Sequence[str] = "integer_expression",
        level: int | None = None,
        levels: Sequence[int] | None = None,
        split: str = "train",
        attempts: int = ATTEMPTS,
        max_thoughts: int = MAX_THOUGHTS,
        max_thought_chars: int = MAX_THOUGHT_CHARS,
        max_question_chars: int = MAX_QUESTION_CHARS,
        path: str | None = None,
    ) -> None:
        if attempts < 2:
            raise ValueError(f"attempts is {attempts!r}; one attempt never succeeds in part, so use at least 2")
        self.attempts = attempts
        self.limits = Limits(max_thoughts, max_thought_chars)
        self.max_question_chars = max_question_chars
        mix = make_mix(families, level=level, levels=levels, split=split, path=path)
        self.split = mix.split
        every = level is None and levels is None
        self._families = {part.family.name: part.family for part in mix.parts}
        self.levels = {
            part.family.name: tuple(range(1, part.family.levels + 1)) if every else part.levels for part in mix.parts
        }

    def start(self, rng: np.random.Generator) -> Setting:
        """No proposal yet, and an index that is drawn."""
        return Setting(int(rng.integers(INDICES)))

    def mover(self, position: Setting) -> int | None:
        """The setter, and then the solver until its attempts are over."""
        if position.proposal is None:
            return SETTER
        return None if position.address is None or len(position.finished) == self.attempts else SOLVER

    def legal(self, position: Setting) -> Sequence[str] | None:
        """Any text."""
        return () if self.mover(position) is None else None

    def play(self, position: Setting, action: object) -> Setting:
        """The position after a proposal, or after a thought.

        Raises:
            TypeError: if the action isn't a text.
            ValueError: if the game is over.
        """
        move = legal_move(self, position, action)
        if move is None:
            raise ValueError(f"the action is {action!r}, but the game is over; start another one")
        return self._propose(position, move) if self.mover(position) == SETTER else self._think(position, move)

    def _propose(self, position: Setting, proposal: str) -> Setting:
        kept = proposal[:MAX_PROPOSAL_CHARS]
        try:
            problem = self.find(proposal)
        except ValueError as error:
            return replace(position, proposal=kept, refused_because=str(error))
        return replace(position, proposal=kept, address=problem.address, question=problem.question)

    def _think(self, position: Setting, thought: str) -> Setting:
        move = transition(self._state(position), thought, self.limits)
        thoughts = move.state.thoughts
        if move.truncated_because is None and move.answer is None:
            return replace(position, thoughts=thoughts)
        return replace(position, thoughts=(), finished=(*position.finished, Attempt(thoughts, move.answer)))

    def find(self, proposal: str) -> Problem:
        """The problem that a proposal names.

        Raises:
            ValueError: if it names none that may be proposed; the message says what would do.
        """
        if len(proposal) > MAX_PROPOSAL_CHARS:
            raise ValueError(
                f"the proposal has {len(proposal)} characters; an address has at most {MAX_PROPOSAL_CHARS}"
            )
        address = Address.parse(proposal.strip())
        family = self._family(address)
        problem = family.problem(address.split, address.level, address.index)
        length = len(problem.question.text)
        if length > self.max_question_chars:
            raise ValueError(
                f"the question {address} has {length} characters; at most {self.max_question_chars} will do"
            )
        return problem

    def _family(self, address: Address) -> Family:
        """The family of an address.

        Raises:
            ValueError: if the address lies outside of what may be proposed.
        """
        family = self._families.get(address.family)
        if family is None:
            raise ValueError(
                f"family is {address.family!r}, which isn't in this game; {nearest(address.family, self.levels)}"
            )
        for what, given, due in (
            ("version", address.version, (family.version,)),
            ("split", address.split, (self.split,)),
            ("level", address.level, self.levels[family.name]),
        ):
            if given not in due:
                raise ValueError(f"{what} is {given!r}; {family.name} is proposed with {what} {_either(due)}")
        return family

    def returns(self, position: Setting) -> tuple[float, float]:
        """See the table of the class."""
        if self.mover(position) is not None:
            return (0.0, 0.0)
        if position.address is None:
            return (REFUSED, 0.0)
        rate = sum(self.solved(position)) / self.attempts
        return (4 * rate * (1 - rate), rate)

    def solved(self, position: Setting) -> list[bool]:
        """Whether each finished attempt was right. For training and for the end: it consults the reference."""
        address = position.address
        if address is None:
            return []
        family = self._families[address.family]
        problem = family.problem(address.split, address.level, address.index)
        return [each.answer is not None and family.verify(problem, each.answer).correct for each in position.finished]

    def observe(self, position: Setting, player: int) -> str:
        """What the setter may propose and what became of it; or the question and the thoughts of this attempt."""
        if player == SOLVER:
            return "" if position.question is None else observation(position.question, position.thoughts)
        told = self._brief(position.index)
        if position.proposal is not None:
            told += f"\n{position.proposal}\n"
        if self.mover(position) is None:
            told += f"\n{self._outcome(position)}\n"
        return told

    def view(self, position: Setting) -> View | None:
        """The question and the thoughts of this attempt, for a solver that reads views."""
        return view(self._state(position), self.limits) if self.mover(position) == SOLVER else None

    def observation_space(self, player: int) -> gymnasium.Space[str]:
        """Texts, long enough for the longest attempt and for all that the setter is told."""
        del player
        limits = self.limits
        solver = self.max_question_chars + 2 + limits.max_thoughts * (limits.max_thought_chars + 1)
        setter = len(self._brief(INDICES)) + MAX_PROPOSAL_CHARS + 2 + _OUTCOME_CHARS
        return ThoughtSpace(max(solver, setter))

    def action_space(self, player: int) -> gymnasium.Space[str]:
        """Texts; a proposal is short."""
        return ThoughtSpace(MAX_PROPOSAL_CHARS if player == SETTER else self.limits.max_thought_chars)

    def render(self, position: Setting) -> str:
        """The proposal, the attempts, and at the end what they came to."""
        lines = [f"proposed: {'nothing yet' if position.proposal is None else position.proposal}"]
        if position.question is not None:
            attempts = [each.thoughts for each in position.finished]
            attempts += [position.thoughts] if position.thoughts else []
            lines += [
                as_text(transcript_of(State(position.question, thoughts), None)).rstrip() for thoughts in attempts
            ]
        if self.mover(position) is None:
            lines.append(self._outcome(position))
        return "\n".join(lines)

    def _state(self, position: Setting) -> State:
        if position.question is None:
            raise ValueError("nothing was proposed yet; play the setter's action first")
        return State(position.question, position.thoughts)

    def _brief(self, index: int) -> str:
        lines = [
            "Propose a problem: write FAMILY-vVERSION/SPLIT/LEVEL/INDEX and nothing else. Its solver tries it "
            f"{self.attempts} times; half of them should succeed."
        ]
        lines += [
            f"{name}-v{self._families[name].version}/{self.split}, level {_either(levels)}"
            for name, levels in self.levels.items()
        ]
        return "\n".join([*lines, f"A random index: {index}", ""])

    def _outcome(self, position: Setting) -> str:
        if position.address is None:
            return f"refused: {position.refused_because}"[:_OUTCOME_CHARS]
        return f"solved {sum(self.solved(position))} of {self.attempts}"


def _either(values: Sequence[object]) -> str:
    """The values as a person would write them; a run of numbers as its ends."""
    first, last = values[0], values[-1]
    if len(values) > 2 and isinstance(first, int) and isinstance(last, int) and last - first == len(values) - 1:
        return f"{first} to {last}"
    return " or ".join(map(str, values))
