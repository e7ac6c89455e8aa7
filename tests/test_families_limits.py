"""Limits and coefficients of power series: what is accepted and what isn't."""

import math

import numpy as np
import pytest
import sympy

from reasoning_gym.checker import Undefined, Unreadable, parse
from reasoning_gym.checker.points import value_at
from reasoning_gym.families.series import INFINITY, limit, series_of
from reasoning_gym.family import get_family
from reasoning_gym.problem import Problem, Question


def asked(family, *given):
    return Problem(Question(family, 1, "", "", given), "")


def right(problem, answer):
    return get_family(problem.question.family).verify(problem, answer).correct


def follows(problem, before, step):
    return get_family(problem.question.family).check_thought(problem.question, before, step).correct


@pytest.mark.parametrize(
    "text",
    [
        "e^(2x)",
        "sin(3x)",
        "cos(2x)-1",
        "tan(x)",
        "ln(1+2x)",
        "sqrt(4+x)",
        "(1+2x)^(1/2)",
        "(1-x)^(-3)",
        "e^x*cos(2x)",
        "1/(1-x-x^2)",
        "e^(sin(x))",
        "ln(cos(x))",
        "(e^x-1)/(x+x^2)",
        "x^3/(1+x)^2",
    ],
)
def test_series_are_those_of_sympy(text):
    x = sympy.Symbol("x")
    python = text.replace("^", "**").replace("ln", "log").replace("e**", "E**")
    for digit in "0123456789":
        python = python.replace(f"{digit}x", f"{digit}*x")
    expected = sympy.series(sympy.sympify(python), x, 0, 6).removeO()
    found = series_of(parse(text))
    assert [sympy.Rational(str(found.coefficient(i))) for i in range(6)] == [expected.coeff(x, i) for i in range(6)]


def test_series_without_rational_coefficients_are_refused():
    for text in ("e", "e^(x+1)", "sin(x+1)", "ln(x)", "sqrt(x)", "sqrt(2+x)", "y", "x^x", "pi*x", "|x|", "x^(1/3)"):
        with pytest.raises(Unreadable):
            series_of(parse(text))
    with pytest.raises(Undefined):
        series_of(parse("1/(x-x)"))


def test_limits_at_infinity_are_ratios_of_leading_coefficients():
    assert limit(series_of(parse("(3x^2-x)/(2x^2+5)"), INFINITY)) == sympy.Rational(3, 2)
    assert limit(series_of(parse("(3x-1)/(2x^2+5)"), INFINITY)) == 0
    assert limit(series_of(parse("x-1"), INFINITY)) is None


FACTOR = asked("limit", "(x^2+x-6)/(x-2)", 2)  # 5
SINE = asked("limit", "sin(3x)/(2x)", 0)  # 3/2
ROOT = asked("limit", "(sqrt(x+7)-3)/(x-2)", 2)  # 1/6
FAR = asked("limit", "(3x^2-x+1)/(2x^2+5)", "oo")  # 3/2
TWICE = asked("limit", "(e^(2x)-1-2x)/(3x^2)", 0)  # 2/3


@pytest.mark.parametrize(
    ("problem", "answer", "is_right"),
    [
        (FACTOR, "5", True),
        (FACTOR, "5.0", True),
        (FACTOR, "2+3", False),
        (FACTOR, "-5", False),
        (FACTOR, "oo", False),
        (FACTOR, "0/0", False),
        (SINE, "3/2", True),
        (SINE, "1.5", True),
        (SINE, "1", False),
        (SINE, "sin(3x)/(2x)", False),
        (ROOT, "1/6", True),
        (ROOT, "\\frac{1}{6}", True),
        (ROOT, "0.1667", False),
        (ROOT, "1/(3+3)", False),
        (FAR, "3/2", True),
        (FAR, "0", False),
        (TWICE, "2/3", True),
        (TWICE, "4/6", True),
        (TWICE, "4/3", False),
    ],
)
def test_a_limit_is_one_number(problem, answer, is_right):
    assert right(problem, answer) == is_right


@pytest.mark.parametrize(
    ("problem", "before", "step", "is_right"),
    [
        (FACTOR, (), "(x-2)(x+3)/(x-2)", True),
        (FACTOR, (), "x+3", True),
        (FACTOR, (), "2+3", True),
        (FACTOR, (), "2x+1", True),  # by derivatives
        (FACTOR, (), "(2x+1)/1", True),
        (FACTOR, (), "x-3", False),
        (FACTOR, (), "(x-2)(x-3)/(x-2)", False),
        (FACTOR, (), "(x^2+x-6)/(x-2)", False),
        (FACTOR, (), "(x^2+x-6)/(x-2)+x-x", False),
        (FACTOR, (), "(x^2+x-6)*(x-1)/((x-2)(x-1))", False),  # the factor doesn't vanish
        (FACTOR, (), "5*x/x", False),
        (FACTOR, (), "x+3+0", True),
        (FACTOR, ("x+3",), "x+3+0", False),
        (FACTOR, ("x+3",), "3+x", False),
        (FACTOR, ("x+3",), "(x-2)(x+3)/(x-2)", False),
        (FACTOR, ("2+3",), "1+4", False),
        (FACTOR, (), "1+1+1+1+1", True),
        (FACTOR, (), "+".join("1" * 5) + "+0" * 60, False),
        (FACTOR, ("1+1+1+1+1",), "2+3", True),
        (FACTOR, (), "2+4", False),
        (FACTOR, (), "t+3", False),
        (SINE, (), "3/2*(sin(3x)/(3x))", True),
        (SINE, (), "3/2*(sin(2x)/(3x))", False),
        (SINE, (), "2/3*(sin(3x)/(3x))", False),
        (SINE, (), "3cos(3x)/2", True),
        (SINE, (), "3sin(3x)/2", False),
        (SINE, (), "3/2*1", True),
        (SINE, ("3/2*(sin(3x)/(3x))",), "sin(3x)/(2x)", False),
        (ROOT, (), "(x-2)/((x-2)(sqrt(x+7)+3))", True),
        (ROOT, (), "1/(sqrt(x+7)+3)", True),
        (ROOT, (), "1/(sqrt(x+7)-3)", False),
        (ROOT, (), "1/(sqrt(9)+3)", True),
        (FAR, (), "(3-1/x+1/x^2)/(2+5/x^2)", True),
        (FAR, (), "(3-1/x+1/x^2)/(2-5/x^2)", False),
        (FAR, (), "(3x-1+1/x)/(2x+5/x)", False),  # true, and no nearer
        (FAR, (), "(6x-1)/(4x)", False),  # oo/oo isn't 0/0
        (TWICE, (), "(2e^(2x)-2)/(6x)", True),
        (TWICE, (), "(2e^(2x)-2)/(5x)", False),
        (TWICE, ("(2e^(2x)-2)/(6x)",), "4e^(2x)/6", True),
        (TWICE, ("(2e^(2x)-2)/(6x)", "4e^(2x)/6"), "8e^(2x)/1", False),
        (TWICE, (), "(2e^(2x)-2)*x^5/(6x*x^5)", False),  # would never come to an end
        (TWICE, ("(2e^(2x)-2)/(6x)",), "2/3*((e^(2x)-1)/(2x))", True),
    ],
)
def test_steps_of_a_limit(problem, before, step, is_right):
    assert follows(problem, before, step) == is_right


def test_limits_are_what_the_values_nearby_say():
    family, rng = get_family("limit"), np.random.default_rng(0)
    for level in range(1, family.levels + 1):
        for _ in range(20):
            problem = family.generate(rng, level)
            text, point = problem.question.given
            at = 1e7 if point == INFINITY else point + 1e-4
            near = value_at(parse(text), {"x": at})
            wanted = float(sympy.Rational(problem.answer))
            assert near is not None
            assert math.isclose(complex(near).real, wanted, rel_tol=2e-2, abs_tol=2e-2), (text, point, near)


POWER = asked("taylor_coefficient", "5e^(2x)", 3)  # 20/3
PRODUCT = asked("taylor_coefficient", "(3x^2+x-1)*cos(2x)", 4)  # -20/3
QUOTIENT = asked("taylor_coefficient", "cos(3x)/(1-2x)", 3)  # -1


@pytest.mark.parametrize(
    ("problem", "answer", "is_right"),
    [
        (POWER, "20/3", True),
        (POWER, "40/6", True),
        (POWER, "\\frac{20}{3}", True),
        (POWER, "5*2^3/3!", False),
        (POWER, "20x^3/3", False),
        (POWER, "40", False),
        (POWER, "6.67", False),
        (PRODUCT, "-20/3", True),
        (PRODUCT, "20/3", False),
        (QUOTIENT, "-1", True),
        (QUOTIENT, "8", False),
    ],
)
def test_a_coefficient_is_one_number(problem, answer, is_right):
    assert right(problem, answer) == is_right


@pytest.mark.parametrize(
    ("problem", "before", "step", "is_right"),
    [
        (POWER, (), "5*2^3/3!", True),
        (POWER, (), "5*2^3/3", False),
        (POWER, ("5*2^3/3!",), "5*8/6", True),
        (POWER, ("5*8/6",), "5*2^3/3!", False),
        (POWER, ("40/6",), "5*8/6", False),
        (POWER, (), "e^(2x)=1+2x+2x^2+4x^3/3+...", True),
        (POWER, (), "e^(2x) = 1 + 2x + 2x^2 + \\ldots", True),
        (POWER, (), "5e^(2x)=5+10x+...", True),
        (POWER, (), "e^(2x)=1+2x+2x^2+4x^3/3", False),  # not equal
        (POWER, (), "e^(2x)=1+2x+x^2+...", False),
        (POWER, (), "e^(2x)=1+...", False),
        (POWER, (), "e^x=1+x+...", False),  # no part of the function
        (POWER, (), "2x=2x+...", False),
        (POWER, (), "e^(2x)=1+2x+2x^2+4x^3/3+2x^4/3+...", False),  # further than is asked
        (POWER, ("e^(2x)=1+2x+2x^2+...",), "e^(2x)=1+2x+...", False),
        (POWER, ("e^(2x)=1+2x+...",), "e^(2x)=1+2x+2x^2+...", True),
        (PRODUCT, (), "cos(2x)=1-2x^2+2x^4/3+...", True),
        (PRODUCT, (), "cos(2x)=1+2x^2+2x^4/3+...", False),
        (PRODUCT, (), "cos(2x)=1-2x^2+0x^4+...", False),
        (PRODUCT, (), "-1*(2/3)+3*(-2)", True),
        (PRODUCT, (), "-1*(2/3)+3*2", False),
        (PRODUCT, (), "3x^2+x-1=-1+x+3x^2+...", False),
        (QUOTIENT, (), "1/(1-2x)=1+2x+4x^2+8x^3+...", True),
        (QUOTIENT, (), "1/(1-2x)=1+2x+4x^2+6x^3+...", False),
        (QUOTIENT, (), "1/(1+2x)=1-2x+...", False),
    ],
)
def test_steps_of_a_coefficient(problem, before, step, is_right):
    assert follows(problem, before, step) == is_right


def test_coefficients_are_those_of_sympy():
    family, rng, x = get_family("taylor_coefficient"), np.random.default_rng(0), sympy.Symbol("x")
    for level in range(1, family.levels + 1):
        for _ in range(2):
            problem = family.generate(rng, level)
            text, degree = problem.question.given
            python = text.replace("e^", "E^").replace("^", "**").replace("ln", "log")
            for digit in "0123456789":
                for letter in "xE(sl":
                    python = python.replace(f"{digit}{letter}", f"{digit}*{letter}")
            for digit in "0123456789":
                python = python.replace(f"{digit}cos", f"{digit}*cos")
            expected = sympy.series(sympy.sympify(python), x, 0, degree + 1).removeO().coeff(x, degree)
            assert sympy.Rational(problem.answer) == expected, text


def accepted(problem, lines):
    """The lines that are steps, one after the other."""
    steps = []
    for line in lines:
        if follows(problem, tuple(steps), line):
            steps.append(line)
    return steps


@pytest.mark.parametrize(
    ("problem", "line", "least"),
    [(FACTOR, "x+3", 3), (FACTOR, "(x-2)(x+3)/(x-2)", 3), (FACTOR, "5", 3), (POWER, "20/3", 3)],
)
def test_nothing_is_brought_nearer_for_ever(problem, line, least):
    lines = [line + "+0" * zeros for zeros in range(30, -1, -1)]
    assert least <= len(accepted(problem, lines)) <= 12
