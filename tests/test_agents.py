"""The first agents: that thoughts are functions of views, what they choose, what they cost, and how they are made."""

import random
import sys
from collections import Counter

import numpy as np
import pytest

from reasoning_agents import registry
from reasoning_agents.agent import Agent, Cost
from reasoning_agents.beam import Beam, BeamOptions
from reasoning_agents.best_of_n import BestOfN
from reasoning_agents.chains import same_answer
from reasoning_agents.greedy import Greedy
from reasoning_agents.language_model.tabular import TabularModel
from reasoning_agents.mcts_llm import MCTS, MCTSOptions
from reasoning_agents.random_agent import RandomAgent
from reasoning_agents.registry import agent_names, agents, describe, make_agent, needs_model
from reasoning_agents.self_consistency import SelfConsistency
from reasoning_gym.checker import stated_answer
from reasoning_gym.family import Family, families
from reasoning_gym.problem import Question, View

LIMIT = 8


def view(number=0, thoughts=(), left=LIMIT):
    return View(Question("toy", 1, f"question {number}", ""), tuple(thoughts), left)


def after(view, thought):
    return View(view.question, (*view.thoughts, thought), view.thoughts_left - 1)


def walk(view):
    """Some steps, each of several kinds, then one of several answers; now and then an end mark."""
    done = len(view.thoughts)
    if done >= 3:
        return {"Answer: 7": 0.4, "Answer: 8": 0.3, "Answer: 14/2": 0.2, "": 0.05, "on": 0.05}
    return {f"{done}+1": 0.5, f"{done}+2": 0.3, f"{done}+3": 0.2}


MAKERS = {
    "random": lambda seed: RandomAgent(seed=seed),
    "greedy": lambda seed: Greedy(TabularModel(walk), seed=seed),
    "self-consistency": lambda seed: SelfConsistency(TabularModel(walk), samples=5, seed=seed),
    "best-of-n": lambda seed: BestOfN(TabularModel(walk), samples=5, seed=seed),
    "mcts": lambda seed: MCTS(TabularModel(walk), MCTSOptions(simulations=10), seed=seed),
    "mcts, narrow": lambda seed: MCTS(
        TabularModel(walk), MCTSOptions(simulations=9, candidates=3, exploration=1.25, widening=0.0), seed=seed
    ),
    "mcts, one candidate": lambda seed: MCTS(TabularModel(walk), MCTSOptions(simulations=4, candidates=1), seed=seed),
    "mcts, topped up": lambda seed: MCTS(
        TabularModel(walk), MCTSOptions(simulations=10, reuse="top-up", discount=0.9), seed=seed
    ),
    "beam": lambda seed: Beam(TabularModel(walk), BeamOptions(width=2, candidates=3), seed=seed),
    "mcts, by likelihood": lambda seed: MCTS(
        TabularModel(walk), MCTSOptions(evaluation="likelihood", simulations=6), seed=seed
    ),
    "mcts, Gumbel": lambda seed: MCTS(
        TabularModel(walk, values=lambda view: len(view.text) % 7 / 7),
        MCTSOptions(simulations=10, evaluation="value", reuse="top-up", root="gumbel", noise=1.0, candidates=3),
        seed=seed,
    ),
    "mcts, by value": lambda seed: MCTS(
        TabularModel(walk, values=lambda view: len(view.text) % 7 / 7),
        MCTSOptions(simulations=10, evaluation="value", reuse="top-up", exploration=1.25, prior="model"),
        seed=seed,
    ),
}


@pytest.fixture(params=sorted(MAKERS))
def maker(request):
    return MAKERS[request.param]


def play(agent, views):
    """All thoughts of an episode from each view, all episodes in one batch."""
    running = dict(enumerate(views))
    thoughts = [[] for _ in views]
    while running:
        found = agent.act(list(running.values()))
        for (row, seen), thought in zip(list(running.items()), found, strict=True):
            thoughts[row].append(thought)
            if stated_answer(thought) is not None or seen.thoughts_left == 1:
                del running[row]
            else:
                running[row] = after(seen, thought)
    return thoughts


# ---- a thought is a function of its view and the agent's seed


def test_a_batch_of_eight_is_eight_calls_of_one(maker):
    views = [view(number) for number in range(8)]
    agent = maker(3)
    assert play(maker(3), views) == [play(agent, [each])[0] for each in views]


def test_the_order_of_a_batch_does_not_matter(maker):
    views = [view(number) for number in range(8)]
    order = random.Random(0).sample(range(8), 8)
    together = play(maker(3), views)
    assert play(maker(3), [views[row] for row in order]) == [together[row] for row in order]


def test_equal_views_in_a_batch_get_equal_thoughts(maker):
    views = [view(0), view(1), view(0), view(0)]
    first, second, third, fourth = play(maker(3), views)
    assert first == third == fourth
    assert second == play(maker(3), [view(1)])[0]


def test_an_episode_can_be_taken_up_in_the_middle_by_a_new_agent(maker):
    for number in range(4):
        start = view(number)
        (thoughts,) = play(maker(3), [start])
        seen = start
        for thought in thoughts:
            assert maker(3).act([seen]) == [thought]
            seen = after(seen, thought)


def test_an_episode_that_is_not_the_agents_own_gets_the_same_thoughts_from_any_agent_of_the_seed(maker):
    busy = maker(3)
    play(busy, [view(number) for number in range(3)])
    strange = view(0, ("2+2=4",), LIMIT - 1)
    stranger = view(0, ("2+2=4", "3+3=6"), LIMIT - 2)
    expected = [maker(3).act([each])[0] for each in (strange, stranger)]
    assert [busy.act([each])[0] for each in (strange, stranger)] == expected
    assert busy.act([stranger, view(1), strange])[::2] == expected[::-1]


def test_asking_again_gets_the_same_thought(maker):
    agent = maker(3)
    first = agent.act([view(0)])
    assert agent.act([view(0)]) == first
    second = agent.act([after(view(0), first[0])])
    assert agent.act([after(view(0), first[0])]) == second


# these find the likeliest chain of this model with any seed
STEADY = ("greedy", "beam", "mcts, by likelihood")


@pytest.mark.parametrize("name", [name for name in MAKERS if name not in STEADY])
def test_another_seed_thinks_otherwise(name):
    views = [view(number) for number in range(8)]
    assert play(MAKERS[name](1), views) != play(MAKERS[name](2), views)


# ---- no agent reaches a reference


def test_thoughts_do_not_depend_on_references_and_nothing_is_verified_while_thinking(maker, monkeypatch):
    family = families()["integer_expression"]
    views = [View(family.problem("test", 1, index).question, (), LIMIT) for index in range(3)]
    expected = play(maker(3), views)

    def refuse(*args, **kwargs):
        raise AssertionError("an agent asked for the truth")

    for owner in (Family, type(family)):
        for name in ("generate", "verify", "reference_thoughts", "problem", "check_step", "check_conclusion"):
            monkeypatch.setattr(owner, name, refuse)
    assert play(maker(3), views) == expected


# ---- what it costs


def test_the_ledger_has_a_row_for_each_view_and_the_rows_sum_to_the_total(maker):
    agent = maker(3)
    total = Cost()
    seen = [view(number) for number in range(5)]
    for _ in range(3):
        thoughts = agent.act(seen)
        assert len(agent.ledger.rows) == 5
        for cost in agent.ledger.rows:
            total.add(cost)
        seen = [after(each, thought) for each, thought in zip(seen, thoughts, strict=True)]
    assert agent.ledger.total == total


def test_a_row_costs_what_the_view_costs_alone(maker):
    views = [view(number) for number in range(6)]
    agent = maker(3)
    agent.act(views)
    alone = []
    for each in views:
        single = maker(3)
        single.act([each])
        alone += single.ledger.rows
    assert agent.ledger.rows == alone


# ---- every model, to its end


@pytest.mark.parametrize(
    "table",
    [{(): {"": 1.0}}, lambda view: {"": 1.0}, lambda view: {"on": 1.0}, lambda view: {"Answer: 1": 1.0}],
    ids=["end mark at once", "end marks", "never an answer", "answer at once"],
)
@pytest.mark.parametrize("left", [1, 2, 4])
def test_agents_come_to_an_end_with_any_model(table, left):
    model = TabularModel(table if callable(table) else lambda view: {"": 1.0}, values=lambda view: 0.5)
    searches = ({}, {"evaluation": "value"}, {"reuse": "top-up"}, {"evaluation": "likelihood"}, {"root": "gumbel"})
    for name in ("greedy", "self-consistency", "best-of-n", "beam", "mcts"):
        for options in searches if name == "mcts" else ({},):
            (thoughts,) = play(make_agent(name, model, **options), [view(left=left)])
            assert 1 <= len(thoughts) <= left


def test_no_views_are_no_thoughts(maker):
    assert maker(3).act([]) == []


# ---- random and greedy


def test_the_random_agent_states_an_answer_at_the_last_thought_at_the_latest():
    episodes = play(RandomAgent(seed=0), [view(number) for number in range(50)])
    assert all(stated_answer(thoughts[-1]) is not None for thoughts in episodes)
    assert len({len(thoughts) for thoughts in episodes}) > 3


def test_greedy_has_the_likeliest_thought_at_each_step():
    assert play(Greedy(TabularModel(walk)), [view()]) == [["0+1", "1+1", "2+1", "Answer: 7"]]


# ---- self-consistency and best of n


def table_of(first):
    """A first thought for each answer, with its probability; the answer follows."""
    return lambda view: (
        {thought: probability for thought, (probability, _) in first.items()}
        if not view.thoughts
        else {f"Answer: {first[view.thoughts[0]][1]}": 1.0}
    )


def test_self_consistency_counts_equal_answers_together():
    """Apart, '3' is the most frequent; together, one half is."""
    first = {"a": (0.3, "1/2"), "b": (0.3, "0.5"), "c": (0.4, "3")}
    agent = SelfConsistency(TabularModel(table_of(first)), samples=200, temperature=1.0)
    ((thought, answer),) = play(agent, [view()])
    assert thought in "ab"
    assert answer in ("Answer: 1/2", "Answer: 0.5")


def test_self_consistency_follows_the_likeliest_chain_of_the_majority():
    first = {"a": (0.2, "1"), "b": (0.4, "1"), "c": (0.4, "2")}
    agent = SelfConsistency(TabularModel(table_of(first)), samples=200, temperature=1.0)
    assert play(agent, [view()]) == [["b", "Answer: 1"]]


def test_self_consistency_breaks_ties_by_log_probability():
    first = {"a": (0.4, "1"), "b": (0.6, "2")}
    found = Counter(
        play(SelfConsistency(TabularModel(table_of(first)), samples=2, temperature=1.0, seed=seed), [view()])[0][0]
        for seed in range(300)
    )
    assert found["a"] / 300 == pytest.approx(0.16, abs=0.06)  # only where both samples are 'a'; else 0.4


def test_self_consistency_prefers_any_answer_to_none():
    def table(view):
        if not view.thoughts:
            return {"a": 0.9, "b": 0.1}
        return {"Answer: 2" if view.thoughts[0] == "b" else "": 1.0}

    agent = SelfConsistency(TabularModel(table), samples=60, temperature=1.0)
    assert play(agent, [view()]) == [["b", "Answer: 2"]]


@pytest.mark.parametrize("kind", [SelfConsistency, BestOfN])
def test_a_plan_is_followed_without_asking_the_model_again(kind):
    model = TabularModel(walk)
    agent = kind(model, samples=4)
    (first,) = agent.act([view()])
    calls = model.calls.propose
    (second,) = agent.act([after(view(), first)])
    assert model.calls.propose == calls
    assert agent.ledger.rows == [Cost()]
    agent.act([after(after(view(), first), second + " or so")])
    assert model.calls.propose > calls


@pytest.mark.parametrize(("normalise", "expected"), [("none", "short"), ("token", "long")])
def test_best_of_n_compares_a_token_or_a_chain(normalise, expected):
    """'short' has one thought of 0.4 before its answer; 'long' six thoughts whose mean is better."""

    def table(view):
        if not view.thoughts:
            return {"short": 0.4, "long": 0.35, "silent": 0.25}
        if view.thoughts[0] == "silent":
            return {"": 1.0}
        if view.thoughts[0] == "long" and len(view.thoughts) < 6:
            return {"on": 0.9, "off": 0.1}
        return {"Answer: 1": 1.0}

    agent = BestOfN(TabularModel(table), samples=60, temperature=1.0, normalise=normalise)
    assert play(agent, [view()])[0][0] == expected


@pytest.mark.parametrize("kind", [SelfConsistency, BestOfN])
@pytest.mark.parametrize("bad", [{"samples": 0}, {"temperature": -1.0}, {"temperature": float("nan")}])
def test_bad_options_of_chains_are_refused(kind, bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        kind(TabularModel(walk), **bad)


# ---- search


def search(model, views, **options):
    """One search from each view: the thoughts chosen, the agent, and the searches with their roots at the thoughts."""
    agent = MCTS(model, MCTSOptions(**options), seed=0)
    agent.ledger.open(len(views))
    results = agent.think(range(len(views)), views, [None] * len(views))
    return [thought for thought, _ in results], agent, [kept for _, kept in results]


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_priors_are_the_frequencies_at_the_sampling_temperature(temperature):
    probabilities = {"a": 0.6, "b": 0.3, "c": 0.1}
    model = TabularModel(lambda view: probabilities if not view.thoughts else {"Answer: 1": 1.0})
    _, _, (kept,) = search(model, [view()], simulations=1, candidates=5000, temperature=temperature)
    tree = kept.tree
    powers = {thought: p ** (1 / temperature) for thought, p in probabilities.items()}
    for child in tree.children[0]:
        expected = powers[tree.thought[child]] / sum(powers.values())
        assert tree.prior[child] == pytest.approx(expected, abs=0.03)
        assert tree.prior[child] == tree.count[child] / 5000
    assert len(tree.children[0]) == 3


@pytest.mark.parametrize("evaluation", ["rollouts", "value"])
@pytest.mark.parametrize("simulations", [1, 2, 5, 33])
def test_the_budget_is_spent_and_never_more(evaluation, simulations):
    model = TabularModel(walk, values=lambda view: 0.5)
    views = [view(number) for number in range(3)]
    _, agent, searches = search(model, views, simulations=simulations, evaluation=evaluation)
    for cost, kept in zip(agent.ledger.rows, searches, strict=True):
        tree = kept.tree
        visits = sorted(tree.visits[child] for child in tree.children[0])
        assert sum(visits) == cost.simulations
        left = simulations - cost.simulations
        assert left == 0 or (evaluation == "value" and visits[-1] - sum(visits[-2:-1]) > left), "it stopped too early"


@pytest.mark.parametrize("evaluation", ["rollouts", "value"])
def test_a_topped_up_tree_rests_each_choice_on_the_full_number(evaluation):
    options = MCTSOptions(simulations=20, evaluation=evaluation, reuse="top-up")
    agent = MCTS(TabularModel(walk, values=lambda view: 0.5), options)
    seen, carried = view(), None
    for _ in range(3):
        agent.ledger.open(1)
        kept = carried
        inherited = kept.tree.spent() if kept else 0
        ((thought, carried),) = agent.think([0], [seen], [kept])
        if carried is None:
            break
        spent = agent.ledger.rows[0].simulations
        root = carried.tree.parent[carried.tree.root]
        visits = sorted(carried.tree.visits[child] for child in carried.tree.children[root])
        assert sum(visits) == inherited + spent
        left = max(0, 20 - inherited) - spent
        assert left == 0 or (evaluation == "value" and visits[-1] - sum(visits[-2:-1]) > left)
        seen = after(seen, thought)


def test_a_followed_tree_is_searched_once_and_ends_in_the_answer_that_won_the_vote():
    for seed in range(10):
        model = TabularModel(walk)
        agent = MCTS(model, MCTSOptions(simulations=12), seed=seed)
        agent.ledger.open(1)
        ((thought, kept),) = agent.think([0], [view()], [None])
        votes = kept.votes
        winner = votes.answers[votes.leader]
        seen = view()
        asked = model.calls.propose
        while True:
            seen = after(seen, thought)
            if kept is None:
                break
            ((thought, kept),) = agent.think([0], [seen], [kept])
        assert same_answer(stated_answer(seen.thoughts[-1]), winner)
        assert model.calls.propose == asked
        assert agent.ledger.total.simulations == 12


def test_a_roll_out_is_among_the_candidates_of_its_leaf_with_its_visit():
    """So a node's visits are those of its children, and no leaf forgets where its roll-out led."""
    _, _, (kept,) = search(TabularModel(walk), [view()], simulations=60, candidates=2)
    tree = kept.tree
    expanded = [node for node in range(len(tree)) if tree.children[node]]
    assert len(expanded) > 5
    for node in expanded:
        assert tree.visits[node] == sum(tree.visits[child] for child in tree.children[node])
        assert tree.drawn[node] == sum(tree.count[child] for child in tree.children[node])
    for node in range(1, len(tree)):
        leaf = not tree.children[node] and not tree.closed[node] and tree.visits[node]
        assert (node in kept.ahead) == bool(leaf)


def test_a_thought_that_states_an_answer_is_not_rolled_out():
    model = TabularModel(lambda view: {"Answer: 1": 0.5, "Answer: 2": 0.5})
    search(model, [view()], simulations=20, widening=0.0)
    assert model.calls.propose == 1


def test_no_thought_is_asked_for_past_the_last():
    def table(view):
        assert view.thoughts_left >= 1
        assert len(view.thoughts) + view.thoughts_left == 3
        return {f"a{len(view.thoughts)}": 0.5, f"b{len(view.thoughts)}": 0.5}

    for evaluation in ("rollouts", "value"):
        model = TabularModel(table, values=lambda view: 0.5)
        (thoughts,) = play(MCTS(model, MCTSOptions(simulations=40, evaluation=evaluation)), [view(left=3)])
        assert len(thoughts) == 3


def test_all_trees_grow_in_step():
    """Eight episodes ask the model hardly more often than one: calls are batches over them."""

    def steady(view):
        return {"a": 0.5, "b": 0.5} if len(view.thoughts) < 3 else {"Answer: 1": 1.0}

    calls = []
    for batch in (1, 8):
        model = TabularModel(steady)
        search(model, [view(number) for number in range(batch)], simulations=16)
        calls.append(model.calls.propose)
        assert model.calls.proposed_views > 2 * batch
    assert calls[1] < 3 * calls[0]


def test_search_by_value_finds_the_best_of_all_leaves():
    target = ("1b", "2a", "3b")

    def table(view):
        step = len(view.thoughts) + 1
        return {"Answer: 1": 1.0} if step > 3 else {f"{step}a": 0.8, f"{step}b": 0.2}

    def worth(view):
        matching = sum(a == b for a, b in zip(view.thoughts, target, strict=False))
        return matching / 3

    options = MCTSOptions(simulations=200, candidates=8, evaluation="value", exploration=1.25, reuse="top-up")
    ((*thoughts, _),) = play(MCTS(TabularModel(table, worth), options), [view()])
    assert tuple(thoughts) == target


def test_search_by_value_gives_nothing_for_an_episode_that_ends_without_an_answer():
    model = TabularModel(lambda view: {"": 0.7, "Answer: 1": 0.3}, values=lambda view: 0.5)
    options = {"simulations": 40, "candidates": 16, "evaluation": "value", "exploration": 1.25}
    thoughts, _, _ = search(model, [view()], **options)
    assert thoughts == ["Answer: 1"]


def test_search_by_value_is_refused_without_a_value_head_before_any_view_is_seen():
    with pytest.raises(ValueError, match="no value head to ask; use a model with one, or another signal"):
        MCTS(TabularModel(walk), MCTSOptions(evaluation="value"))


def hidden(number, *thoughts):
    """A number in [0, 1) that is fixed by a question and some thoughts."""
    return random.Random(repr((number, thoughts))).random()


def first_thought_decides(view):
    """Forty beginnings, of which each leads to one answer: 0.4 of them to the right one, the rest scatter."""
    if not view.thoughts:
        return {f"try {number}": 1 / 40 for number in range(40)}
    luck = hidden(view.question.statement, view.thoughts[0])
    return {"Answer: 1" if luck < 0.4 else "Answer: 2" if luck < 0.65 else f"Answer: {3 + int(luck * 30)}": 1.0}


def each_step_may_fail(view):
    """Five steps, each right with 0.8; a wrong one leads to an answer of its own."""
    step = len(view.thoughts)
    if step < 5:
        return {f"right {step}": 0.8, **{f"wrong {step} {kind}": 0.04 for kind in range(5)}}
    wrong = [thought for thought in view.thoughts if thought.startswith("wrong")]
    luck = hidden(view.question.statement, *wrong)
    return {f"Answer: {2 + int(luck * 15)}" if wrong else "Answer: 1": 1.0}


def an_early_lead_deceives(view):
    """The smaller branch agrees with itself, but more chains end in '1'."""
    if not view.thoughts:
        return {"small": 0.4, "large": 0.6}
    if len(view.thoughts) == 1:
        return {"x": 0.5, "y": 0.5}
    return {"Answer: 9": 0.9, "Answer: 1": 0.1} if view.thoughts[0] == "small" else {"Answer: 1": 1.0}


@pytest.mark.parametrize("table", [first_thought_decides, each_step_may_fail, an_early_lead_deceives])
@pytest.mark.parametrize("chains", [4, 16])
def test_search_finds_the_consensus_as_often_as_self_consistency_with_as_many_chains(table, chains):
    views = [view(number) for number in range(250)]
    model = TabularModel(table)

    def accuracy(agent):
        return np.mean([thoughts[-1] == "Answer: 1" for thoughts in play(agent, views)])

    consistency = accuracy(SelfConsistency(model, samples=chains, temperature=1.0))
    agent = MCTS(model, MCTSOptions(simulations=chains, temperature=1.0))
    assert accuracy(agent) >= consistency - 0.05  # two standard errors of the difference
    assert agent.ledger.total.simulations == chains * len(views)


@pytest.mark.parametrize(
    "bad",
    [
        {"simulations": 0},
        {"candidates": 0},
        {"temperature": -0.1},
        {"exploration": float("nan")},
        {"discount": 1.5},
        {"widening": -1.0},
        {"evaluation": "rollout"},
        {"prior": "uniform"},
        {"reuse": "never"},
        {"root": "ucb"},
        {"noise": -1.0},
        {"patience": 0},
        {"doubt": 1.01},
        {"choice": "luck"},
    ],
)
def test_bad_options_of_a_search_are_refused(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        MCTSOptions(**bad)


# ---- the registry


def test_every_agent_can_be_made_by_its_name_and_is_described():
    assert {"random", "greedy", "self-consistency", "best-of-n", "beam", "mcts", "test-time-training"} <= set(
        agent_names()
    )
    for description in agents():
        assert description.summary.endswith(".")
        if description.name != "test-time-training":  # trains a LocalModel, see its own tests
            assert isinstance(make_agent(description.name, TabularModel(walk), seed=1), Agent)
        for option in description.options:
            assert option.help.endswith("."), option
            assert option.default is not None or "by default" in option.help, "the help says what None comes to"


def test_whether_a_model_is_needed():
    assert not needs_model("random")
    assert needs_model("mcts")
    with pytest.raises(ValueError, match="'greedy' needs a model"):
        make_agent("greedy")


def test_options_are_plain_values_or_texts():
    for values in ({"simulations": 7, "exploration": 2}, {"simulations": "7", "exploration": "2"}):
        agent = make_agent("mcts", TabularModel(walk), 5, **values)
        assert agent.options == MCTSOptions(simulations=7, exploration=2.0)
        assert agent.seed == 5
    assert make_agent("best-of-n", TabularModel(walk), samples="3", normalise="none").samples == 3


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("mtcs", {}, "no agent 'mtcs'; did you mean 'mcts'"),
        ("mcts", {"simulation": 3}, "'mcts.simulation'; did you mean 'simulations'"),
        ("self-consistency", {"sample": 3}, "did you mean 'samples'"),
        ("mcts", {"simulations": "many"}, "'mcts.simulations' is 'many'"),
        ("mcts", {"simulations": 2.5}, "'mcts.simulations' is 2.5"),
        ("mcts", {"simulations": True}, "'mcts.simulations' is True"),
        ("mcts", {"candidates": "many"}, "'mcts.candidates' is 'many'; it must be of type int"),
        ("mcts", {"evaluation": "luck"}, "evaluation is 'luck': use 'rollouts' or a signal"),
        ("mcts", {"simulations": 0}, "simulations is 0; give at least 1"),
        ("random", {"samples": 3}, "unknown key 'random.samples'"),
    ],
)
def test_mistakes_are_named_with_what_was_meant(name, options, message):
    with pytest.raises(ValueError, match=message):
        make_agent(name, TabularModel(walk), **options)


PLUGIN = """
from reasoning_agents.agent import Ledger

class Parrot:
    '''Says one thing.'''

    def __init__(self, word="hello", times: int = 1) -> None:
        self.said = word * times
        self.ledger = Ledger()

    def act(self, views):
        self.ledger.open(len(views))
        return [self.said for _ in views]
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A function that puts a distribution with an agent on the path, as an installer would."""

    def install(name, value):
        info = tmp_path / "parrots-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: parrots\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{registry.ENTRY_POINT_GROUP}]\n{name} = {value}\n")
        (tmp_path / "parrots.py").write_text(PLUGIN)
        monkeypatch.syspath_prepend(tmp_path)
        forget()

    def forget():
        registry._entry_points.cache_clear()
        registry._constructor.cache_clear()
        sys.modules.pop("parrots", None)

    yield install
    monkeypatch.undo()
    forget()


def test_an_agent_of_another_distribution_works_in_the_same_way(installed):
    installed("parrot", "parrots:Parrot")
    assert "parrot" in agent_names()
    assert make_agent("parrot", times="2", word="ha").act([view()]) == ["haha"]
    assert [(option.name, option.default) for option in describe("parrot").options] == [("word", "hello"), ("times", 1)]
    with pytest.raises(ValueError, match="did you mean 'times'"):
        make_agent("parrot", time=2)


def test_two_agents_of_one_name_are_refused(installed):
    installed("mcts", "parrots:Parrot")
    with pytest.raises(ValueError, match="two agents are called 'mcts'"):
        agent_names()
