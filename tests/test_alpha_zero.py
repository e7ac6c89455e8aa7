"""AlphaZero: many games in step, what is learned from them, and a run that a kill doesn't change."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from small_games import GAME, SMALL, Opinionated, Uniform, searched

from reasoning_agents.alpha_zero import _Learner, load_player, rungs, train
from reasoning_agents.games.lessons import Lessons, lessons_of, newest
from reasoning_agents.games.measures import Matches
from reasoning_agents.games.players import RandomPlayer, play_match
from reasoning_agents.games.predictors import NetworkPredictor, NetworkShape, encode, new_network
from reasoning_agents.games.search import SearchSettings, count_actions, policy_of
from reasoning_agents.games.self_play import self_play
from reasoning_agents.learning import read_log
from reasoning_baselines.recipe_files import load_recipe
from reasoning_baselines.reproducing import reproduce
from reasoning_gym.selfplay.connect_four import ConnectFour
from reasoning_gym.selfplay.matching_pennies import MatchingPennies
from reasoning_gym.selfplay.tic_tac_toe import Marks

pytestmark = pytest.mark.usefixtures("one_thread")


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
