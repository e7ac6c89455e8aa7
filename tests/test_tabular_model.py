import math

import numpy as np
import pytest

from reasoning_agents.language_model.step_model import StepModel
from reasoning_agents.language_model.tabular import TabularModel
from reasoning_gym.problem import Question, View

QUESTION = Question("toy", 1, "x?", "a number")
START = View(QUESTION, (), 3)
TABLE = {(): {"a": 0.5, "b": 0.3, "c": 0.2, "never": 0.0}, ("a",): {"d": 1.0}}


def generators(count, seed=0):
    return [np.random.default_rng([seed, index]) for index in range(count)]


def test_is_a_step_model():
    assert isinstance(TabularModel(TABLE), StepModel)


def test_greedy_gives_the_likeliest_thought_k_times():
    (proposal,) = TabularModel(TABLE).propose([START], 3, 0.0)
    assert [candidate.thought for candidate in proposal.candidates] == ["a", "a", "a"]
    assert proposal.candidates[0].log_prob == math.log(0.5)


@pytest.mark.parametrize("temperature", [0.25, 0.5, 1.0, 2.0])
def test_sampling_frequencies_follow_the_temperature(temperature):
    draws = 20_000
    (proposal,) = TabularModel(TABLE).propose([START], draws, temperature, generators(1))
    powers = {thought: p ** (1 / temperature) for thought, p in TABLE[()].items()}
    for thought, power in powers.items():
        expected = power / sum(powers.values())
        share = sum(candidate.thought == thought for candidate in proposal.candidates) / draws
        assert abs(share - expected) < 4.5 * math.sqrt(expected * (1 - expected) / draws) + 1e-12


def test_log_probabilities_stay_those_at_temperature_1():
    (proposal,) = TabularModel(TABLE).propose([START], 20, 3.0, generators(1))
    for candidate in proposal.candidates:
        assert candidate.log_prob == math.log(TABLE[()][candidate.thought])


def test_a_draw_says_how_likely_it_was_at_its_temperature():
    model = TabularModel(TABLE)
    for temperature, power in ((1.0, 1.0), (0.5, 2.0)):
        total = sum(p**power for p in TABLE[()].values())
        (proposal,) = model.propose([START], 20, temperature, generators(1))
        for candidate in proposal.candidates:
            (drawn,) = candidate.drawn_log_probs
            assert drawn == pytest.approx(math.log(TABLE[()][candidate.thought] ** power / total))
    assert model.propose([START], 1, 0.0)[0].candidates[0].drawn_log_probs == (0.0,)


def test_what_is_drawn_for_a_view_depends_on_its_own_generator_alone():
    other = View(QUESTION, ("a",), 2)
    alone = TabularModel(TABLE).propose([START], 8, 1.0, generators(3)[2:])[0]
    together = TabularModel(TABLE).propose([other, other, START], 8, 1.0, generators(3))[2]
    assert [c.thought for c in alone.candidates] == [c.thought for c in together.candidates]


def test_scores_what_it_proposes_and_minus_infinity_for_anything_else():
    model = TabularModel(TABLE)
    (scored,) = model.score([START], [["b", "zzz", "never"]])
    assert [candidate.log_prob for candidate in scored] == [math.log(0.3), -math.inf, -math.inf]
    assert scored[0].token_ids != scored[1].token_ids


def test_a_function_may_take_the_place_of_the_table():
    model = TabularModel(
        lambda view: {f"step {len(view.thoughts) + 1}": 1.0}, values=lambda view: view.thoughts_left / 3
    )
    assert model.propose([View(QUESTION, ("a",), 2)], 1, 0.0)[0].candidates[0].thought == "step 2"
    values = model.value([START, View(QUESTION, ("a",), 2)])
    assert values is not None
    assert [each.score for each in values] == pytest.approx([1, 2 / 3])
    assert TabularModel(TABLE).value([START]) is None


def test_counts_calls_and_views():
    model = TabularModel(TABLE, values=lambda view: 0.5)
    model.propose([START, START], 2, 0.0)
    model.score([START], [["a"]])
    model.value([START, START, START])
    calls = model.calls
    assert (calls.propose, calls.proposed_views) == (1, 2)
    assert (calls.score, calls.scored_views) == (1, 1)
    assert (calls.value, calls.valued_views) == (1, 3)


@pytest.mark.parametrize(
    ("table", "message"),
    [({}, "no row"), ({(): {"a": 0.5}}, "sums to 0.5"), ({(): {"a": 1.5, "b": -0.5}}, "sum")],
)
def test_a_row_that_is_missing_or_no_distribution_is_refused(table, message):
    with pytest.raises(ValueError, match=message):
        TabularModel(table).propose([START], 1, 0.0)


@pytest.mark.parametrize(("k", "temperature", "rngs"), [(0, 0.0, None), (1, -1.0, None), (1, 1.0, None), (1, 1.0, [])])
def test_bad_arguments_are_refused(k, temperature, rngs):
    with pytest.raises(ValueError, match=r"give|needs"):
        TabularModel(TABLE).propose([START], k, temperature, rngs)
