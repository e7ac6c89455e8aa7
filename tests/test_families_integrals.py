"""Definite integrals: what is accepted and what isn't."""

import numpy as np
import pytest
import sympy

from reasoning_gym.families.calculus.definite_integral import Term
from reasoning_gym.family import get_family
from reasoning_gym.problem import Problem, Question

FAMILY = get_family("definite_integral")


def integrate(text, terms, low, high):
    return Problem(Question("definite_integral", 1, "", "", (text, tuple(terms), low, high)), "")


def right(problem, answer):
    return FAMILY.verify(problem, answer).correct


def follows(problem, before, step):
    return FAMILY.check_thought(problem.question, before, step).correct


LINE = integrate("6x+2", [Term(6, 1, 1, 1, 0, 1, 1), Term(2, 1, 1, 1, 0, 0, 1)], 1, 3)  # 28
ROOT = integrate("3sqrt(x)", [Term(3, 1, 1, 1, 0, 1, 2)], 4, 9)  # 38
INSIDE = integrate("x*(x^2+1)^3", [Term(1, 1, 2, 1, 1, 3, 1)], 0, 1)  # 15/8


@pytest.mark.parametrize(
    ("problem", "answer", "is_right"),
    [
        (LINE, "28", True),
        (LINE, "28.0", True),
        (LINE, "33-5", False),
        (LINE, "33", False),
        (LINE, "-28", False),
        (LINE, "3x^2+2x", False),
        (LINE, "28+C", False),
        (ROOT, "38", True),
        (ROOT, "54", False),
        (INSIDE, "15/8", True),
        (INSIDE, "1.875", True),
        (INSIDE, "15/4", False),
        (INSIDE, "2", False),
    ],
)
def test_an_integral_is_one_number(problem, answer, is_right):
    assert right(problem, answer) == is_right


@pytest.mark.parametrize(
    ("problem", "before", "step", "is_right"),
    [
        (LINE, (), "F(x)=3x^2+2x", True),
        (LINE, (), "F(x) = x(3x+2)", True),
        (LINE, (), "F(x)=3x^2+2x+7", True),
        (LINE, (), "F(x)=3x^2", False),
        (LINE, (), "F(x)=6x+2", False),
        (LINE, (), "F(x)=3x^2+2x+C", False),
        (LINE, (), "F(t)=3t^2+2t", False),
        (LINE, (), "G(x)=3x^2+2x", False),
        (LINE, (), "F(3)=33", False),  # which F?
        (LINE, (), "(3x^2)'=6x", True),
        (LINE, (), "(x^2)'=2x", True),
        (LINE, (), "(x^3)'=3x^2", False),
        (LINE, (), "(3x^2)'=5x", False),
        (LINE, (), "(5)'=0", False),
        (LINE, ("(3x^2)'=6x",), "(x^2)'=2x", False),
        (LINE, ("(3x^2)'=6x",), "(3x^2+5)'=6x", False),
        (LINE, ("(3x^2)'=6x",), "(2x)'=2", True),
        (LINE, ("(3x^2)'=6x",), "(3x^2+2x)'=6x+2", True),
        (LINE, ("F(x)=3x^2+2x",), "F(3)=27+6=33", True),
        (LINE, ("F(x)=3x^2+2x",), "F(3)=3*3^2+2*3", True),
        (LINE, ("F(x)=3x^2+2x",), "F(3)=27+6=34", False),
        (LINE, ("F(x)=3x^2+2x",), "F(2)=16", False),  # no bound
        (LINE, ("F(x)=3x^2+2x+7",), "F(3)=33", False),
        (LINE, ("F(x)=3x^2+2x+7",), "F(3)=40", True),
        (LINE, ("F(x)=3x^2+2x",), "F(x)=3x^2+2x+1", False),
        (LINE, ("F(x)=3x^2+2x", "F(3)=33"), "F(3)=27+6", False),
        (LINE, ("F(x)=3x^2+2x", "F(3)=27+6"), "F(3)=33", True),
        (LINE, ("F(x)=3x^2+2x", "F(3)=34"), "F(3)=33", True),
        (LINE, ("F(x)=3x^2+2x", "F(3)=33", "F(1)=5"), "33-5", True),
        (LINE, ("F(x)=3x^2+2x", "F(3)=33", "F(1)=5"), "F(3)-F(1)=33-5", True),
        (LINE, ("F(x)=3x^2+2x", "F(3)=33", "F(1)=5"), "33-6", False),
        (LINE, ("33-5",), "30-2", False),
        (LINE, (), "6x+2", False),
        (ROOT, (), "F(x)=2x*sqrt(x)", True),
        (ROOT, (), "F(x)=2x^(3/2)", True),
        (ROOT, ("F(x)=2x^(3/2)",), "F(9)=18*sqrt(9)=54", True),
        (ROOT, ("F(x)=2x^(3/2)",), "F(9)=18*sqrt(9)=53", False),
        (INSIDE, (), "F(x)=(x^2+1)^4/8", True),
        (INSIDE, (), "F(x)=(x^2+1)^4/4", False),
        (INSIDE, ("F(x)=(x^2+1)^4/8",), "F(1)=2^4/8=2", True),
        (INSIDE, ("F(x)=(x^2+1)^4/8",), "F(0)=1/8", True),
    ],
)
def test_steps_of_an_integral(problem, before, step, is_right):
    assert follows(problem, before, step) == is_right


def test_integrals_are_those_of_sympy():
    rng, x = np.random.default_rng(0), sympy.Symbol("x", positive=True)
    for level in range(1, FAMILY.levels + 1):
        for _ in range(6):
            problem = FAMILY.generate(rng, level)
            text, _terms, low, high = problem.question.given
            python = text.replace("^", "**").replace("x(", "x*(").replace("x*sqrt", "x*sqrt")
            for digit in "0123456789":
                python = python.replace(f"{digit}x", f"{digit}*x").replace(f"{digit}(", f"{digit}*(")
                python = python.replace(f"{digit}sqrt", f"{digit}*sqrt")
            found = sympy.integrate(sympy.expand(sympy.sympify(python, {"x": x})), (x, low, high))
            assert str(found) == problem.answer, text
