"""Plane geometry: what is accepted and what isn't, and independent oracles."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

from reasoning_gym.family import get_family
from reasoning_gym.problem import Problem, Question

POLYGON = get_family("polygon_area")


def posed(family, *given):
    return Problem(Question(family.name, 1, "", "", given), "")


def drawn(family, count):
    rng = np.random.default_rng(3)
    return [family.generate(rng, level) for level in range(1, family.levels + 1) for _ in range(count)]


TRIANGLE = posed(POLYGON, "area", ((1, 1), (5, 2), (3, 6)))  # 1*2-5*1=-3, 5*6-3*2=24, 3*1-1*6=-3


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("9", True), ("9.0", True), ("area=9", True), ("\\boxed{9}", True), ("$9$.", True), ("18/2", False),
        ("18", False), ("-9", False), ("3*3", False), ("|9|", False), ("9 or 18", False), ("9!", False), ("", False),
        ("9+0", False), ("S=18", False), ("9x", False), ("sqrt(81)", False), ("9*pi/pi", False),
    ],
)  # fmt: skip
def test_an_area_is_one_number_worked_out(answer, right):
    assert POLYGON.verify(TRIANGLE, answer).correct == right


@pytest.mark.parametrize("answer", ["17/2", "8.5", "8 1/2", "\\frac{17}{2}", "34/4"])
def test_half_an_integer_may_be_a_fraction_or_a_decimal(answer):
    assert POLYGON.verify(posed(POLYGON, "area", ((0, 0), (17, 0), (3, 1))), answer).correct


@pytest.mark.parametrize(
    ("before", "step", "right"),
    [
        ((), "t1=1*2-5*1=-3", True),
        ((), "t1=-3", True),
        ((), "t2=24; t3=-3", True),
        ((), "t1=3", False),
        ((), "t1=5*1-1*2=3", False),
        ((), "t4=0", False),
        ((), "S=-3+24-3=18", True),
        ((), "area=18/2=9", True),
        ((), "area=4*5-4*1/2-2*4/2-5*2/2=9", True),  # the box without its corners
        ((), "4*5-4*1/2-2*4/2-5*2/2", True),
        ((), "area=18", False),
        (("area=18/2",), "area=9", True),
        (("area=9",), "area=18/2=9", False),
        ((), "base=4", False),  # no side lies along an axis
    ],
)
def test_a_step_of_an_area_is_true_and_new(before, step, right):
    assert POLYGON.check_thought(TRIANGLE.question, before, step).correct == right


def cross(a, b, c):
    return (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])


def on_side(a, b, point):
    within = all(min(a[i], b[i]) <= point[i] <= max(a[i], b[i]) for i in (0, 1))
    return cross(a, b, point) == 0 and within


def lattice_points(corners):
    """Those inside, by counting the sides to the right, and those on the border."""
    sides = list(zip(corners, (*corners[1:], corners[0]), strict=True))
    xs, ys = zip(*corners, strict=True)
    inside = border = 0
    for x in range(min(xs), max(xs) + 1):
        for y in range(min(ys), max(ys) + 1):
            if any(on_side(a, b, (x, y)) for a, b in sides):
                border += 1
                continue
            crossed = 0
            for a, b in sides:
                if (a[1] > y) != (b[1] > y):
                    crossed += a[0] + Fraction((y - a[1]) * (b[0] - a[0]), b[1] - a[1]) > x
            inside += crossed % 2
    return inside, border


def test_areas_and_points_inside_agree_with_counting_points():
    for problem in drawn(POLYGON, 4):
        asked, corners = problem.question.given
        inside, border = lattice_points(corners)
        right = inside if asked == "inside" else Fraction(2 * inside + border - 2, 2)
        assert POLYGON.verify(problem, str(right)).correct, problem
        assert not POLYGON.verify(problem, str(right + 1)).correct


def test_no_side_of_a_polygon_crosses_or_touches_another():
    for problem in drawn(POLYGON, 10):
        corners = problem.question.given[1]
        sides = list(zip(corners, (*corners[1:], corners[0]), strict=True))
        for (a, b), (c, d) in combinations(sides, 2):
            if len({a, b, c, d}) == 4:
                apart = cross(a, b, c) * cross(a, b, d) > 0 or cross(c, d, a) * cross(c, d, b) > 0
                assert apart or not touching(a, b, c, d)
            else:
                assert cross(*dict.fromkeys((a, b, c, d))) != 0


def touching(a, b, c, d):
    proper = cross(a, b, c) * cross(a, b, d) < 0 and cross(c, d, a) * cross(c, d, b) < 0
    return proper or on_side(a, b, c) or on_side(a, b, d) or on_side(c, d, a) or on_side(c, d, b)


def test_a_polygon_has_a_picture_with_its_corners():
    problem = POLYGON.problem("train", 1, 0)
    picture = POLYGON.picture(problem.question)
    assert picture.startswith("<svg")
    assert "A(" in picture
