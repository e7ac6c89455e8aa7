"""The challenger of a debate that learns: what it does with its beliefs, what it is taught, and what is measured."""

import json
import math
from dataclasses import replace
from functools import reduce
from itertools import product

import numpy as np
import pytest
import torch
from hostile_texts import HOSTILE
from hypothesis import given
from hypothesis import strategies as st
from judge_settings import BASE, PRACTISED

from reasoning_agents import debate, debate_prover
from reasoning_agents.chains import Chain
from reasoning_agents.challenger import Challenger, best_action, first_wrong, prover, stakes
from reasoning_agents.debate import DebateTraining, _Learner, judge, train
from reasoning_agents.debate_measures import measure, reply
from reasoning_agents.debate_prover import DebateProver
from reasoning_agents.language_model.implicit_reward import IMPLICIT_REWARD_FILE
from reasoning_agents.language_model.loading import PROCESS_REWARD, load
from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.language_model.step_model import Candidate
from reasoning_agents.learning import read_log
from reasoning_gym.family import Family, get_family
from reasoning_gym.problem import Problem, View, incorrect
from reasoning_gym.selfplay import reasoning_debate
from reasoning_gym.selfplay.adapters import AgainstOpponent
from reasoning_gym.selfplay.planted import plant_error
from reasoning_gym.selfplay.reasoning_debate import ACCEPT, CHALLENGER, PROVER, ReasoningDebate
from reasoning_gym.selfplay.turns import Turn, turn

pytestmark = pytest.mark.usefixtures("one_thread")

CONFIG = DebateTraining(
    **PRACTISED,
    levels=(5,),
    updates=3,
    prompts=8,
    chains=3,
    samples=3,
    max_thoughts=8,
    replay=2,
    validation_updates=2,
    validation_problems=12,
)
FIGURES = [
    *("auc", "within_auc", "policy_auc", "policy_within_auc", "chain_auc", "found", "false_accusations"),
    *("honest_payoff", "planted_payoff", "sampled_payoff", "liar_payoff"),
    *("accuracy", "accepted", "greedy_accuracy", "greedy_accepted", "majority_accuracy", "accepted_majority_accuracy"),
    *("believed_accuracy", "likeliest_accuracy", "accepted_majority_gain", "believed_gain", "likeliest_gain"),
]
LIMITS = {"levels": list(CONFIG.levels), "max_thoughts": CONFIG.max_thoughts, "max_thought_chars": 200}


def learner(**changes):
    return _Learner(replace(CONFIG, **changes), load(BASE, device="cpu", dtype="float32"))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return train(CONFIG, BASE, tmp_path_factory.mktemp("debate"))


@pytest.fixture(scope="module")
def game():
    return ReasoningDebate(**LIMITS)


@pytest.fixture(scope="module")
def heard():
    """What provers say about some problems, and what is true of it."""
    return learner()._hear_about_held_back()


# ---- what follows from beliefs

LOG_ODDS = st.lists(st.floats(-60, 60) | st.sampled_from([-math.inf, math.inf]), min_size=1, max_size=9).map(np.array)


@given(LOG_ODDS)
def test_beliefs_are_probabilities(log_odds):
    belief = first_wrong(log_odds)
    assert len(belief) == len(log_odds) + 1
    assert (belief >= 0).all()
    assert belief.sum() == pytest.approx(1.0)


def test_which_thought_is_the_first_wrong_one_is_the_sum_over_all_that_may_be():
    right = np.array([0.9, 0.4, 0.7, 0.2])
    expected = np.zeros(5)
    for outcome in product([True, False], repeat=4):
        first = next((count for count, is_right in enumerate(outcome, start=1) if not is_right), 0)
        expected[first] += np.prod(np.where(outcome, right, 1 - right))
    assert first_wrong(np.log(right / (1 - right))) == pytest.approx(expected)


def test_what_is_at_stake_is_what_the_game_pays(game):
    family, problem = game.mix.problem(3)
    reference = family.reference_thoughts(problem)
    count = len(reference)
    for wrong in range(count + 1):
        said = list(reference)
        if wrong:  # a wrong thought and, as it is taken to end, a wrong answer
            said[-1] = "Answer: -7"
            said[wrong - 1] = "Answer: -7" if wrong == count else "1+1"
        position = reduce(game.play, said, game.ask(3))
        assert game.judge(position).first_wrong == wrong
        won = [game.returns(game.play(position, pointed))[CHALLENGER] for pointed in range(count + 1)]
        assert stakes(count)[:, wrong].tolist() == won


@given(st.lists(st.floats(0.001, 1), min_size=2, max_size=7).map(np.array))
def test_the_action_is_the_one_that_is_expected_to_win_most(weights):
    belief = weights / weights.sum()
    count = len(belief) - 1
    expected = [sum(belief[k] * stakes(count)[action, k] for k in range(count + 1)) for action in range(count + 1)]
    assert expected[best_action(belief)] == pytest.approx(max(expected))


@pytest.mark.parametrize("truth", range(5))
def test_who_is_certain_accepts_what_is_right_and_points_at_what_is_wrong(truth):
    assert best_action(np.eye(5)[truth]) == truth


@pytest.mark.parametrize(
    ("belief", "action"),
    [
        ([0.7, 0.3], 0),  # to accept loses 0.3, to point wins 0.3 - 0.7
        ([0.6, 0.4], 1),  # -0.4 against -0.2
        ([0.5, 0.2, 0.3], 2),  # -0.5, -0.6, and 0.3 + 0.1 - 0.5
        ([0.0, 0.5, 0.5], 2),  # -1, 0, and 0.75: a later one than the first wins half
        ([0.0, 0.9, 0.1], 1),  # -1, 0.8, 0.55
    ],
)
def test_doubt_is_weighed_by_what_it_costs(belief, action):
    assert best_action(np.array(belief)) == action


# ---- what is taught


def test_labels_are_those_of_the_debates_judge(game, heard):
    asked = learner()
    wrong = 0
    for index in range(12):
        view = asked.oracle.view(index)
        for each in (one for one in heard if one.problem == index and one.answer is not None):
            statement, *thoughts = asked.local.transcript.decode(each.judged[-1].tokens).strip("\n").split("\n")
            assert statement == view.question.statement
            position = reduce(game.play, thoughts, game.ask(index))
            judgement = game.judge(position)
            assert judge(asked.oracle, index, thoughts).first_wrong == each.first_wrong == judgement.first_wrong
            assert each.right == judgement.answer.correct
            assert [one.right for one in each.learned] == [
                not judgement.first_wrong or count < judgement.first_wrong for count in range(1, len(each.learned) + 1)
            ]
            wrong += bool(each.first_wrong)
    assert wrong > 12, "chains with planted errors, and some of the sampled ones"


def test_a_wrong_answer_after_thoughts_that_are_right_is_the_first_wrong_thought():
    asked = learner()
    reference = asked.oracle.reference_thoughts(0)
    (each,) = asked.hear(0, "sampled", [(*reference[:-1], "Answer: -7")])
    assert (each.right, each.first_wrong, each.answer) == (False, len(reference), "-7")
    assert [one.right for one in each.judged] == [True] * (len(reference) - 1) + [False]


def test_what_comes_after_the_first_wrong_thought_is_not_taught(heard):
    for each in heard:
        if each.first_wrong:
            assert len(each.learned) == each.first_wrong
            assert not each.learned[-1].right
        else:
            assert each.learned == each.judged
    lesson = debate._to_learn(heard)
    assert len({each.tokens for each in lesson}) == len(lesson)
    assert {each.tokens for each in lesson} == {
        judged.tokens for each in heard if each.answer is not None for judged in each.learned
    }


def test_the_policys_likelihood_of_what_others_said_is_what_it_scores(heard):
    asked = learner()
    (each,) = [one for one in heard if one.problem == 4 and one.kind == "planted"]
    view = asked.oracle.view(4)
    thoughts = asked.local.transcript.decode(each.judged[-1].tokens).strip("\n").split("\n")[1:]
    for count, judged in enumerate(each.judged):
        shown = View(view.question, tuple(thoughts[:count]), 1)
        ((scored,),) = asked.local.score([shown], [[thoughts[count]]])
        assert judged.log_prob == pytest.approx(scored.log_prob, abs=2e-3)


def test_it_learns_to_find_errors():
    asked = learner(levels=(7,), max_thoughts=10)  # where the policy is mostly wrong, and unsure of what is right
    before = asked.validate()
    lessons = [debate._to_learn(some) for some in debate._by_problem(asked.heard)]
    losses = []
    for _ in range(12):
        losses.append(asked.add_gradient(lessons))
        asked.step(1.0)
    after = asked.validate()
    assert losses[-1] < losses[0] - 0.1
    assert after["auc"] > before["auc"] + 0.05


def test_the_policy_stays_as_it_is_and_all_figures_are_written(trained):
    before, now = load(BASE, device="cpu", dtype="float32"), load(trained, device="cpu", dtype="float32")
    ours, theirs = now.model.state_dict(), before.model.state_dict()
    assert all(torch.equal(weight, theirs[name]) for name, weight in ours.items())
    assert now.process_reward is not None
    judging = now.process_reward.model.state_dict()
    assert any(not torch.equal(weight, theirs[name]) for name, weight in judging.items())
    table = json.loads((trained.parent / "training.json").read_text())
    for name in FIGURES:
        assert table[f"{name}_low"] <= table[name] <= table[f"{name}_high"], name
        assert table[f"{name}_n"] == CONFIG.validation_problems
    assert table["policy_accuracy"] == table["greedy_accuracy"]
    assert table["liar_payoff"] <= table["sampled_payoff"]
    assert {"auc", "found", "false_accusations"} <= set(read_log(trained.parent)[0])


def test_a_killed_run_ends_with_the_same_weights_and_figures(trained, tmp_path):
    train(CONFIG, BASE, tmp_path, stop_after_updates=2, checkpoint_updates=1)
    folder = train(CONFIG, BASE, tmp_path, checkpoint_updates=1)
    for name in (f"{PROCESS_REWARD}/model.safetensors", f"{PROCESS_REWARD}/{IMPLICIT_REWARD_FILE}"):
        assert (folder / name).read_bytes() == (trained / name).read_bytes()
    here, there = (json.loads((each / "training.json").read_text()) for each in (tmp_path, trained.parent))
    assert {**here, "cpu_seconds": 0} == {**there, "cpu_seconds": 0}
    kept = [{**line, "cpu_seconds": 0} for line in read_log(tmp_path)]
    assert kept == [{**line, "cpu_seconds": 0} for line in read_log(trained.parent)]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"chains": 0}, "chains is 0; give at least 1"),
        ({"planted": 0}, "planted is 0; give at least 1"),
        ({"samples": 1}, "samples is 1; give at least 2"),
        ({"temperature": 0.0}, "temperature is 0.0"),
        ({"keep": "best"}, "keep is 'best'"),
        ({"validation_updates": 0}, "validation_updates is 0"),
    ],
)
def test_settings_that_can_not_work_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        replace(CONFIG, **changes)


def test_a_family_without_a_check_of_thoughts_is_refused(monkeypatch):
    monkeypatch.setattr(reasoning_debate, "checks_steps", lambda _: False)
    with pytest.raises(ValueError, match="integer_expression can't tell a right thought from a wrong one"):
        learner()


# ---- what is measured


def replies_of(heard, log_odds):
    return [
        reply(each, np.array([log_odds(each, count) for count in range(1, len(each.judged) + 1)])) for each in heard
    ]


def truth(each, count):
    return 20.0 if not each.first_wrong or count < each.first_wrong else -20.0


def test_who_sees_every_error_has_an_area_of_1_and_wins_what_the_equilibrium_pays(heard):
    found = measure(replies_of(heard, truth), np.random.default_rng(0))
    for name in ("auc", "within_auc", "chain_auc", "sampled_auc", "found", "accepted_accuracy", "planted_payoff"):
        assert found[name] == 1, name
    assert found["false_accusations"] == found["honest_payoff"] == 0
    sampled = [each for each in heard if each.kind == "sampled"]
    wrong = [each.answer is None or each.first_wrong > 0 for each in sampled]
    assert found["sampled_payoff"] == pytest.approx(np.mean(wrong))
    all_wrong = [all(some) for some in np.array(wrong).reshape(-1, CONFIG.samples)]
    assert found["liar_payoff"] == pytest.approx(np.mean(all_wrong)), "who has a right chain says that, and wins 0"
    for name in ("believed_accuracy", "accepted_majority_accuracy"):
        assert found[name] >= 1 - np.mean(all_wrong), "or more, for a chain with a wrong thought may be right by luck"
    right = np.array([each.right for each in sampled])
    assert found["accuracy"] == pytest.approx(right.mean())
    assert found["accepted"] == pytest.approx(1 - np.mean(wrong))
    assert found["accepted_gain"] == pytest.approx(1 - right.mean())


def test_who_knows_nothing_has_an_area_of_a_half(heard):
    found = measure(replies_of(heard, lambda *_: 3.0), np.random.default_rng(0))
    assert found["auc"] == found["within_auc"] == 0.5
    found = measure(replies_of(heard, lambda *_: 9.0), np.random.default_rng(0))  # believes everything
    assert found["found"] == found["false_accusations"] == found["honest_payoff"] == 0
    assert found["accepted_majority_gain"] == found["accepted_majority_gain_high"] == 0
    assert found["liar_payoff"] == -np.mean(
        [
            any(each.answer is not None and not each.right for each in heard[begin : begin + CONFIG.samples])
            for begin in range(0, len(heard), CONFIG.samples + 3)
        ]
    ), "it says a wrong chain if it has one"


def test_what_comes_after_a_planted_error_is_not_shown_to_who_has_to_find_it(heard):
    def measured(after):
        def odds(each, count):
            if each.kind != "planted" or count <= each.first_wrong:
                return float(np.sin(7.0 * each.problem + 3.0 * count)) * 3
            return after

        return measure(replies_of(heard, odds), np.random.default_rng(0))

    betrayed, hidden = measured(-30.0), measured(30.0)
    assert betrayed["chain_auc"] > hidden["chain_auc"]
    for name in ("auc", "within_auc", "found", "auc_low", "found_high"):
        assert betrayed[name] == hidden[name], name


# ---- who plays


@pytest.fixture(scope="module")
def challenger(trained):
    return Challenger(LocalModel.load(trained, max_thought_tokens=40))


def turn_of(game, index, thoughts):
    return turn(game, reduce(game.play, thoughts, game.ask(index)))


def test_it_believes_when_it_plays_what_it_believed_when_it_was_measured(trained, challenger, game):
    asked = _Learner(CONFIG, load(trained, device="cpu", dtype="float32"))
    saved = asked.loaded.process_reward
    asked.model.load_state_dict(saved.model.state_dict())
    asked.odds.load_state_dict(saved.reward.state_dict())
    for index in range(6):
        planted = plant_error(*game.mix.problem(index), np.random.default_rng(index))
        (each,) = asked.hear(index, "planted", [planted.thoughts])
        (lesson,) = asked.by_policy([each.judged])
        expected = first_wrong(asked.log_odds([lesson]))
        belief = challenger.belief(turn_of(game, index, planted.thoughts).view)
        assert belief == pytest.approx(expected, abs=2e-3)
        assert challenger(turn_of(game, index, planted.thoughts), np.random.default_rng(0)) == best_action(belief)


def test_it_plays_against_a_prover_that_is_a_language_model(trained, challenger, game):
    env = AgainstOpponent(game, challenger, seat=PROVER)
    think = prover(LocalModel.load(trained, max_thought_tokens=40))
    rng = np.random.default_rng(0)
    won = []
    for seed in range(4):
        env.reset(seed=seed)
        over = False
        while not over:
            _, reward, over, _, _ = env.step(think(turn(game, env.position), rng))
        won.append(reward)
        position = env.position
        assert position.cut_off or 0 <= position.pointed <= len(position.state.thoughts)
        assert reward == game.returns(position)[PROVER]
    assert set(won) <= {-1.0, -0.5, 0.0, 1.0}


def test_a_greedy_prover_thinks_as_its_model_does(trained, game):
    local = LocalModel.load(trained, max_thought_tokens=40)
    shown = turn(game, game.ask(5))
    (proposal,) = local.propose([shown.view], 1, 0.0)
    assert prover(local, 0.0)(shown, np.random.default_rng(1)) == proposal.candidates[0].thought


def test_the_challenger_never_sees_the_reference(trained, monkeypatch):
    true_problem = Family.problem

    def other_problem(self, split, level, index):
        own, other = true_problem(self, split, level, index), true_problem(self, split, level, index + 1)
        return Problem(own.question, other.answer, other.secret, own.address)

    said = {index: learner().oracle.reference_thoughts(index) for index in range(6)}

    def seen():
        game, challenger = ReasoningDebate(**LIMITS), Challenger(LocalModel.load(trained))
        turns = [turn_of(game, index, thoughts) for index, thoughts in said.items()]
        positions = [reduce(game.play, thoughts, game.ask(index)) for index, thoughts in said.items()]
        paid = [game.returns(game.play(position, ACCEPT)) for position in positions]
        beliefs = [challenger.belief(each.view).tolist() for each in turns]
        return [beliefs, [challenger(each, np.random.default_rng(0)) for each in turns]], paid

    before, paid = seen()
    monkeypatch.setattr(Family, "problem", other_problem)
    monkeypatch.setattr(type(get_family("integer_expression")), "verify", lambda *_: incorrect("swapped"))
    after, paid_after = seen()
    assert before == after
    assert paid != paid_after  # so the swap did reach the references


@pytest.mark.parametrize(
    "thought", [*HOSTILE[:12], "", "7\n8\nAnswer: 9", "9" * 5000], ids=lambda text: repr(text[:20])
)
def test_whatever_is_said_it_does_what_is_legal(challenger, thought):
    question = get_family("integer_expression").problem("train", 2, 0).question
    told = Turn("", range(3), View(question, (thought, "Answer: 3"), 1))
    belief = challenger.belief(told.view)
    assert belief.sum() == pytest.approx(1.0)
    assert challenger(told, np.random.default_rng(0)) in range(3)


def test_a_thought_that_the_model_can_not_hold_counts_as_wrong(challenger):
    question = get_family("integer_expression").problem("train", 2, 0).question
    told = Turn("", range(4), View(question, ("5+6", "7" * 5000, "Answer: 3"), 1))
    belief = challenger.belief(told.view)
    assert belief[[0, 3]].tolist() == [0.0, 0.0]
    assert belief[1] + belief[2] == pytest.approx(1.0)


def test_who_can_not_play_says_so(challenger):
    with pytest.raises(ValueError, match="no process-reward model to ask; train one with method = 'debate'"):
        Challenger(LocalModel.load(BASE))
    blind = Turn("", range(2))
    for player in (challenger, prover(challenger.model)):
        with pytest.raises(ValueError, match="the turn has no view"):
            player(blind, np.random.default_rng(0))


# ---- a prover that learns to win

PROVER_CONFIG = DebateProver(
    env=CONFIG.env,
    levels=CONFIG.levels,
    updates=2,
    prompts=4,
    samples=4,
    max_thoughts=CONFIG.max_thoughts,
    max_thought_tokens=40,
    warm_up=1,
    validation_updates=2,
    validation_problems=6,
)


@pytest.fixture(scope="module")
def liar(trained, tmp_path_factory):
    return debate_prover.train(PROVER_CONFIG, trained, tmp_path_factory.mktemp("prover"))


def test_a_prover_is_paid_what_the_game_pays_against_its_challenger(trained, game):
    asked = debate_prover._Learner(PROVER_CONFIG, load(trained, device="cpu", dtype="float32"))
    chains = [(group.problem, rollout.chain) for group in asked.sample([0, 1, 2]) for rollout in group.rollouts]
    cut_off = Chain((Candidate("7", (1,), (0.0,)),), None)
    played = asked.play([*chains, (0, cut_off)])
    assert played[-1] == (-1.0, False, False)
    challenger = Challenger(LocalModel.load(trained, max_thought_tokens=40))
    for (index, chain), found in zip(chains, played, strict=False):
        position = reduce(game.play, debate.said(chain), game.ask(index))
        if chain.answer is not None:
            position = game.play(position, challenger(turn(game, position), np.random.default_rng(0)))
        assert found.won == game.returns(position)[PROVER]
        assert found.right == game.judge(position).answer.correct
        assert found.deceived == (position.pointed == ACCEPT and not found.right)


def test_what_a_prover_is_paid_is_what_it_learns_from(trained, monkeypatch):
    asked = debate_prover._Learner(PROVER_CONFIG, load(trained, device="cpu", dtype="float32"))
    told = {}
    monkeypatch.setattr(asked, "learn_from", lambda groups, _: told.update(groups=groups) or {})
    asked.practise(range(6), 1.0)
    chains = [(group.problem, each.chain) for group in told["groups"] for each in group.rollouts]
    rewards = [each.reward for group in told["groups"] for each in group.rollouts]
    assert rewards == [each.won for each in asked.play(chains)]
    assert rewards != [asked.oracle.reward(index, debate.said(chain)) for index, chain in chains]


def test_a_trained_prover_is_kept_without_a_judge_and_its_figures_are_written(trained, liar):
    kept = load(liar, device="cpu", dtype="float32")
    assert kept.process_reward is None
    before = load(trained, device="cpu", dtype="float32").model.state_dict()
    assert any(not torch.equal(weight, before[name]) for name, weight in kept.model.state_dict().items())
    table = json.loads((liar.parent / "training.json").read_text())
    for name in ("payoff", "right", "deceived", "before_payoff", "before_right", "before_deceived"):
        assert name in table
    for when in ("", "before_"):
        assert table[f"{when}payoff_low"] <= table[f"{when}payoff"] <= table[f"{when}payoff_high"]
    assert table["payoff_n"] == PROVER_CONFIG.validation_problems


def test_a_killed_run_of_a_prover_ends_with_the_same_weights_and_figures(trained, liar, tmp_path):
    debate_prover.train(PROVER_CONFIG, trained, tmp_path, stop_after_updates=1, checkpoint_updates=1)
    folder = debate_prover.train(PROVER_CONFIG, trained, tmp_path, checkpoint_updates=1)
    assert (folder / "model.safetensors").read_bytes() == (liar / "model.safetensors").read_bytes()
    here, there = (json.loads((each / "training.json").read_text()) for each in (tmp_path, liar.parent))
    assert {**here, "cpu_seconds": 0} == {**there, "cpu_seconds": 0}


def test_a_challenger_hears_a_prover_that_may_lie_beside_the_policy(liar):
    alone, both = learner(), learner(prover=str(liar))
    for asked, kinds in ((alone, CONFIG.chains), (both, 2 * CONFIG.chains)):
        for heard in asked._debate([0, 1]):
            assert sum(each.kind == "sampled" for each in heard) == kinds
    assert both.policy.ledger.total.tokens > alone.policy.ledger.total.tokens


def test_a_prover_needs_a_challenger():
    with pytest.raises(ValueError, match="no process-reward model to ask"):
        debate_prover._Learner(PROVER_CONFIG, load(BASE, device="cpu", dtype="float32"))
