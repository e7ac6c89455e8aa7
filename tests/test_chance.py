"""Agents that don't read the question score at chance on every family, through a round as it is scored and audited."""

from __future__ import annotations

from collections import Counter
from functools import cache

import gymnasium as gym
import pytest
from challenge_rounds import Play, Round, audited

from reasoning_gym.env import reasoning_env
from reasoning_gym.intervals import wilson
from reasoning_gym.problem import Problem
from reasoning_leaderboard.challenge.rounds import Manifest, manifest_of
from reasoning_leaderboard.entries import Entry

EPISODES = 2_080  # 20 of most families at levels 1 and 2
CHANCE = 0.1  # what one constant may be right about, in a family that isn't named below
SMALL_SPACES = {  # families with few answers, and how often one constant is right about them
    "propositional_entailment": 1 / 2,  # yes or no
    "syllogism": 1 / 2,  # yes or no
    "connected_components": 1 / 3,  # yes or no, or a small number
    "edit_distance": 1 / 3,  # a small number
    "state_machine": 1 / 3,  # one of a few states
    "largest_island": 1 / 5,  # a small number
    "lattice_paths": 1 / 5,  # a small number
}


def echo(question: str) -> list[str]:
    return [f"Answer: {question}"]


SILENT: dict[str, Play] = {
    "says nothing": lambda episode, problem: ["", ""],
    "answers nothing": lambda episode, problem: ["Answer: "],
    "echoes the statement": lambda episode, problem: echo(problem.question.statement[:900]),
    "echoes the last line": lambda episode, problem: echo(problem.question.statement.splitlines()[-1][:900]),
    "echoes what an answer looks like": lambda episode, problem: echo(problem.question.answer_format[:900]),
    "echoes all of it": lambda episode, problem: [problem.question.text[:990]] * 2,
}


@cache
def everything() -> Manifest:
    """A round of all families at levels 1 and 2."""
    return manifest_of(
        "chance", reasoning_env(gym.make("ReasoningAll-v0", split="test", levels=[1, 2], max_thoughts=2)), EPISODES
    )


def scored(play: Play) -> Entry:
    return Round(everything()).play("ann", 1, play)


@pytest.mark.parametrize("agent", SILENT)
def test_an_agent_that_answers_with_nothing_of_its_own_is_never_right(agent: str) -> None:
    entry = scored(SILENT[agent])
    assert (entry.n, entry.correct) == (EPISODES, 0), [cell for cell in entry.cells if cell.correct]


@pytest.mark.parametrize("answer", ["0", "1", "2", "yes", "no", "none", "A"])
def test_a_constant_answer_is_right_no_oftener_than_by_chance(answer: str) -> None:
    def constant(episode: int, problem: Problem) -> list[str]:
        return [f"Answer: {answer}"]

    right, of = Counter[str](), Counter[str]()
    for cell in scored(constant).cells:
        right[cell.family] += cell.correct
        of[cell.family] += cell.n
    above = {
        family: f"{right[family]} of {n}"
        for family, n in of.items()
        if wilson(right[family], n)[0] > SMALL_SPACES.get(family, CHANCE)
    }
    assert above == {}
    assert sum(right.values()) < 0.025 * EPISODES


def test_what_a_constant_comes_to_is_what_an_audit_comes_to() -> None:
    made = Round(everything())
    entry = made.play("ann", 1, lambda episode, problem: ["Answer: 1"])
    found = audited(made.archive())
    assert found.holds
    assert found.entries == [entry]
