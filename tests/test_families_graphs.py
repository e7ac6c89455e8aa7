"""Families of graphs: what is accepted and what isn't, with networkx as the oracle."""

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest

from reasoning_gym.family import get_family
from reasoning_gym.problem import Question

PATH = get_family("shortest_path")


def drawn(family, count=12):
    """Problems of every level."""
    rng = np.random.default_rng(5)
    return [family.generate(rng, level) for level in range(1, family.levels + 1) for _ in range(count)]


def asks(family, *given):
    return Question(family.name, 1, "", "", given)


def weighted(*texts):
    return tuple((text[0], text[1], int(text[3:])) for text in texts)


ROADS = asks(PATH, "A", "D", weighted("AB=4", "AC=2", "BC=1", "BD=5"))
TIED = asks(PATH, "A", "D", weighted("AB=2", "AC=2", "BD=3", "CD=3", "AD=6"))


@pytest.mark.parametrize(
    ("question", "answer", "right"),
    [
        (ROADS, "A-C-B-D", True),
        (ROADS, "a->c->b->d", True),
        (ROADS, "ACBD.", True),
        (ROADS, "[A, C, B, D]", True),
        (ROADS, "$A \\to C \\to B \\to D$", True),
        (ROADS, "\\text{A C B D}", True),
        (ROADS, "A-B-D", False),  # fewer edges, but heavier
        (ROADS, "D-B-C-A", False),  # backwards
        (ROADS, "A-C-D", False),  # no such edge
        (ROADS, "C-B-D", False),
        (ROADS, "A-C-B", False),
        (ROADS, "A-C-B-C-B-D", False),
        (ROADS, "A-C-B-D-", False),
        (ROADS, "A-C--B-D or A-B-D", False),
        (ROADS, "8", False),
        (ROADS, "A", False),
        (ROADS, "A-Z-D", False),
        (TIED, "A-B-D", True),
        (TIED, "A-C-D", True),
        (TIED, "A-D", False),
    ],
)
def test_any_path_of_least_weight_is_right_and_no_other(question, answer, right):
    assert PATH.check_conclusion(question, (), answer).correct == right


@pytest.mark.parametrize(
    ("question", "before", "step", "right"),
    [
        (ROADS, (), "C: 0+2=2 via A", True),
        (ROADS, (), "C:0 + 2 = 2, via A", True),
        (ROADS, (), "B: 0+4=4 via A", False),  # true of the edge, but C is nearer
        (ROADS, (), "C: 0+2=3 via A", False),
        (ROADS, (), "C: 0+3=3 via A", False),
        (ROADS, (), "D: 0+2=2 via A", False),
        (ROADS, (), "B: 2+1=3 via C", False),  # C isn't settled
        (ROADS, ("C: 0+2=2 via A",), "B: 2+1=3 via C", True),
        (ROADS, ("C: 0+2=2 via A",), "C: 0+2=2  via A", False),
        (ROADS, ("C: 0+2=2 via A",), "B: 0+4=4 via A", False),
        (ROADS, ("C: 0+2=2 via A",), "A: 2+2=4 via C", False),
        (ROADS, ("C: 0+9=9 via A",), "B: 9+1=10 via C", False),  # a wrong line settles nothing
        (ROADS, ("C: 0+2=2 via A", "B: 2+1=3 via C"), "D: 3+5=8 via B", True),
        (ROADS, ("C: 0+2=2 via A", "B: 2+1=3 via C"), "D: 3+5=8 via Z", False),
        (TIED, (), "C: 0+2=2 via A", True),  # as near as B
        (TIED, ("C: 0+2=2 via A",), "B: 0+2=2 via A", True),
        (TIED, ("C: 0+2=2 via A", "B: 0+2=2 via A"), "D: 2+3=5 via C", True),
        (TIED, ("C: 0+2=2 via A", "B: 0+2=2 via A"), "D: 2+3=5 via B", True),
        (TIED, ("C: 0+2=2 via A", "B: 0+2=2 via A"), "D: 0+6=6 via A", False),
        (ROADS, (), "1=1", False),
        (ROADS, (), "AB=4", False),
    ],
)
def test_a_node_is_settled_when_none_is_nearer(question, before, step, right):
    assert PATH.check_thought(question, before, step).correct == right


def test_the_shortest_path_is_as_light_as_that_of_networkx():
    for problem in drawn(PATH):
        source, target, edges = problem.question.given
        graph = nx.Graph()
        graph.add_weighted_edges_from(edges)
        least = nx.dijkstra_path_length(graph, source, target)
        for path in nx.all_simple_paths(graph, source, target):
            weight = sum(graph[a][b]["weight"] for a, b in pairwise(path))
            assert PATH.verify(problem, "-".join(path)).correct == (weight == least)
            if graph.number_of_nodes() > 8:  # then there are many thousands
                break
