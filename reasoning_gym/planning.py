"""What a thought does to a state: a pure function, so that planning never steps an environment."""

from __future__ import annotations

from dataclasses import dataclass
from operator import index as as_index
from typing import NamedTuple

from reasoning_gym.checker.extract import stated_answer
from reasoning_gym.problem import State, View, unreadable

MAX_THOUGHTS = 32
MAX_THOUGHT_CHARS = 1_000
NO_ANSWER = unreadable("no answer was stated")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an episode may hold before it is cut off."""

    max_thoughts: int = MAX_THOUGHTS
    max_thought_chars: int = MAX_THOUGHT_CHARS

    def __post_init__(self) -> None:
        for name, value in (("max_thoughts", self.max_thoughts), ("max_thought_chars", self.max_thought_chars)):
            if as_index(value) < 1:
                raise ValueError(f"{name} is {value!r}; it must be at least 1")


class Transition(NamedTuple):
    """What a thought leads to. At most one of the last two is given; either ends the episode."""

    state: State
    answer: str | None = None  # that the thought stated
    truncated_because: str | None = None


def transition(state: State, thought: str, limits: Limits) -> Transition:
    """The state after a thought, and how the episode ended if it did: a pure function, for planning.

    A thought that is longer than the limit is cut to it, and not read for an answer.
    """
    length = len(thought)
    if length > limits.max_thought_chars:
        state = State(state.question, (*state.thoughts, thought[: limits.max_thought_chars]))
        return Transition(state, None, f"a thought of {length} characters exceeds {limits.max_thought_chars}")
    state = State(state.question, (*state.thoughts, thought))
    answer = stated_answer(thought)
    if answer is None and len(state.thoughts) >= limits.max_thoughts:
        return Transition(state, None, f"{limits.max_thoughts} thoughts stated no answer")
    return Transition(state, answer)


def view(state: State, limits: Limits) -> View:
    """What an agent is shown of a state.

    Raises:
        ValueError: if the state has no thought left.
    """
    left = limits.max_thoughts - len(state.thoughts)
    if left < 1:
        raise ValueError(f"the episode is over: all {limits.max_thoughts} thoughts are spent; reset the environment")
    return View(state.question, state.thoughts, left)


def is_over(state: State, limits: Limits) -> bool:
    """Whether an episode has ended in this state.

    A thought that was cut looks like one that just fits, and doesn't count as an end.

    Raises:
        ValueError: if no episode could come to this state.
    """
    *earlier, last = state.thoughts or ("",)
    if len(state.thoughts) > limits.max_thoughts:
        raise ValueError(f"the state has {len(state.thoughts)} thoughts; the limit is {limits.max_thoughts}")
    longest = max(map(len, state.thoughts), default=0)
    if longest > limits.max_thought_chars:
        raise ValueError(f"the state has a thought of {longest} characters; the limit is {limits.max_thought_chars}")
    for thought in earlier:
        if stated_answer(thought) is not None:
            raise ValueError(f"the state goes on after the thought {thought[:60]!r}, which states an answer")
    return len(state.thoughts) == limits.max_thoughts or stated_answer(last) is not None
