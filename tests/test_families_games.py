"""Games and puzzles: what is accepted and what isn't, against a second way to work it out."""

from itertools import permutations, product

import networkx as nx
import numpy as np
import pytest

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


HANOI = question("tower_of_hanoi", (1, 1, 0), (0, 0, 0), 4)  # 3/21/- to 321/-/-


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("BC BA CA", True),
        ("bc, ba, ca", True),
        ("[B->C, B->A, C->A]", True),
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
