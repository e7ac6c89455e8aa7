"""Search in games of two players: whose win is whose, what noise does and when, and what it can be done with."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from small_games import GAME, MINIMAX, SMALL, Opinionated, Uniform, priors, searched

from reasoning_agents.games import search as searching
from reasoning_agents.games.players import SearchPlayer
from reasoning_agents.games.predictors import LanguageModelPredictor, RollOuts
from reasoning_agents.games.search import (
    Exploration,
    SearchSettings,
    after,
    begin_at,
    choose,
    policy_of,
    search,
    value_of,
)
from reasoning_agents.games.self_play import self_play
from reasoning_agents.language_model.tabular import TabularModel
from reasoning_agents.search.gumbel import completed_values
from reasoning_agents.search.tree import ROOT, Tree
from reasoning_agents.search.verbs import Drawn, add_noise, back_up_zero_sum, best_child, expand
from reasoning_gym.selfplay.boards import reachable
from reasoning_gym.selfplay.connect_four import Stones
from reasoning_gym.selfplay.tic_tac_toe import Marks

pytestmark = pytest.mark.usefixtures("one_thread")


# ---- whose win is whose


def contested(count, seed):
    """Positions in which some moves, but not all, are as good as the best."""
    places = [each for each in reachable(GAME) if GAME.mover(each) is not None]
    rng = np.random.default_rng(seed)
    found = []
    for number in rng.permutation(len(places)):
        best, legal = MINIMAX.best(places[number]), GAME.legal(places[number])
        if len(best) < len(legal):
            found.append(places[number])
    return found[:count]


POSITIONS = contested(40, 0)
THOROUGH = SearchSettings(simulations=600)


def mistakes(settings):
    trees = [begin_at(position) for position in POSITIONS]
    search(GAME, Uniform(), trees, settings)
    pairs = zip(trees, POSITIONS, strict=True)
    return [position for found, position in pairs if choose(found) not in MINIMAX.best(position)]


@pytest.mark.parametrize("root", ["puct", "gumbel"])
def test_a_search_that_knows_nothing_finds_a_minimax_move_at_40_positions(root):
    assert {GAME.mover(position) for position in POSITIONS} == {0, 1}
    assert mistakes(replace(THOROUGH, root=root)) == []


def test_a_sign_error_in_the_back_up_is_seen_at_those_positions(monkeypatch):
    def wrong(tree, leaf, value):
        """Both players want what is good for player 0."""
        node = leaf
        while True:
            tree.visits[node] += 1
            tree.value[node] += (value - tree.value[node]) / tree.visits[node]
            if node == tree.root:
                return
            node = tree.parent[node]

    monkeypatch.setattr(searching, "back_up_zero_sum", wrong)
    assert len(mistakes(THOROUGH)) > 10


def test_what_is_backed_up_is_each_time_the_worth_to_who_moved_there_even_twice_in_a_row():
    tree = Tree()
    tree.player[ROOT] = 1
    node = ROOT
    for player in (0, 0, 1):
        expand(tree, node, [Drawn("on", 0.0, False)], player=player)
        (node,) = tree.children[node]
    back_up_zero_sum(tree, node, 0.9)
    assert tree.value == pytest.approx([0.1, 0.9, 0.9, 0.1])
    back_up_zero_sum(tree, node, 0.5)
    assert tree.value == pytest.approx([0.3, 0.7, 0.7, 0.3])
    assert tree.visits == [2, 2, 2, 2]
    assert [tree.value_to_mover(each) for each in (0, 1, 2)] == pytest.approx([0.7, 0.7, 0.3])


def test_an_unvisited_move_counts_as_what_its_parent_is_worth_to_who_chooses():
    tree = Tree()
    tree.player[ROOT], tree.visits[ROOT], tree.value[ROOT] = 1, 4, 0.8  # worth 0.2 to player 0, who chooses
    expand(tree, ROOT, [Drawn("known", 0.0, False), Drawn("new", 0.0, False)], "model", player=0)
    known, new = tree.children[ROOT]
    tree.visits[known], tree.value[known] = 1, 0.5
    assert best_child(tree, ROOT, 0.01) == known
    assert completed_values(tree, ROOT)[1] == pytest.approx((0.2 + 0.5) / 2)
    tree.value[ROOT] = 0.2
    assert best_child(tree, ROOT, 0.01) == new


def test_a_forced_win_is_worth_a_win_to_its_mover_and_a_loss_before_it():
    winning = Marks(0b000000011, 0b000011000)  # the first player completes the top row
    assert value_of(searched(winning, Uniform(), THOROUGH)) > 0.9
    lost = Marks(0b000001011, 0b100010000)  # the second player can't stop both the row and the column
    assert GAME.mover(lost) == 1
    assert value_of(searched(lost, Uniform(), THOROUGH)) < -0.8


# ---- noise, temperature, kept trees


@pytest.mark.parametrize("root", ["puct", "gumbel"])
def test_without_exploration_a_search_has_no_noise_and_is_the_same_each_time(root):
    settings = SearchSettings(simulations=40, root=root)
    first, second = (searched(Marks(), Opinionated(), settings) for _ in range(2))
    expected = np.exp(Opinionated().predict([Marks()]).log_priors[0])
    assert priors(first) == pytest.approx(expected / expected.sum())
    assert first.tree == second.tree
    assert choose(first) == choose(second)
    if root == "gumbel":
        assert set(first.halving.noise.values()) == {0.0}


def test_a_player_in_a_match_ignores_the_randomness_that_it_is_given():
    player = SearchPlayer(GAME, Opinionated(), SearchSettings(simulations=20))
    chosen = {tuple(player.choose([Marks()], [np.random.default_rng(seed)])) for seed in range(10)}
    assert len(chosen) == 1


def test_in_training_noise_moves_the_priors_of_the_root_alone():
    settings = SearchSettings(simulations=60, noise_share=0.5)
    plain = searched(Marks(), Opinionated(), settings)
    noisy = searched(Marks(), Opinionated(), settings, Exploration(np.random.default_rng(0)))
    assert priors(noisy) != pytest.approx(priors(plain))
    assert sum(priors(noisy)) == pytest.approx(1)
    child = max(noisy.tree.children[ROOT], key=lambda each: noisy.tree.visits[each])
    below = [noisy.tree.prior[each] for each in noisy.tree.children[child]]
    position = noisy.positions[child]
    expected = np.exp(Opinionated().predict([position]).log_priors[0])[list(GAME.legal(position))]
    assert below == pytest.approx(expected / expected.sum())


def test_noise_is_not_stacked():
    tree = Tree()
    expand(
        tree,
        ROOT,
        [Drawn(name, log_prob, False) for name, log_prob in (("a", -0.1), ("b", -2.0), ("c", -3.0))],
        "model",
    )
    clean = [tree.prior[child] for child in tree.children[ROOT]]
    add_noise(tree, np.random.default_rng(5), 0.3, 1.0)
    once = [tree.prior[child] for child in tree.children[ROOT]]
    add_noise(tree, np.random.default_rng(6), 0.3, 1.0)
    add_noise(tree, np.random.default_rng(5), 0.3, 1.0)
    assert [tree.prior[child] for child in tree.children[ROOT]] == once
    drawn = np.random.default_rng(5).dirichlet([1.0] * 3)
    assert once == pytest.approx(0.7 * np.array(clean) + 0.3 * drawn)


def statistics(found, node):
    tree = found.tree
    below = [statistics(found, child) for child in tree.children[node]]
    return found.actions[node], tree.visits[node], tree.value[node], tree.log_prob[node], below


def test_a_kept_tree_has_the_statistics_of_the_subtree_and_is_topped_up():
    settings = SearchSettings(simulations=80, reuse=True)
    found = searched(Marks(), Opinionated(), settings, Exploration(np.random.default_rng(1)))
    action = choose(found)
    child = next(each for each in found.tree.children[ROOT] if found.actions[each] == action)
    before = statistics(found, child)
    kept = after(found, action, GAME, keep=True)
    assert statistics(kept, kept.tree.root) == before
    assert 0 < kept.tree.spent() < 80
    asked = Uniform()
    asked.predict = Opinionated().predict
    search(GAME, asked, [kept], settings, [Exploration(np.random.default_rng(2))])
    assert kept.tree.spent() == 80
    legal = GAME.legal(kept.position(GAME, kept.tree.root))
    clean = np.exp(Opinionated().predict([kept.position(GAME, kept.tree.root)]).log_priors[0])[list(legal)]
    noise = np.random.default_rng(2).dirichlet([1.0] * len(legal))
    assert priors(kept) == pytest.approx(0.75 * clean / clean.sum() + 0.25 * noise)


def test_a_tree_that_is_not_kept_begins_anew():
    found = searched(Marks(), Opinionated(), SearchSettings(simulations=30))
    fresh = after(found, 4, GAME, keep=False)
    assert len(fresh.tree) == 1
    assert fresh.positions == [GAME.play(Marks(), 4)]


def test_moves_are_drawn_by_visits_while_the_temperature_is_up_and_then_the_best():
    settings = replace(SMALL, temperature_moves=3, final_temperature=0.0, search=SearchSettings(simulations=30))
    rngs = [np.random.default_rng(seed) for seed in range(30)]
    early, late = [], []
    for played in self_play(GAME, Opinionated(), settings, rngs):
        for number, (turn, then) in enumerate(pairwise(played.turns)):
            (action,) = (each for each in GAME.legal(turn.position) if GAME.play(turn.position, each) == then.position)
            (early if number < 3 else late).append(turn.policy[action] == turn.policy.max())
    assert 0.1 < np.mean(early) < 0.9
    assert all(late)


def test_a_drawn_move_is_drawn_as_often_as_its_visits_say():
    found = searched(Marks(), Opinionated(), SearchSettings(simulations=50))
    rng = np.random.default_rng(0)
    for temperature in (1.0, 0.5):
        counts = np.bincount([choose(found, Exploration(rng, temperature)) for _ in range(4000)], minlength=9) / 4000
        expected = policy_of(found, 9) ** (1 / temperature)
        assert counts == pytest.approx(expected / expected.sum(), abs=0.03)


# ---- other predictors


def test_roll_outs_expect_what_random_games_are_worth():
    """From the empty board the first player wins 58.5 % of random games and loses 28.8 %."""
    predictor = RollOuts(GAME, np.random.default_rng(0))
    assert predictor.predict([Marks()] * 4000).values.mean() == pytest.approx(0.297, abs=0.05)
    last = Marks(0b001100011, 0b110011000)  # one cell is empty, and it wins
    assert predictor.predict([last]).values.tolist() == [1.0]
    values = predictor.predict([Stones(0b111, 0b111 << 7)] * 200).values
    assert set(values) <= {-1.0, 0.0, 1.0}
    assert values.mean() > 0.1, "three in a column and the move"


def test_a_language_model_can_be_searched_with():
    """Its priors are how likely it finds the texts of the legal moves; its value head speaks for the mover."""
    row = {str(cell): 0.6 if cell == 4 else 0.05 for cell in range(9)}
    seen = []

    def value(view):
        seen.append(view.question.text)
        return 0.75

    predictor = LanguageModelPredictor(GAME, TabularModel(lambda view: row, value))
    found = predictor.predict([Marks(), Marks(0b1, 0b10)])
    assert np.exp(found.log_priors[0]) == pytest.approx(list(row.values()))
    assert np.isneginf(found.log_priors[1][:2]).all()
    assert found.values.tolist() == [0.5, 0.5]
    assert "XO.\n...\n...\nYou are crosses.\nGive your move, one of 2, 3, 4, 5, 6, 7, 8." in seen
    assert choose(searched(Marks(), predictor, SearchSettings(simulations=9))) == 4
