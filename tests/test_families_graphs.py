"""Families of graphs: what is accepted and what isn't, with networkx as the oracle."""

from collections import Counter
from itertools import combinations, pairwise, permutations, product

import networkx as nx
import numpy as np
import pytest

from reasoning_gym.families.networks import connected
from reasoning_gym.family import get_family
from reasoning_gym.problem import Question

PATH = get_family("shortest_path")
COLOURING = get_family("graph_colouring")
ORDER = get_family("topological_order")
COMPONENTS = get_family("connected_components")
ISLANDS = get_family("largest_island")
HAMILTON = get_family("hamiltonian_path")
TREE = get_family("spanning_tree")
MATCHING = get_family("bipartite_matching")


def drawn(family, count=12):
    """Problems of every level."""
    rng = np.random.default_rng(5)
    return [family.generate(rng, level) for level in range(1, family.levels + 1) for _ in range(count)]


def asks(family, *given):
    return Question(family.name, 1, "", "", given)


def weighted(*texts):
    return tuple((text[0], text[1], int(text[3:])) for text in texts)


def edges(text):
    return tuple((each[0], each[1]) for each in text.split(","))


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
        (ROADS, "A\u2013C\u2013B\u2013D", True),
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
        source, target, roads = problem.question.given
        graph = nx.Graph()
        graph.add_weighted_edges_from(roads)
        least = nx.dijkstra_path_length(graph, source, target)
        for path in nx.all_simple_paths(graph, source, target):
            weight = sum(graph[a][b]["weight"] for a, b in pairwise(path))
            assert PATH.verify(problem, "-".join(path)).correct == (weight == least)
            if graph.number_of_nodes() > 8:  # then there are many thousands
                break


TRIANGLE = asks(COLOURING, 3, edges("AB,AC,BC,CD"))
SQUARE = asks(COLOURING, 2, edges("AB,BC,CD,AD"))


@pytest.mark.parametrize(
    ("question", "answer", "right"),
    [
        (TRIANGLE, "A=1,B=2,C=3,D=1", True),
        (TRIANGLE, "A=2,B=1,C=3,D=2", True),
        (TRIANGLE, "D: 1; c: 3; B: 2; A: 1", True),
        (TRIANGLE, "{A=1 B=2 C=3 D=2}", True),
        (TRIANGLE, "$A=1, B=2, C=3, D=1$.", True),
        (TRIANGLE, "A -> 1, B -> 2, C -> 3, D -> 1", True),
        (TRIANGLE, "A=1,B=2,C=1,D=3", False),  # A and C are neighbours
        (TRIANGLE, "A=1,B=2,C=3,D=3", False),
        (TRIANGLE, "A=1,B=2,C=3", False),
        (TRIANGLE, "A=1,B=2,C=3,D=4", False),
        (TRIANGLE, "A=1,B=2,C=3,D=0", False),
        (TRIANGLE, "A=1,B=2,C=3,D=1,E=1", False),
        (TRIANGLE, "A=1,B=2,C=3,D=1,D=2", False),
        (TRIANGLE, "A=1,B=2,C=3,D=1 or 2", False),
        (TRIANGLE, "A=1,B=2,C=3,D=12", False),
        (TRIANGLE, "1,2,3,1", False),
        (SQUARE, "A=2,B=1,C=2,D=1", True),
        (SQUARE, "A=1,B=2,C=3,D=2", False),
    ],
)
def test_any_colouring_with_different_neighbours_is_right_and_no_other(question, answer, right):
    assert COLOURING.check_conclusion(question, (), answer).correct == right


@pytest.mark.parametrize(
    ("question", "before", "step", "right"),
    [
        (TRIANGLE, (), "C: free so 1", True),
        (TRIANGLE, (), "D: free, so 1", True),
        (TRIANGLE, (), "C: free so 2", False),
        (TRIANGLE, (), "C=2", True),
        (TRIANGLE, (), "C: 2", True),
        (TRIANGLE, (), "C=4", False),
        (TRIANGLE, (), "E=1", False),
        (TRIANGLE, (), "C: not 1 so 2", False),
        (TRIANGLE, ("C: free so 1",), "C=2", False),
        (TRIANGLE, ("C: free so 1",), "A: not 1 so 2", True),
        (TRIANGLE, ("C: free so 1",), "A: not 1 so 3", False),
        (TRIANGLE, ("C: free so 1",), "A: not 2 so 1", False),
        (TRIANGLE, ("C: free so 1",), "A: free so 2", False),
        (TRIANGLE, ("C: free so 1",), "A=3", True),
        (TRIANGLE, ("C: free so 1",), "A=1", False),
        (TRIANGLE, ("C=1", "A=3"), "B: not 3, 1 so 2", True),
        (TRIANGLE, ("C=1", "A=1"), "B: not 1 so 2", True),  # the wrong line is passed over
        (TRIANGLE, ("C=1", "A=3"), "B: not 1 so 2", False),
        (SQUARE, ("A=1",), "C=2", False),  # then nothing is left for B
        (SQUARE, ("A=1",), "C: free so 1", True),
        (TRIANGLE, (), "AB", False),
        (TRIANGLE, (), "A: not so 1", False),
    ],
)
def test_a_node_gets_a_colour_that_is_left_and_leads_on(question, before, step, right):
    assert COLOURING.check_thought(question, before, step).correct == right


def test_colourings_are_judged_as_by_looking_at_every_edge():
    for problem in drawn(COLOURING, count=3)[:6]:
        colours, pairs = problem.question.given
        nodes = sorted({node for edge in pairs for node in edge})
        proper = 0
        for chosen in product(range(1, colours + 1), repeat=len(nodes)):
            colour = dict(zip(nodes, chosen, strict=True))
            answer = ",".join(f"{node}={colour[node]}" for node in nodes)
            fits = all(colour[a] != colour[b] for a, b in pairs)
            proper += fits
            assert COLOURING.verify(problem, answer).correct == fits
        assert proper == nx.chromatic_polynomial(nx.Graph(pairs)).subs("x", colours)


DIAMOND = asks(ORDER, *edges("BA,BC,AD,CD"))


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("B,A,C,D", True),
        ("B,C,A,D", True),
        ("b c a d", True),
        ("B -> C -> A -> D", True),
        ("[B, C, A, D]", True),
        ("BCAD", True),
        ("A,B,C,D", False),
        ("D,C,A,B", False),  # backwards
        ("B,C,D,A", False),
        ("B,A,C", False),
        ("B,A,C,D,D", False),
        ("B,A,C,D,E", False),
        ("B,A/C,D", False),
        ("B,A,C,D or B,C,A,D", False),
    ],
)
def test_any_order_in_which_arrows_point_forward_is_right_and_no_other(answer, right):
    assert ORDER.check_conclusion(DIAMOND, (), answer).correct == right


@pytest.mark.parametrize(
    ("before", "step", "right"),
    [
        ((), "B: after none", True),
        ((), "B needs none", True),
        ((), "A: after none", False),
        ((), "A: after B", False),  # B hasn't come yet
        (("B: after none",), "C: after B", True),
        (("B: after none",), "A: after B", True),
        (("B: after none",), "A: after C", False),
        (("B: after none",), "B:  after none", False),
        (("B: after none",), "B: after none ", False),
        (("B: after none",), "B needs none", False),
        (("B: after none", "A: after B"), "D: after A", False),
        (("B: after none", "A: after B"), "D: after A,C", False),
        (("B: after none", "A: after B", "C: after B"), "D: after C, A", True),
        (("B: after none", "A: after B", "C: after B"), "D: after A,C,B", False),
        ((), "Z: after none", False),
        ((), "B", False),
    ],
)
def test_a_node_comes_when_all_before_it_have(before, step, right):
    assert ORDER.check_thought(DIAMOND, before, step).correct == right


def test_orders_are_judged_as_by_networkx():
    for problem in drawn(ORDER, count=3)[:6]:
        arrows = nx.DiGraph(problem.question.given)
        orders = {tuple(order) for order in nx.all_topological_sorts(arrows)}
        for order in permutations(sorted(arrows)):
            assert ORDER.verify(problem, ",".join(order)).correct == (order in orders)


THREE = asks(COMPONENTS, "ABCDEF", edges("AB,CD,CE"))
APART = asks(COMPONENTS, "A", "F", edges("AB,BE,CF,CD"))
ELSEWHERE = asks(COMPONENTS, "A", "C", edges("AB,CD,GH"))
TOGETHER = asks(COMPONENTS, "A", "E", edges("AB,BE,CF,CD"))


@pytest.mark.parametrize(
    ("question", "answer", "right"),
    [
        (THREE, "3", True),
        (THREE, "$3$.", True),
        (THREE, "2", False),
        (THREE, "2+1", False),
        (THREE, "3 or 2", False),
        (THREE, "yes", False),
        (APART, "no", True),
        (APART, "No.", True),
        (APART, "yes", False),
        (APART, "not yes", False),
        (APART, "2", False),
        (TOGETHER, "yes", True),
        (TOGETHER, "no", False),
        (TOGETHER, "1", False),
    ],
)
def test_components_are_counted_and_connections_found(question, answer, right):
    assert COMPONENTS.check_conclusion(question, (), answer).correct == right


@pytest.mark.parametrize(
    ("question", "before", "step", "right"),
    [
        (THREE, (), "A>B", True),
        (THREE, (), "C>DE", True),
        (THREE, (), "C>ED", True),
        (THREE, (), "C>D", False),  # E is left out
        (THREE, (), "C>DEF", False),
        (THREE, (), "A>A", False),
        (THREE, (), "AC>BDE", False),  # two beginnings
        (THREE, (), "F>", False),
        (THREE, ("A>B",), "C>DE", True),
        (THREE, ("A>B",), "B>A", False),
        (THREE, ("D>C",), "A>B", False),  # C leads on to E
        (THREE, ("D>C",), "C>E", True),
        (THREE, ("D>C", "C>E"), "A>B", True),
        (THREE, (), "1: AB", True),
        (THREE, (), "1: F", True),
        (THREE, (), "2: AB", False),
        (THREE, (), "1: A", False),
        (THREE, (), "1: CD", False),
        (THREE, (), "1: ABCDE", False),
        (THREE, ("1: AB",), "2: BA", False),
        (THREE, ("1: AB",), "2: ECD", True),
        (THREE, ("1: AB",), "3: CDE", False),
        (THREE, ("1: AB",), "A>B", False),
        (THREE, ("A>B", "1: AB", "C>DE", "2: CDE"), "3: F", True),
        (THREE, ("A>B", "1: AB", "C>DE", "2: CDE", "3: F"), "4: F", False),
        (THREE, (), "Z>A", False),
        (THREE, (), "AA>B", False),
        (TOGETHER, ("A>B",), "B>E", True),
        (APART, ("A>B", "B>E"), "1: ABE", True),
        (APART, ("F>C", "C>D"), "1: CDF", True),
        (APART, (), "yes", False),
        (ELSEWHERE, (), "G>H", False),  # neither end is near
        (ELSEWHERE, (), "1: GH", False),
        (ELSEWHERE, ("A>B",), "1: AB", True),
        (ELSEWHERE, ("C>D",), "1: CD", True),
        (ELSEWHERE, ("A>B", "1: AB", "C>D", "2: CD"), "3: GH", False),
    ],
)
def test_a_walk_goes_on_to_all_that_was_not_reached(question, before, step, right):
    assert COMPONENTS.check_thought(question, before, step).correct == right


def test_components_are_those_of_networkx():
    for problem in drawn(COMPONENTS):
        found = nx.Graph(problem.question.given[-1])
        if len(problem.question.given) == 2:
            found.add_nodes_from(problem.question.given[0])
            answer = str(nx.number_connected_components(found))
        else:
            answer = "yes" if nx.has_path(found, *problem.question.given[:2]) else "no"
        assert problem.answer == answer


def test_to_count_the_edges_does_not_count_the_components():
    for level in (1, 2, 6):
        rng = np.random.default_rng(level)
        counts = {}
        for _ in range(600):
            problem = COMPONENTS.generate(rng, level)
            if len(problem.question.given) == 2:
                pairs = problem.question.given[1]
                counts.setdefault(len(pairs), Counter())[problem.answer] += 1
        paid = sum(max(answers.values()) for answers in counts.values())
        most = 3 if level < 6 else 6
        assert paid / sum(map(Counter.total, counts.values())) < 1 / most + 0.12


def test_a_walk_does_not_go_on_from_two_components_at_once():
    question = asks(COMPONENTS, "ABCDEF", edges("AB,CD,CE,EF"))
    lines = ("A>B", "C>DE")
    assert COMPONENTS.check_thought(question, lines, "E>F").correct
    assert COMPONENTS.check_thought(question, lines, "DE>F").correct
    assert not COMPONENTS.check_thought(question, lines, "BE>F").correct


def test_connections_are_there_as_often_as_not():
    for split in ("train", "test"):
        answers = [COMPONENTS.problem(split, level, index).answer for level in (1, 6) for index in range(200)]
        yes, no = answers.count("yes"), answers.count("no")
        assert abs(yes - no) < 60  # four standard deviations
        assert 150 < yes + no < 250


# a diagonal joins nothing
SEA = asks(ISLANDS, "1011", "0110", "0010", "1000")


@pytest.mark.parametrize(
    ("answer", "right"),
    [("5", True), (" 5. ", True), ("$5$", True), ("6", False), ("7", False), ("1", False), ("4+1", False), ("", False)],
)
def test_the_largest_island_is_measured(answer, right):
    assert ISLANDS.check_conclusion(SEA, (), answer).correct == right


@pytest.mark.parametrize(
    ("before", "step", "right"),
    [
        ((), "1:34 2:23 3:3 = 5", True),
        ((), "3:3 2:32 1:34=5", True),
        ((), "1:1 = 1", True),
        ((), "1:34 2:23 3:3 = 6", False),
        ((), "1:34 2:23 = 4", False),  # not the whole island
        ((), "1:134 2:23 3:3 = 6", False),  # two islands
        ((), "1:34 2:23 3:33 = 6", False),
        ((), "1:34 2:23 3:3 4:4 = 6", False),
        ((), "1:2 = 1", False),  # water
        ((), "9:9 = 1", False),
        (("1:1 = 1",), "4:1 = 1", True),
        (("1:1 = 1",), "1:1=1", False),
        ((), "1=1", False),
        ((), "5", False),
    ],
)
def test_an_island_is_listed_whole_and_counted(before, step, right):
    assert ISLANDS.check_thought(SEA, before, step).correct == right


def test_islands_are_those_of_networkx():
    for problem in drawn(ISLANDS):
        rows = problem.question.given
        land = nx.grid_2d_graph(len(rows), len(rows[0]))
        land.remove_nodes_from([(i, j) for i, j in list(land) if rows[i][j] == "0"])
        assert problem.answer == str(max(map(len, nx.connected_components(land))))


HOUSE = asks(HAMILTON, "D", "B", edges("AB,AC,AE,BD,CD,CE"))
WHEEL = asks(HAMILTON, "A", "B", edges("AB,AC,AD,BC,BD,CD"))
SHARED = ("E needs AE,CE",)


@pytest.mark.parametrize(
    ("question", "answer", "right"),
    [
        (HOUSE, "D-C-E-A-B", True),
        (HOUSE, "d c e a b", True),
        (HOUSE, "D -> C -> E -> A -> B.", True),
        (HOUSE, "[DCEAB]", True),
        (HOUSE, "B-A-E-C-D", False),  # from the wrong end
        (HOUSE, "D-C-A-E-B", False),  # no edge EB
        (HOUSE, "D-C-A-B", False),
        (HOUSE, "D-C-E-A-C-A-B", False),
        (HOUSE, "D-C-E-A-B-F", False),
        (HOUSE, "D-B", False),
        (WHEEL, "A-C-D-B", True),
        (WHEEL, "A-D-C-B", True),
        (WHEEL, "A-B-C-D", False),
    ],
)
def test_any_path_through_all_nodes_is_right_and_no_other(question, answer, right):
    assert HAMILTON.check_conclusion(question, (), answer).correct == right


@pytest.mark.parametrize(
    ("question", "before", "step", "right"),
    [
        (HOUSE, (), "E needs AE,CE", True),
        (HOUSE, (), "E needs EC, EA", True),
        (HOUSE, (), "E needs AE", False),
        (HOUSE, (), "E needs AE,AE", False),
        (HOUSE, (), "B needs AB,BD", False),  # an end needs one
        (HOUSE, (), "A needs AB,AE", False),  # AC is left as well
        (HOUSE, (), "BD ends too early", True),
        (HOUSE, (), "AB ends too early", False),
        (HOUSE, (), "BD closes a loop", False),
        (HOUSE, (), "AC closes a loop", False),
        (HOUSE, SHARED, "AC closes a loop", True),
        (HOUSE, SHARED, "CA closes a loop", True),
        (HOUSE, SHARED, "AC ends too early", False),
        (HOUSE, SHARED, "E needs CE,AE", False),
        (HOUSE, (*SHARED, "AC closes a loop"), "A needs AB,AE", True),
        (HOUSE, (*SHARED, "AC closes a loop"), "A needs AB", True),  # AE is taken already
        (HOUSE, (*SHARED, "AC closes a loop"), "A needs AE", False),
        (HOUSE, (*SHARED, "AC closes a loop"), "A needs AB,AC", False),
        (HOUSE, (*SHARED, "AC closes a loop"), "A also needs AB", False),
        (HOUSE, (*SHARED, "AC closes a loop"), "AC closes a loop ", False),
        (HOUSE, (*SHARED, "AC closes a loop", "A needs AB,AE"), "B drops BD", True),
        (HOUSE, (*SHARED, "AC closes a loop", "A needs AB,AE"), "B drops AB", False),
        (HOUSE, (*SHARED, "AC closes a loop", "A needs AB,AE"), "B drops BD,BD", False),
        (HOUSE, (*SHARED, "AC closes a loop", "A needs AB,AE"), "C drops CD", False),
        (HOUSE, (*SHARED, "AC closes a loop", "A needs AB,AE"), "A drops AC", False),
        (HOUSE, (), "Z needs AE,CE", False),
        (HOUSE, (), "E drops AE", False),
        (HOUSE, (), "D-C", False),
    ],
)
def test_a_deduction_about_the_path_is_forced_and_new(question, before, step, right):
    assert HAMILTON.check_thought(question, before, step).correct == right


def test_there_is_one_hamiltonian_path_and_it_is_the_answer():
    for problem in drawn(HAMILTON, count=6)[:24]:
        source, target, pairs = problem.question.given
        found = nx.Graph(pairs)
        whole = [path for path in nx.all_simple_paths(found, source, target) if len(path) == len(found)]
        assert ["-".join(path) for path in whole] == [problem.answer]


NET = asks(TREE, *weighted("AB=4", "AC=2", "BC=1", "BD=5", "CD=7"))
EVEN = asks(TREE, *weighted("AB=2", "AC=2", "BC=2", "CD=9", "BD=9"))


@pytest.mark.parametrize(
    ("answer", "right"),
    [("8", True), ("8.0", True), ("$8$.", True), ("7", False), ("12", False), ("1+2+5", False), ("19", False)],
)
def test_the_weight_of_a_least_tree_is_right(answer, right):
    assert TREE.check_conclusion(NET, (), answer).correct == right


@pytest.mark.parametrize(
    ("question", "before", "step", "right"),
    [
        (NET, (), "take BC=1: total 1", True),
        (NET, (), "take CB=1, total 1", True),
        (NET, (), "take BC=1: total 2", False),
        (NET, (), "take BC=2: total 2", False),
        (NET, (), "take AC=2: total 2", True),  # the lightest at A
        (NET, (), "take AB=4: total 4", False),
        (NET, (), "take BD=5: total 5", True),  # the lightest at D
        (NET, (), "take CD=7: total 7", False),
        (NET, (), "AB=4 closes a loop", False),
        (NET, ("take BC=1: total 1",), "take AC=2: total 3", True),
        (NET, ("take BC=1: total 1",), "take AC=2: total 2", False),
        (NET, ("take BC=1: total 1",), "take BC=1: total 2", False),
        (NET, ("take BC=1: total 1",), "BC=1 closes a loop", False),
        (NET, ("take BC=1: total 1", "take AC=2: total 3"), "AB=4 closes a loop", True),
        (NET, ("take BC=1: total 1", "take AC=2: total 3"), "AB=5 closes a loop", False),
        (NET, ("take BC=1: total 1", "take AC=2: total 3"), "take AB=4: total 7", False),
        (NET, ("take BC=1: total 1", "take AC=2: total 3", "AB=4 closes a loop"), "BA=4 closes a loop", False),
        (NET, ("take BC=1: total 1", "take AC=2: total 3", "take BD=5: total 8"), "CD=7 closes a loop", False),
        (EVEN, ("take AB=2: total 2",), "take BC=2: total 4", True),
        (EVEN, ("take AB=2: total 2",), "take AC=2: total 4", True),
        (EVEN, ("take AB=2: total 2", "take BC=2: total 4"), "take AC=2: total 6", False),
        (EVEN, (), "2+2=4", False),
    ],
)
def test_the_lightest_edge_that_leaves_a_part_is_taken(question, before, step, right):
    assert TREE.check_thought(question, before, step).correct == right


def test_trees_weigh_what_those_of_networkx_do():
    for problem in drawn(TREE):
        net = nx.Graph()
        net.add_weighted_edges_from(problem.question.given)
        assert problem.answer == str(int(nx.minimum_spanning_tree(net).size(weight="weight")))


def test_the_lightest_edges_make_the_least_tree_less_than_half_of_the_time():
    rng = np.random.default_rng(4)
    paid = 0
    for _ in range(400):
        pairs = TREE.generate(rng, 1).question.given
        paid += TREE.check_conclusion(asks(TREE, *pairs), (), str(sum(sorted(pair[2] for pair in pairs)[:3]))).correct
    assert 100 < paid < 220


def test_any_order_of_edges_that_may_be_taken_leads_to_a_least_tree():
    for problem in drawn(TREE, count=2):
        lines, total = [], 0
        while True:
            for a, b, weight in reversed(problem.question.given):
                line = f"take {a}{b}={weight}: total {total + weight}"
                if TREE.check_thought(problem.question, lines, line).correct:
                    lines.append(line)
                    total += weight
                    break
            else:
                break
        assert str(total) == problem.answer


FULL = asks(MATCHING, ("A", "13"), ("B", "12"), ("C", "1"))
SHORT = asks(MATCHING, ("A", "13"), ("B", "1"), ("C", "34"), ("E", "3"))


@pytest.mark.parametrize(
    ("question", "answer", "right"),
    [
        (FULL, "A3,B2,C1", True),
        (FULL, "c1 b2 a3", True),
        (FULL, "A-3, B-2, C-1.", True),
        (FULL, "{A=3, B=2, C=1}", True),
        (FULL, "A->3, B->2, C->1", True),
        (FULL, "$A \\to 3, B \\to 2, C \\to 1$", True),
        (FULL, "A->3->1, B->2", False),
        (FULL, "A: 3; B: 2; C: 1", True),
        (FULL, "A3,B2", False),  # not as many as possible
        (FULL, "A1,B2,C1", False),
        (FULL, "A3,B2,C1,C1", False),
        (FULL, "A3,B1,C2", False),  # C2 isn't allowed
        (FULL, "A3,B2,C1,E4", False),
        (FULL, "A3,B2,C1 or A1,B2", False),
        (FULL, "3", False),
        (SHORT, "A1,C4,E3", True),
        (SHORT, "A3,B1,C4", True),
        (SHORT, "B1,C4,E3", True),
        (SHORT, "A1,C3", False),
        (SHORT, "A3,B1,C4,E3", False),
    ],
)
def test_any_largest_matching_is_right_and_no_other(question, answer, right):
    assert MATCHING.check_conclusion(question, (), answer).correct == right


@pytest.mark.parametrize(
    ("before", "step", "right"),
    [
        ((), "A-1: A1", True),
        ((), "A-3: A3", True),
        ((), "B-1: B1", True),
        ((), "A-1: A3", False),
        ((), "A-2: A2", False),
        ((), "A-1: A1,B1", False),
        ((), "B-1-A-3: A3,B1", False),  # A has nothing to give up
        (("A-1: A1",), "B-1-A-3: A3,B1", True),
        (("A-1: A1",), "B-1-A-3: B1, A3", True),
        (("A-1: A1",), "B-1-A-3: B1", False),
        (("A-1: A1",), "B-1: A1,B1", False),  # 1 is taken
        (("A-1: A1",), "A-3: A3", False),  # A has a digit
        (("A-1: A1",), "B-1-A-4: A4,B1", False),
        (("A-1: A1",), "B-1-A-1: A1,B1", False),
        (("A-1: A1", "B-1-A-3: A3,B1"), "E-3-A-1-B-1: E3", False),
        (("A-1: A1", "B-1-A-3: A3,B1"), "ABE have only 13", True),
        (("A-1: A1", "B-1-A-3: A3,B1"), "ABE have only 1", False),
        (("A-1: A1", "B-1-A-3: A3,B1"), "ABCE have only 134", True),
        (("A-1: A1", "B-1-A-3: A3,B1", "ABE have only 13"), "EBA have only 31", False),
        (("A-1: A1", "B-1-A-3: A3,B1"), "BE have only 13", False),  # enough for two
        (("A-1: A1",), "AA have only 13", False),
        ((), "A-9: A9", False),
        ((), "1-A: A1", False),
    ],
)
def test_a_chain_leads_to_a_free_digit_and_too_many_letters_are_named(before, step, right):
    assert MATCHING.check_thought(SHORT, before, step).correct == right


def test_matchings_are_as_large_as_those_of_networkx():
    for problem in drawn(MATCHING):
        pairs = [(letter, digit) for letter, digits in problem.question.given for digit in digits]
        letters = {letter for letter, _ in pairs}
        largest = nx.bipartite.maximum_matching(nx.Graph(pairs), top_nodes=letters)
        found = sorted(letter + digit for letter, digit in largest.items() if letter in letters)
        assert len(found) == problem.answer.count(",") + 1
        assert MATCHING.verify(problem, ",".join(found)).correct
        assert not MATCHING.verify(problem, ",".join(found[:-1])).correct


@pytest.mark.parametrize("last", [False, True])
def test_letters_that_each_take_the_first_or_the_last_free_digit_are_no_largest_matching(last):
    for problem in drawn(MATCHING, count=40):
        found = {}
        for letter, digits in problem.question.given:
            free = [digit for digit in digits if digit not in found.values()]
            if free:
                found[letter] = free[-1 if last else 0]
        answer = ",".join(letter + digit for letter, digit in found.items())
        assert not MATCHING.verify(problem, answer).correct


def test_settling_nodes_in_any_order_that_is_allowed_finds_the_distances():
    for problem in drawn(PATH, count=2):
        source, target, roads = problem.question.given
        net = nx.Graph()
        net.add_weighted_edges_from(roads)
        distances = nx.single_source_dijkstra_path_length(net, source)
        found, lines = {source: 0}, []
        while target not in found:
            steps = [(a, b) for a in found for b in net[a] if b not in found]
            for a, b in reversed(steps):
                weight = net[a][b]["weight"]
                line = f"{b}: {found[a]}+{weight}={found[a] + weight} via {a}"
                if PATH.check_thought(problem.question, lines, line).correct:
                    lines.append(line)
                    found[b] = found[a] + weight
                    break
        assert all(found[node] == distances[node] for node in found)


def test_any_colours_that_are_accepted_lead_to_a_colouring():
    for problem in drawn(COLOURING, count=2):
        colours, pairs = problem.question.given
        nodes = sorted({node for edge in pairs for node in edge})
        lines = []
        for node in nodes:  # the last colour first, where the trace takes the first
            steps = (f"{node}={colour}" for colour in range(colours, 0, -1))
            lines.append(next(step for step in steps if COLOURING.check_thought(problem.question, lines, step).correct))
        assert COLOURING.verify(problem, ",".join(lines)).correct


def deductions(pairs):
    """All lines about a graph that could be deductions, with their edges and whether these are on the path."""
    for node in sorted({node for edge in pairs for node in edge}):
        beside = [a + b for a, b in pairs if node in (a, b)]
        for count in range(1, len(beside) + 1):
            for chosen in combinations(beside, count):
                yield f"{node} needs {','.join(chosen)}", chosen, True
                yield f"{node} drops {','.join(chosen)}", chosen, False
    for a, b in pairs:
        yield f"{a}{b} closes a loop", (a + b,), False
        yield f"{a}{b} ends too early", (a + b,), False


def test_what_is_deduced_holds_on_every_hamiltonian_path():
    rng = np.random.default_rng(2)
    tried = 0
    for _ in range(60):
        pairs = tuple(connected(rng, 6, int(rng.integers(1, 6))))
        found = nx.Graph(pairs)
        paths = [path for path in nx.all_simple_paths(found, "A", "B") if len(path) == len(found)]
        question, lines = asks(HAMILTON, "A", "B", pairs), []
        while paths:
            right = [each for each in deductions(pairs) if HAMILTON.check_thought(question, lines, each[0]).correct]
            if not right:
                break
            line, chosen, taken = right[int(rng.integers(len(right)))]
            lines.append(line)
            for path in paths:
                walked = {"".join(sorted(edge)) for edge in pairwise(path)}
                assert all((edge in walked) == taken for edge in chosen), (pairs, lines)
            tried += 1
    assert tried > 50
