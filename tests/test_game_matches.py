"""Matches and ratings: sides and openings, and how sure a figure is."""

import numpy as np
import pytest
from small_games import GAME, MINIMAX

from reasoning_agents.games.players import RandomPlayer, play_match
from reasoning_agents.games.ratings import Match, Record, elo, rate

pytestmark = pytest.mark.usefixtures("one_thread")


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
