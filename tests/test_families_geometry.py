"""Plane geometry: what is accepted and what isn't, and independent oracles."""

import re
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

from reasoning_gym.checker import Name, Number, parse, rational
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


ANGLES = get_family("triangle_angles")
SUM = posed(ANGLES, "sum", "CAB", (("A", 50), ("B", 60)), "C")
LEANING = posed(ANGLES, "isosceles", "ABC", (("AB=AC", 0), ("B", 50)), "A")
FAN = posed(ANGLES, "fan", "ABCD", (("ABC", 40), ("BAC", 30), ("AC=CD", 0)), "ADC")


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("70", True), ("C=70", True), ("70 degrees", True), ("70°", True), ("$70^\\circ$", True), ("70^{\\circ}", True),
        ("angle C=70", True), ("\\angle C = 70^\\circ", True),
        ("∠C=70°", True), ("m∠C = 70", True), ("∠A=70°", False), ("∠C", False),
        ("\\boxed{70^\\circ}", True), ("ACB=70", True), ("70.0", True), ("110", False),
        ("180-110", False), ("A=70", False), ("70 or 110", False), ("140/2", False), ("70 degrees degrees", False),
        ("degrees", False), ("-70", False), ("70%", False), ("7*10", False), ("1.2217", False),
    ],
)  # fmt: skip
def test_an_angle_is_a_number_of_degrees(answer, right):
    assert ANGLES.verify(SUM, answer).correct == right


@pytest.mark.parametrize(
    ("problem", "before", "step", "right"),
    [
        (SUM, (), "A+B=50+60=110", True),
        (SUM, (), "B+A=110", True),
        (SUM, (), "C=180-50-60=70", True),
        (SUM, (), "180-50-60", True),
        (SUM, (), "A=50", False),  # given
        (SUM, (), "C=180-50-60=60", False),
        (SUM, (), "C=A+B-30=70", False),
        (SUM, (), "C=180-A-B=70", True),
        (SUM, (), "C=180-(A+B)=70", True),
        (SUM, (), "C=360-2A+B=70", False),
        (SUM, ("C=180-110=70",), "ACB=70", False),  # the same angle
        (SUM, (), "\\angle C = 180^\\circ - 50^\\circ - 60^\\circ = 70^\\circ", True),
        (SUM, (), "∠C=180°-50°-60°=70°", True),
        (SUM, (), "∠C=180°-50°-60°=60°", False),
        (SUM, ("∠C=70°",), "C=70", False),
        (LEANING, (), "C=B=50", True),
        (LEANING, (), "C=B", False),  # a number is wanted
        (LEANING, (), "C=A=50", False),
        (LEANING, (), "B=50", False),
        (LEANING, (), "A=180-2*50=80", True),
        (FAN, (), "ACD=40+30=70", True),  # an exterior angle
        (FAN, (), "DCA=70", True),
        (FAN, (), "ADC=(180-70)/2=55", True),
        (FAN, (), "DAC=55", True),
        (FAN, (), "ADC=70", False),
        (FAN, (), "BAD=85", False),  # isn't asked on the way
        (FAN, (), "AC=CD", False),
    ],
)
def test_a_step_about_an_angle_is_true_and_new(problem, before, step, right):
    assert ANGLES.check_thought(problem.question, before, step).correct == right


def measured(at, name):
    """The angle of a name such as ABC in degrees."""
    end, corner, other = (np.array(at[letter]) for letter in name)
    one, two = end - corner, other - corner
    return np.degrees(np.arccos(one @ two / np.linalg.norm(one) / np.linalg.norm(two)))


def apex(left, right, at_left, at_right):
    """The third corner above a base on the x-axis."""
    a, b = np.tan(np.radians([at_left, at_right]))
    x = (a * left + b * right) / (a + b)
    return (x, a * (x - left))


def fan_places(letters, facts):
    """Coordinates of the points of a fan, each found by bisection on the line."""
    at = {letters[1]: (0.0, 0.0), letters[2]: (1.0, 0.0)}
    left, top = facts.pop(0)[1], facts.pop(0)[1]
    at[letters[0]] = apex(0, 1, left, 180 - left - top)
    for before, point, (fact, degrees) in zip(letters[2:], letters[3:], facts, strict=False):
        start = at[before][0]

        def gap(x, point=point, fact=fact, degrees=degrees):
            places = {**at, point: (x, 0.0)}
            if degrees:
                sign = 1 if fact[1] == "A" else -1  # the angle at the top grows with x, the one on the line shrinks
                return sign * (measured(places, fact) - degrees)
            one, two = (np.linalg.norm(np.subtract(places[side[0]], places[side[1]])) for side in fact.split("="))
            return one - two

        xs = start + np.geomspace(1e-4, 1e4, 400)
        values = [gap(x) for x in xs]
        low, high = next((a, b) for a, b, u, v in zip(xs, xs[1:], values, values[1:], strict=False) if u * v <= 0)
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (low, middle) if gap(low) * gap(middle) <= 0 else (middle, high)
        at[point] = (low, 0.0)
    return at


def places_of(kind, letters, facts, answer):
    """Coordinates of a figure with bisectors or an altitude."""
    p, q, r = letters
    sizes = dict(facts)
    if kind == "incentre":
        top = sizes.get(p, answer)
        sizes = {q: (180 - top) * 0.4, r: (180 - top) * 0.6}
    at = {q: (0.0, 0.0), r: (1.0, 0.0), p: apex(0, 1, sizes[q], sizes[r])}
    at["I"] = apex(0, 1, sizes[q] / 2, sizes[r] / 2)
    sides = [np.linalg.norm(np.subtract(at[p], at[end])) for end in (q, r)]
    at["D"] = (sides[0] / sum(sides), 0.0)
    at["H"] = (at[p][0], 0.0)
    return at


def test_angles_agree_with_those_measured_in_coordinates():
    kinds = set()
    for problem in drawn(ANGLES, 12):
        kind, letters, facts, asked = problem.question.given
        answer = int(problem.answer)
        if kind == "fan":
            at = fan_places(letters, list(facts))
        elif kind in {"incentre", "bisector", "altitude"}:
            at = places_of(kind, letters, facts, answer)
        else:
            continue
        kinds.add(kind)
        name, size = next(iter(facts)) if kind == "incentre" and len(asked) == 1 else (asked, answer)
        assert abs(measured(at, name) - size) < 1e-6, problem
    assert kinds == {"fan", "incentre", "bisector", "altitude"}


def test_angles_of_sums_ratios_isosceles_triangles_and_parallels_fit_the_facts():
    kinds = set()
    for problem in drawn(ANGLES, 1):
        kind, letters, facts, asked = problem.question.given
        if kind not in {"sum", "ratio", "isosceles", "parallel"}:
            continue
        kinds.add(kind)
        p, q, r = letters
        fits = set()
        for a in range(1, 179):
            for b in range(1, 180 - a):
                angles = {p: a, q: b, r: 180 - a - b}
                named = dict(angles)
                for corner, there in ((q, "D"), (r, "E")):
                    other = "E" if there == "D" else "D"
                    for ends, size in ((p, angles[corner]), (corner, 180 - angles[corner])):
                        named["".join(sorted(ends + other)[:1]) + there + max(ends, other)] = size
                for corner in letters:
                    one, two = sorted(set(letters) - {corner})
                    named[one + corner + two] = angles[corner]
                if kind == "ratio":
                    parts = dict(facts)
                    fit = all(angles[c] * sum(parts.values()) == 180 * parts[c] for c in parts)
                else:
                    fit = all(named[name] == size for name, size in facts if size)
                    fit = fit and (kind != "isosceles" or angles[q] == angles[r])
                if fit:
                    fits.add(named[asked])
        assert fits == {int(problem.answer)}, problem
    assert len(kinds) == 4


RIGHT = get_family("right_triangle")
LEGS = posed(RIGHT, "sides", "CAB", (("AC", 4), ("BC", 6)), "AB")  # 2sqrt(13)
WHOLE = posed(RIGHT, "sides", "CAB", (("AC", 3), ("BC", 4)), "AB")


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("2sqrt(13)", True), ("sqrt(52)", True), ("2*sqrt(13)", True), ("2\\sqrt{13}", True), ("2√13", True),
        ("AB=2sqrt(13)", True), ("BA=sqrt(52)", True), ("52^(1/2)", True), ("4sqrt(13)/2", True), ("26/sqrt(13)", True),
        ("sqrt(13)*2", True), ("7.2111", False), ("7.211102550927978", False), ("52", False), ("sqrt(4^2+6^2)", False),
        ("sqrt(16+36)", False), ("sqrt(13)", False), ("±2sqrt(13)", False), ("2sqrt(13) or 7.2", False), ("10", False),
        ("sqrt(13)+sqrt(13)", False), ("-2sqrt(13)", False), ("2sqrt(13)+0", False), ("sqrt(20)", False),
        ("sqrt(4)*sqrt(13)", False), ("AC=2sqrt(13)", False), ("AB^2=52", False), ("2*1*sqrt(13)", False),
    ],
)  # fmt: skip
def test_a_length_with_a_root_is_exact(answer, right):
    assert RIGHT.verify(LEGS, answer).correct == right


@pytest.mark.parametrize(
    ("answer", "right"), [("5", True), ("5.0", True), ("sqrt(25)", False), ("10/2", False), ("25", False), ("7", False)]
)
def test_a_root_that_comes_out_is_worked_out(answer, right):
    assert RIGHT.verify(WHOLE, answer).correct == right


@pytest.mark.parametrize(
    ("before", "step", "right"),
    [
        ((), "AB^2=4^2+6^2=16+36=52", True),
        ((), "AB^2=52", True),
        ((), "BA^2=52", True),
        ((), "AB^2=6^2-4^2=20", False),
        ((), "AB^2=4^2+6^2=50", False),
        ((), "AB=sqrt(4^2+6^2)=sqrt(52)=2sqrt(13)", True),
        ((), "sqrt(16+36)", True),
        (("AB=sqrt(52)",), "AB=2sqrt(13)", True),
        (("AB=2sqrt(13)",), "AB=sqrt(52)", False),
        (("AB^2=52",), "AB^2=4*13=52", False),
        ((), "AC=4", False),
        ((), "AC^2=16", False),
        ((), "AB=7.2", False),
    ],
)
def test_a_step_of_pythagoras_is_true_and_new(before, step, right):
    assert RIGHT.check_thought(LEGS.question, before, step).correct == right


THIRTY = posed(RIGHT, "angle", "CAB", (("A", 30), ("AB", 8)), "BC")


@pytest.mark.parametrize(
    ("before", "step", "right"),
    [
        ((), "sin A=1/2", True),
        ((), "sin 30=1/2", True),
        ((), "cos B=1/2", True),  # the other angle leads to the same side
        ((), "cos 60 = 1/2", True),
        ((), "cos A=1/2", False),
        ((), "sin B=1/2", False),
        ((), "sin 45=sqrt(2)/2", False),  # no angle of the triangle
        (("sin A=1/2",), "sin 30=1/2", False),
        ((), "BC=AB*sin A=8*1/2=4", True),
        ((), "BC=8*sin(30)=4", True),
        ((), "BC=8*cos(30)=4", False),
        ((), "A=30", False),  # given
    ],
)
def test_a_ratio_may_be_of_either_angle(before, step, right):
    assert RIGHT.check_thought(THIRTY.question, before, step).correct == right


def approximately(node):
    """The value of a reference answer as a float."""
    if isinstance(node, str):
        return approximately(parse(node))
    if isinstance(node, Number):
        return float(node.value)
    if isinstance(node, Name):
        return {"pi": np.pi}[node.name]
    values = [approximately(argument) for argument in node.args]
    operations = {"+": sum, "*": np.prod, "neg": lambda v: -v[0], "/": lambda v: v[0] / v[1], "sqrt": np.sqrt}
    return float(np.squeeze(operations[node.head](values)))


def length(at, name):
    return np.linalg.norm(np.subtract(at[name[0]], at[name[1]]))


def right_angled(letters, facts):
    """Coordinates of a right triangle with its right angle at the origin."""
    c, a, b = letters
    sizes = {"".join(sorted(name)): size for name, size in facts}
    x, y, z = (sizes.get("".join(sorted(pair))) for pair in (c + a, c + b, a + b))
    angle = next(((name, np.radians(size)) for name, size in facts if len(name) == 1), None)
    if angle is not None:
        tangent = np.tan(angle[1]) if angle[0] == a else 1 / np.tan(angle[1])  # y / x
        x = x or (y / tangent if y else z / np.hypot(1, tangent))
        y = x * tangent
    x, y = x or np.sqrt(z * z - y * y), y or np.sqrt(z * z - x * x)
    foot = y * y / (x * x + y * y)
    return {c: (0, 0), a: (x, 0), b: (0, y), "H": (foot * x, (1 - foot) * y)}


def chained(points, facts):
    """The squares of the distances from A, by the legs; a leg that is missing follows from the last."""
    sizes = dict(facts)
    legs = [points[i : i + 2] for i in range(len(points) - 1)]
    known = sum(sizes[leg] ** 2 for leg in legs if leg in sizes)
    last = "A" + points[-1]
    return np.sqrt(sizes[last] ** 2 - known) if last in sizes else np.sqrt(known)


def test_lengths_and_ratios_agree_with_coordinates():
    kinds = set()
    for problem in drawn(RIGHT, 20):
        kind, letters, facts, asked = problem.question.given
        kinds.add(kind)
        if kind == "chain":
            found = chained(letters, facts)
        elif kind == "general":
            sizes = dict(facts)
            half = sum(sizes.values()) / 2
            area = np.sqrt(half * np.prod([half - size for size in sizes.values()]))
            base = next(size for name, size in facts if letters[0] not in name)
            found = area if asked == "area" else 2 * area / base
        else:
            at = right_angled(letters, facts)
            c, (function, _, corner) = letters[0], asked.partition(" ")
            if corner:
                (other,) = set(letters) - {c, corner}
                opposite, beside, longest = length(at, c + other), length(at, c + corner), length(at, other + corner)
                found = {"sin": opposite / longest, "cos": beside / longest, "tan": opposite / beside}[function]
            else:
                found = length(at, asked)
        assert abs(approximately(problem.answer) - found) < 1e-9 * max(1, found), problem
        assert not RIGHT.verify(problem, f"{found:.12f}").correct or "sqrt" not in problem.answer
    assert kinds == {"sides", "altitude", "ratio", "angle", "chain", "general"}


CIRCLE = get_family("circle")
DISC = posed(CIRCLE, "round", ("radius", 7, "area"))
SECTOR = posed(CIRCLE, "sector", (6, 60, "perimeter"))  # 12+2pi
LARGER = posed(CIRCLE, "segment", (6, 60, "smaller"))  # 6pi-9sqrt(3)


@pytest.mark.parametrize(
    ("problem", "answer", "right"),
    [
        (DISC, "49pi", True), (DISC, "49*pi", True), (DISC, "pi*49", True), (DISC, "49\\pi", True), (DISC, "49π", True),
        (DISC, "area=49pi", True), (DISC, "98pi/2", True), (DISC, "7^2*pi", False), (DISC, "14pi", False),
        (DISC, "49", False), (DISC, "153.938", False), (DISC, "49*3.14", False), (DISC, "49*22/7", False),
        (DISC, "7*7*pi", False), (DISC, "50pi-pi", False), (DISC, "49p", False), (DISC, "49pi r^2", False),
        (SECTOR, "12+2pi", True), (SECTOR, "2pi+12", True), (SECTOR, "(24+4pi)/2", True), (SECTOR, "2pi", False),
        (SECTOR, "12+2*3.14", False), (SECTOR, "14pi", False), (SECTOR, "12+pi+pi", False), (SECTOR, "12-2pi", False),
        (LARGER, "6pi-9sqrt(3)", True), (LARGER, "-9sqrt(3)+6pi", True), (LARGER, "6\\pi-9\\sqrt{3}", True),
        (LARGER, "6pi-sqrt(243)", True), (LARGER, "(12pi-18sqrt(3))/2", True), (LARGER, "6pi-9", False),
        (LARGER, "30pi+9sqrt(3)", False), (LARGER, "6pi-18*sqrt(3)/2", True), (LARGER, "6pi-2*9sqrt(3)/2", False),
    ],
)  # fmt: skip
def test_an_area_with_pi_is_exact(problem, answer, right):
    assert CIRCLE.verify(problem, answer).correct == right


@pytest.mark.parametrize(
    ("problem", "before", "step", "right"),
    [
        (DISC, (), "area=7^2*pi=49pi", True),
        (DISC, (), "7^2*pi", True),
        (DISC, (), "area=2*7*pi=14pi", False),
        (DISC, (), "area=153.94", False),
        (DISC, (), "r=7", False),  # given
        (DISC, (), "area=pi*r^2=49pi", True),
        (DISC, (), "area=pi r^2 = 49pi", True),
        (DISC, (), "area=2*pi*r=49pi", False),
        (DISC, (), "area=pi*r^2", False),
        (SECTOR, (), "perimeter=2r+arc=12+2pi", True),
        (SECTOR, (), "perimeter=r+arc=12+2pi", False),
        (SECTOR, (), "share=60/360=1/6", True),
        (SECTOR, (), "arc=1/6*12*pi=2pi", True),
        (SECTOR, (), "perimeter=2*6+2pi=12+2pi", True),
        (SECTOR, (), "arc=1/6*36pi=6pi", False),
        (LARGER, (), "sector=6pi; triangle=9sqrt(3)", True),
        (LARGER, (), "triangle=6^2*sqrt(3)/4=9sqrt(3)", True),
        (LARGER, (), "triangle=18", False),
        (LARGER, ("sector=6pi",), "sector=36pi/6", False),
    ],
)
def test_a_step_about_a_circle_is_true_and_new(problem, before, step, right):
    assert CIRCLE.check_thought(problem.question, before, step).correct == right


def integral(function, low, high):
    """Simpson's rule after x = low + (high-low)(1-cos t)/2, which takes the edge off a half circle."""
    t = np.linspace(0, np.pi, 2_001)
    values = function(low + (high - low) * (1 - np.cos(t)) / 2) * (high - low) * np.sin(t) / 2
    weights = np.tile([2, 4], 1_001)[:2_001]
    weights[[0, -1]] = 1
    return float(values @ weights) * (t[1] - t[0]) / 3


def cap(radius, from_centre):
    """The area of a circle beyond a line."""
    return integral(lambda x: 2 * np.sqrt(np.maximum(radius**2 - x**2, 0)), from_centre, radius)


def regular(corners, radius):
    return corners * radius**2 * np.sin(2 * np.pi / corners) / 2


def measured_circle(kind, facts):
    """The asked length or area of a circle, by integration where it is an area with a curved edge."""
    a, b, c = (*facts, 0, 0)[:3]
    part = {"sector": b, "ring": c}.get(kind, 0) / 360
    whole = {
        "round": lambda: (b if a == "radius" else b / 2, c),
        "inverse": lambda: (np.sqrt(b) if a == "area" else b / 2, c),
    }
    if kind in whole:
        radius, asked = whole[kind]()
        return 2 * cap(radius, 0) if asked == "area" else 2 * np.pi * radius
    if kind == "sector":
        arc = 2 * np.pi * a * part
        return {"arc length": arc, "area": 2 * cap(a, 0) * part, "perimeter": 2 * a + arc}[c]
    if kind == "segment":
        small = cap(a, a * np.cos(np.radians(b / 2)))
        return small if c == "smaller" else 2 * cap(a, 0) - small
    return {
        "ring": lambda: (2 * cap(b, 0) - 2 * cap(a, 0)) * part,
        "arc": lambda: a * b * np.pi / 2,
        "chord": lambda: 2 * np.sqrt(b**2 - a**2),
        "distance": lambda: np.sqrt(b**2 - a**2 / 4),
        "radius": lambda: np.hypot(a / 2, b),
        "tangent": lambda: np.sqrt(b**2 - a**2),
        "beyond": lambda: np.hypot(a, b),
        "square in": lambda: 2 * cap(a, 0) - regular(4, a),
        "hexagon in": lambda: 2 * cap(a, 0) - regular(6, a),
        "triangle in": lambda: 2 * cap(a, 0) - regular(3, a),
        "square around": lambda: 4 * a**2 - 2 * cap(a, 0),
        "rectangle": lambda: 2 * cap(np.hypot(a, b) / 2, 0),
        "incircle": lambda: a * b / (a + b + np.hypot(a, b)),
        "lens": lambda: 2 * cap(a, a / 2),
        "crossing": lambda: 2 * cap(a, a / np.sqrt(2)),
        "reuleaux": lambda: 3 * cap(a, a * np.sqrt(3) / 2) + regular(3, a / np.sqrt(3)),
        "outer": lambda: np.sqrt(c**2 - (b - a) ** 2),
        "inner": lambda: np.sqrt(c**2 - (b + a) ** 2),
        "belt": lambda: 2 * b + 2 * np.pi * a,
    }[kind]()


def test_lengths_and_areas_of_circles_agree_with_integration():
    kinds = set()
    for problem in drawn(CIRCLE, 40):
        kind, facts = problem.question.given
        kinds.add(kind)
        found = measured_circle(kind, facts)
        assert abs(approximately(problem.answer) - found) < 1e-6 * found, problem
    assert len(kinds) == 23


LINES = get_family("line_geometry")
SLOPE = posed(LINES, "slope", (1, 2, 4, 8))
MIDDLE = posed(LINES, "midpoint", (1, 2, 4, -8))  # (5/2,-3)
THROUGH = posed(LINES, "through", (1, 2, 4, 7))  # y=5x/3+1/3
MEETING = posed(LINES, "meeting", (2, 1, 7, 1, -1, 2))  # (3,1)


@pytest.mark.parametrize(
    ("problem", "answer", "right"),
    [
        (SLOPE, "2", True), (SLOPE, "m=2", True), (SLOPE, "6/3", False), (SLOPE, "1/2", False), (SLOPE, "-2", False),
        (SLOPE, "y=2x", False), (MIDDLE, "(5/2,-3)", True), (MIDDLE, "(2.5, -3)", True), (MIDDLE, "M(5/2,-3)", True),
        (MIDDLE, "M = (5/2, -3)", True), (MIDDLE, "x=5/2, y=-3", True), (MIDDLE, "(x,y)=(5/2,-3)", True),
        (MIDDLE, "$\\left(\\frac{5}{2},-3\\right)$", True), (MIDDLE, "x=5/2 and y=-3", True),
        (MIDDLE, "(-3,5/2)", False),
        (MIDDLE, "y=5/2, x=-3", False), (MIDDLE, "(5,-6)", False), (MIDDLE, "((1+4)/2,-3)", False),
        (MIDDLE, "(5/2,-3,0)", False), (MIDDLE, "5/2", False), (MIDDLE, "x=5/2", False), (MIDDLE, "(5/2,-6/2)", False),
        (MIDDLE, "(5/2,-3) or (1,2)", False), (MIDDLE, "{5/2,-3}", False), (MIDDLE, "()", False),
        (THROUGH, "y=5x/3+1/3", True), (THROUGH, "y=5/3x+1/3", True), (THROUGH, "3y=5x+1", True),
        (THROUGH, "5x-3y+1=0", True), (THROUGH, "5x-3y=-1", True), (THROUGH, "y-2=5/3(x-1)", True),
        (THROUGH, "y = (5x+1)/3", True), (THROUGH, "x=3y/5-1/5", True), (THROUGH, "y-7=5(x-4)/3", True),
        (THROUGH, "\\(y=\\frac{5}{3}x+\\frac{1}{3}\\)", True), (THROUGH, "0=10x-6y+2", True),
        (THROUGH, "y=5x/3", False), (THROUGH, "5x/3+1/3", False), (THROUGH, "y-2=(7-2)/(4-1)*(x-1)", False),
        (THROUGH, "y=x+1", False), (THROUGH, "0=0", False), (THROUGH, "y=y", False), (THROUGH, "y=5x/3+2-5/3", False),
        (THROUGH, "y=5x/3+1/3 or y=x", False), (THROUGH, "y^2=(5x/3+1/3)^2", False), (THROUGH, "x=y", False),
        (THROUGH, "(3y-5x-1)(x^2+1)=0", False), (THROUGH, "z=5x/3+1/3", False), (THROUGH, "m=5/3", False),
        (THROUGH, "1/y=1/(5x/3+1/3)", False), (THROUGH, "y=5x/3+1/3, x>0", False), (THROUGH, "y>=5x/3+1/3", False),
        (MEETING, "(3,1)", True), (MEETING, "x=3,y=1", True), (MEETING, "y=1, x=3", True),
        (MEETING, "x=3,x=3", False), (MEETING, "x=3,1", False), (MEETING, "y=3, x=1", False), (MEETING, "(1,3)", False),
        (MEETING, "(3,1),(3,1)", False),
    ],
)  # fmt: skip
def test_points_and_lines_are_read_in_any_layout(problem, answer, right):
    assert LINES.verify(problem, answer).correct == right


@pytest.mark.parametrize(
    ("problem", "before", "step", "right"),
    [
        (SLOPE, (), "m=(8-2)/(4-1)=6/3=2", True),
        (SLOPE, (), "(8-2)/(4-1)", True),
        (SLOPE, (), "m=(4-1)/(8-2)=1/2", False),
        (MIDDLE, (), "y=(2-8)/2=-3", True),
        (MIDDLE, (), "x=(1+4)/2=5/2; y=-3", True),
        (MIDDLE, (), "x=-3", False),
        (THROUGH, (), "b=2-5/3=1/3", True),
        (THROUGH, (), "b=7-5/3*4=1/3", True),
        (THROUGH, ("m=5/3",), "m=10/6", False),
        (MEETING, (), "x=(7+2)/(2+1)=3", True),
        (MEETING, (), "D=2*(-1)-1*1=-3", True),
        (MEETING, (), "x=1", False),
        (MEETING, ("x=3",), "y=7-2*3=1", True),
        (MEETING, (), "2x+y=7", False),  # given
    ],
)
def test_a_step_in_coordinates_is_true_and_new(problem, before, step, right):
    assert LINES.check_thought(problem.question, before, step).correct == right


def coordinates(problem):
    return [float(Fraction(part)) for part in problem.answer.strip("()").split(",")]


def is_right_place(kind, facts, found):
    """Whether what was found fulfils the condition that defines it, in floats."""

    def near(one, other):
        return abs(one - other) < 1e-9 * max(1, abs(one))

    if kind in {"slope", "distance", "gap"}:
        return near(found, {
            "slope": lambda a, b, c, d: (d - b) / (c - a),
            "distance": lambda a, b, c, d: np.hypot(c - a, d - b),
            "gap": lambda a, b, c, x, y: abs(a * x + b * y - c) / np.hypot(a, b),
        }[kind](*facts))  # fmt: skip
    if kind == "meeting":
        return all(near(a * found[0] + b * found[1], c) for a, b, c in (facts[:3], facts[3:]))
    if kind in {"foot", "mirror"}:
        a, b, c, x, y = facts
        middle = found if kind == "foot" else [(x + found[0]) / 2, (y + found[1]) / 2]
        return near(a * middle[0] + b * middle[1], c) and near((found[0] - x) * b, (found[1] - y) * a)
    corners = [np.array(facts[i : i + 2]) for i in range(0, len(facts), 2)]
    gaps = [corner - np.array(found) for corner in corners]
    if kind == "orthocentre":
        return all(abs(gaps[i] @ (corners[i - 1] - corners[i - 2])) < 1e-9 for i in range(3))
    return all(near(np.hypot(*gaps[0]), np.hypot(*gap)) for gap in gaps) and (
        kind != "midpoint" or near(*(gaps[0] + gaps[1] + 1))
    )


def is_right_line(kind, facts, slope, intercept):
    """Whether y = slope x + intercept goes through what it should, exactly."""

    def at(x):
        return slope * x + intercept

    if kind == "through":
        return at(facts[0]) == facts[1] and at(facts[2]) == facts[3]
    if kind == "bisector":
        ax, ay, bx, by = facts
        return at(Fraction(ax + bx, 2)) == Fraction(ay + by, 2) and slope * (by - ay) == ax - bx
    a, b, _, x, y = facts
    return at(x) == y and (a + b * slope == 0 if kind == "parallel" else b == a * slope)


def test_points_and_lines_fulfil_what_defines_them():
    kinds = set()
    for problem in drawn(LINES, 25):
        kind, facts = problem.question.given
        kinds.add(kind)
        if kind in {"slope", "distance", "gap"}:
            assert is_right_place(kind, facts, approximately(problem.answer)), problem
        elif kind in {"through", "parallel", "perpendicular", "bisector"}:
            zero, one = (Fraction(value_at(problem.answer, x)) for x in (0, 1))
            assert is_right_line(kind, facts, one - zero, zero), problem
        else:
            assert is_right_place(kind, facts, coordinates(problem)), problem
    assert len(kinds) == 13


def value_at(equation, x):
    """The y of a reference equation y=mx+b."""
    right = re.sub(r"(?<=\d)x", "*x", equation.removeprefix("y=")).replace("x", f"({x})")
    return rational(parse(right))


PATHS = get_family("lattice_paths")
GRID = posed(PATHS, ("..#.", "....", ".#..", "...."), 0)  # 7 ways
DIAGONAL = posed(PATHS, ("..", ".."), 1)  # 3 ways


@pytest.mark.parametrize(
    ("problem", "answer", "right"),
    [
        (GRID, "7", True), (GRID, "\\boxed{7}", True), (GRID, "7.0", True), (GRID, "20", False), (GRID, "14/2", False),
        (GRID, "3+4", False), (GRID, "-7", False), (GRID, "7 or 20", False), (GRID, "row 4: 1,1,3,7", False),
        (DIAGONAL, "3", True), (DIAGONAL, "2", False),
    ],
)  # fmt: skip
def test_the_ways_through_a_grid_are_one_number(problem, answer, right):
    assert PATHS.verify(problem, answer).correct == right


@pytest.mark.parametrize(
    ("problem", "before", "step", "right"),
    [
        (GRID, (), "row 1: 1,1,0,0", True),
        (GRID, (), "Row 1: 1 1 0 0", True),
        (GRID, (), "row 2: 1, 2, 2, 2", True),
        (GRID, (), "row 2 = [1, 2, 2, 2].", True),
        (GRID, (), "row 2: 1, 2, 2, 2]", False),
        (GRID, (), "row 2 1, 2, 2, 2", False),
        (GRID, ("row 2: 1,2,2,2",), "row 2: (1,2,2,2)", False),
        (GRID, (), "column 2: 1,2,0,1", True),
        (GRID, (), "column 4: 0,2,4,7", True),
        (GRID, (), "row 1: 1,1,0,1", False),  # behind the blocked cell
        (GRID, (), "row 1: 1,1,0", False),
        (GRID, (), "row 0: 1,1,0,0", False),
        (GRID, (), "row 5: 1,1,0,0", False),
        (GRID, (), "row 1: 1,1,#,0", False),
        (GRID, ("row 1: 1,1,0,0",), "row 1: 1 1 0 0", False),
        (GRID, ("row 1: 1,1,0,1",), "row 1: 1,1,0,0", True),  # a wrong line is no knowledge
        (GRID, (), "row 1: " + "1," * 5_000 + "1", False),
        (DIAGONAL, (), "row 2: 1,3", True),
        (DIAGONAL, (), "row 2: 1,2", False),
    ],
)
def test_a_step_through_a_grid_counts_a_row_or_a_column(problem, before, step, right):
    assert PATHS.check_thought(problem.question, before, step).correct == right


def test_ways_through_a_grid_agree_with_powers_of_the_matrix_of_moves():
    for problem in drawn(PATHS, 6):
        rows, diagonal = problem.question.given
        cells = [(i, j) for i, row in enumerate(rows) for j, cell in enumerate(row) if cell == "."]
        moves = [(0, 1), (1, 0), *([(1, 1)] if diagonal else [])]
        one_move = np.array([[(k - i, m - j) in moves for k, m in cells] for i, j in cells], dtype=np.int64)
        assert cells[0] == (0, 0)
        assert cells[-1] == (len(rows) - 1, len(rows[0]) - 1)
        reached, total = np.eye(len(cells), dtype=np.int64)[0], 0
        for _ in range(len(rows) + len(rows[0])):
            reached = reached @ one_move
            total += int(reached[-1])
        assert total > 1
        assert PATHS.verify(problem, str(total)).correct, problem


def test_a_grid_has_a_picture_that_shows_no_numbers():
    picture = PATHS.picture(PATHS.problem("train", 1, 0).question)
    assert picture.startswith("<svg")
    assert "<text" not in picture
