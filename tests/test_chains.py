"""Rolling out chains: where they end, what they cost, and that a chain is the same in any batch."""

import numpy as np
import pytest

from reasoning_agents.agent import Ledger, generator
from reasoning_agents.chains import MeteredModel, ends, group_of, roll_out, same_answer, sample_chains
from reasoning_agents.language_model.tabular import TabularModel
from reasoning_gym.problem import Question, View


def view(number=0, thoughts=(), left=6):
    return View(Question("toy", 1, f"question {number}", ""), tuple(thoughts), left)


def metered(table, views):
    ledger = Ledger()
    ledger.open(len(views))
    return MeteredModel(TabularModel(table), ledger)


def chains_of(table, views, temperature=1.0):
    model = metered(table, views)
    rngs = [generator(0, each) for each in views]
    return roll_out(model, range(len(views)), views, temperature, rngs), model


def thoughts(chain):
    return [candidate.thought for candidate in chain.candidates]


def walk(view):
    """A random walk of a few different thoughts that ends now and then."""
    return {f"{len(view.thoughts)}+1": 0.5, f"{len(view.thoughts)}+2": 0.3, "Answer: 7": 0.15, "": 0.05}


@pytest.mark.parametrize(
    ("table", "expected", "answer"),
    [
        (lambda view: {"Answer: 3": 1.0}, ["Answer: 3"], "3"),
        (lambda view: {"": 1.0}, [""], None),
        (lambda view: {"  ": 1.0}, ["  "], None),
        (lambda view: {"on": 1.0}, ["on"] * 6, None),
        (lambda view: {"on": 1.0} if len(view.thoughts) < 5 else {"Answer: 1": 1.0}, ["on"] * 5 + ["Answer: 1"], "1"),
        (lambda view: {r"so \boxed{2}": 1.0}, [r"so \boxed{2}"], "2"),
    ],
)
def test_a_chain_ends_at_an_answer_an_end_mark_or_the_last_thought(table, expected, answer):
    (chain,), _ = chains_of(table, [view()])
    assert (thoughts(chain), chain.answer) == (expected, answer)


@pytest.mark.parametrize(
    ("thought", "expected"), [("2+2=4", False), ("Answer: 4", True), ("", True), (" \t", True), ("#### 4", True)]
)
def test_what_ends_an_episode(thought, expected):
    assert ends(thought) is expected


def test_a_chain_keeps_what_the_model_had_read_before_each_thought():
    class Reading(TabularModel):
        def propose(self, views, k, temperature, rngs=None):
            proposals = super().propose(views, k, temperature, rngs)
            return [each._replace(read=(len(v.thoughts), 7)) for v, each in zip(views, proposals, strict=True)]

    ledger = Ledger()
    ledger.open(1)
    model = MeteredModel(Reading(lambda view: {"on": 1.0}), ledger)
    ((first, second),) = sample_chains(model, [0], [view(left=3)], 2, 1.0, [generator(0, view())])
    assert first.reads == second.reads == ((0, 7), (1, 7), (2, 7))


@pytest.mark.parametrize("left", [1, 2, 5])
def test_no_chain_is_longer_than_the_thoughts_left(left):
    (chain,), _ = chains_of(lambda view: {"on": 1.0}, [view(left=left)])
    assert len(chain.candidates) == left


def test_a_chain_does_not_depend_on_its_batch():
    views = [view(number) for number in range(12)]
    together, _ = chains_of(walk, views)
    alone = [chains_of(walk, [each])[0][0] for each in views]
    backwards, _ = chains_of(walk, views[::-1])
    together, alone, backwards = ([thoughts(chain) for chain in chains] for chains in (together, alone, backwards))
    assert together == alone == backwards[::-1]
    assert len({*map(tuple, together)}) > 3


def test_chains_of_one_view_differ_and_do_not_depend_on_the_batch():
    views = [view(number) for number in range(5)]

    def sample(asked):
        model = metered(walk, asked)
        sampled = sample_chains(model, range(len(asked)), asked, 8, 1.0, [generator(0, each) for each in asked])
        return [[tuple(thoughts(chain)) for chain in chains] for chains in sampled]

    together = sample(views)
    assert together == [sample([each])[0] for each in views]
    assert all(len(chains) == 8 for chains in together)
    assert all(len({*chains}) > 2 for chains in together)


def test_all_chains_grow_in_step_so_that_a_call_of_the_model_is_one_batch():
    views = [view(number) for number in range(16)]
    chains, model = chains_of(walk, views)
    assert model.model.calls.propose == max(len(chain.candidates) for chain in chains)


def test_each_row_pays_for_its_own_tokens():
    views = [view(number) for number in range(6)]
    chains, model = chains_of(walk, views)
    assert [cost.tokens for cost in model.ledger.rows] == [chain.tokens for chain in chains]
    assert [cost.forward_passes for cost in model.ledger.rows] == [len(chain.candidates) for chain in chains]
    assert model.ledger.total.tokens == sum(chain.tokens for chain in chains)


def test_the_frequency_of_answers_is_the_policys():
    table = {(): {"a": 0.25, "b": 0.75}, ("a",): {"Answer: 1": 1.0}, ("b",): {"Answer: 2": 0.5, "Answer: 1": 0.5}}
    asked = [view()]
    (chains,) = sample_chains(metered(table, asked), [0], asked, 4000, 1.0, [np.random.default_rng(0)])
    assert np.mean([chain.answer == "2" for chain in chains]) == pytest.approx(0.375, abs=0.03)


def test_log_probabilities_of_a_chain_add_up():
    table = {(): {"a": 0.25, "b": 0.75}, ("b",): {"Answer: 2": 0.5, "Answer: 1": 0.5}}
    (chain,), _ = chains_of(table, [view()], temperature=0.0)
    assert chain.log_prob == pytest.approx(np.log(0.375))


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("12", "12", True),
        ("12", "13", False),
        ("1/2", "0.5", True),
        ("x = 3", "3", True),
        ("2x+1", "1+2x", True),
        ("(1, 2)", "(2, 1)", False),
        ("", "", True),
        ("12", "", False),
        ("no way!?", "No  way!?", True),
        ("4 or 5", "5", False),
        ("@#", "12", False),
    ],
)
def test_answers_are_the_same_where_they_are_mathematically_equal(a, b, same):
    assert same_answer(a, b) is same
    assert same_answer(b, a) is same


def test_answers_are_grouped_with_the_first_that_they_equal():
    answers = []
    assert [group_of(each, answers) for each in ["1/2", "3", "0.5", "3", "2/4"]] == [0, 1, 0, 1, 0]
    assert answers == ["1/2", "3"]
