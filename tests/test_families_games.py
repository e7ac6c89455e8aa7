"""Games and puzzles: what is accepted and what isn't, against a second way to work it out."""

import re
from itertools import permutations, product

import networkx as nx
import numpy as np
import pytest

from reasoning_gym.checker.rationals import rational
from reasoning_gym.checker.syntax import parse
from reasoning_gym.family import get_family
from reasoning_gym.problem import Problem, Question


def question(family, *given, level=1):
    return Question(family, level, "", "", given)


def accepts(asked, answer):
    return get_family(asked.family).verify(Problem(asked, ""), answer).correct


def is_step(asked, before, step):
    return get_family(asked.family).check_thought(asked, before, step).correct


def drawn(name, level, count, seed=0):
    rng = np.random.default_rng(seed)
    return [get_family(name).generate(rng, level) for _ in range(count)]


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("tower_of_hanoi", "disc 1 is the smallest"),
        ("sudoku", "boxes 2x3 would have 2 rows and 3 columns"),
        ("sudoku", "from 1 to the number of rows"),
        ("futoshiki", "from 1 to the number of rows"),
        ("maze", "# is a wall"),
        ("maze", "at most as many moves as cells"),
        ("lights_out", "1 is on"),
        ("knight_path", "up to its goal"),
        ("twenty_four", "+ - * / between numbers"),
    ],
)
def test_a_question_says_the_rules_that_its_statement_leaves_out(name, rule):
    assert rule in drawn(name, 1, 1)[0].question.text


HANOI = question("tower_of_hanoi", (1, 1, 0), (0, 0, 0), 4)  # 3/21/- to 321/-/-


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("BC BA CA", True),
        ("bc, ba, ca", True),
        ("[B->C, B->A, C->A]", True),
        ("B\u2192C, B\u2192A, C\u2192A", True),
        ("BC \\to BA \\to CA", True),
        ("$BC \\rightarrow BA \\rightarrow CA$", True),
        ("BC \\to", False),
        ("BC \\top BA CA", False),
        ("BC to BA to CA", False),
        ("BCBACA", True),
        ("BA AC BA CA", True),  # one more than needed
        ("BC CB BC BA CA", False),  # too many
        ("BC BA", False),
        ("BC BA CA AB", False),  # through the goal and on
        ("BC BC CA CA", False),  # 2 on 1
        ("BC BA CC", False),
        ("BC BA CD", False),
        ("CA", False),  # an empty peg
        ("B B C", False),
        ("BC BA CA or BC", False),
        ("321/-/-", False),
    ],
)
def test_hanoi_accepts_any_legal_moves_to_the_goal_within_the_bound(answer, right):
    assert accepts(HANOI, answer) == right


@pytest.mark.parametrize(
    ("before", "step", "right"),
    [
        ((), "BC: 3/2/1", True),
        ((), "B->C: 3 / 2 / 1", True),
        ((), "BC BA: 32/-/1", True),
        ((), "AC: -/21/3", True),  # legal, if of no use
        ((), "BC: 3/1/2", False),
        ((), "BC", False),
        ((), "BC BC: 3/-/21", False),
        ((), "BC CB: 3/21/-", False),  # leads back
        (("BC: 3/2/1",), "BC: 3/2/1", False),
        (("BC: 3/2/1",), "CB: 3/21/-", False),
        (("BC: 3/1/2",), "BC: 3/2/1", True),  # a wrong line counts for nothing
        (("BC: 3/2/1",), "BA CA: 321/-/-", True),
        (("BC BA CA: 321/-/-",), "AB: 32/1/-", False),  # done already
        (("AC: -/21/3", "BA: 1/2/3", "BC: 1/-/32"), "AC: -/-/321", True),
        (("AC: -/21/3", "BA: 1/2/3", "BC: 1/-/32", "AC: -/-/321"), "CA: 1/-/32", False),
        (("AC: -/21/3", "BA: 1/2/3", "BC: 1/-/32", "AC: -/-/321"), "CB: -/1/32", False),  # a fifth move
    ],
)
def test_a_hanoi_step_is_legal_moves_to_new_arrangements(before, step, right):
    assert is_step(HANOI, before, step) == right


def hanoi_graph(discs):
    graph = nx.Graph()
    for pegs in product(range(3), repeat=discs):
        tops = [min((disc for disc in range(discs) if pegs[disc] == peg), default=discs) for peg in range(3)]
        for source, target in permutations(range(3), 2):
            if tops[source] < tops[target]:
                disc = tops[source]
                graph.add_edge(pegs, (*pegs[:disc], target, *pegs[disc + 1 :]))
    return graph


def test_hanoi_references_are_shortest():
    for level, discs in ((1, 3), (2, 3), (3, 4), (5, 5)):
        graph = hanoi_graph(discs)
        for problem in drawn("tower_of_hanoi", level, 30):
            start, goal, most = problem.question.given
            shortest = nx.shortest_path_length(graph, start, goal)
            assert len(problem.answer.split()) == shortest <= most


SUDOKU = question("sudoku", (2, 2), ("4.12", ".243", "2.31", "3.24"))
FUTOSHIKI = question(
    "futoshiki", ("4.32", "234.", "14..", "3214"), (((2, 0), (1, 0)), ((0, 1), (1, 1)), ((1, 1), (2, 1)))
)


@pytest.mark.parametrize(
    ("asked", "answer", "right"),
    [
        (SUDOKU, "4312/1243/2431/3124", True),
        (SUDOKU, "4 3 1 2 / 1 2 4 3 / 2 4 3 1 / 3 1 2 4", True),
        (SUDOKU, "4312,1243,2431,3124", True),
        (SUDOKU, "4312 1243 2431 3124", True),
        (SUDOKU, "[4312/1243/2431/3124]", True),
        (SUDOKU, "4,3,1,2/1,2,4,3/2,4,3,1/3,1,2,4", True),
        (SUDOKU, "[[4, 3, 1, 2], [1, 2, 4, 3], [2, 4, 3, 1], [3, 1, 2, 4]]", True),
        (SUDOKU, "[[4,3,1,2],[1,2,4,3],[2,4,3,1],[3,1,4,2]]", False),
        (SUDOKU, "[4312/1243/2431/3124", False),
        (SUDOKU, "431/2124/324/313124", False),  # rows of other lengths
        (SUDOKU, "4312 1243 2431 3124 4312", False),
        (SUDOKU, "4312124324313124", False),
        (SUDOKU, "4312/1243/2431/3142", False),  # a given digit changed
        (SUDOKU, "4312/1243/2431", False),
        (SUDOKU, "4312/1243/2431/312.", False),
        (SUDOKU, "4312/3243/2131/3424", False),  # a digit twice
        (SUDOKU, "4312/1243/2431/3124/", False),
        (SUDOKU, "b1=3 a2=1 b3=4 b4=1", False),
        (FUTOSHIKI, "4132/2341/1423/3214", True),
        (FUTOSHIKI, "4132/2341/1432/3214", False),
        (FUTOSHIKI, "4132/2341/1423/3215", False),
    ],
)
def test_a_filled_grid_keeps_the_given_digits_and_the_rules(asked, answer, right):
    assert accepts(asked, answer) == right


def test_signs_count():
    rows = ("1.", "..")
    assert accepts(question("futoshiki", rows, (((0, 0), (0, 1)),)), "12/21")
    assert not accepts(question("futoshiki", ("..", ".."), (((0, 1), (0, 0)),)), "12/21")


@pytest.mark.parametrize(
    ("before", "step", "right"),
    [
        ((), "b1=3", True),
        ((), "b4 = 1, a2=1", True),
        ((), "b1=4", False),
        ((), "a1=4", False),  # given
        (("b1=3",), "b1=3 a2=1", False),
        (("b1=4",), "b1=3", True),
        ((), "b1=3 b1=3", False),
        ((), "b1=3 a2=2", False),
        ((), "e1=3", False),
        ((), "b9=3", False),
        ((), "b1=3!", False),
        ((), "maybe b1=3", False),
        ((), "b1=33", False),
        ((), "b1=3" + " " * 2_000, True),
        ((), "b1=3 " * 2_000, False),
    ],
)
def test_a_placement_is_the_digit_of_a_blank_cell(before, step, right):
    assert is_step(SUDOKU, before, step) == right


def fillings(size, givens, units, fits):
    """All ways to fill blanks, by backtracking over the cell with the fewest candidates."""

    def candidates(cell):
        taken = {grid.get(other) for unit in units if cell in unit for other in unit}
        return [digit for digit in range(1, size + 1) if digit not in taken]

    def search():
        blanks = [cell for cell in product(range(size), repeat=2) if cell not in grid]
        if not blanks:
            yield tuple(grid[cell] for cell in product(range(size), repeat=2))
            return
        cell = min(blanks, key=lambda cell: len(candidates(cell)))
        for digit in candidates(cell):
            grid[cell] = digit
            if fits(grid):
                yield from search()
            del grid[cell]

    grid = dict(givens)
    return list(search())


def given_digits(rows):
    return {(i, j): int(digit) for i, row in enumerate(rows) for j, digit in enumerate(row) if digit != "."}


def lines_of(size):
    return [{(i, j) for j in range(size)} for i in range(size)] + [{(i, j) for i in range(size)} for j in range(size)]


@pytest.mark.parametrize(("level", "count"), [(1, 20), (2, 20), (3, 10), (4, 10), (5, 2), (6, 2)])
def test_a_sudoku_has_one_solution(level, count):
    for problem in drawn("sudoku", level, count):
        (height, width), rows = problem.question.given
        size = height * width
        corners = product(range(0, size, height), range(0, size, width))
        boxes = [{(top + i, left + j) for i in range(height) for j in range(width)} for top, left in corners]
        found = fillings(size, given_digits(rows), lines_of(size) + boxes, lambda grid: True)
        assert ["".join(map(str, each)) for each in found] == [problem.answer.replace("/", "")]


@pytest.mark.parametrize(("level", "count"), [(1, 20), (2, 20), (3, 20), (4, 10), (6, 4)])
def test_a_futoshiki_has_one_solution(level, count):
    for problem in drawn("futoshiki", level, count):
        rows, signs = problem.question.given

        def fits(grid, signs=signs):
            return all(grid.get(small, 0) < grid.get(great, 9) for small, great in signs)

        found = fillings(len(rows), given_digits(rows), lines_of(len(rows)), fits)
        assert ["".join(map(str, each)) for each in found] == [problem.answer.replace("/", "")]


def test_pictures_of_grids_show_the_given_digits_and_signs_only():
    drawing = get_family("futoshiki").picture(FUTOSHIKI)
    assert [drawing.count(f">{digit}</text>") for digit in "1234"] == [2, 3, 3, 4]
    assert drawing.count(">^</text>") == 2
    assert drawing.count(">v</text>") == 1  # a3<a2
    assert get_family("sudoku").picture(SUDOKU).count("</text>") == 12


#    S..#
#    .#..
#    ...G
ANY_PATH = question("maze", "any", ("S..#", ".#..", "...G"))
SHORTEST_PATH = question("maze", "shortest", ("S..#", ".#..", "...G"))


@pytest.mark.parametrize(
    ("answer", "shortest", "path"),
    [
        ("DDRRR", True, True),
        ("RRDDR", True, True),
        ("r, r, d, r, d", True, True),
        ("[R R D R D]", True, True),
        ("DDRRURD", False, True),
        ("RLRRDRD", False, True),
        ("DDRR", False, False),
        ("DDRRRU", False, False),  # through the goal and on
        ("RDDRR", False, False),  # into a wall
        ("RRRDD", False, False),
        ("UDDDRRR", False, False),  # out of the grid
        ("RL" * 4 + "DDRRR", False, False),  # as long as no path can be
        ("DDRRR or RRDDR", False, False),
        ("d4", False, False),
        ("right", False, False),
    ],
)
def test_a_maze_accepts_any_path_or_any_shortest(answer, shortest, path):
    assert accepts(SHORTEST_PATH, answer) == shortest
    assert accepts(ANY_PATH, answer) == path


NEAR = question("maze", "shortest", ("SG..", "...."))
DEAD = question("maze", "any", ("S.G.", "#.##", "...."))


@pytest.mark.parametrize(
    ("asked", "before", "step", "right"),
    [
        (ANY_PATH, (), "DD: a3", True),
        (ANY_PATH, (), "D, D : A3", True),
        (ANY_PATH, (), "DD: a2", False),
        (ANY_PATH, (), "RD: b2", False),
        (ANY_PATH, (), "RL: a1", False),
        (ANY_PATH, ("DD: a3",), "RR: c3", True),
        (ANY_PATH, ("DD: a3",), "UU: a1", False),
        (ANY_PATH, (), "1: a2 b1", True),
        (ANY_PATH, (), "1: b1", True),
        (SHORTEST_PATH, (), "1: a2 a2", False),
        (NEAR, (), "1: b1 a2", True),
        (NEAR, ("1: b1 a2",), "2: c1", False),  # farther than G
        (SHORTEST_PATH, (), "2: a3", False),  # from what?
        (SHORTEST_PATH, ("1: a2",), "2: a3", True),
        (SHORTEST_PATH, ("1: a2",), "2: c1", False),
        (SHORTEST_PATH, ("1: a2",), "1: a2 b1", False),
        (SHORTEST_PATH, ("1: a2",), "2: a1", False),
        (SHORTEST_PATH, ("1: a2",), "2: b2", False),  # a wall
        (SHORTEST_PATH, (), "0: a1", False),
        (SHORTEST_PATH, (), "1: e1", False),
        (SHORTEST_PATH, ("1: b1", "2: c1", "3: c2", "4: c3"), "5: b3", False),  # 3 the other way
        (DEAD, (), "dead: d1", True),
        (DEAD, (), "dead: d3 c3", True),
        (DEAD, (), "dead: a3 d3 c3 b3 b2", True),
        (DEAD, (), "dead: c3 d3", False),
        (DEAD, (), "dead: b3", False),
        (DEAD, ("dead: a3", "dead: d3"), "dead: c3 b3", True),
        (DEAD, ("dead: a3",), "dead: a3", False),
        (DEAD, (), "dead: a1", False),  # the start
        (DEAD, (), "dead: b1", False),
        (DEAD, (), "dead: c2", False),  # a wall
        (DEAD, (), "dead:", False),
    ],
)
def test_a_maze_step_is_a_walk_or_distances_or_dead_ends(asked, before, step, right):
    assert is_step(asked, before, step) == right


def maze_graph(rows):
    graph = nx.grid_2d_graph(len(rows), len(rows[0]))
    graph.remove_nodes_from([(i, j) for i, j in list(graph) if rows[i][j] == "#"])
    ends = [next((i, j) for i, j in graph if rows[i][j] == mark) for mark in "SG"]
    return graph, *ends


@pytest.mark.parametrize("level", range(1, 7))
def test_a_maze_has_a_path_of_the_length_that_the_reference_gives_it(level):
    for problem in drawn("maze", level, 15):
        kind, rows = problem.question.given
        graph, start, goal = maze_graph(rows)
        assert nx.shortest_path_length(graph, start, goal) == len(problem.answer)
        if level in (3, 5):
            assert nx.is_tree(graph)
        assert kind == ("any" if level % 2 else "shortest")


JUGS = question("water_jugs", (3, 5), (0, 0), 1, 4, 7, 1)
POURING = question("water_jugs", (3, 5, 8), (0, 0, 8), 1, 4, 8, 0)


@pytest.mark.parametrize(
    ("asked", "answer", "right"),
    [
        (JUGS, "FB BA EA BA FB BA", True),
        (JUGS, "fb, b->a, ea, ba, fb, ba", True),
        (JUGS, "FB FB BA EA BA FB BA", True),  # filling a full jug changes nothing
        (JUGS, "FA AB FA AB EB AB FA", False),  # one short
        (JUGS, "FA AB FA AB EB AB FA AB", False),  # one too many
        (JUGS, "FB BA EA BA FB BA EA BA", False),
        (JUGS, "FB BA EA BA FB", False),
        (JUGS, "FB BA EA BA FB BC", False),
        (JUGS, "FB BA EA BA FB BA EA", True),
        (JUGS, "FB BA EA BA FB BA EB", False),
        (JUGS, "4", False),
        (POURING, "CB BA AC BA CB BA", True),
        (POURING, "FB BA EA BA FB BA", False),  # there is no tap
        (POURING, "CB BA AC BA CB", False),
    ],
)
def test_jugs_are_poured_out_move_by_move(asked, answer, right):
    assert accepts(asked, answer) == right


@pytest.mark.parametrize(
    ("before", "step", "right"),
    [
        ((), "FB: 0,5", True),
        ((), "FB: (0,5)", False),
        ((), "FB BA: 3, 2", True),
        ((), "FB: 5,0", False),
        ((), "FA: 3", False),
        ((), "BA: 0,0", False),  # nothing happens
        ((), "EA: 0,0", False),
        (("FB: 0,5",), "BA: 3,2", True),
        (("FB: 0,5",), "BA: 3,3", False),
        (("FB: 0,5",), "EB: 0,0", False),  # as at the start
        (("FB: 0,5",), "EB FA: 3,0", False),  # through the start
        (("FB BA EA BA FB BA: 3,4",), "EA: 0,4", False),  # it is done
    ],
)
def test_a_jug_step_says_what_the_jugs_hold(before, step, right):
    assert is_step(JUGS, before, step) == right


def poured(sizes, held, tap):
    """All that the jugs may hold after one move."""
    for i, j in permutations(range(len(sizes)), 2):
        amount = min(held[i], sizes[j] - held[j])
        yield tuple(held[k] - amount * (k == i) + amount * (k == j) for k in range(len(sizes)))
    for i, level in product(range(len(sizes)), (0, 1)):
        if tap:
            yield (*held[:i], level * sizes[i], *held[i + 1 :])


@pytest.mark.parametrize("level", range(1, 7))
def test_jug_references_are_shortest(level):
    for problem in drawn("water_jugs", level, 10):
        sizes, start, jug, amount, most, tap = problem.question.given
        seen, edge, moves = {start}, {start}, 0
        while not any(held[jug] == amount for held in edge):
            edge = {after for held in edge for after in poured(sizes, held, tap)} - seen
            seen |= edge
            moves += 1
        assert moves == len(problem.answer.split()) <= most


SLIDING = question("sliding_puzzle", "41325_", "43_215", 5)


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("5 1 3", True),
        ("5, 1, 3", True),
        ("[5,1,3]", True),
        ("513", True),
        ("5 5 5 1 3", True),
        ("5 1 3 3", False),
        ("5 1", False),
        ("3 5 5 5 5 1 3", False),
        ("1 5 3", False),  # 1 isn't beside the gap
        ("5 1 _", False),
        ("5 1 6", False),
        ("5 1 3 or 5 1 3", False),
        ("5 1 3 5 5 1 3", False),
        ("left", False),
    ],
)
def test_tiles_slide_into_the_gap_until_the_goal_is_reached(answer, right):
    assert accepts(SLIDING, answer) == right


@pytest.mark.parametrize(
    ("before", "step", "right"),
    [
        ((), "5: 413/2_5", True),
        ((), "3: 41_/253", True),
        ((), "5 1: 4_3/215", True),
        ((), "5: 41_/253", False),
        ((), "1: 4_3/251", False),
        ((), "5 5: 413/25_", False),
        (("5: 413/2_5",), "5: 413/25_", False),
        (("5: 413/2_5",), "1 3: 43_/215", True),
        (("5: 413/2_5", "1 3: 43_/215"), "5: 435/21_", False),
    ],
)
def test_a_slide_says_how_the_tiles_stand(before, step, right):
    assert is_step(SLIDING, before, step) == right


@pytest.mark.parametrize("level", range(1, 7))
def test_the_sliding_reference_reaches_the_goal_on_a_board_of_cells(level):
    for problem in drawn("sliding_puzzle", level, 10):
        start, goal, most = problem.question.given
        board = {divmod(place, 3): tile for place, tile in enumerate(start)}
        tiles = problem.answer.split(",")
        assert len(tiles) <= most
        for tile in tiles:
            at = {each: cell for cell, each in board.items()}
            (i, j), (k, m) = at[tile], at["_"]
            assert abs(i - k) + abs(j - m) == 1
            board[i, j], board[k, m] = "_", tile
        assert "".join(board[cell] for cell in sorted(board)) == goal


def twenty_four(*numbers):
    return question("twenty_four", *numbers)


@pytest.mark.parametrize(
    ("numbers", "answer", "right"),
    [
        ((3, 3, 8, 8), "8/(3-8/3)", True),
        ((3, 3, 8, 8), "24 = 8/(3-8/3)", True),
        ((3, 3, 8, 8), "\\frac{8}{3-\\frac{8}{3}}", True),
        ((3, 3, 8, 8), "3*8", False),
        ((3, 3, 8, 8), "8*3+3-3+8-8", False),
        ((3, 3, 8, 8), "24", False),
        ((3, 3, 8, 8), "8/(3-8/8)", False),
        ((3, 3, 8, 8), "38-8-3", False),
        ((3, 3, 8, 8), "3^3-8+8", False),
        ((1, 5, 5, 5), "5*(5-1/5)", True),
        ((1, 5, 5, 5), "(5-1/5)5", True),
        ((1, 5, 5, 5), "5*5-5^1+5", False),
        ((2, 3, 5, 12), "12/(3-5/2)", True),
        ((1, 2, 7, 7), "(7*7-1)/2", True),
        ((1, 2, 7, 7), "(1-7*7)/-2", False),  # a sign of its own
        ((1, 2, 3, 4), "1*2*3*4", True),
        ((3, 3, 8, 8), "8/[3-(8/3)]", True),
        ((3, 3, 8, 8), "[8/[3-8/3]]", True),
        ((3, 3, 8, 8), "8/[3-(8/3])", False),
        ((3, 3, 8, 8), "[8,3,8,3]", False),
        ((3, 3, 8, 8), "\\left[8\\right]/(3-8/3)", True),
        ((1, 2, 3, 4), "4!", False),
        ((1, 2, 3, 4), "1.0*2*3*4", False),
        ((1, 2, 3, 4), "(1-3)*(4-2)*(-6)", False),
        ((1, 4, 5, 6), "4/(1-5/6)", True),
        ((1, 4, 5, 6), "6/(5/4-1)", True),
        ((4, 5, 5, 24), "24/(5-5)*4", False),
        ((1, 1, 5, 26), "26-5/(1-1)", False),
        ((1, 3, 4, 6), "6/(1-3/4) or 24", False),
        ((2, 2, 6, 10), "2-10", False),
        ((2, 2, 6, 10), "2-(6-10)*2", False),
        ((2, 3, 8, 9), "(2-8)*(9-13)", False),
        ((2, 5, 6, 8), "(2-8)*(5-6)", False),
        ((4, 6, 8, 12), "(4-8)*(6-12)", True),  # through negative numbers
        ((4, 6, 8, 12), "--(4-8)*(6-12)", False),
    ],
)
def test_twenty_four_is_exact_and_takes_each_number_once(numbers, answer, right):
    assert accepts(twenty_four(*numbers), answer) == right


@pytest.mark.parametrize(
    ("before", "step", "right"),
    [
        ((), "8/3=8/3;3,8,8/3", True),
        ((), "8/3=(8/3);8,3,(8/3)", True),
        ((), "8/3=16/6;3,8,8/3", True),
        ((), "8/3=8/3", True),  # what is left is clear
        ((), "8 - 3 = 5", True),
        ((), "8/3=7/3", False),
        ((), "8/3=8/3;", False),
        ((), "8/9=8/9", False),
        (("8/3=8/3",), "3-(8/3)=1/3", True),
        (("8/3=8/3",), "8-3=5;5,8/3", True),
        (("8/3=8/3", "8-3=5"), "8-3=5;5,8/3", False),
        ((), "3-8=-5;3,8,-5", True),
        ((), "8/3=3;3,3,8", False),
        ((), "8/3=2.67;3,8,2.67", False),
        ((), "8/3=8/3;3,8", False),
        (("8/3=8/3;3,8,8/3",), "3-(8/3)=1/3;8,1/3", True),
        (("8/3=8/3;3,8,8/3",), "3-8/3=1/3;8,1/3", False),  # which 8?
        (("8/3=8/3;3,8,8/3",), "3-3=0;8,8/3", False),
        (("8/3=8/3;3,8,8/3", "3-(8/3)=1/3;8,1/3"), "8/(1/3)=24;24", True),
        (("3-3=0;0,8,8",), "8/0=8;8,8", False),
        (("3-3=0;0,8,8",), "0/8=0;0,8", True),
        ((), "8/(1/0)=3;3,3,3", False),
        ((), "3+8=11/0;3,8,11", False),
    ],
)
def test_a_move_of_twenty_four_is_exact(before, step, right):
    assert is_step(twenty_four(3, 3, 8, 8), before, step) == right


@pytest.mark.parametrize("level", range(1, 7))
def test_twenty_four_references_have_the_value_24_and_all_numbers(level):
    for problem in drawn("twenty_four", level, 40):
        assert rational(parse(problem.answer)) == 24
        assert sorted(map(int, re.findall(r"\d+", problem.answer))) == list(problem.question.given)


QUEENS = question("n_queens", ".....", ".....", ".....", "...Q.", ".Q...")
TEN_SOLUTIONS = question("n_queens", *["....."] * 5)


@pytest.mark.parametrize(
    ("asked", "answer", "right"),
    [
        (QUEENS, "e1,c2,a3", True),
        (QUEENS, "a3 c2 e1", True),
        (QUEENS, "(A3, C2, E1)", True),
        (QUEENS, "Qa3, Qc2, QE1", True),
        (QUEENS, "Qa3, Qc2, Qe2", False),
        (QUEENS, "QQa3, Qc2, Qe1", False),
        (QUEENS, "Qa3, a3, Qc2", False),
        (QUEENS, "e1,c2,a3,d4,b5", False),  # those that were given aren't missing
        (QUEENS, "e1,c2", False),
        (QUEENS, "e1,c2,a3,a3", False),
        (QUEENS, "e1,c2,b3", False),
        (QUEENS, "c1,e2,a3", False),
        (QUEENS, "e1,c2,a3,d4,b5,a1", False),
        (QUEENS, "e1,c2,a6", False),
        (QUEENS, "e1,c2,a3 or e1", False),
        (TEN_SOLUTIONS, "a1,c2,e3,b4,d5", True),
        (TEN_SOLUTIONS, "a1,d2,b3,e4,c5", True),
        (TEN_SOLUTIONS, "a1,b3,c5,d2,e4", True),
        (TEN_SOLUTIONS, "a1,b2,c3,d4,e5", False),
        (TEN_SOLUTIONS, "a1,c2,e3,b4", False),
    ],
)
def test_queens_are_all_there_and_none_attacks_another(asked, answer, right):
    assert accepts(asked, answer) == right


EXCLUDING = question(
    "n_queens", "......Q..", "....Q....", ".Q.......", *["........."] * 5, "...Q....."
)  # row 4 has c, f and h


@pytest.mark.parametrize(
    ("asked", "before", "step", "right"),
    [
        (QUEENS, (), "Qa3", True),
        (QUEENS, (), "Qa3 Qc2", True),
        (QUEENS, (), "Qe3", False),
        (QUEENS, (), "Qd4", False),  # given
        (QUEENS, ("Qa3",), "Qa3", False),
        (QUEENS, ("Qa3",), "Qc2 Qa3", False),
        (QUEENS, (), "Qc2 Qc2", False),
        (QUEENS, (), "Qa9", False),
        (QUEENS, (), "a3", False),
        (QUEENS, (), "Qa6", False),
        (QUEENS, (), "queen a3", False),
        (QUEENS, (), "no a3: row 1", False),
        (QUEENS, (), "no e1: row 6", False),
        (EXCLUDING, (), "no f6: row 4", True),
        (EXCLUDING, (), "no f6: row 5", False),
        (EXCLUDING, (), "no f6: row 6", False),  # its own
        (EXCLUDING, (), "no f6: row 3", False),  # filled
        (EXCLUDING, (), "no b6: row 4", False),  # not free
        (EXCLUDING, ("no f6: row 4",), "no f6: row 4", False),
        (EXCLUDING, ("no f6: row 4", "no h6: row 4"), "Qc6", True),
        (EXCLUDING, (), "no c6: row 4", False),
    ],
)
def test_a_queen_follows_and_a_square_is_ruled_out_for_a_reason(asked, before, step, right):
    assert is_step(asked, before, step) == right


@pytest.mark.parametrize("level", range(1, 7))
def test_queens_have_one_completion(level):
    for problem in drawn("n_queens", level, 8):
        rows = problem.question.given
        size = len(rows)
        given = [row.find("Q") for row in rows]

        def complete(columns, size=size, given=given):
            row = len(columns)
            if row == size:
                yield columns
                return
            for column in range(size) if given[row] < 0 else [given[row]]:
                if all(column != c and abs(column - c) != row - r for r, c in enumerate(columns)):
                    yield from complete([*columns, column])

        (columns,) = complete([])
        missing = [f"{'abcdefghijk'[columns[row]]}{row + 1}" for row in range(size) if given[row] < 0]
        assert problem.answer == ",".join(missing)


#    1?12?
#    ??12?
#    ?2221
#    1??10
#    ???10
FIELD = ("1?12?", "??12?", "?2221", "1??10", "???10")
MINES, SAFE = question("minesweeper", "mines", FIELD), question("minesweeper", "safe", FIELD)


@pytest.mark.parametrize(
    ("asked", "answer", "right"),
    [
        (SAFE, "a2,a3,c5", True),
        (SAFE, "[C5, A3, A2]", True),
        (SAFE, "a2 a3 c5", True),
        (SAFE, "a2,a3", False),
        (SAFE, "a2,a3,c5,b5", False),
        (SAFE, "a2,a3,c5,c5", False),
        (SAFE, "a2,a3,c5,a1", False),  # a number
        (SAFE, "a2,a3,f5", False),
        (MINES, "e1,e2,c4", True),
        (MINES, "a2,a3,c5", False),
        (MINES, "e1,e2", False),
    ],
)
def test_all_certain_cells_and_no_others_are_named(asked, answer, right):
    assert accepts(asked, answer) == right


@pytest.mark.parametrize(
    ("before", "step", "right"),
    [
        ((), "d1: mine e1 e2", True),
        ((), "d1: mine e2", True),
        ((), "d1: safe e2", False),
        ((), "c1: mine e1", False),  # c1 doesn't touch it
        ((), "mine e1 e2", True),  # certain by all numbers
        ((), "mine b1", False),
        ((), "d4: safe c5", False),  # not before c4 is known
        (("d3: mine c4",), "d4: safe c5", True),
        (("d1: mine e1 e2",), "d1: mine e2", False),
        ((), "a1 c1: safe a2", True),  # c1's mine is beside a1 too
        ((), "a1: safe a2", False),
        ((), "c1 a1: safe a2", True),
        ((), "a1 c1: safe b1", False),
        ((), "e5: safe c4", False),  # nothing unknown beside it
        ((), "b2: safe c4", False),  # no number
        ((), "d1: mine e1 e1", False),
        ((), "d1: mine", False),
        ((), "d1: mine e1 e2 or not", False),
    ],
)
def test_a_minesweeper_step_follows_from_the_numbers_it_names(before, step, right):
    assert is_step(SAFE, before, step) == right


@pytest.mark.parametrize("level", range(1, 7))
def test_certain_cells_are_those_of_all_arrangements(level):
    for problem in drawn("minesweeper", level, 6):
        kind, rows = problem.question.given
        unknown = [cell for cell in product(range(len(rows)), range(len(rows[0]))) if rows[cell[0]][cell[1]] == "?"]
        around = {
            (i, j): [cell for cell in unknown if max(abs(cell[0] - i), abs(cell[1] - j)) == 1]
            for i, row in enumerate(rows)
            for j, mark in enumerate(row)
            if mark != "?"
        }

        def agrees(mines, known, rows=rows, around=around):
            for (i, j), cells in around.items():
                count, left = sum(cell in mines for cell in cells), sum(cell not in known for cell in cells)
                if not count <= int(rows[i][j]) <= count + left:
                    return False
            return True

        edge, known = [frozenset()], set()
        for cell in unknown:
            known.add(cell)
            edge = [mines for before in edge for mines in (before, before | {cell}) if agrees(mines, known)]
        certain = [cell for cell in unknown if all((cell in mines) == (kind == "mines") for mines in edge)]
        assert problem.answer == ",".join(f"{'abcdefgh'[j]}{i + 1}" for i, j in certain)
        assert 0 < len(certain) < len(unknown)


SUM = question("cryptarithm", ("AB", "A", "CD"), (("C", 9), ("D", 3)))  # 85+8=93
LONG_SUM = question("cryptarithm", ("ABB", "CD", "EEF"), (("A", 2), ("C", 9)))  # 244+91=335


@pytest.mark.parametrize(
    ("asked", "answer", "right"),
    [
        (SUM, "85+8=93", True),
        (SUM, " 85 + 8 = 93.", True),
        (SUM, "84+9=93", False),  # A is two digits
        (SUM, "86+8=94", False),  # D is given
        (SUM, "85+8=92", False),
        (SUM, "A=8,B=5", False),
        (SUM, "85+8", False),
        (SUM, "93=85+8", False),
        (SUM, "085+8=93", False),
        (SUM, "85+8=93=93", False),
        (LONG_SUM, "244+91=335", True),
        (LONG_SUM, "255+90=345", False),
        (LONG_SUM, "244+98=342", False),
        (question("cryptarithm", ("A", "B", "C"), ()), "1+2=3", True),
        (question("cryptarithm", ("A", "B", "C"), ()), "4+5=9", True),
        (question("cryptarithm", ("A", "B", "C"), ()), "2+2=4", False),  # two letters are one digit
        (question("cryptarithm", ("A", "B", "C"), ()), "0+2=2", False),
        (question("cryptarithm", ("AB", "C", "AD"), ()), "01+2=03", False),
    ],
)
def test_digits_stand_for_letters_and_add_up(asked, answer, right):
    assert accepts(asked, answer) == right


@pytest.mark.parametrize(
    ("asked", "before", "step", "right"),
    [
        (SUM, (), "2: A=8 c1=1", True),
        (SUM, (), "2: A=8", True),
        (SUM, (), "2: c1=1, A=8", True),
        (SUM, (), "A=8 B=5", True),  # of the only solution
        (SUM, (), "1: A=8", False),  # the first column doesn't say
        (SUM, (), "2: A=9", False),
        (SUM, (), "2: A=8 c1=0", False),
        (SUM, (), "2: B=5", False),
        (SUM, (), "1: B=5", False),
        (SUM, ("2: A=8 c1=1",), "1: B=5", True),
        (SUM, ("2: A=8 c1=1",), "2: A=8", False),
        (SUM, (), "C=9", False),  # given
        (SUM, (), "3: A=8", False),
        (SUM, (), "0: A=8", False),
        (SUM, (), "2: A=8 A=8", False),
        (SUM, (), "E=1", False),
        (LONG_SUM, (), "2: c1=0 c2=1", True),
        (LONG_SUM, ("2: c1=0 c2=1",), "3: E=3", True),
        (LONG_SUM, (), "3: E=3", True),  # 2 or 3, and A is 2
        (LONG_SUM, (), "2: B=4", False),
        (LONG_SUM, (), "c3=0", False),  # there is no such carry
    ],
)
def test_a_column_says_what_it_leaves_letters_and_carries(asked, before, step, right):
    assert is_step(asked, before, step) == right


@pytest.mark.parametrize(("level", "count"), [(1, 15), (2, 15), (3, 10), (4, 5), (5, 2), (6, 1)])
def test_a_cryptarithm_has_one_solution(level, count):
    for problem in drawn("cryptarithm", level, count):
        words, hints = problem.question.given
        letters = sorted(set("".join(words)) - {letter for letter, _ in hints})
        free = sorted(set(range(10)) - {digit for _, digit in hints})
        found = set()
        for digits in permutations(free, len(letters)):
            value = dict(hints) | dict(zip(letters, digits, strict=True))
            if all(value[word[0]] for word in words):
                first, second, total = (sum(value[c] * 10**i for i, c in enumerate(word[::-1])) for word in words)
                if first + second == total:
                    found.add(f"{first}+{second}={total}")
        assert found == {problem.answer}


LIGHTS = question("lights_out", "101", "111", "101")
FOUR = question("lights_out", "0011", "0001", "0100", "1110")  # of 4x4, sixteen sets of presses do the same


@pytest.mark.parametrize(
    ("asked", "answer", "right"),
    [
        (LIGHTS, "b1,b2,b3", True),
        (LIGHTS, "B3 b1 b2", True),
        (LIGHTS, "[b1, b2, b3]", True),
        (LIGHTS, "b1,b2,b3,a1,a1", True),  # twice is as good as never
        (LIGHTS, "b1,b2", False),
        (LIGHTS, "b1,b2,b3,a1", False),
        (LIGHTS, "b1,b2,b4", False),
        (LIGHTS, "b1 and b2 and b3", False),
        (FOUR, "c2,d2,b3,d3,a4,c4", True),
        (FOUR, "a1,b1,c1", False),
    ],
)
def test_lights_are_all_off_after_the_presses(asked, answer, right):
    assert accepts(asked, answer) == right


@pytest.mark.parametrize(
    ("asked", "before", "step", "right"),
    [
        (LIGHTS, (), "a2=1+a1+b1 b2=a1+b1+c1", True),
        (LIGHTS, (), "a1 + a2 + b1 = 1", True),
        (LIGHTS, (), "a2=a1+b1", False),
        (LIGHTS, (), "a2=1+a1+b1 b2=1+a1+b1+c1", False),
        (LIGHTS, (), "a1=0", False),  # true, and nothing shows it yet
        (LIGHTS, (), "row 1: 010", True),  # agrees with all lights
        (LIGHTS, (), "row 1: 011", False),
        (LIGHTS, (), "row 2: 010", True),
        (LIGHTS, (), "row 4: 010", False),
        (LIGHTS, (), "row 1: 01", False),
        (LIGHTS, ("row 1: 010",), "row 1: 010 ", False),
        (LIGHTS, ("row 1: 010",), "a2=0", True),  # from the light of a1
        (LIGHTS, ("row 1: 010",), "a2=1", False),
        (LIGHTS, (), "a1=a1", False),
        (LIGHTS, (), "1=1", False),
        (LIGHTS, (), "0=1", False),
        (LIGHTS, (), "a1=2", False),
        (LIGHTS, (), "a4=0", False),
        (LIGHTS, ("a2=1+a1+b1",), "a2+a1+b1=1", False),  # the same in other words
        (LIGHTS, ("a2=1+a1+b1",), "a3=a1+c1", False),  # b2 is missing
        (LIGHTS, ("a2=1+a1+b1 b2=a1+b1+c1",), "a3=a1+c1", True),
        (LIGHTS, ("row 1: 010",), "0=a1", False),
        (LIGHTS, ("row 1: 010",), "a1+b1=1", False),
        (LIGHTS, ("a2=1+a1+b1", "row 1: 010"), "a2=1+b1", False),
        (LIGHTS, ("a2=1+a1+b1", "row 1: 010"), "a2=0", True),
        (FOUR, (), "row 1: 1000", True),  # one or another: it is free
        (FOUR, (), "row 1: 0000", True),
        (FOUR, ("row 1: 1000",), "row 1: 0000", False),
        (FOUR, ("row 1: 1000",), "row 3: 1111", True),
        (FOUR, ("row 1: 1000",), "row 3: 1011", False),
        (FOUR, (), "a1+b1=0", False),
        (FOUR, (), "a1=0", False),
    ],
)
def test_an_equation_of_presses_follows_and_is_new(asked, before, step, right):
    assert is_step(asked, before, step) == right


@pytest.mark.parametrize("level", range(1, 7))
def test_the_reference_presses_switch_all_lights_off(level):
    for problem in drawn("lights_out", level, 10):
        lit = {(i, j) for i, row in enumerate(problem.question.given) for j, light in enumerate(row) if light == "1"}
        height, width = len(problem.question.given), len(problem.question.given[0])
        for name in problem.answer.split(","):
            i, j = int(name[1:]) - 1, ord(name[0]) - ord("a")
            near = {(i, j), (i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)}
            lit ^= {(k, m) for k, m in near if 0 <= k < height and 0 <= m < width}
        assert not lit


def test_sixteen_of_all_sets_of_presses_on_4x4_do_and_all_are_accepted():
    names = [f"{column}{row}" for row in range(1, 5) for column in "abcd"]
    first_rows = [[name for name, bit in zip("abcd", bits, strict=True) if bit] for bits in product((0, 1), repeat=4)]
    for first in first_rows:  # whatever is pressed in the first row, chasing ends with all lights off
        presses = {f"{column}1" for column in first}
        for i in range(4, 16):
            above = i - 4
            near = [above, *([above - 1] if above % 4 else []), *([above + 1] if above % 4 < 3 else []), above - 4]
            on = "".join(FOUR.given)[above] == "1"
            if on ^ sum(names[k] in presses for k in near if k >= 0) % 2:
                presses.add(names[i])
        assert accepts(FOUR, ",".join(sorted(presses)))
        assert not accepts(FOUR, ",".join(sorted(presses ^ {"a1"})))


#    b4 to a3 without a2 and b3: by c2 alone
KNIGHT = question("knight_path", 4, (3, 1), (2, 0), ((1, 0), (2, 1)))
BY_ONE = question("knight_path", 4, (0, 0), (0, 2), ())  # a1 to c1: by b3
OPEN_BOARD = question("knight_path", 5, (0, 0), (3, 3), ())  # a1 to d4: by b3 or c2


@pytest.mark.parametrize(
    ("asked", "answer", "right"),
    [
        (KNIGHT, "c2,a3", True),
        (KNIGHT, "b4 -> c2 -> a3", True),
        (KNIGHT, "b4 \u2192 c2 \u2192 a3", True),
        (KNIGHT, "b4 \u2192 d3 \u2192 a3", False),
        (KNIGHT, "C2 A3", True),
        (KNIGHT, "d3,a3", False),
        (KNIGHT, "a3", False),
        (KNIGHT, "c2", False),
        (KNIGHT, "c2,a3,c2,a3", False),  # no shortest
        (KNIGHT, "a2,a3", False),
        (KNIGHT, "c2,a3 or d3", False),
        (BY_ONE, "b3,c1", True),
        (BY_ONE, "c2,c1", False),
        (OPEN_BOARD, "b3,d4", True),
        (OPEN_BOARD, "c2,d4", True),
        (OPEN_BOARD, "a1,c2,d4", True),
        (OPEN_BOARD, "b2,d4", False),
    ],
)
def test_any_shortest_route_of_a_knight_is_accepted(asked, answer, right):
    assert accepts(asked, answer) == right


@pytest.mark.parametrize(
    ("before", "step", "right"),
    [
        ((), "1: c2 d3", True),
        ((), "1: d3", True),
        ((), "1: a2", False),  # blocked
        ((), "1: c2 c2", False),
        ((), "1: c3", False),
        ((), "2: a3", False),
        (("1: c2",), "2: a3", True),
        (("1: d3",), "2: a3", False),
        (("1: c2",), "1: c2", False),
        (("1: c2 d3",), "2: b4", False),
        (("1: c2",), "back: a3 c2 b4", False),  # a3 isn't known yet
        (("1: c2", "2: a3"), "back: a3 c2 b4", True),
        (("1: c2 d3", "2: a3"), "back: a3 d3 b4", False),
        (("1: c2", "2: a3"), "back: c2 b4", False),
        (("1: c2", "2: a3"), "back: b4 c2 a3", False),
        (("1: c2", "2: a3", "back: a3 c2 b4"), "back: a3, c2, b4", False),
        ((), "c2", False),
    ],
)
def test_a_knight_step_is_distances_or_the_way_back(before, step, right):
    assert is_step(KNIGHT, before, step) == right


def test_squares_farther_than_the_goal_are_no_step_of_a_knight():
    before = ("1: b3 c2", "2: d4 c1")
    assert is_step(OPEN_BOARD, before[:1], before[1])
    assert not is_step(OPEN_BOARD, before, "3: b5")


@pytest.mark.parametrize("level", range(1, 7))
def test_a_knight_reference_is_as_short_as_can_be(level):
    for problem in drawn("knight_path", level, 6):
        size, start, goal, blocked = problem.question.given
        squares = set(product(range(size), repeat=2)) - set(blocked)
        graph = nx.Graph(
            ((i, j), (k, m)) for (i, j), (k, m) in product(squares, repeat=2) if {abs(i - k), abs(j - m)} == {1, 2}
        )
        routes = list(nx.all_shortest_paths(graph, start, goal))
        named = {",".join(f"{'abcdefgh'[j]}{i + 1}" for i, j in route[1:]) for route in routes}
        assert problem.answer in named
        assert all(accepts(problem.question, route) for route in named)
