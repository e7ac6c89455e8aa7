"""The environment: a question is asked, each action is one thought, and a stated answer ends the episode."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import index as as_index
from typing import Any

import gymnasium as gym
from gymnasium.error import ResetNeeded

from reasoning_gym.checker.extract import stated_answer
from reasoning_gym.family import Family, nearest
from reasoning_gym.mix import make_mix
from reasoning_gym.planning import (
    MAX_THOUGHT_CHARS,
    MAX_THOUGHTS,
    NO_ANSWER,
    Limits,
    Transition,
    is_over,
    transition,
    view,
)
from reasoning_gym.problem import Problem, State, Verdict, View, observation
from reasoning_gym.rendering import SHOWN, Screen, Shown, as_text, transcript_of
from reasoning_gym.spaces import ThoughtSpace

METADATA: dict[str, Any] = {"render_modes": ["ansi", "human"], "render_fps": 1}
OPTIONS = ("index", "level", "family")  # of `reset`
MAX_QUESTION_CHARS = 10_000


class ReasoningEnv(gym.Env[str, str]):
    r"""Reason about a question in steps; only a right answer pays.

    Action: a thought, any text of at most `max_thought_chars` characters.
    Observation: a text: the question, an empty line, and the thoughts so far, one a line.
    Reward: 1.0 for an answer that the family proves right; 0.0 for everything else.
    End: terminated when a thought states an answer (`Answer: 42`, `\\boxed{42}`, `#### 42`), right or
    wrong; truncated when `max_thoughts` thoughts stated none, or when a thought was too long.
    Start: a problem drawn by `reset(seed=…)`, or named by `reset(options={"index": 17})`; the options
    `level` and `family` narrow the draw.
    Info: `question_id`, `family`, `level`; at the end `verdict`, and `truncated_because` if it was cut off.

    Args:
        families: the name of one family, or of several for a mix.
        level: the level of all problems; or else
        levels: the levels to draw from. By default 1 to 3, as far as a family has them.
        weights: how often each of the families is drawn, relative to the others; by default equally.
        split: "train" or "test".
        max_thoughts: thoughts in an episode.
        max_thought_chars: characters in a thought.
        max_question_chars: characters in a question; bounds the observation space.
        path: where the data is, for a family that reads its problems from a file.
        render_mode: "ansi" for a text, "human" to print the episode as it goes on.
        thoughts: how rendering treats them: "shown"; "folded", each between [thought] and [/thought]; or
            "hidden", where only their number and the answer are told.

    Raises:
        ValueError: for any argument that is unknown or out of range; the message says what to use.

    Version history: an id's version rises when a problem or a reward changes for the same address.
    """

    metadata = METADATA

    def __init__(
        self,
        *,
        families: str | Sequence[str],
        level: int | None = None,
        levels: Sequence[int] | None = None,
        weights: Sequence[float] | None = None,
        split: str = "train",
        max_thoughts: int = MAX_THOUGHTS,
        max_thought_chars: int = MAX_THOUGHT_CHARS,
        max_question_chars: int = MAX_QUESTION_CHARS,
        path: str | None = None,
        render_mode: str | None = None,
        thoughts: Shown = "shown",
    ) -> None:
        if render_mode is not None and render_mode not in self.metadata["render_modes"]:
            raise ValueError(f"render_mode is {render_mode!r}; use None, 'ansi' or 'human'")
        if thoughts not in SHOWN:
            raise ValueError(f"thoughts is {thoughts!r}; {nearest(str(thoughts), SHOWN)}")
        self.render_mode = render_mode
        self.thoughts: Shown = thoughts
        self.limits = Limits(max_thoughts, max_thought_chars)
        self.max_question_chars = max_question_chars
        self.mix = make_mix(families, level=level, levels=levels, weights=weights, split=split, path=path)
        self.action_space = ThoughtSpace(max_thought_chars)
        self.observation_space = ThoughtSpace(max_question_chars + 2 + max_thoughts * (max_thought_chars + 1))
        self._episode: _Episode | None = None

    def reset(self, *, seed: int | None = None, options: Mapping[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Ask a question: the one that `options` names by its index, or the next one drawn.

        Args:
            seed: starts the sequence of draws anew; the same seed gives the same sequence.
            options: `index` (from 0) names the problem, `level` and `family` narrow the draw.

        Raises:
            TypeError: for an option of the wrong type.
            ValueError: for an unknown option or one out of range, or a question that is too long.
        """
        super().reset(seed=seed)
        index, level, family = _read_options(options) if options else (None, None, None)
        if index is None:
            index = int(self.np_random.random() * self.mix.size)  # `integers` costs ten times as much
        found, problem = self.mix.problem(index, level=level, family=family)
        self._episode = episode = _Episode(found, problem, self.thoughts)
        if len(problem.question.text) > self.max_question_chars:
            raise ValueError(
                f"the question {problem.address} has {len(problem.question.text)} characters; "
                f"pass max_question_chars of at least that (it is {self.max_question_chars})"
            )
        if self.render_mode == "human":
            self.render()
        return episode.text, episode.info.copy()

    def step(self, action: object) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Think one thought.

        Returns:
            The observation, the reward (1.0 or 0.0), whether an answer was stated, whether the
            episode was cut off, and info.

        Raises:
            TypeError: if the action isn't a text.
            ResetNeeded: before the first reset and after the end of an episode.
        """
        if not isinstance(action, str):
            raise TypeError(f"the action is {action!r} of type {type(action).__name__}; a thought must be a str")
        episode = self._episode
        if episode is None or episode.over:
            raise ResetNeeded(_over_or_not_begun(episode))
        move = transition(episode.state, action, self.limits)
        episode.advance(move)
        if self.render_mode == "human":
            self.render()
        info: dict[str, Any] = episode.info.copy()
        verdict = episode.verdict
        if verdict is None:
            return episode.text, 0.0, False, False, info
        info["verdict"] = verdict
        truncated = move.truncated_because is not None
        if truncated:
            info["truncated_because"] = move.truncated_because
        return episode.text, 1.0 if verdict.correct else 0.0, not truncated, truncated, info

    @property
    def state(self) -> State:
        """The question and the thoughts so far.

        Setting it goes to another state of the same question, an earlier one or any other.

        Raises:
            ResetNeeded: before the first reset.
            ValueError: when set to a state of another question, or to one that no episode comes to.
        """
        return self._current().state

    @state.setter
    def state(self, state: State) -> None:
        self._current().move_to(state, is_over(state, self.limits))

    def view(self) -> View:
        """What an agent is shown now: all that it may be given.

        Raises:
            ResetNeeded: before the first reset and after the end of an episode.
        """
        episode = self._episode
        if episode is None or episode.over:
            raise ResetNeeded(_over_or_not_begun(episode))
        return view(episode.state, self.limits)

    def admit(self, oracle: Oracle) -> Callable[[State], Verdict]:
        """Give an oracle its way to the reference; it is for `Oracle` to call this."""
        del oracle
        return self._judge

    def render(self) -> str | None:
        """The episode as a text in mode "ansi"; in mode "human" prints what is new and returns None.

        Thoughts are shown, folded or hidden as the environment's argument `thoughts` says.

        Raises:
            ResetNeeded: before the first reset.
        """
        episode = self._current()
        if self.render_mode == "ansi":
            return as_text(transcript_of(episode.state, episode.verdict), self.thoughts)
        if self.render_mode == "human":
            episode.screen.show(episode.state, episode.verdict)
        return None

    def _judge(self, state: State) -> Verdict:
        return self._current().judge(state)

    def _current(self) -> _Episode:
        if self._episode is None:
            raise ResetNeeded(_over_or_not_begun(None))
        return self._episode


class _Episode:
    """One episode as it goes on, with the private half of its problem."""

    __slots__ = ("_family", "_problem", "_shown", "info", "over", "screen", "state", "text", "verdict")

    def __init__(self, family: Family, problem: Problem, shown: Shown) -> None:
        self._family = family
        self._problem = problem
        self._shown: Shown = shown
        self.state = State(problem.question)
        self.text = observation(problem.question, ())
        self.info: dict[str, Any] = {
            "question_id": str(problem.address),
            "family": family.name,
            "level": problem.question.level,
        }
        self.over = False
        self.verdict: Verdict | None = None  # None until the end
        self.screen = Screen(self._shown)

    def advance(self, move: Transition) -> None:
        """Go where a thought led."""
        self.state = move.state
        self.text += f"{move.state.thoughts[-1]}\n"
        if move.answer is not None:
            self.verdict = self._family.verify(self._problem, move.answer)
            self.over = True
        elif move.truncated_because is not None:
            self.verdict = NO_ANSWER
            self.over = True

    def move_to(self, state: State, over: bool) -> None:
        """Go to any state of the question."""
        verdict = self.judge(state)
        self.state = state
        self.text = observation(state.question, state.thoughts)
        self.over = over
        self.verdict = verdict if over else None
        self.screen = Screen(self._shown)

    def judge(self, state: State) -> Verdict:
        """The verdict on the answer that a state's last thought states.

        Raises:
            ValueError: if the state belongs to another question.
        """
        question = self._problem.question
        if state.question is not question and state.question != question:
            raise ValueError(
                f"the state asks {state.question.statement[:60]!r}; the environment is at "
                f"{question.statement[:60]!r}; reset it to the question of the state first"
            )
        answer = stated_answer(state.thoughts[-1]) if state.thoughts else None
        return NO_ANSWER if answer is None else self._family.verify(self._problem, answer)


class Oracle:
    """Says what states are worth. For training only: it consults the reference, and counts how often.

    An agent that is evaluated is given views, and no view leads here.
    """

    def __init__(self, env: gym.Env[Any, Any]) -> None:
        """The oracle of the question that an environment, wrapped or not, is at whenever it is asked.

        Raises:
            TypeError: if the environment isn't a ReasoningEnv.
        """
        self.calls = 0
        self._judge = reasoning_env(env).admit(self)

    def verdict(self, state: State) -> Verdict:
        """The verdict on the answer that a state's last thought states.

        Raises:
            ResetNeeded: before the environment's first reset.
            ValueError: if the state belongs to another question than the environment is at.
        """
        self.calls += 1
        return self._judge(state)

    def reward(self, state: State) -> float:
        """What an episode that ends in this state is paid: 1.0 or 0.0. Raises as `verdict` does."""
        return 1.0 if self.verdict(state).correct else 0.0


def reasoning_env(env: gym.Env[Any, Any]) -> ReasoningEnv:
    """The ReasoningEnv inside the wrappers.

    Raises:
        TypeError: if there is another environment inside.
    """
    inside = env.unwrapped
    if not isinstance(inside, ReasoningEnv):
        raise TypeError(f"{env} holds a {type(inside).__name__}; this needs a ReasoningEnv, such as ReasoningMath-v0")
    return inside


def _over_or_not_begun(episode: _Episode | None) -> str:
    if episode is None:
        return "no question was asked yet; call reset() first"
    return "the episode is over; call reset() for the next question"


def _read_options(options: Mapping[str, Any]) -> tuple[int | None, int | None, str | None]:
    """The index, the level and the family that options name; None for each that they don't."""
    for name in options:
        if name not in OPTIONS:
            raise ValueError(f"unknown option {name!r} of reset; {nearest(str(name), OPTIONS)}")
    index, level, family = (options.get(name) for name in OPTIONS)
    for name, value in (("index", index), ("level", level)):
        if value is not None and not hasattr(value, "__index__"):
            raise TypeError(f"option {name} is {value!r}; give an int")
    if family is not None and not isinstance(family, str):
        raise TypeError(f"option family is {family!r}; give a family's name")
    return (None if index is None else as_index(index), None if level is None else as_index(level), family)
