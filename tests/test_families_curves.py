"""Critical points and tangents: what is accepted and what isn't."""

import numpy as np
import pytest
import sympy

from reasoning_gym.family import get_family
from reasoning_gym.problem import Problem, Question


def asked(family, *given):
    return Problem(Question(family, 1, "", "", given), "")


def right(problem, answer):
    return get_family(problem.question.family).verify(problem, answer).correct


def follows(problem, before, step):
    return get_family(problem.question.family).check_thought(problem.question, before, step).correct


TWO = asked("critical_points", 1, -3, 0, 1)  # x^3-3x+1: max -1, min 1
SADDLE = asked("critical_points", 2, 12, -6, 1)  # (x-2)^3+10
HALF = asked("critical_points", 0, -3, 3)  # 3x^2-3x: min 1/2
QUARTIC = asked("critical_points", 0, 0, -2, 0, 1)  # x^4-2x^2: min -1, max 0, min 1


@pytest.mark.parametrize(
    ("problem", "answer", "is_right"),
    [
        (TWO, "max -1, min 1", True),
        (TWO, "min 1, max -1", True),
        (TWO, "max at x=-1; min at x=1", True),
        (TWO, "Maximum x = -1 and minimum x = 1", True),
        (TWO, "$max -1, min 1$.", True),
        (TWO, "max -1\nmin 1", True),
        (TWO, "x=-1 (max), and x=1 (min)", True),
        (TWO, "max -1, , min 1", False),
        (TWO, "x=-1 (min), x=1 (max)", False),
        (TWO, "max 1, min -1", False),
        (TWO, "max -1", False),
        (TWO, "max -1, min 1, saddle 0", False),
        (TWO, "max -1, max -1, min 1", False),
        (TWO, "-1, 1", False),
        (TWO, "max -1 or min 1", False),
        (TWO, "max -1, min 3-2", False),
        (TWO, "max -1, min one", False),
        (SADDLE, "saddle 2", True),
        (SADDLE, "saddle point at 2", True),
        (SADDLE, "min 2", False),
        (HALF, "min 1/2", True),
        (HALF, "min 0.5", True),
        (HALF, "min \\frac{1}{2}", True),
        (HALF, "$\\text{min } \\dfrac{1}{2}$", True),
        (HALF, "\\min\\ \\frac12", True),
        (HALF, "local minimum at x = 1/2", True),
        (HALF, "x=1/2 (min)", True),
        (HALF, "x = 1/2 is a local minimum.", True),
        (HALF, "1/2 min", True),
        (HALF, "x=1/2: minimum point", True),
        (HALF, "min 1/2, -3/4", False),
        (HALF, "min (1/2, -3/4)", False),
        (HALF, "min -3/4", False),
        (HALF, "min \\frac{1}{3}", False),
        (HALF, "1/2 min max", False),
        (HALF, "min 1/2 max", False),
        (HALF, "1/2 is no min", False),
        (HALF, "max 1/2", False),
        (QUARTIC, "min -1, max 0, min 1", True),
        (QUARTIC, "min -1, saddle 0, min 1", False),
        (QUARTIC, "min -1, min 1", False),
    ],
)
def test_critical_points_are_all_asked_for_with_their_kinds(problem, answer, is_right):
    assert right(problem, answer) == is_right


SLOPE = "f'(x)=3x^2-3"


@pytest.mark.parametrize(
    ("problem", "before", "step", "is_right"),
    [
        (TWO, (), SLOPE, True),
        (TWO, (), "f'(x) = 3x^2 - 3 = 3(x-1)(x+1)", True),
        (TWO, (), "f'(x)=3x^2+3", False),
        (TWO, (), "f'(x)=3x^2", False),
        (TWO, (), "f(x)=x^3-3x+1", False),
        (TWO, (), "g'(x)=3x^2-3", False),
        (TWO, (SLOPE,), "f'(x)=3(x-1)(x+1)", True),
        (TWO, (SLOPE,), "f'(x)=3(x^2-1)", False),
        (TWO, (SLOPE,), "f'(x)=-3+3x^2", False),
        (TWO, (SLOPE,), "f'(x)=x*(3x-3/x)", False),  # and x*x*(3-3/x^2), and so on
        (TWO, ("f'(x)=x*(3x-3/x)",), "f'(x)=3(x-1)(x+1)", True),
        (TWO, ("f'(x)=3(x-1)(x+1)",), "f'(x)=3(x-1)(x+1)+0", False),
        (TWO, (SLOPE,), "x=-1 or x=1", True),
        (TWO, (), "x=1", True),
        (TWO, (), "x=2", False),
        (TWO, (), "x=-1 or x=2", False),
        (TWO, (), "3x^2-3=0", False),
        (TWO, ("x=1",), "x=1 or x=1", False),
        (TWO, ("x=1",), "x=-1", True),
        (TWO, ("x=1 or x=-1",), "x=-1", False),
        (TWO, (), "f''(x)=6x", True),
        (TWO, (), "f''(x)=6", False),
        (TWO, (), "f''(-1)=-6", True),
        (TWO, (), "f''(-1)=6*(-1)=-6", True),
        (TWO, (), "f''(-1)=6", False),
        (TWO, (), "f''(2)=12", False),  # no critical point
        (TWO, (), "f'(0)=-3", True),
        (TWO, (), "f'(0)=3", False),
        (TWO, (), "f'(100)=29997", False),
        (TWO, ("f''(1)=6",), "f''(1)=6*1", False),
        (TWO, ("f''(1)=6*1",), "f''(1)=6", True),
    ],
)
def test_steps_to_critical_points(problem, before, step, is_right):
    assert follows(problem, before, step) == is_right


def test_kinds_are_those_of_the_signs_of_the_derivative():
    family, rng, x = get_family("critical_points"), np.random.default_rng(0), sympy.Symbol("x")
    for level in range(1, family.levels + 1):
        for _ in range(5):
            problem = family.generate(rng, level)
            slope = sympy.Poly(list(problem.question.given)[::-1], x).diff(x)
            found = []
            for zero in sorted(sympy.roots(slope)):
                assert zero.is_rational
                before, after = (slope.eval(zero + side / sympy.Integer(1000)) for side in (-1, 1))
                found.append(f"{'saddle' if before * after > 0 else 'max' if before > 0 else 'min'} {zero}")
            assert problem.answer == ", ".join(found)


TANGENT = asked("tangent_line", "tangent", "x^2+3x", 2)  # y=7x-4
NORMAL = asked("tangent_line", "normal", "x^2+3x", 2)  # y=-x/7+72/7
RECIPROCAL = asked("tangent_line", "tangent", "12/x", 2)  # y=-3x+12


@pytest.mark.parametrize(
    ("problem", "answer", "is_right"),
    [
        (TANGENT, "y=7x-4", True),
        (TANGENT, "y = 7x - 4", True),
        (TANGENT, "7x-4=y", True),
        (TANGENT, "7x-y=4", True),
        (TANGENT, "y-10=7x-14", True),
        (TANGENT, "y-10=7(x-2)", False),
        (TANGENT, "2y=14x-8", True),
        (TANGENT, "y=10+7(x-2)", False),
        (TANGENT, "y=7x-14+10", False),
        (TANGENT, "7x-4", False),
        (TANGENT, "y=7x+4", False),
        (TANGENT, "y=7", False),
        (TANGENT, "y=7x-4 or y=0", False),
        (TANGENT, "y=x^2+3x", False),
        (TANGENT, "0=0", False),
        (TANGENT, "y=7x-4=7x-4", False),
        (TANGENT, "y=-x/7+72/7", False),
        (TANGENT, "z=7x-4", False),
        (NORMAL, "y=-x/7+72/7", True),
        (NORMAL, "x+7y=72", True),
        (NORMAL, "y=7x-4", False),
        (NORMAL, "y=x/7+68/7", False),
        (RECIPROCAL, "y=-3x+12", True),
        (RECIPROCAL, "y=3x", False),
    ],
)
def test_a_line_is_accepted_as_any_equation_that_is_worked_out(problem, answer, is_right):
    assert right(problem, answer) == is_right


@pytest.mark.parametrize(
    ("problem", "before", "step", "is_right"),
    [
        (TANGENT, (), "f'(x)=2x+3", True),
        (TANGENT, (), "f'(x)=2x", False),
        (TANGENT, (), "(x^2)'=2x", True),
        (TANGENT, (), "(x^2)'=x", False),
        (TANGENT, (), "(x^3)'=3x^2", False),
        (TANGENT, (), "f(2)=4+6=10", True),
        (TANGENT, (), "f(2)=2^2+3*2", True),
        (TANGENT, (), "f(2)=11", False),
        (TANGENT, (), "f(3)=18", False),
        (TANGENT, (), "f'(2)=7", True),
        (TANGENT, (), "f'(2)=8", False),
        (TANGENT, ("f(2)=10",), "f(2)=4+6", False),
        (TANGENT, ("f(2)=9",), "f(2)=10", True),
        (TANGENT, (), "y=10+7(x-2)", True),
        (TANGENT, (), "y-10=7(x-2)", True),
        (TANGENT, (), "y=10+7(x+2)", False),
        (TANGENT, ("y=10+7(x-2)",), "y=7x-14+10", True),
        (TANGENT, ("y=7x-14+10",), "y=10+7(x-2)", False),
        (TANGENT, ("y=7x-14+10",), "y=7x-4", True),
        (TANGENT, ("y=7x-4",), "2y=14x-8", False),
        (TANGENT, (), "m=7", False),  # f'(2) says so
        (TANGENT, (), "7=7", False),
        (NORMAL, (), "m=-1/7", True),
        (NORMAL, (), "m=1/7", False),
        (NORMAL, ("m=-1/7",), "m = -1/7", False),
        (NORMAL, (), "y=10-(x-2)/7", True),
        (NORMAL, (), "y=10+7(x-2)", False),
    ],
)
def test_steps_to_a_line(problem, before, step, is_right):
    assert follows(problem, before, step) == is_right


def test_tangents_touch_and_normals_are_perpendicular():
    family, rng, x = get_family("tangent_line"), np.random.default_rng(0), sympy.Symbol("x")
    for level in (1, 2, 3, 4, 6):
        for _ in range(5):
            problem = family.generate(rng, level)
            kind, text, at = problem.question.given
            python = text.replace("^", "**")
            for digit in "0123456789":
                python = python.replace(f"{digit}x", f"{digit}*x")
            f, line = sympy.sympify(python), problem.answer.removeprefix("y=")
            for digit in "0123456789":
                line = line.replace(f"{digit}x", f"{digit}*x")
            g = sympy.sympify(line)
            assert f.subs(x, at) == g.subs(x, at)
            slope = f.diff(x).subs(x, at)
            assert g.diff(x) == (slope if kind == "tangent" else -1 / slope)


@pytest.mark.parametrize(
    ("problem", "line"),
    [(TWO, "f'(x)=3x^2-3"), (TWO, "f''(1)=6"), (TANGENT, "y=7x-4"), (TANGENT, "f(2)=10"), (NORMAL, "m=-1/7")],
)
def test_nothing_is_brought_nearer_for_ever(problem, line):
    steps = []
    for zeros in range(30, -1, -1):
        if follows(problem, tuple(steps), line + "+0" * zeros):
            steps.append(line + "+0" * zeros)
    assert 3 <= len(steps) <= 12


def test_the_derivative_beside_the_zeros_is_worked_out_at_once():
    assert follows(TWO, (), "f'(0)=3*0-3=-3")
    assert not follows(TWO, (), "f'(0)=3*0-3")
    assert follows(TWO, (), "f''(1)=6*1")
