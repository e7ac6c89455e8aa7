"""Everyday arithmetic, from decimals to dates: what is accepted and what isn't."""

import numpy as np
import pytest
import sympy

from reasoning_gym.family import get_family
from reasoning_gym.problem import Problem, Question

# name of a question: its family, statement and facts
QUESTIONS = {
    "decimal sum": ("decimal_arithmetic", "Evaluate: 1.2+3.45*0.2", (("+", (12, 1), ("*", (345, 2), (2, 1))),)),
    "decimal quotient": ("decimal_arithmetic", "Evaluate: 0.84/0.7", (("/", (84, 2), (7, 1)),)),
}

ACCEPTED = {
    "decimal sum": ["1.89", "1.890", "+1.89", "01.89", "$1.89$.", "\\boxed{1.89}", "1.89e0"],
    "decimal quotient": ["1.2", "1.20", "{1.2}"[1:-1]],
}

REJECTED = {
    "decimal sum": [
        "189/100",
        "1.9",
        "18.9",
        "-1.89",
        "1.2+0.69",
        "189%",
        "1.89 or 2",
        "1,89",
        "0.93",
        "1.8900001",
        "x=1.89",
    ],
    "decimal quotient": ["12", "0.12", "6/5", "1 1/5", "8.4/7", "120%"],
}

STEPS = [  # question, lines so far, step, whether it is right
    ("decimal sum", (), "1.2+345*2/1000", True),
    ("decimal sum", (), "1.2+690/1000", True),
    ("decimal sum", (), "1.2+0.69", True),
    ("decimal sum", (), "1.2 + 3.45*0.2 = 1.2 + 0.69", True),
    ("decimal sum", ("1.2+0.69",), "1.20+0.69", True),
    ("decimal sum", ("1.2+0.69",), "(120+69)/100", True),
    ("decimal sum", ("1.2+0.69",), "1.89", True),
    ("decimal sum", ("1.2+0.69",), "0.69+1.2", False),  # no nearer
    ("decimal sum", ("1.2+0.69",), "1.2+690/1000", False),  # a step back
    ("decimal sum", ("1.20+0.69",), "1.200+0.690", False),
    ("decimal sum", (), "1.2+6.9", False),
    ("decimal sum", (), "3.45*0.2=0.69", False),  # true, but its value isn't the question's
    ("decimal sum", (), "1.2+3.45*0.2*1", False),
    ("decimal sum", (), "1.2+3.45*0.2+0", False),
    ("decimal sum", ("1.2+0.69", "1.2+3.45*0.2*1"), "1.2+345*2/1000", False),  # an idle line sets nothing back
    ("decimal quotient", (), "8.4/7", True),
    ("decimal quotient", (), "84/70", True),
    ("decimal quotient", ("8.4/7",), "84/7/10", True),
    ("decimal quotient", ("8.4/7", "84/7/10"), "12/10", True),
    ("decimal quotient", (), "84/7", False),
    ("decimal quotient", ("84/7/10",), "8.4/7", False),
    ("decimal quotient", (), "0.84/0.70", False),
]


def asked(name):
    family, statement, given = QUESTIONS[name]
    return get_family(family), Problem(Question(family, 1, statement, "", given), "")


def cases(table):
    return [(name, answer) for name, answers in table.items() for answer in answers]


@pytest.mark.parametrize(("name", "answer"), cases(ACCEPTED))
def test_a_right_answer_is_accepted_in_any_layout(name, answer):
    family, problem = asked(name)
    verdict = family.verify(problem, answer)
    assert verdict.correct, verdict


@pytest.mark.parametrize(("name", "answer"), cases(REJECTED))
def test_a_wrong_or_unfinished_answer_is_rejected(name, answer):
    family, problem = asked(name)
    assert not family.verify(problem, answer).correct


@pytest.mark.parametrize(("name", "before", "step", "right"), STEPS)
def test_steps(name, before, step, right):
    family, problem = asked(name)
    verdict = family.check_thought(problem.question, before, step)
    assert verdict.correct == right, verdict


def drawn(name, count=40):
    """Problems of every level."""
    family = get_family(name)
    rng = np.random.default_rng(3)
    return [family.generate(rng, level) for level in range(1, family.levels + 1) for _ in range(count)]


def test_decimals_have_the_value_that_sympy_finds():
    for problem in drawn("decimal_arithmetic"):
        expression = problem.question.statement.partition(": ")[2]
        assert sympy.sympify(expression, rational=True) == sympy.Rational(problem.answer)
