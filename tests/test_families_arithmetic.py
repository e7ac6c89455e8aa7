"""Integer expressions, long multiplication and fractions: what is accepted and what isn't."""

import numpy as np
import pytest

from reasoning_gym.families.arithmetic.integer_expression import LARGEST, reduce
from reasoning_gym.family import get_family
from reasoning_gym.problem import Problem, Question

STATEMENTS = {
    "integer_expression": ("Evaluate: 3*4+(7-2)", (("+", ("*", 3, 4), ("-", 7, 2)),), "17"),
    "long_multiplication": ("Multiply: 23*14", (23, 14), "322"),
    "fraction_arithmetic": ("In lowest terms: 1/2+1/6", (("+", (1, 2), (1, 6)),), "2/3"),
}

ACCEPTED = {
    "integer_expression": ["17", " 17.0 ", "+17", "$17$.", "\\boxed{17}", "34/2", "017"],
    "long_multiplication": ["322", "322.", "3.22e2", "$322$"],
    "fraction_arithmetic": ["2/3", " 2 / 3", "\\frac{2}{3}", "\\frac23", "$\\dfrac{2}{3}$", "\\boxed{2/3}", "(2)/3"],
}

REJECTED = {
    "integer_expression": [
        "18",
        "-17",
        "3*4+(7-2)",
        "12+5",
        "17+0",
        "17=17",
        "{17}",
        "17,17",
        "x=17",
        "1 7",
        "17 or 18",
    ],
    "long_multiplication": ["23*14", "92+230", "3220", "322*1", "3,22", "0322.5"],
    "fraction_arithmetic": ["4/6", "1/2+1/6", "-2/3", "2/-3", "3/2", "0.666667", "2:3/1", "-(-2/3)", "20/30", "66.7%"],
}

STEPS = [  # family, thoughts so far, step, whether it is right
    ("integer_expression", (), "12+(7-2)", True),
    ("integer_expression", (), "3*4+5", True),
    ("integer_expression", (), "12+5", True),
    ("integer_expression", (), "3*4+(7-2)=12+(7-2)=12+5", True),
    ("integer_expression", ("12+(7-2)",), "12+5", True),
    ("integer_expression", ("12+(7-2)",), "17", True),
    ("integer_expression", ("12+(7-2)",), "12+7-2", False),  # no operation is done
    ("integer_expression", ("12+(7-2)",), "3*4+5", False),  # a step back
    ("integer_expression", (), "3*4+(7-2)", False),
    ("integer_expression", (), "12+(7-3)", False),
    ("integer_expression", (), "13+(7-2)", False),
    ("integer_expression", (), "12+(7-2)=18", False),
    ("integer_expression", (), "3*4=12", False),  # true, but its value isn't the question's
    ("integer_expression", (), "12+(7-2)<20", False),
    ("integer_expression", ("13+5",), "12+5", True),  # a false line before it doesn't count
    ("long_multiplication", (), "23*4=92", True),
    ("long_multiplication", (), "4*23=92", True),
    ("long_multiplication", (), "92=23*4", True),
    ("long_multiplication", (), "20*10=200", True),
    ("long_multiplication", (), "23*14=322", True),
    ("long_multiplication", (), "23*4=93", False),
    ("long_multiplication", (), "23*1=23", False),  # the 1 of 14 is worth 10
    ("long_multiplication", (), "23*5=115", False),
    ("long_multiplication", (), "92+230=322", False),  # not at hand yet
    ("long_multiplication", ("23*4=92",), "92+92=184", False),
    ("long_multiplication", ("23*4=92",), "4*23=92", False),  # nothing new
    ("long_multiplication", ("23*4=92", "23*10=230"), "92+230=322", True),
    ("long_multiplication", ("23*4=92", "23*10=230"), "92+230=321", False),
    ("long_multiplication", ("23*4=92", "20*4=80"), "92+80=172", False),  # 20*4 is counted already
    ("long_multiplication", ("23*4=92", "20*14=280"), "92+280=372", False),  # counts 20*4 twice
    ("long_multiplication", ("23*4=93", "23*10=230"), "93+230=323", False),
    ("long_multiplication", ("20*4=80", "3*4=12", "23*10=230"), "80+12+230=322", True),
    ("fraction_arithmetic", (), "3/6+1/6", True),
    ("fraction_arithmetic", (), "6/12+2/12", True),
    ("fraction_arithmetic", (), "(3+1)/6", True),
    ("fraction_arithmetic", (), "2/4+1/6", False),  # no nearer to a common denominator
    ("fraction_arithmetic", (), "1/6+1/2", False),
    ("fraction_arithmetic", (), "3/6+2/6", False),
    ("fraction_arithmetic", ("3/6+1/6",), "(3+1)/6", True),
    ("fraction_arithmetic", ("3/6+1/6",), "(3+1)/12", False),
    ("fraction_arithmetic", ("3/6+1/6",), "1/2+1/6", False),
    ("fraction_arithmetic", ("4/6",), "2/3", True),
    ("fraction_arithmetic", ("4/6",), "8/12", False),
]


def problem(name):
    statement, given, answer = STATEMENTS[name]
    return Problem(Question(name, 1, statement, "", given), answer)


def cases(table):
    return [(name, answer) for name, answers in table.items() for answer in answers]


@pytest.mark.parametrize(("name", "answer"), cases(ACCEPTED))
def test_a_right_answer_is_accepted_in_any_layout(name, answer):
    assert get_family(name).verify(problem(name), answer).correct


@pytest.mark.parametrize(("name", "answer"), cases(REJECTED))
def test_a_wrong_or_unfinished_answer_is_rejected(name, answer):
    assert not get_family(name).verify(problem(name), answer).correct


@pytest.mark.parametrize(("name", "before", "step", "right"), STEPS)
def test_steps(name, before, step, right):
    verdict = get_family(name).check_thought(problem(name).question, before, step)
    assert verdict.correct == right, verdict


def test_an_equal_fraction_that_can_be_reduced_is_told_so():
    verdict = get_family("fraction_arithmetic").verify(problem("fraction_arithmetic"), "4/6")
    assert verdict.reason == "not a fraction in lowest terms"


@pytest.mark.parametrize(
    ("question", "answer", "right"),
    [
        (("+", (2, 3), (5, 6)), "1 1/2", True),
        (("+", (2, 3), (5, 6)), "1\\frac{1}{2}", True),
        (("+", (2, 3), (5, 6)), "1 2/4", False),
        (("+", (2, 3), (5, 6)), "0 3/2", False),
        (("+", (2, 3), (4, 3)), "2", True),
        (("+", (2, 3), (4, 3)), "2/1", False),
        (("/", (2, 3), (4, 3)), "1/2", True),
        (("/", (2, 3), (4, 3)), ".5", False),
    ],
)
def test_whole_and_mixed_numbers_are_in_lowest_terms(question, answer, right):
    asked = Problem(Question("fraction_arithmetic", 4, "In lowest terms: …", "", (question,)), "")
    assert get_family("fraction_arithmetic").verify(asked, answer).correct == right


@pytest.mark.parametrize("level", range(1, 11))
def test_expressions_have_as_many_operations_as_their_level_and_small_values(level):
    family = get_family("integer_expression")
    rng = np.random.default_rng(level)
    for _ in range(100):
        drawn = family.generate(rng, level)
        steps = family.reference_thoughts(drawn)
        assert sum(map(drawn.question.statement.count, "+-*")) == len(steps) == level
        assert all(0 <= value <= LARGEST for value in values(drawn.question.given[0]))


def values(tree):
    """The values of all parts of an expression, its own first."""
    if isinstance(tree, int):
        return [tree]
    sign, left, right = tree
    left, right = values(left), values(right)
    whole = {"+": left[0] + right[0], "-": left[0] - right[0], "*": left[0] * right[0]}[sign]
    return [whole, *left, *right]


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("2+3*4", "2+12"),
        ("2-3*4*5", "2-12*5"),
        ("20-3-4", "17-4"),
        ("20-(3-2)", "20-1"),
        ("2*(3*4)", "2*12"),
        ("5*(4+9)+11-4", "5*13+11-4"),
        ("5*13+11-4", "65+11-4"),
        ("(2+3*4)*5", "(2+12)*5"),
        ("12+7", "19"),
    ],
)
def test_the_leftmost_operation_that_is_ready_comes_first(line, after):
    assert reduce(line) == after


def test_all_three_operations_are_frequent():
    family = get_family("integer_expression")
    rng = np.random.default_rng(0)
    text = "".join(family.generate(rng, 5).question.statement for _ in range(500))
    for sign in "+-*":
        assert text.count(sign) > 0.15 * 5 * 500


def test_partial_products_skip_zeros_and_carry_their_place():
    asked = Problem(Question("long_multiplication", 4, "Multiply: 12*305", "", (12, 305)), "3660")
    steps = get_family("long_multiplication").reference_thoughts(asked)
    assert steps == ("12*5=60", "12*300=3600", "60+3600=3660", "Answer: 3660")
