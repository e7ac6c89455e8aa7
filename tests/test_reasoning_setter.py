"""The setter and the solver: what is paid, what may be proposed, and what nobody is told."""

from __future__ import annotations

import re
from itertools import product

import numpy as np
import pytest
from hostile_texts import HOSTILE
from selfplay_games import PROSE, outcome, proposed

from reasoning_gym.family import get_family
from reasoning_gym.selfplay.reasoning_setter import MAX_PROPOSAL_CHARS, SETTER, SOLVER, ReasoningSetter


@pytest.mark.parametrize("attempts", [2, 4, 5])
def test_the_setter_is_paid_for_what_is_solved_half_of_the_time(attempts):
    game = ReasoningSetter(attempts=attempts)
    address = "integer_expression-v0/train/2/17"
    family = get_family("integer_expression")
    right = family.reference_thoughts(family.problem("train", 2, 17))
    for solved in range(attempts + 1):
        position = proposed(game, address)
        for attempt in range(attempts):
            assert outcome(game, position) == (SOLVER, (0.0, 0.0))
            for thought in right if attempt < solved else ["Answer: -1"]:
                position = game.play(position, thought)
        rate = solved / attempts
        assert game.mover(position) is None
        assert game.returns(position) == pytest.approx((4 * rate * (1 - rate), rate))
        assert game.solved(position) == [True] * solved + [False] * (attempts - solved)


@pytest.mark.parametrize("q", [0.1, 0.5, 0.8])
@pytest.mark.parametrize("n", [2, 4, 7])
def test_what_the_setter_expects_is_as_documented(q, n):
    chances = [np.prod([q if bit else 1 - q for bit in bits]) for bits in product((0, 1), repeat=n)]
    rates = [sum(bits) / n for bits in product((0, 1), repeat=n)]
    expected = sum(chance * 4 * rate * (1 - rate) for chance, rate in zip(chances, rates, strict=True))
    assert expected == pytest.approx(4 * q * (1 - q) * (n - 1) / n)


@pytest.mark.parametrize(
    ("proposal", "reason"),
    [
        ("", "is not a problem's address"),
        (PROSE, "is not a problem's address"),
        ("integer_expression-v0/train/2", "is not a problem's address"),
        ("integer_expression-v0/train/2/1_7", "is not a problem's address"),
        ("integer_expression-v0/train/2/" + "9" * 160, "index is"),
        ("integer_expression-v0/train/2/" + "9" * 5000, "the proposal has 5030 characters"),
        ("integer_expression-v0/train/2/-1", "index is -1"),
        ("integer_expression-v0/train/99/1", "level is 99; integer_expression is proposed with level 1 to 10"),
        ("integer_expression-v0/test/2/1", "split is 'test'; integer_expression is proposed with split train"),
        ("integer_expression-v7/train/2/1", "version is 7"),
        ("integer_expresion-v0/train/2/1", "did you mean 'integer_expression'"),
        ("linear_equation-v0/train/2/1", "which isn't in this game"),
        ("\ud800\0", "is not a problem's address"),
    ],
)
def test_a_proposal_that_names_no_problem_of_the_game_costs_the_setter(proposal, reason):
    game = ReasoningSetter()
    position = proposed(game, proposal)
    assert outcome(game, position) == (None, (-1.0, 0.0))
    assert reason in position.refused_because
    assert len(position.proposal) <= MAX_PROPOSAL_CHARS
    assert game.observe(position, SETTER) in game.observation_space(SETTER)
    assert f"refused: {reason}"[:20].split(":")[0] in game.render(position)


@pytest.mark.parametrize("hostile", HOSTILE[:: max(len(HOSTILE) // 40, 1)], ids=lambda each: each.name)
def test_hostile_texts_solve_and_propose_nothing(hostile):
    game = ReasoningSetter(attempts=2)
    assert game.returns(proposed(game, hostile.answer)) == (-1.0, 0.0)
    position = proposed(game, "integer_expression-v0/train/2/17")
    while game.mover(position) is not None:
        position = game.play(position, f"Answer: {hostile.answer}")
    assert game.returns(position)[0] == 0.0 or hostile.reference == game.find(position.proposal).answer


def test_a_question_that_is_too_long_is_refused():
    position = proposed(ReasoningSetter(max_question_chars=5), "integer_expression-v0/train/2/1")
    assert "at most 5 will do" in position.refused_because


def test_attempts_are_independent_and_the_solver_is_told_of_no_verdict():
    game = ReasoningSetter(attempts=2)
    position = first = proposed(game, "  integer_expression-v0/train/2/17\n")
    asked = game.observe(first, SOLVER)
    assert asked == f"{first.question.text}\n\n"
    for thought in ("1+1", "Answer: 5"):
        position = game.play(position, thought)
    assert game.observe(position, SOLVER) == asked
    assert game.view(position) == game.view(first)
    assert "solved" not in game.observe(position, SETTER)
    position = game.play(position, "Answer: 6")
    assert game.observe(position, SETTER).endswith("solved 0 of 2\n")


def test_an_attempt_that_is_cut_off_came_to_no_answer():
    game = ReasoningSetter(attempts=2, max_thoughts=2, max_thought_chars=30)
    family = get_family("integer_expression")
    *_, right = family.reference_thoughts(family.problem("train", 2, 17))
    position = proposed(game, "integer_expression-v0/train/2/17")
    for thought in (right + " " * 30, "1", "2"):
        position = game.play(position, thought)
    assert outcome(game, position) == (None, (0.0, 0.0))
    assert [each.answer for each in position.finished] == [None, None]


def test_swapped_references_change_nothing_that_setter_or_solver_sees(swap_references):
    def seen():
        game = ReasoningSetter()
        position = game.play(proposed(game, "integer_expression-v0/train/2/17"), "1+1")
        return position, game.view(position), [game.observe(position, player) for player in (SETTER, SOLVER)]

    before = seen()
    swap_references("integer_expression")
    assert seen() == before


def test_what_may_be_proposed_is_what_the_setter_is_told():
    game = ReasoningSetter(families=["integer_expression", "linear_equation"], levels=[2, 4], split="test")
    told = game.observe(game.start(np.random.default_rng(0)), SETTER)
    assert "integer_expression-v0/test, level 2 or 4\n" in told
    index = re.search(r"A random index: (\d+)\n", told)[1]
    assert game.mover(proposed(game, f"linear_equation-v0/test/4/{index}")) == SOLVER
    assert game.returns(proposed(game, f"linear_equation-v0/test/3/{index}")) == (-1.0, 0.0)
    with pytest.raises(ValueError, match="use at least 2"):
        ReasoningSetter(attempts=1)
