"""The debate: a prover reasons and may be wrong on purpose, a challenger believes it or points at what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import gymnasium
import numpy as np
from gymnasium import spaces

from reasoning_gym.family import Family, get_family
from reasoning_gym.mix import make_mix
from reasoning_gym.planning import MAX_THOUGHT_CHARS, MAX_THOUGHTS, NO_ANSWER, Limits, transition, view
from reasoning_gym.problem import Question, State, Verdict, View, observation
from reasoning_gym.rendering import as_text, transcript_of
from reasoning_gym.selfplay.game import Game
from reasoning_gym.selfplay.turns import Turn, legal_move
from reasoning_gym.spaces import ThoughtSpace

PROVER, CHALLENGER = 0, 1
ACCEPT = 0  # the challenger's action; k points at the k-th thought
MAX_QUESTION_CHARS = 10_000

BELIEVED_RIGHT, BELIEVED_WRONG = 0.0, 1.0  # what the prover wins, see `payoff`
WRONGLY_ACCUSED = 1.0
FOUND_OUT, HALF_FOUND_OUT = -1.0, -0.5
NO_ANSWER_STATED = -1.0


@dataclass(frozen=True, slots=True)
class Debate:
    """A position: what was said so far. It says which problem is debated, and holds nothing of its reference."""

    index: int  # of the problem in the game's mix
    state: State
    answer: str | None = None  # that the last thought states
    cut_off: bool = False  # whether the thoughts, or the characters of one, ran out before an answer
    pointed: int | None = None  # the challenger's action


class Judgement(NamedTuple):
    """What is true of a finished chain of thoughts."""

    answer: Verdict
    first_wrong: int  # the number of the first wrong thought, from 1; 0 if all are right, and then so is the answer


class ReasoningDebate(Game[Debate, "str | int"]):
    """A prover works out a problem in thoughts; then a challenger accepts, or points at the first wrong thought.

    Prover's action: a thought, any text. Challenger's action: 0 accepts, k points at the k-th thought.
    Observation of both: the question, an empty line, and the thoughts, numbered from 1, each on one line.
    Returns: zero-sum. What the prover wins, and the challenger loses:

    | the prover's chain | accepted | pointed at a right thought | at the first wrong one | at a later one |
    | --- | --- | --- | --- | --- |
    | right answer, all thoughts right | 0 | 1 | | |
    | right answer, some thought wrong | 0 | 1 | -1 | -1/2 |
    | wrong answer (so some thought is wrong) | 1 | 1 | -1 | -1/2 |
    | no answer: thoughts or characters ran out | -1, and the challenger isn't asked | | | |

    End: when the challenger has acted, or the prover has come to no answer.
    Start: a problem drawn from the families, as `ReasoningEnv` draws it; `ask(index)` names one.

    What is wrong: a thought that the family's `check_thought` doesn't prove after those before it, so that the prover
    has the burden of proof and a text that means nothing can be pointed at; and the thought that states an answer which
    `verify` finds wrong. What comes after the first wrong thought isn't judged. The challenger can see all that the
    check sees, for no check reads the reference.

    Why these payoffs. Against a challenger that sees every first wrong thought, a right and honest chain wins 0 and
    every other loses; against right and honest chains, to accept loses nothing and to point loses 1. So the two are an
    equilibrium, with value 0, and each would be worse off alone. Against a challenger that overlooks more than half of
    its wrong thoughts a prover does best to lie: that is what makes the challenger learn. Where a thought is wrong,
    finding the first one wins more than a later one, and that more than to accept.

    Why the challenger acts once, at the end. It sees the whole chain, and one decision earns all that is paid; the
    prover learns nothing of what the challenger believes until it can't use it; and the prover's half is an episode of
    `ReasoningEnv`, so that policies of the one play the other. Acting after each thought would cost as many decisions
    as there are thoughts, each of them with less to go by.

    References: G. Irving, P. Christiano, D. Amodei, 'AI safety via debate', 2018; C. Anil et al., 'Learning to give
    checkable answers with prover-verifier games', 2021. Here a checker is the judge. The first wrong thought as the
    label: H. Lightman et al., 'Let's verify step by step', 2023.

    Args:
        families: the name of one family, or of several for a mix. Those of an id are in its spec:
            `gymnasium.spec("ReasoningAlgebra-v0").kwargs["families"]`.
        level: the level of all problems; or else
        levels: the levels to draw from. By default 1 to 3, as far as a family has them.
        weights: how often each of the families is drawn, relative to the others; by default equally.
        split: "train" or "test".
        max_thoughts: thoughts of the prover.
        max_thought_chars: characters in a thought.
        max_question_chars: characters in a question; bounds the observation space.
        path: where the data is, for a family that reads its problems from a file.

    Raises:
        ValueError: for any argument that is unknown or out of range, or a family without a check of single thoughts.

    Version history: v0.
    """

    name = "reasoning_debate"
    roles = ("prover", "challenger")

    def __init__(
        self,
        *,
        families: str | Sequence[str] = "integer_expression",
        level: int | None = None,
        levels: Sequence[int] | None = None,
        weights: Sequence[float] | None = None,
        split: str = "train",
        max_thoughts: int = MAX_THOUGHTS,
        max_thought_chars: int = MAX_THOUGHT_CHARS,
        max_question_chars: int = MAX_QUESTION_CHARS,
        path: str | None = None,
    ) -> None:
        self.limits = Limits(max_thoughts, max_thought_chars)
        self.max_question_chars = max_question_chars
        self.mix = make_mix(families, level=level, levels=levels, weights=weights, split=split, path=path)
        refuse_unchecked(part.family for part in self.mix.parts)

    def start(self, rng: np.random.Generator) -> Debate:
        """A problem that is drawn, and no thought.

        Raises:
            ValueError: if the question is too long.
        """
        return self.ask(int(rng.random() * self.mix.size))

    def ask(self, index: int) -> Debate:
        """The problem of an index of the mix, and no thought.

        Raises:
            ValueError: for an index out of range, or if the question is too long.
        """
        _, problem = self.mix.problem(index)
        length = len(problem.question.text)
        if length > self.max_question_chars:
            raise ValueError(
                f"the question {problem.address} has {length} characters; pass max_question_chars of at least that "
                f"(it is {self.max_question_chars})"
            )
        return Debate(index, State(problem.question))

    def mover(self, position: Debate) -> int | None:
        """The prover until it has stated an answer, then the challenger."""
        if position.cut_off or position.pointed is not None:
            return None
        return PROVER if position.answer is None else CHALLENGER

    def legal(self, position: Debate) -> Sequence[int] | None:
        """Any text, and then 0 and the numbers of the thoughts."""
        if self.mover(position) == PROVER:
            return None
        return () if self.mover(position) is None else range(len(position.state.thoughts) + 1)

    def play(self, position: Debate, action: object) -> Debate:
        """The debate with one more thought, or with what the challenger says of them.

        Raises:
            TypeError: if a thought is due and the action isn't a text.
            ValueError: for an action that isn't legal, or if the debate is over.
        """
        move = legal_move(self, position, action)
        if move is None:
            raise ValueError(f"the action is {action!r}; legal are {list(self.legal(position) or ())}")
        if not isinstance(move, str):
            return replace(position, pointed=move)
        after = transition(position.state, move, self.limits)
        return Debate(position.index, after.state, after.answer, after.truncated_because is not None)

    def returns(self, position: Debate) -> tuple[float, float]:
        """See `payoff`; the prover's, and minus that for the challenger."""
        if self.mover(position) is not None:
            return (0.0, 0.0)
        won = NO_ANSWER_STATED if position.pointed is None else payoff(self.judge(position), position.pointed)
        return (won, 0.0 - won)  # never -0.0

    def judge(self, position: Debate) -> Judgement:
        """What is true of the thoughts. For training and for the end: it consults the reference."""
        family, problem = self.mix.problem(position.index)
        thoughts = position.state.thoughts
        verdict = NO_ANSWER if position.answer is None else family.verify(problem, position.answer)
        first_wrong = _first_refused(family, problem.question, thoughts)
        return Judgement(verdict, first_wrong or (0 if verdict.correct else len(thoughts)))

    def observe(self, position: Debate, player: int) -> str:
        """The question and the thoughts, numbered; both players see the same."""
        del player
        thoughts = position.state.thoughts
        return observation(position.state.question, tuple(f"{k}. {_line(each)}" for k, each in enumerate(thoughts, 1)))

    def view(self, position: Debate) -> View | None:
        """The question and the thoughts, for agents that read views; the challenger has one thing to say."""
        mover = self.mover(position)
        if mover is None:
            return None
        return view(position.state, self.limits) if mover == PROVER else View(*position.state, 1)

    def observation_space(self, player: int) -> gymnasium.Space[str]:
        """Texts, long enough for the longest debate."""
        del player
        thoughts = self.limits.max_thoughts
        line = len(f"{thoughts}. \n") + self.limits.max_thought_chars
        return ThoughtSpace(self.max_question_chars + 2 + thoughts * line)

    def action_space(self, player: int) -> gymnasium.Space[object]:
        """Texts for the prover; for the challenger the numbers up to the most thoughts that there can be."""
        if player == PROVER:
            return ThoughtSpace(self.limits.max_thought_chars)
        return spaces.Discrete(self.limits.max_thoughts + 1)

    def render(self, position: Debate) -> str:
        """The question, the thoughts numbered, and how the debate ended."""
        text = as_text(transcript_of(position.state, None)).rstrip()
        if self.mover(position) is not None:
            return text
        if position.pointed is None:
            return f"{text}\nno answer was stated; the prover has lost"
        judgement = self.judge(position)
        said = f"points at {position.pointed}" if position.pointed else "accepts"
        return (
            f"{text}\nthe challenger {said}; the answer is {judgement.answer.status}, the first wrong thought is "
            f"{judgement.first_wrong or 'none'}; the prover wins {self.returns(position)[PROVER]:g}"
        )


def payoff(judgement: Judgement, pointed: int) -> float:
    """What the prover wins; see the table of `ReasoningDebate`.

    Args:
        judgement: of its chain.
        pointed: the number of the thought that the challenger points at, or 0 if it accepts.
    """
    if pointed == ACCEPT:
        return BELIEVED_RIGHT if judgement.answer.correct else BELIEVED_WRONG
    if not judgement.first_wrong or pointed < judgement.first_wrong:
        return WRONGLY_ACCUSED
    return FOUND_OUT if pointed == judgement.first_wrong else HALF_FOUND_OUT


def checks_steps(family: Family) -> bool:
    """Whether a family checks single thoughts by itself, answers included."""
    own = type(family)
    if own.check_thought is not Family.check_thought:
        return True
    return own.check_step is not Family.check_step and own.check_conclusion is not Family.check_conclusion


def refuse_unchecked(families: Iterable[Family]) -> None:
    """Refuse families without a check of single thoughts, for in them nobody could judge a debate.

    Raises:
        ValueError: says which, and what to do.
    """
    unchecked = [family.name for family in families if not checks_steps(family)]
    if unchecked:
        raise ValueError(
            f"{', '.join(unchecked)} can't tell a right thought from a wrong one, so nobody could judge a debate; "
            "leave it out, or give the family check_step and check_conclusion"
        )


def first_refused(question: Question, thoughts: Sequence[str]) -> int:
    """The number of the first thought that the family's check doesn't prove, from 1; 0 if it proves all of them.

    It never consults the reference: this is what the best challenger says of honest and of dishonest chains, as far as
    the family's `check_conclusion` finds every answer wrong that `verify` does.
    """
    return _first_refused(get_family(question.family), question, thoughts)


def _first_refused(family: Family, question: Question, thoughts: Sequence[str]) -> int:
    for count, thought in enumerate(thoughts):
        if not family.check_thought(question, thoughts[:count], thought).correct:
            return count + 1
    return ACCEPT


def checking_challenger(turn: Turn, rng: np.random.Generator) -> int:
    """An opponent that points at the first thought that the family's check doesn't prove.

    Raises:
        ValueError: if it is asked in a game without views.
    """
    del rng
    if turn.view is None:
        raise ValueError("the turn has no view; this challenger is for ReasoningDebate")
    return first_refused(turn.view.question, turn.view.thoughts)


def _line(thought: str) -> str:
    """A thought on one line, so that none can pretend to be several."""
    return "⏎".join(thought.splitlines())
