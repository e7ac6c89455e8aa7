"""Games of two players: their rules against independent ones, symmetries, exact values, and PettingZoo's."""

import sys
from itertools import pairwise
from types import ModuleType

import numpy as np
import pytest

from reasoning_gym.selfplay.boards import Solved, Symmetric, reachable
from reasoning_gym.selfplay.connect_four import ConnectFour, Stones, four_in_line
from reasoning_gym.selfplay.games import GAMES, find_game
from reasoning_gym.selfplay.matching_pennies import HEADS, TAILS, UNSEEN, MatchingPennies
from reasoning_gym.selfplay.pettingzoo_game import PettingZooGame
from reasoning_gym.selfplay.tic_tac_toe import Marks, TicTacToe, minimax

ALL_GAMES = [find_game(name) for name in GAMES]
BOARDS = [TicTacToe(), ConnectFour()]


def named(game):
    return game.name


def play_out(game, rng):
    """The positions of a game of random actions."""
    positions = [game.start(rng)]
    while game.mover(positions[-1]) is not None:
        legal = game.legal(positions[-1])
        positions.append(game.play(positions[-1], legal[rng.integers(len(legal))]))
    return positions


@pytest.mark.parametrize("game", ALL_GAMES, ids=named)
def test_every_game_keeps_the_contract_at_every_position(game):
    rng = np.random.default_rng(0)
    for _ in range(30):
        *going, end = play_out(game, rng)
        for position in (*going, end):
            for player in (0, 1):
                assert game.observation_space(player).contains(game.observe(position, player))
            assert isinstance(game.render(position), str)
            hash(position)
        for position in going:
            assert game.returns(position) == (0, 0)
            assert all(game.action_space(game.mover(position)).contains(action) for action in game.legal(position))
        assert not game.legal(end)
        assert sum(game.returns(end)) == 0
        assert max(game.returns(end)) in (0, 1)
        with pytest.raises(ValueError, match="the action is 0"):
            game.play(end, 0)
        with pytest.raises(ValueError, match="the action is 99"):
            game.play(going[0], 99)
        with pytest.raises(ValueError, match="the action is -1"):
            game.play(going[0], -1)


def test_an_unknown_game_is_an_error_that_names_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'tic_tac_toe'"):
        find_game("tictactoe")
    assert isinstance(find_game("reasoning_gym.selfplay.connect_four:ConnectFour"), ConnectFour)


# ---- matching pennies


@pytest.mark.parametrize("first", [HEADS, TAILS])
@pytest.mark.parametrize("second", [HEADS, TAILS])
def test_equal_pennies_are_player_0s(first, second):
    game = MatchingPennies()
    position = game.play(game.play((), first), second)
    won = 1.0 if first == second else -1.0
    assert game.returns(position) == (won, -won)


def test_the_second_player_cannot_see_what_the_first_chose():
    game = MatchingPennies()
    seen = [game.observe(game.play((), choice), 1).tolist() for choice in (HEADS, TAILS)]
    assert seen == [[UNSEEN, UNSEEN]] * 2
    assert game.observe((TAILS,), 0).tolist() == [TAILS, UNSEEN]
    assert not game.perfect_information


# ---- tic-tac-toe


def test_tic_tac_toe_has_as_many_positions_and_games_as_is_known():
    """5,478 positions; 255,168 games, of which 131,184 the first player wins and 46,080 are drawn."""
    game = TicTacToe()
    positions = list(reachable(game))
    assert len(positions) == 5478
    ends: dict[Marks, dict[float, int]] = {}
    for position in reversed(positions):
        if game.mover(position) is None:
            ends[position] = {game.returns(position)[0]: 1}
            continue
        ends[position] = {}
        for action in game.legal(position):
            for won, count in ends[game.play(position, action)].items():
                ends[position][won] = ends[position].get(won, 0) + count
    assert ends[Marks()] == {1.0: 131_184, -1.0: 77_904, 0.0: 46_080}


@pytest.mark.parametrize(
    ("first", "second", "worth"),
    [
        ((), (), 0),
        ((4,), (1,), 1),  # an edge is a mistake against the centre
        ((4,), (0,), 0),
        ((0,), (8,), 1),  # and so is a corner against a corner
        ((0,), (4,), 0),
        ((0, 1), (3, 4), 1),  # whoever moves wins
        ((0, 1, 8), (3, 4), -1),
    ],
)
def test_minimax_knows_the_worth_of_a_position(first, second, worth):
    assert minimax(Marks(sum(1 << cell for cell in first), sum(1 << cell for cell in second))) == worth


# ---- Connect Four


def dropped(board, column):
    """A slow and simple Connect Four: rows of a list from the bottom up; None where a column is full."""
    free = [row for row in range(6) if board[row][column] == "."]
    if not free:
        return None
    stones = sum(cell != "." for row in board for cell in row)
    rows = [list(row) for row in board]
    rows[free[0]][column] = "XO"[stones % 2]
    return tuple("".join(row) for row in rows)


def line_of_four(board):
    lines = [
        [(row + step * down, column + step * right) for step in range(4)]
        for row in range(6)
        for column in range(7)
        for down, right in ((0, 1), (1, 0), (1, 1), (1, -1))
    ]
    inside = [line for line in lines if all(0 <= row < 6 and 0 <= column < 7 for row, column in line)]
    assert len(inside) == 69
    return {board[line[0][0]][line[0][1]] for line in inside if len({board[row][column] for row, column in line}) == 1}


def test_as_many_games_of_n_moves_are_found_as_are_known():
    """Perft: 7, 49, 343, ...; 823,536 of seven moves. Equal positions are counted together."""
    game = ConnectFour()
    counts = []
    level = {game.start(np.random.default_rng(0)): 1}
    for _ in range(8):
        after = {}
        for position, ways in level.items():
            for action in game.legal(position):
                child = game.play(position, action)
                after[child] = after.get(child, 0) + ways
        level = after
        counts.append(sum(level.values()))
    assert counts[:7] == [7, 49, 343, 2401, 16807, 117649, 823536]
    assert counts[7] == 5_673_234, "some games were over after seven moves"


def test_connect_four_agrees_with_a_simple_implementation_in_random_games():
    game, rng = ConnectFour(), np.random.default_rng(1)
    outcomes = set()
    for _ in range(60):
        position, board = game.start(rng), ("." * 7,) * 6
        while True:
            legal = [column for column in range(7) if dropped(board, column) is not None]
            won = line_of_four(board) - {"."}
            assert game.render(position) == "\n".join(reversed(board))
            assert list(game.legal(position)) == ([] if won else legal)
            assert (game.mover(position) is None) == bool(won or not legal)
            if game.mover(position) is None:
                assert game.returns(position)[0] == (1 if "X" in won else -1 if "O" in won else 0)
                outcomes.add(game.returns(position)[0])
                break
            column = int(rng.choice(legal))
            position, board = game.play(position, column), dropped(board, column)
    assert {1.0, -1.0} <= outcomes


def test_four_in_line_does_not_reach_around_the_edge():
    tops = sum(1 << 7 * column + 5 for column in range(3))
    assert four_in_line(tops | 1 << 7 * 3 + 5)
    assert not four_in_line(tops | 1 << 7 * 3)
    assert not four_in_line(0b111 << 3 | 1 << 7), "three at the top of a column and the bottom of the next"


def test_the_last_stone_on_a_full_board_draws():
    game, rng = ConnectFour(), np.random.default_rng(0)
    ends = [play_out(game, rng)[-1] for _ in range(4000)]
    drawn = [end for end in ends if not end.won]
    assert drawn
    assert all((end.first | end.second).bit_count() == 42 and game.returns(end) == (0, 0) for end in drawn)


# ---- symmetries


@pytest.mark.parametrize(("game", "count"), [(TicTacToe(), 8), (ConnectFour(), 2)], ids=["tic_tac_toe", "connect_four"])
def test_a_symmetry_maps_moves_to_moves_and_keeps_what_is_won(game, count):
    assert isinstance(game, Symmetric)
    symmetries = game.symmetries()
    assert len({symmetry.actions for symmetry in symmetries}) == count
    assert symmetries[0].actions == tuple(range(len(symmetries[0].actions)))
    rng = np.random.default_rng(0)
    for _ in range(20):
        positions = play_out(game, rng)
        for position, after in pairwise(positions):
            action = next(each for each in game.legal(position) if game.play(position, each) == after)
            for position_of, actions in symmetries:
                image = position_of(position)
                assert set(game.legal(image)) == {actions[each] for each in game.legal(position)}
                assert game.play(image, actions[action]) == position_of(after)
                assert game.returns(position_of(after)) == game.returns(after)


def test_the_worth_of_a_position_is_that_of_its_images():
    game = TicTacToe()
    assert isinstance(game, Solved)
    for position in list(reachable(game))[::50]:
        assert {game.solve(symmetry.position(position)) for symmetry in game.symmetries()} == {game.solve(position)}


# ---- PettingZoo


@pytest.fixture
def classic(monkeypatch):
    """PettingZoo's classic games without pygame, which they import but need for pictures only."""
    pytest.importorskip("pettingzoo")
    if "pygame" not in sys.modules:
        monkeypatch.setitem(sys.modules, "pygame", ModuleType("pygame"))
    from pettingzoo.classic import connect_four_v3, tictactoe_v3

    return {"tic_tac_toe": tictactoe_v3.env, "connect_four": connect_four_v3.env}


@pytest.mark.parametrize("ours", BOARDS, ids=named)
def test_our_boards_are_played_and_seen_as_pettingzoos(classic, ours):
    theirs, rng = PettingZooGame(classic[ours.name]()), np.random.default_rng(2)
    for player in (0, 1):
        assert theirs.action_space(player) == ours.action_space(player)
        assert theirs.observation_space(player) == ours.observation_space(player)
    for _ in range(20):
        here, there = ours.start(rng), theirs.start(rng)
        while True:
            assert ours.mover(here) == theirs.mover(there)
            assert list(ours.legal(here)) == list(theirs.legal(there))
            assert ours.returns(here) == theirs.returns(there)
            if ours.mover(here) is None:
                break
            for player in (0, 1):
                mine, other = ours.observe(here, player), theirs.observe(there, player)
                assert all(
                    np.array_equal(mine[key], other[key]) and mine[key].dtype == other[key].dtype for key in mine
                )
            action = int(rng.choice(ours.legal(here)))
            here, there = ours.play(here, action), theirs.play(there, action)


def test_a_position_of_pettingzoo_stays_as_it_is_when_it_is_played_on(classic):
    """EzPickle makes copies that have forgotten the game."""
    game = PettingZooGame(classic["connect_four"]())
    first = game.start(np.random.default_rng(0))
    after = [game.play(first, column) for column in (3, 3, 4)]
    assert [each.env.board.count(0) for each in (first, *after)] == [42, 41, 41, 41]
    assert [each.env.board[35 + column] for each, column in zip(after, (3, 3, 4), strict=True)] == [1, 1, 1]
    with pytest.raises(ValueError, match="the action is 9"):
        game.play(first, 9)


def test_a_pettingzoo_environment_that_opens_a_window_is_refused(classic):
    env = classic["tic_tac_toe"]()
    env.unwrapped.render_mode = "human"
    with pytest.raises(ValueError, match="'human'"):
        PettingZooGame(env)


def test_importing_the_games_loads_neither_torch_nor_pettingzoo():
    import subprocess

    code = (
        "import sys; from reasoning_gym.selfplay.games import GAMES, find_game; list(map(find_game, GAMES)); "
        "import reasoning_gym.selfplay.pettingzoo_game; "
        "assert not {'torch', 'sympy', 'pettingzoo'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_connect_four_position_says_who_has_won_after_the_last_stone():
    game = ConnectFour()
    position = Stones()
    for column in (0, 1, 0, 1, 0, 1):
        position = game.play(position, column)
    assert game.returns(game.play(position, 0)) == (1.0, -1.0)
    assert game.returns(game.play(game.play(position, 6), 1)) == (-1.0, 1.0)
