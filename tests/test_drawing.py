"""Pictures are whole SVG documents that hold what they were given, and nothing that it could smuggle in."""

from xml.etree import ElementTree

import pytest

from reasoning_gym.families import drawing
from reasoning_gym.family import FromData, families

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg):
    return [element.text for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_a_grid_shows_its_cells_and_the_signs_between_them():
    svg = drawing.grid(["12", "3 "], fills={(1, 1): "dark"}, thick_every=(1, 2), between={(0, 0, 0, 1): "<"})
    assert texts(svg) == ["1", "2", "3", "<"]
    assert len(list(ElementTree.fromstring(svg).iter(f"{SVG}line"))) == 3 + 2


def test_a_graph_shows_nodes_edges_and_arrows():
    svg = drawing.graph(["a", "b", "c"], [("a", "b", "7"), ("b", "c", "")], directed=True, fills={"a": "green"})
    assert texts(svg) == ["7", "a", "b", "c"]
    lines = list(ElementTree.fromstring(svg).iter(f"{SVG}line"))
    assert [line.get("marker-end") for line in lines] == ["url(#arrow)"] * 2


def test_a_polygon_names_its_corners():
    assert texts(drawing.polygon([(0, 0), (4, 0), (0, 3)], ["A", "B", "C"])) == ["A", "B", "C"]


def test_what_is_drawn_is_escaped():
    assert texts(drawing.grid([["<script>"]])) == ["<script>"]


@pytest.mark.parametrize("family", [each for each in families().values() if not isinstance(each, FromData)])
def test_pictures_of_families_are_whole_documents(family):
    for level in range(1, family.levels + 1):
        picture = family.picture(family.problem("train", level, 0).question)
        if picture is not None:
            assert ElementTree.fromstring(picture).tag == f"{SVG}svg"
