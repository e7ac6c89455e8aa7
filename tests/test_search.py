"""Search without a model: the tree, its verbs, and values from agreement, held against trees that can be enumerated."""

import copy
import math
from itertools import product

import numpy as np
import pytest

from reasoning_agents.search.gumbel import Halving, completed_values, considered_visits, improved_policy
from reasoning_agents.search.tree import ROOT, Tree
from reasoning_agents.search.verbs import (
    Drawn,
    Limits,
    back_up,
    best_child,
    exhaust,
    expand,
    most_visited,
    select,
    simulate,
    wants_thoughts,
)
from reasoning_agents.search.votes import Votes, most_agreed, vote


def drawn(*thoughts, closed=False, log_prob=-1.0):
    return [Drawn(thought, log_prob, closed) for thought in thoughts]


def grow(tree, simulations, thoughts, worth, limits=None, discount=1.0):
    """Search one tree: `thoughts(path)` follow a node, [] where it is closed; `worth(path)` is a leaf's value."""
    run([tree], [simulations], thoughts, worth, limits, discount)
    return tree


def run(trees, budgets, thoughts, worth, limits=None, discount=1.0, calls=None):
    limits = limits or Limits(exploration=1.25, candidates=0)

    def draw(nodes):
        if calls is not None:
            calls.append(("draw", [index for index, _ in nodes]))
        for index, node in nodes:
            path = trees[index].path(node)
            found = [Drawn(each, -1.0, not thoughts((*path, each))) for each in thoughts(path)]
            expand(trees[index], node, found)

    def evaluate(nodes):
        if calls is not None:
            calls.append(("evaluate", [index for index, _ in nodes]))
        for index, node in nodes:
            back_up(trees[index], node, worth(trees[index].path(node)), discount)

    left = list(budgets)
    while running := [index for index, budget in enumerate(left) if budget]:
        simulate(trees, running, limits, draw, evaluate)
        for index in running:
            left[index] -= 1


def binary(depth):
    return lambda path: "ab" if len(path) < depth else ""


def test_puct_scores_follow_the_formula():
    tree = Tree()
    expand(tree, ROOT, drawn("a", "a", "a", "b"))
    a, b = tree.children[ROOT]
    tree.visits[ROOT], tree.visits[a], tree.value[a], tree.value[ROOT] = 9, 9, 0.9, 0.5
    # a: 0.9 + c 3 (3/4) / 10; b, never visited, counts as its parent: 0.5 + c 3 (1/4) / 1
    tie = 0.4 / (0.75 - 0.225)
    assert best_child(tree, ROOT, tie - 0.01) == a
    assert best_child(tree, ROOT, tie + 0.01) == b


def test_unvisited_siblings_are_first_visited_in_the_order_of_their_priors():
    tree = Tree()
    expand(tree, ROOT, drawn(*"abbbcc"))
    order = []
    for _ in range(6):
        child = best_child(tree, ROOT, 1.25)
        order.append(tree.thought[child])
        back_up(tree, child, 0.7)
    assert list(dict.fromkeys(order)) == ["b", "c", "a"]


def test_equal_candidates_are_merged_and_their_mass_added():
    tree = Tree()
    expand(tree, ROOT, drawn("a", "b", "a", "a"))
    assert [tree.thought[child] for child in tree.children[ROOT]] == ["a", "b"]
    assert [tree.prior[child] for child in tree.children[ROOT]] == [0.75, 0.25]
    expand(tree, ROOT, drawn("c", "b", "b", "b"))  # a second draw joins the first
    assert [tree.prior[child] for child in tree.children[ROOT]] == [3 / 8, 4 / 8, 1 / 8]
    assert tree.drawn[ROOT] == 8


def test_model_priors_are_probabilities_renormalised_over_the_children():
    tree = Tree()
    found = [Drawn("a", math.log(0.3), False), Drawn("b", math.log(0.1), False), Drawn("a", math.log(0.3), False)]
    expand(tree, ROOT, found, prior="model")
    assert [tree.prior[child] for child in tree.children[ROOT]] == pytest.approx([0.75, 0.25])


def test_values_are_means_so_that_luck_is_not_taken_for_worth():
    """'safe' is worth 0.6; 'risky' leads by chance to 0 or 1, worth 0.5, though its best is 1."""
    rng = np.random.default_rng(0)
    rewards = {("safe", "on"): lambda: 0.6, ("risky", "on"): lambda: float(rng.random() < 0.5)}
    steps = {(): ["safe", "risky"], ("safe",): ["on"], ("risky",): ["on"]}
    tree = grow(
        Tree(),
        4000,
        lambda path: steps.get(path, []),
        lambda path: rewards[(*path, "on")[:2]](),
        Limits(exploration=1.25, candidates=0),
    )
    safe, risky = tree.children[ROOT]
    assert tree.value[safe] == pytest.approx(0.6)
    assert tree.value[risky] == pytest.approx(0.5, abs=0.1)
    assert most_visited(tree) == safe


@pytest.mark.parametrize("length", [1, 2, 7])
@pytest.mark.parametrize("discount", [1.0, 0.9, 0.5])
def test_a_chain_of_length_n_is_worth_the_discount_to_the_power_n(length, discount):
    tree = Tree()
    node = ROOT
    for _ in range(length):
        expand(tree, node, drawn("on"))
        (node,) = tree.children[node]
    for _ in range(3):
        back_up(tree, node, 1.0, discount)
    assert tree.value[ROOT] == pytest.approx(discount**length, rel=1e-15)
    assert tree.visits[ROOT] == 3


@pytest.mark.parametrize("best", list(product("ab", repeat=4))[::3])
def test_every_leaf_of_an_exhaustive_tree_is_scored_and_the_optimum_found(best):
    """Leaves at the limit of the depth included."""
    scored = []

    def worth(path):
        scored.append(path)
        return 1.0 if path == best else 0.0

    tree = grow(Tree(), 600, binary(4), worth, Limits(exploration=4.0, candidates=0))
    assert set(product("ab", repeat=4)) <= set(scored)
    node = ROOT
    for thought in best:
        tree.root = node
        node = most_visited(tree)
        assert tree.thought[node] == thought


@pytest.mark.parametrize("budget", [1, 2, 3, 17, 100])
def test_visits_below_the_root_sum_to_the_budget(budget):
    tree = grow(Tree(), budget, binary(5), lambda path: 0.5)
    assert tree.spent() == tree.visits[ROOT] == budget
    for node in range(1, len(tree)):
        own = tree.visits[node] - sum(tree.visits[child] for child in tree.children[node])
        assert own in ((0, 1) if tree.children[node] or not tree.visits[node] else (tree.visits[node],))


def subtree(tree, node):
    below = {tree.thought[child]: subtree(tree, child) for child in tree.children[node]}
    return tree.visits[node], tree.value[node], tree.prior[node], tree.drawn[node], below


def test_a_kept_tree_has_the_statistics_of_the_subtree_and_grows_no_other():
    tree = grow(Tree(), 60, binary(5), lambda path: path.count("b") / 5)
    chosen = most_visited(tree)
    beside = [child for child in tree.children[ROOT] if child != chosen]
    before = subtree(tree, chosen), [subtree(tree, child) for child in beside]
    tree.root = chosen
    assert subtree(tree, tree.root) == before[0]
    inherited = tree.spent()
    grow(tree, 40, binary(5), lambda path: path.count("b") / 5)
    assert tree.spent() == inherited + 40
    assert [subtree(tree, child) for child in beside] == before[1]


def test_trees_in_step_grow_as_each_would_alone():
    def worth(path):
        return (len(path) * 7 + path.count("b") * 3) % 5 / 5

    budgets = [50, 20, 0, 35]
    together = [Tree() for _ in budgets]
    calls = []
    run(together, budgets, binary(6), worth, calls=calls)
    assert together == [grow(Tree(), budget, binary(6), worth) for budget in budgets]
    assert all(len(set(indices)) == len(indices) for _, indices in calls)
    assert sum(1 for kind, _ in calls if kind == "evaluate") == max(budgets)


def test_a_node_that_is_visited_often_is_given_more_candidates():
    tree = Tree()
    counter = iter(range(10_000))
    limits = Limits(exploration=1.0, candidates=2, widening=0.5)

    def draw(nodes):
        for _, node in nodes:
            expand(tree, node, drawn(f"t{next(counter)}", f"t{next(counter)}", closed=True))

    for _ in range(40):
        simulate([tree], [0], limits, draw, lambda nodes: [back_up(tree, node, 0.0) for _, node in nodes])
    assert tree.drawn[ROOT] == 20


def test_selection_stops_where_thoughts_are_wanted_and_passes_where_not():
    tree = Tree()
    assert select(tree, ROOT, Limits(1.0, 4)) == ROOT
    expand(tree, ROOT, drawn("a"))
    assert select(tree, ROOT, Limits(1.0, 4)) == tree.children[ROOT][0]


# ---- agreement


def ballot(tree, votes, leaf, answer, log_prob=-1.0, discount=1.0, steps=0):
    shares = {}
    if answer is not None:
        if answer not in votes.answers:
            votes.answers.append(answer)
            votes.best_log_prob.append(log_prob)
        index = votes.answers.index(answer)
        votes.best_log_prob[index] = max(votes.best_log_prob[index], log_prob)
        shares[index] = discount**steps
    vote(tree, votes, leaf, shares, discount)


def two_branches(a, b):
    """Drawn thoughts 'a' and 'b' with closed leaves below, in given shares: {answer: times drawn}."""
    tree = Tree()
    expand(tree, ROOT, drawn(*"a" * a[0], *"b" * b[0]))
    leaves = {}
    for child, (_, answers) in zip(tree.children[ROOT], (a, b), strict=True):
        expand(tree, child, drawn(*(each for each, times in answers.items() for _ in range(times)), closed=True))
        leaves[tree.thought[child]] = tree.children[child]
    return tree, leaves


def test_the_vote_is_the_policys_own_however_visits_are_spread():
    """Marginally the policy says '9' in 0.36 of the cases; ten visits to that leaf make it no more."""
    tree, leaves = two_branches((2, {"9": 9, "1": 1}), (3, {"1": 1}))
    votes = Votes()
    for _ in range(10):
        ballot(tree, votes, leaves["a"][0], "9")
    assert votes.answers[votes.leader] == "9"
    ballot(tree, votes, leaves["a"][1], "1")
    ballot(tree, votes, leaves["b"][0], "1")
    assert votes.shares[ROOT] == pytest.approx({0: 0.36, 1: 0.64})
    assert votes.answers[votes.leader] == "1"


def test_all_values_follow_when_another_answer_takes_the_lead():
    tree, leaves = two_branches((1, {"x": 1}), (3, {"y": 1}))
    a, b = tree.children[ROOT]
    votes = Votes()
    ballot(tree, votes, leaves["a"][0], "x")
    assert (tree.value[a], tree.value[leaves["a"][0]]) == (1.0, 1.0)
    ballot(tree, votes, leaves["b"][0], "y")
    assert (tree.value[ROOT], tree.value[a], tree.value[b]) == (0.75, 0.0, 1.0)
    assert tree.value[leaves["a"][0]] == 0.0


def test_answers_with_equal_shares_are_told_apart_by_their_likeliest_chain():
    tree, leaves = two_branches((1, {"x": 1}), (1, {"y": 1}))
    votes = Votes()
    ballot(tree, votes, leaves["a"][0], "x", log_prob=-5.0)
    ballot(tree, votes, leaves["b"][0], "y", log_prob=-3.0)
    assert votes.answers[votes.leader] == "y"


def test_shares_that_a_single_roll_out_tells_apart_are_level():
    """Nine and eleven of twenty, from two roll-outs, are no majority; from thirty they are."""
    tree, leaves = two_branches((9, {"x": 1}), (11, {"y": 1}))
    votes = Votes()
    ballot(tree, votes, leaves["a"][0], "x", log_prob=-2.0)
    ballot(tree, votes, leaves["b"][0], "y", log_prob=-3.0)
    assert votes.answers[votes.leader] == "x"
    for _ in range(28):
        ballot(tree, votes, leaves["b"][0], "y", log_prob=-3.0)
    assert votes.answers[votes.leader] == "y"


def test_no_answer_is_never_the_consensus_and_is_worth_nothing():
    tree, leaves = two_branches((3, {"silent": 1}), (1, {"y": 1}))
    votes = Votes()
    for _ in range(3):
        ballot(tree, votes, leaves["a"][0], None)
    assert votes.leader is None
    ballot(tree, votes, leaves["b"][0], "y")
    assert votes.answers[votes.leader] == "y"
    assert tree.value[ROOT] == 0.25
    assert most_agreed(tree, votes) == tree.children[ROOT][1]  # though the other was visited more


@pytest.mark.parametrize("discount", [1.0, 0.9])
def test_agreement_is_discounted_by_the_thoughts_to_the_answer(discount):
    tree = Tree()
    expand(tree, ROOT, drawn("a"))
    (child,) = tree.children[ROOT]
    votes = Votes()
    ballot(tree, votes, child, "x", discount=discount, steps=3)
    assert tree.value[child] == pytest.approx(discount**3)
    assert tree.value[ROOT] == pytest.approx(discount**4)


def test_the_vote_is_not_forgotten_when_the_root_moves_on():
    tree, leaves = two_branches((1, {"x": 1, "y": 1}), (3, {"x": 1}))
    votes = Votes()
    for leaf, answer in zip([*leaves["a"], *leaves["b"]], "xyx", strict=True):
        ballot(tree, votes, leaf, answer)
    tree.root = tree.children[ROOT][0]
    before = copy.deepcopy(votes.shares[ROOT])
    for _ in range(5):
        ballot(tree, votes, leaves["a"][1], "y")
    assert votes.shares[ROOT] == before
    assert tree.thought[most_agreed(tree, votes)] == "x"


# ---- what is exhausted


def test_an_exhausted_child_is_not_gone_to_and_its_parent_is_given_up_when_patience_ends():
    limits = Limits(exploration=1.0, candidates=2, patience=4)
    tree = Tree()
    expand(tree, ROOT, drawn("a", "b"))
    a, b = tree.children[ROOT]
    back_up(tree, a, 0.0)
    expand(tree, a, drawn("c", "d"))
    c, d = tree.children[a]
    exhaust(tree, c, limits)
    assert best_child(tree, a, 1.0) == d
    exhaust(tree, d, limits)
    assert not tree.exhausted[a], "two more thoughts may be drawn"
    assert wants_thoughts(tree, a, limits)
    expand(tree, a, drawn("c", "e"))  # 'c' again counts as drawn
    (e,) = (child for child in tree.children[a] if tree.thought[child] == "e")
    assert select(tree, a, limits) == e
    exhaust(tree, e, limits)
    assert tree.exhausted[a]
    assert best_child(tree, ROOT, 1.0) == b
    assert tree.open[ROOT] == 1
    exhaust(tree, e, limits)  # twice is once
    assert tree.open[ROOT] == 1


def test_a_child_may_be_taken_up_after_all_and_then_its_parent_is_not_given_up():
    limits = Limits(exploration=1.0, candidates=2, patience=2)
    tree = Tree()
    expand(tree, ROOT, drawn("a", "b"))
    a, b = tree.children[ROOT]
    expand(tree, a, drawn("c", "d"))
    c, d = tree.children[a]
    left = {a: [c]}

    def take_up(node):
        return left[node].pop() if left.get(node) else None

    exhaust(tree, c, limits, take_up)
    assert tree.exhausted[c], "its sibling is open"
    exhaust(tree, d, limits, take_up)
    assert not tree.exhausted[a]
    assert select(tree, a, limits) == c
    assert tree.open[a] == 1
    exhaust(tree, c, limits, take_up)  # a second time for good
    assert tree.exhausted[a]
    assert best_child(tree, ROOT, 1.0) == b


# ---- Gumbel


@pytest.mark.parametrize(
    ("considered", "simulations", "expected"),
    [
        (1, 3, (0, 1, 2)),
        (4, 8, (0, 0, 0, 0, 1, 1, 2, 2)),
        (2, 5, (0, 0, 1, 1, 2)),
        (4, 2, (0, 0)),
        (16, 16, (0,) * 16),
        (8, 24, (0,) * 8 + (1,) * 4 + (2,) * 4 + (3, 3, 4, 4, 5, 5, 6, 6)),
    ],
)
def test_halving_visits_as_many_children_as_each_phase_leaves(considered, simulations, expected):
    assert considered_visits(considered, simulations) == expected


def bandit(rng, arms, simulations):
    """One choice on a random bandit: the arms' worths, the prior, the tree after it, and the choice."""
    worths = rng.random(arms)
    prior = rng.dirichlet(np.ones(arms))
    counts = rng.multinomial(64, prior)
    tree = Tree()
    expand(tree, ROOT, [Drawn(str(arm), -1.0, True) for arm in range(arms) for _ in range(counts[arm])])
    halving = Halving(rng, simulations, arms)
    for _ in range(simulations):
        child = halving.pick(tree)
        back_up(tree, child, float(worths[int(tree.thought[child])]))
    return worths, tree, halving.choose(tree)


@pytest.mark.parametrize("simulations", [2, 4, 8])
def test_the_choice_of_a_gumbel_search_is_worth_more_than_the_priors(simulations):
    rng = np.random.default_rng(simulations)
    gains = []
    for _ in range(1500):
        worths, tree, choice = bandit(rng, 6, simulations)
        by_prior = sum(tree.prior[child] * worths[int(tree.thought[child])] for child in tree.children[ROOT])
        gains.append(worths[int(tree.thought[choice])] - by_prior)
    assert np.mean(gains) > 3 * np.std(gains) / len(gains) ** 0.5


@pytest.mark.parametrize("simulations", [1, 2, 7, 16, 33])
def test_visits_of_a_gumbel_root_sum_to_the_budget(simulations):
    _, tree, _ = bandit(np.random.default_rng(0), 5, simulations)
    assert tree.spent() == simulations


def test_without_values_a_gumbel_choice_is_a_draw_from_the_prior():
    """The Gumbel-max trick: with one simulation, all worths equal, the choice is distributed as the prior."""
    rng = np.random.default_rng(0)
    chosen = []
    for _ in range(4000):
        tree = Tree()
        expand(tree, ROOT, drawn(*"aaaaaabbbc", closed=True))
        halving = Halving(rng, 1, 3)
        back_up(tree, halving.pick(tree), 0.5)
        chosen.append(tree.thought[halving.choose(tree)])
    for thought, share in zip("abc", (0.6, 0.3, 0.1), strict=True):
        assert chosen.count(thought) / 4000 == pytest.approx(share, abs=0.03)


def test_without_noise_a_gumbel_root_chooses_by_prior_and_value_alone():
    tree = Tree()
    expand(tree, ROOT, drawn(*"aaab", closed=True))
    a, b = tree.children[ROOT]
    halving = Halving(np.random.default_rng(0), 2, 2, scale=0.0)
    assert halving.pick(tree) == a
    back_up(tree, a, 0.1)
    assert halving.pick(tree) == b
    back_up(tree, b, 0.9)
    assert halving.choose(tree) == b


def test_values_are_completed_by_the_mixed_value():
    """Appendix D: (v + N m) / (1 + N), with m the prior-weighted mean of the visited children's values."""
    tree = Tree()
    expand(tree, ROOT, drawn(*"aaabbc"))
    a, b, c = tree.children[ROOT]
    tree.value[ROOT] = 0.2
    for child, visits, value in ((a, 3, 0.5), (b, 1, 0.8)):
        tree.visits[child], tree.value[child] = visits, value
    mean = (3 / 6 * 0.5 + 2 / 6 * 0.8) / (5 / 6)
    assert completed_values(tree, ROOT) == pytest.approx([0.5, 0.8, (0.2 + 4 * mean) / 5])
    assert c == tree.children[ROOT][2]


def test_the_improved_policy_is_the_softmax_of_logits_and_scaled_values():
    tree = Tree()
    expand(tree, ROOT, drawn(*"aaab"))
    a, b = tree.children[ROOT]
    tree.visits[a], tree.value[a] = 2, 0.25
    tree.visits[b], tree.value[b] = 4, 0.5
    logits = np.log([0.75, 0.25]) + (50 + 4) * 0.1 * np.array([0.25, 0.5])
    assert improved_policy(tree, ROOT) == pytest.approx(np.exp(logits) / np.exp(logits).sum())


def test_no_policy_is_worth_less_improved_than_before():
    """Whatever the values are, the improved policy's expected value isn't below the prior's."""
    rng = np.random.default_rng(1)
    for _ in range(200):
        _, tree, _ = bandit(rng, 5, int(rng.integers(1, 9)))
        values = completed_values(tree, ROOT)
        before = sum(tree.prior[child] * value for child, value in zip(tree.children[ROOT], values, strict=True))
        after = sum(share * value for share, value in zip(improved_policy(tree, ROOT), values, strict=True))
        assert after >= before - 1e-12
