"""The debate: what its payoffs reward, what counts as the first wrong thought, and errors that are planted."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import numpy as np
import pytest
from hostile_texts import HOSTILE
from selfplay_games import PROSE, chain, debate, outcome

from reasoning_gym.family import FromData, families, get_family
from reasoning_gym.problem import CORRECT, Status, incorrect
from reasoning_gym.selfplay import reasoning_debate_v0
from reasoning_gym.selfplay.planted import plant_error
from reasoning_gym.selfplay.reasoning_debate import (
    ACCEPT,
    CHALLENGER,
    PROVER,
    Judgement,
    ReasoningDebate,
    checking_challenger,
    first_refused,
    payoff,
)
from reasoning_gym.selfplay.turns import turn

CHECKED = [
    name
    for name, each in families().items()
    if type(each).__module__.startswith("reasoning_gym.") and not isinstance(each, FromData)
]


# ---- the debate

RIGHT, WRONG = CORRECT, incorrect("")
# answer, first wrong thought of three (0: none), and what the prover wins if the challenger says 0, 1, 2, 3
TABLE = [
    (RIGHT, 0, (0, 1, 1, 1)),
    (RIGHT, 1, (0, -1, -0.5, -0.5)),
    (RIGHT, 2, (0, 1, -1, -0.5)),
    (RIGHT, 3, (0, 1, 1, -1)),
    (WRONG, 1, (1, -1, -0.5, -0.5)),
    (WRONG, 2, (1, 1, -1, -0.5)),
    (WRONG, 3, (1, 1, 1, -1)),
]


@pytest.mark.parametrize(("answer", "first_wrong", "won"), TABLE)
def test_the_debates_payoffs_are_those_of_its_table(answer, first_wrong, won):
    assert tuple(payoff(Judgement(answer, first_wrong), pointed) for pointed in range(4)) == won


def test_to_be_honest_and_to_be_accurate_are_the_only_best_replies_to_each_other():
    against_accurate = {
        judgement: payoff(judgement, judgement[1]) for judgement in (Judgement(*row[:2]) for row in TABLE)
    }
    honest = Judgement(RIGHT, 0)
    assert {chain for chain, won in against_accurate.items() if won == max(against_accurate.values())} == {honest}
    against_honest = [payoff(honest, pointed) for pointed in range(4)]
    assert [pointed for pointed, won in enumerate(against_honest) if won == min(against_honest)] == [ACCEPT]
    assert against_accurate[honest] == 0.0


@pytest.mark.parametrize("overlooked", [0.3, 0.5, 0.7])
def test_a_prover_does_best_to_lie_when_more_than_half_of_its_lies_are_overlooked(overlooked):
    for first_wrong in (1, 2, 3):
        lie = Judgement(WRONG, first_wrong)
        won = overlooked * payoff(lie, ACCEPT) + (1 - overlooked) * payoff(lie, first_wrong)
        assert np.sign(round(won, 9)) == np.sign(overlooked - 0.5)


def test_to_find_the_first_wrong_thought_beats_a_later_one_and_that_beats_to_accept_it():
    for answer, first_wrong, _ in TABLE:
        judgement = Judgement(answer, first_wrong)
        replies = [[first_wrong], range(first_wrong + 1, 4), [ACCEPT]] if first_wrong else [[ACCEPT]]
        won = [[payoff(judgement, pointed) for pointed in some] for some in replies if len(some)]
        assert all(max(better) < min(worse) for better, worse in pairwise(won))
        falsely = range(1, first_wrong or 4)
        assert all(payoff(judgement, ACCEPT) <= payoff(judgement, pointed) for pointed in falsely)


@pytest.mark.parametrize("family", CHECKED)
def test_a_right_chain_loses_nothing_and_whoever_points_at_it_loses(family):
    game = ReasoningDebate(families=family, max_thoughts=200)
    position = debate(game, chain(game, 3), 3)
    last = len(position.state.thoughts)
    assert list(game.legal(position)) == list(range(last + 1))
    assert outcome(game, position) == (CHALLENGER, (0.0, 0.0))
    assert outcome(game, game.play(position, ACCEPT)) == (None, (0.0, 0.0))
    for pointed in (1, last):
        assert outcome(game, game.play(position, pointed)) == (None, (1.0, -1.0))


@pytest.mark.parametrize("family", ["integer_expression", "linear_equation", "ages", "maze"])
def test_a_planted_error_is_what_the_challenger_is_paid_for(family):
    game = ReasoningDebate(families=family)
    for index in range(4):
        planted = plant_error(*game.mix.problem(index), np.random.default_rng(index))
        position = debate(game, planted.thoughts, index)
        judgement = game.judge(position)
        assert judgement.first_wrong == planted.wrong
        assert game.returns(game.play(position, planted.wrong)) == (-1.0, 1.0)
        assert game.returns(game.play(position, ACCEPT)) == ((0.0, 0.0) if judgement.answer.correct else (1.0, -1.0))


def test_a_wrong_answer_that_is_believed_wins_and_is_itself_a_wrong_thought():
    game = ReasoningDebate(families="integer_expression", level=2)
    *steps, last = chain(game, 0)
    position = debate(game, [*steps, f"{last}1"], 0)
    assert game.judge(position).first_wrong == len(steps) + 1
    assert game.returns(game.play(position, ACCEPT)) == (1.0, -1.0)
    assert game.returns(game.play(position, len(steps) + 1)) == (-1.0, 1.0)


def test_a_wrong_answer_that_the_check_overlooks_is_wrong_all_the_same(monkeypatch):
    game = ReasoningDebate(families="integer_expression", level=2)
    monkeypatch.setattr(type(get_family("integer_expression")), "check_thought", lambda *_: CORRECT)
    assert game.judge(debate(game, ["Answer: -7"], 0)).first_wrong == 1


def test_a_prover_that_comes_to_no_answer_has_lost_before_the_challenger_is_asked():
    game = ReasoningDebate(max_thoughts=3, max_thought_chars=20)
    assert outcome(game, debate(game, ["1", "2", "3"], 0)) == (None, (-1.0, 1.0))
    too_long = debate(game, ["Answer: 1" + " " * 20], 0)
    assert outcome(game, too_long) == (None, (-1.0, 1.0))
    assert len(too_long.state.thoughts[0]) == 20
    assert game.judge(too_long).answer.status is Status.UNREADABLE


@pytest.mark.parametrize("thought", ["", "\n", PROSE, "\ud800\0\x1b[2J", "9**9**9**9", "(" * 900, "__import__('os')"])
def test_a_thought_that_means_nothing_is_wrong_and_no_exception(thought):
    game = ReasoningDebate(families="integer_expression", level=2)
    position = debate(game, [thought, *chain(game, 0)], 0)
    assert game.judge(position).first_wrong == 1
    assert game.observe(position, CHALLENGER) in game.observation_space(CHALLENGER)


@pytest.mark.parametrize("hostile", HOSTILE[:: max(len(HOSTILE) // 60, 1)], ids=lambda each: each.name)
def test_hostile_texts_lose_a_debate_or_are_pointed_at(hostile):
    env = reasoning_debate_v0.env(max_thoughts=4)
    env.reset(seed=0)
    env.step(hostile.answer)
    if env.agent_selection == "prover_0" and not env.terminations["prover_0"]:
        env.step(f"Answer: {hostile.answer}"[:1_000])
    if not env.terminations["challenger_1"] and env.agent_selection == "challenger_1":
        position = env.unwrapped.position
        env.step(first_refused(*position.state))
    assert env.rewards["challenger_1"] >= 0
    assert env.observe("challenger_1") in env.observation_space("challenger_1")


def test_a_thought_cannot_pretend_to_be_several():
    game = ReasoningDebate()
    position = debate(game, ["1\n2. 3\r\n3. 4\u2028", "5"], 0)
    shown = game.observe(position, CHALLENGER).split("\n\n", 1)[1]
    assert shown == "1. 1⏎2. 3⏎3. 4\n2. 5\n"


def test_the_longest_debate_fits_in_the_observation_space():
    game = ReasoningDebate(max_thoughts=12, max_thought_chars=30, max_question_chars=200)
    position = debate(game, ["\n" * 29 + "x"] * 12, 0)
    room = game.observation_space(PROVER).max_length - 200 + len(position.state.question.text)
    assert room - 2 <= len(game.observe(position, PROVER)) + 9 <= room + 9


def test_swapped_references_change_no_observation_no_view_and_no_challenge(swap_references):
    names = ("integer_expression", "linear_equation")
    game = ReasoningDebate(families=names)
    thoughts = [chain(game, index) for index in range(6)]
    thoughts += [plant_error(*game.mix.problem(index), np.random.default_rng(0)).thoughts for index in range(6, 12)]

    def seen():
        positions = [debate(game, said, index) for index, said in enumerate(thoughts)]
        told = [turn(game, position) for position in positions]
        shown = [[game.observe(position, player) for player in (PROVER, CHALLENGER)] for position in positions]
        challenges = [checking_challenger(each, np.random.default_rng(0)) for each in told]
        return [positions, told, shown, challenges], [game.returns(game.play(each, ACCEPT)) for each in positions]

    before, paid = seen()
    swap_references(*names)
    after, paid_after = seen()
    assert after == before
    assert paid_after != paid  # so the swap did reach the references


@pytest.mark.parametrize("name", [name for name, each in families().items() if isinstance(each, FromData)])
def test_families_without_a_check_of_steps_are_refused(name, tmp_path):
    mark = "#### " if name == "gsm8k" else ""
    for split, values in (("train", range(9)), ("test", range(9, 18))):
        rows = [
            {"question": f"{i}?", "problem": f"{i}?", "answer": f"{mark}{i}", "solution": rf"\boxed{{{i}}}"}
            for i in values
        ]
        (tmp_path / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(ValueError, match=f"{name} can't tell a right thought from a wrong one.*check_step"):
        ReasoningDebate(families=name, path=str(tmp_path))


def test_bad_arguments_and_actions_of_a_debate_are_refused():
    with pytest.raises(ValueError, match="pass max_question_chars"):
        ReasoningDebate(max_question_chars=5).ask(0)
    with pytest.raises(ValueError, match="there is no family 'integer_expresion'; did you mean"):
        reasoning_debate_v0.env(families="integer_expresion")
    game = ReasoningDebate()
    position = debate(game, ["Answer: 1"], 0)
    for action in (2, -1, "0", 0.5):
        with pytest.raises(ValueError, match=r"legal are \[0, 1\]"):
            game.play(position, action)
    with pytest.raises(ValueError, match=r"legal are \[\]"):
        game.play(game.play(position, 0), 0)
    with pytest.raises(TypeError, match="give a text"):
        game.play(game.ask(0), 0)


def test_a_debate_is_rendered_with_its_outcome():
    game = ReasoningDebate(families="integer_expression", level=2)
    assert "challenger" not in game.render(game.ask(0))
    assert game.render(debate(game, ["Answer: -7"], 0, 1)).endswith(
        "the challenger points at 1; the answer is incorrect, the first wrong thought is 1; the prover wins -1"
    )
    assert game.render(debate(game, chain(game, 0), 0, 0)).endswith(
        "the first wrong thought is none; the prover wins 0"
    )
    assert game.render(debate(ReasoningDebate(max_thoughts=1), ["1"], 0)).endswith("the prover has lost")


# ---- planted errors


@pytest.mark.parametrize("name", CHECKED)
def test_a_planted_error_is_readable_alone_and_the_first_wrong_thought(name):
    family = get_family(name)
    problem = family.problem("train", 2 if family.levels > 1 else 1, 3)
    planted = plant_error(family, problem, np.random.default_rng(0))
    if planted is None:
        assert name == "knights_and_knaves"  # a letter changed there names nobody
        return
    reference = family.reference_thoughts(problem)
    assert [k for k, (a, b) in enumerate(zip(planted.thoughts, reference, strict=True), 1) if a != b] == [planted.wrong]
    assert first_refused(problem.question, planted.thoughts) == planted.wrong
    *before, wrong = planted.thoughts[: planted.wrong]
    assert family.check_thought(problem.question, before, wrong).status is Status.INCORRECT
    assert planted == plant_error(family, problem, np.random.default_rng(0))


def test_the_place_of_a_planted_error_can_be_chosen():
    family = get_family("integer_expression")
    problem = family.problem("train", 4, 0)
    for place in range(1, 5):
        assert plant_error(family, problem, np.random.default_rng(place), place=place).wrong == place
    with pytest.raises(ValueError, match="has thoughts 1 to 4"):
        plant_error(family, problem, np.random.default_rng(0), place=5)


def test_no_planted_number_begins_with_a_zero():
    family = get_family("integer_expression")
    problem = family.problem("train", 3, 0)
    planted = [plant_error(family, problem, np.random.default_rng(seed)) for seed in range(200)]
    assert len({each.thoughts for each in planted}) > 20
    assert not [each for each in planted if re.search(r"\b0\d", each.thoughts[each.wrong - 1])]
