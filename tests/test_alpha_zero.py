"""AlphaZero: whose win is whose, what noise does and when, what is learned, and a run that a kill doesn't change."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from reasoning_agents.alpha_zero import (
    AlphaZero,
    Lessons,
    Matches,
    _Learner,
    lessons_of,
    load_player,
    newest,
    rungs,
    self_play,
    train,
)
from reasoning_agents.games import search as searching
from reasoning_agents.games.players import MinimaxPlayer, RandomPlayer, SearchPlayer, play_match
from reasoning_agents.games.predictors import (
    LanguageModelPredictor,
    NetworkPredictor,
    NetworkShape,
    RollOuts,
    encode,
    new_network,
)
from reasoning_agents.games.ratings import Match, Record, elo, rate
from reasoning_agents.games.search import (
    Exploration,
    Predictions,
    SearchSettings,
    after,
    begin_at,
    choose,
    count_actions,
    policy_of,
    search,
    value_of,
)
from reasoning_agents.language_model.tabular import TabularModel
from reasoning_agents.learning import read_log
from reasoning_agents.search.gumbel import completed_values
from reasoning_agents.search.tree import ROOT, Tree
from reasoning_agents.search.verbs import Drawn, add_noise, back_up_zero_sum, best_child, expand
from reasoning_baselines.recipe_files import load_recipe
from reasoning_baselines.reproducing import reproduce
from reasoning_gym.selfplay.boards import reachable
from reasoning_gym.selfplay.connect_four import ConnectFour, Stones
from reasoning_gym.selfplay.matching_pennies import MatchingPennies
from reasoning_gym.selfplay.tic_tac_toe import Marks, TicTacToe

pytestmark = pytest.mark.usefixtures("one_thread")

GAME = TicTacToe()
MINIMAX = MinimaxPlayer(GAME)
SMALL = AlphaZero(
    game="tic_tac_toe",
    updates=4,
    games=6,
    search=SearchSettings(simulations=6),
    network=NetworkShape(width=16, blocks=1),
    replayed=300,
    steps=3,
    batch=16,
    gate_updates=2,
    gate_games=4,
    validation_updates=2,
    validation_games=4,
    matches=Matches(
        opponents=("random", "rollouts", "minimax"), games=4, simulations=4, value_simulations=1, rungs=2, rung_games=4
    ),
)


class Uniform:
    """Finds all actions alike and expects a draw; remembers how many positions it was asked about at a time."""

    def __init__(self, actions=9):
        self.actions = actions
        self.batches = []

    def predict(self, positions):
        self.batches.append(len(positions))
        return Predictions(np.zeros((len(positions), self.actions)), np.zeros(len(positions)))


class Opinionated(Uniform):
    """Thinks something else of each position, always the same of one."""

    def predict(self, positions):
        drawn = [np.random.default_rng(abs(hash(position)) % 2**32).normal(size=10) for position in positions]
        return Predictions(np.stack(drawn)[:, :9], np.tanh(np.stack(drawn)[:, 9]))


def searched(position, predictor, settings, exploring=None, game=GAME):
    found = begin_at(position)
    search(game, predictor, [found], settings, None if exploring is None else [exploring])
    return found


def priors(found):
    return [found.tree.prior[child] for child in found.tree.children[found.tree.root]]


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


# ---- many games in step


def same(one, other):
    return (
        one.returns == other.returns
        and len(one.turns) == len(other.turns)
        and all(
            a.position == b.position and a.value == b.value and np.array_equal(a.policy, b.policy)
            for a, b in zip(one.turns, other.turns, strict=True)
        )
    )


@pytest.mark.parametrize("root", ["puct", "gumbel"])
def test_games_in_step_are_played_as_each_would_be_alone(root):
    settings = replace(SMALL, search=SearchSettings(simulations=12, root=root), opening=3)
    together = self_play(GAME, Opinionated(), settings, [np.random.default_rng(seed) for seed in range(5)])
    alone = [self_play(GAME, Opinionated(), settings, [np.random.default_rng(seed)])[0] for seed in range(5)]
    assert all(map(same, together, alone))
    assert len({played.turns[0].position for played in together}) > 1, "openings are drawn"


def test_the_predictor_sees_the_leaves_of_all_games_at_once():
    predictor = Uniform()
    rngs = [np.random.default_rng(seed) for seed in range(32)]
    settings = replace(SMALL, search=SearchSettings(simulations=10))
    moves = max(len(played.turns) for played in self_play(GAME, predictor, settings, rngs))
    assert max(predictor.batches) == 32
    assert len(predictor.batches) <= moves * 11, "one call for the roots and one a simulation"
    assert np.mean(predictor.batches[:33]) > 31


def test_visits_are_the_simulations_and_policies_are_of_legal_moves():
    position = Marks(0b000010001, 0b000000110)
    for root in ("puct", "gumbel"):
        found = searched(position, Opinionated(), SearchSettings(simulations=25, root=root))
        assert found.tree.spent() == 25
        policy = policy_of(found, 9)
        assert policy.sum() == pytest.approx(1)
        assert set(np.flatnonzero(policy)) <= set(GAME.legal(position))


# ---- what is learned


def test_every_image_of_a_position_is_learned_with_the_policy_turned_alike():
    played = self_play(GAME, Opinionated(), SMALL, [np.random.default_rng(0)])
    plain = lessons_of(GAME, played, 0.0)
    images = lessons_of(GAME, played, 0.0, GAME.symmetries())
    assert len(images.values) == 8 * len(plain.values)
    for number, turn in enumerate(played[0].turns):
        rows = slice(8 * number, 8 * number + 8)
        assert (images.values[rows] == plain.values[number]).all()
        assert torch.equal(images.observed[8 * number], plain.observed[number])
        for row, symmetry in zip(range(8 * number, 8 * number + 8), GAME.symmetries(), strict=True):
            image = symmetry.position(turn.position)
            assert images.observed[row].tolist() == encode(GAME, image).tolist()
            moved = {symmetry.actions[action]: turn.policy[action] for action in range(9)}
            assert images.policies[row].tolist() == pytest.approx([moved[action] for action in range(9)])
            assert set(np.flatnonzero(images.policies[row])) <= set(GAME.legal(image))


def test_the_value_that_is_learned_is_what_the_mover_won_mixed_with_what_the_search_expected():
    (played,) = self_play(GAME, Opinionated(), replace(SMALL, opening=0), [np.random.default_rng(3)])
    won = [played.returns[number % 2] for number in range(len(played.turns))]
    expected = [turn.value for turn in played.turns]
    assert any(won)
    assert lessons_of(GAME, [played], 0.0).values.tolist() == pytest.approx(won)
    assert lessons_of(GAME, [played], 1.0).values.tolist() == pytest.approx(expected)
    half = [(a + b) / 2 for a, b in zip(won, expected, strict=True)]
    assert lessons_of(GAME, [played], 0.5).values.tolist() == pytest.approx(half)


def test_only_the_newest_lessons_are_kept():
    def lessons(numbers):
        return Lessons(*(torch.tensor(numbers)[:, None].expand(-1, width) for width in (2, 3)), torch.tensor(numbers))

    assert newest(None, lessons([1, 2, 3]), 2).values.tolist() == [2, 3]
    both = newest(lessons([1, 2, 3]), lessons([4, 5]), 4)
    assert both.values.tolist() == [2, 3, 4, 5]
    assert both.observed.shape == (4, 2)


def test_a_new_network_has_no_opinion_and_sees_the_board_from_the_mover():
    predictor = NetworkPredictor(GAME, new_network(GAME, NetworkShape(width=16), 0))
    found = predictor.predict([Marks(), Marks(1, 2)])
    assert np.allclose(found.log_priors, -np.log(9))
    assert found.values.tolist() == [0.0, 0.0]
    assert encode(GAME, Marks(1, 0)).reshape(9, 2)[0].tolist() == [0, 1]


def test_a_game_in_which_something_is_hidden_is_refused():
    with pytest.raises(ValueError, match="matching_pennies can't be searched"):
        count_actions(MatchingPennies())
    assert count_actions(ConnectFour()) == 7


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"updates": 0}, "updates is 0"),
        ({"value_mix": 1.5}, "value_mix is 1.5"),
        ({"gate_games": 5}, "gate_games is 5; give an even number"),
    ],
)
def test_settings_that_cannot_be_trained_by_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        replace(SMALL, **changes)
    with pytest.raises(ValueError, match="use root = 'puct'"):
        SearchSettings(reuse=True, root="gumbel")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"opponents": ("minmax",)}, "did you mean 'minimax'"),
        ({"opponents": ()}, "opponents is empty"),
        ({"games": 3}, "games is 3; give an even number"),
        ({"simulations": 0}, "simulations is 0"),
    ],
)
def test_matches_that_cannot_be_played_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Matches(**settings)


def test_an_opponent_that_cannot_play_the_game_is_refused_before_the_training(tmp_path):
    told = []
    with pytest.raises(ValueError, match="connect_four doesn't know what its positions are worth"):
        train(replace(SMALL, game="connect_four"), tmp_path, watch=told.append)
    assert not told


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


# ---- matches and ratings


def test_a_match_has_each_opening_twice_with_the_sides_changed():
    class First:
        """Takes the first legal move, and remembers where it was asked first."""

        def __init__(self):
            self.asked = []

        def choose(self, positions, rngs):
            self.asked.append(list(positions))
            return [GAME.legal(position)[0] for position in positions]

    player, opponent = First(), First()
    first, second = play_match(GAME, player, opponent, 20, 0, opening=2)
    assert first.games == second.games == 10
    assert player.asked[0] == opponent.asked[0], "on the same openings"
    assert len(set(player.asked[0])) > 3
    assert (first.wins, first.draws, first.losses) == (second.losses, second.draws, second.wins)
    with pytest.raises(ValueError, match="games is 3"):
        play_match(GAME, player, opponent, 3, 0)


def test_minimax_never_loses_and_beats_random_play():
    first, second = play_match(GAME, MINIMAX, RandomPlayer(GAME), 200, 0)
    assert first.losses == second.losses == 0
    assert first.plus(second).score.value > 0.85


def simulated(strengths, games, rng, draws=0.0):
    matches = []
    for upper in range(1, len(strengths)):
        for lower in range(max(upper - 2, 0), upper):
            expected = 1 / (1 + 10 ** ((strengths[lower] - strengths[upper]) / 400))
            half = draws * min(expected, 1 - expected) * 2
            won, drawn, lost = rng.multinomial(games, [expected - half / 2, half, 1 - expected - half / 2])
            matches.append(Match(upper, lower, Record(int(won), int(drawn), int(lost))))
    return matches


@pytest.mark.parametrize("draws", [0.0, 0.5])
def test_elo_of_a_known_ladder_is_found_and_its_intervals_hold(draws):
    strengths, rng = np.array([0.0, 120.0, 100.0, 350.0, 500.0]), np.random.default_rng(0)
    many = elo(simulated(strengths, 20_000, rng, draws), 5)
    assert [rating.value for rating in many] == pytest.approx(strengths, abs=15)
    held = []
    for _ in range(100):
        ratings = elo(simulated(strengths, 60, rng, draws), 5)
        held += [rating.low <= true <= rating.high for rating, true in zip(ratings[1:], strengths[1:], strict=True)]
    assert np.mean(held) > 0.9
    if not draws:
        assert np.mean(held) < 0.99, "they aren't idle"


def test_elo_of_one_pair_is_the_formula_and_of_strangers_an_error():
    (_, rating) = elo([Match(1, 0, Record(wins=75, losses=25))], 2)
    expected = 400 * np.log10(75.5 / 25.5)
    assert rating.value == pytest.approx(expected)
    assert rating.low < expected < rating.high
    assert np.isfinite(elo([Match(1, 0, Record(wins=10))], 2)[1].value)
    with pytest.raises(ValueError, match="connects player 2 with player 0"):
        elo([Match(1, 0, Record(1)), Match(3, 2, Record(1))], 4)


def test_a_share_of_all_is_not_certain():
    assert rate(1000, 1000) == pytest.approx((1.0, 0.9962, 1.0, 1000), abs=1e-4)
    assert all(rate(n, n).high == 1.0 and rate(0, n).low == 0.0 for n in range(1, 3000))
    assert Record(3, 4, 1).score.value == 5 / 8
    assert Record(3, 4, 1).unbeaten.value == 7 / 8
    assert Record(3, 4, 1).won.value == 3 / 8


# ---- runs


def files_of(out):
    training = json.loads((out / "training.json").read_text())
    log = read_log(out)
    for table in (training, *log):
        table.pop("cpu_seconds")
    return (out / "model" / "network.safetensors").read_bytes(), training, log


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    out = tmp_path_factory.mktemp("whole")
    told = []
    train(SMALL, out, watch=told.append)
    return out, told


@pytest.mark.parametrize(("stop", "checkpoint"), [(2, 1), (3, 2)])
def test_a_run_that_was_killed_ends_with_the_same_weights_and_figures_to_the_bit(whole, tmp_path, stop, checkpoint):
    """With checkpoints every 2 updates the third is lost, and done again."""
    train(SMALL, tmp_path, checkpoint_updates=checkpoint, stop_after_updates=stop)
    assert not (tmp_path / "model").exists()
    train(SMALL, tmp_path, checkpoint_updates=checkpoint)
    assert files_of(tmp_path) == files_of(whole[0])


def test_another_seed_is_another_run_and_a_folder_holds_one(whole, tmp_path):
    other = replace(SMALL, seed=1)
    train(other, tmp_path)
    assert files_of(tmp_path)[0] != files_of(whole[0])[0]
    with pytest.raises(ValueError, match="another configuration"):
        train(other, whole[0])


def test_a_finished_run_has_its_figures_with_intervals(whole):
    _, training, log = files_of(whole[0])
    for name in ("score", "unbeaten", "won_random", "score_minimax", "score_random_first", "score_rollouts_second"):
        assert training[f"{name}_low"] <= training[name] <= training[f"{name}_high"]
    assert training["score"] == training["score_random"]
    assert (training["score_n"], training["unbeaten_n"], training["score_random_first_n"]) == (4, 12, 2)
    assert training["elo_gain"] == training["elo_2"]
    assert training["network_error_max"] >= training["network_error_mean"] > 0
    assert training["simulations"] == 6 * sum(6 * line["moves"] for line in log)
    assert training["forward_passes"] > training["simulations"] / 2
    assert [line["update"] for line in log] == [1, 2, 3, 4]
    assert [line.get("validation_n") for line in log] == [None, 4, None, 4]
    assert [progress.done for progress in whole[1]] == [1, 2, 3, 4]
    assert rungs(SMALL) == [2, 4]


def test_a_trained_network_plays(whole):
    player = load_player(whole[0] / "model", SearchSettings(simulations=8))
    records = play_match(GAME, player, RandomPlayer(GAME), 10, 0)
    assert sum(record.games for record in records) == 10


@pytest.mark.parametrize(("wanted", "replaced"), [(0.0, True), (1.0, False)])
def test_the_generator_is_replaced_by_a_network_that_passes_the_gate_and_by_no_other(wanted, replaced):
    learner = _Learner(replace(SMALL, gate_score=wanted, gate_updates=2), GAME)
    begun = {name: weight.clone() for name, weight in learner.generator.state_dict().items()}

    def stands(expected):
        return all(torch.equal(weight, expected[name]) for name, weight in learner.generator.state_dict().items())

    assert "gate_score" not in learner.update()
    assert stands(begun), "no gate was due"
    figures = learner.update()
    assert figures["gate_passed"] == float(replaced)
    assert stands(learner.network.state_dict() if replaced else begun)
    assert not all(torch.equal(weight, begun[name]) for name, weight in learner.network.state_dict().items())


def test_without_a_gate_the_newest_network_plays():
    learner = _Learner(replace(SMALL, gate_updates=0), GAME)
    learner.update()
    assert learner.generator is learner.network


RECIPE = """
name = "small"
metric = "share of games of tic-tac-toe that are not lost"
figure = "unbeaten"
[train]
method = "alpha-zero"
game = "tic_tac_toe"
updates = 2
games = 4
steps = 2
batch = 8
search = { simulations = 4 }
network = { width = 8, blocks = 1 }
matches = { opponents = ["minimax", "random"], games = 4, simulations = 4, value_simulations = 1 }
"""


def test_a_recipe_makes_its_number_and_a_card(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(RECIPE)
    result, _ = reproduce(load_recipe(str(path)), 1, tmp_path / "run")
    assert result["n"] == 8
    assert 0 <= result["low"] <= result["value"] <= result["high"] <= 1
    assert {"score", "score_minimax", "network_error_max", "search_error_mean"} <= set(result["figures"])
    assert result["cost"]["tokens"] is None
    card = (tmp_path / "run" / "seed-0" / "model" / "README.md").read_text()
    assert "learned tic_tac_toe from games against itself" in card
    assert f"{result['cost']['simulations']:,} simulations" in card
    assert ", of 8 games." in card
    assert "- search.simulations: 4\n" in card
