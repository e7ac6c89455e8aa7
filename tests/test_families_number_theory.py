"""Prime factorisation and modular arithmetic: what is accepted and what isn't."""

import pytest

from reasoning_gym.family import get_family
from reasoning_gym.problem import Problem, Question

LARGE = 999_999_999_989  # a prime


def factorise(number):
    return Problem(Question("prime_factorisation", 1, f"Factorise: {number}", "", (number,)), "")


def compute(tree, modulus):
    return Problem(Question("modular_arithmetic", 1, "", "", (tree, modulus)), "")


def right(problem, answer):
    return get_family(problem.question.family).verify(problem, answer).correct


def follows(problem, before, step):
    return get_family(problem.question.family).check_thought(problem.question, before, step).correct


@pytest.mark.parametrize(
    "answer",
    [
        "2*2*3*7",
        "7*3*2*2",
        "2^2*3*7",
        "2²·3·7",
        "$2^2 \\cdot 3 \\cdot 7$",
        "2 × 2 × 3 × 7",
        "84=2^2*3*7",
        "(2*2)*(3*7)",
        "2^2(3)(7)",
        "(2^1)^2*3*7",
    ],
)
def test_a_product_of_primes_is_accepted_in_any_order(answer):
    assert right(factorise(84), answer)


@pytest.mark.parametrize(
    "answer",
    [
        "84",
        "1*84",
        "2*42",
        "4*21",
        "2*2*21",
        "1*2*2*3*7",
        "2*3*7",
        "2*2*3*7*1",
        "-2*-2*3*7",
        "2,2,3,7",
        "{2,3,7}",
        "2*2*3*7.0",
        "2^2+3*7",
        "84=84",
        "2*2*3*7=84=84",
        "2^-2*3*7*16",
        "168/2",
        "2*2*3*7 or 84",
        "2^0*84",
        "2^999999999*3*7",
        "85=2*2*3*7",
    ],
)
def test_anything_else_is_rejected(answer):
    assert not right(factorise(84), answer)


def test_primality_is_proved_even_for_large_factors():
    assert right(factorise(2 * LARGE), f"2*{LARGE}")
    assert not right(factorise(LARGE - 1), f"2*{(LARGE - 1) // 2}")


@pytest.mark.parametrize(
    ("before", "step", "is_right"),
    [
        ((), "84=2*42", True),
        ((), "84=7*12", True),
        ((), "2*42=84", True),
        ((), "84=2*42=2*2*21", True),
        ((), "84=2^2*21", True),
        ((), "84=2*41", False),
        ((), "84=1*84", False),
        ((), "84=84", False),
        ((), "42=2*21", False),  # not at hand yet
        (("84=2*42",), "42=2*21", True),
        (("84=2*42",), "42=3*14", True),
        (("84=2*42",), "84=2*2*21", True),
        (("84=2*42",), "84=3*28", False),  # no further than before
        (("84=2*42",), "84=42*2", False),
        (("84=2*42", "42=2*21"), "42=6*7", False),  # gone already
        (("84=2*42", "42=2*21"), "21=3*7", True),
        (("84=2*41",), "41=1*41", False),
        (("42=2*21",), "21=3*7", False),  # a line that didn't follow gives nothing
        ((), "84=2+82", False),
        ((), "2*42", False),
    ],
)
def test_a_step_splits_a_number_at_hand(before, step, is_right):
    assert follows(factorise(84), before, step) == is_right


SUM = compute(("+", ("*", 17, 23), 5), 7)  # (17*23+5) mod 7 = 4
POWER = compute(("^", 17, 13), 7)  # 3^13 mod 7 = 3
INVERSE = compute(("^", 12, -1), 7)  # 5^-1 mod 7 = 3


@pytest.mark.parametrize(
    ("problem", "answer", "is_right"),
    [
        (SUM, "4", True),
        (SUM, "4.0", True),
        (SUM, "11", False),
        (SUM, "-3", False),
        (SUM, "11 mod 7", False),
        (SUM, "(17*23+5) mod 7", False),
        (POWER, "3", True),
        (POWER, "3^13", False),
        (INVERSE, "3", True),
        (INVERSE, "10", False),
        (INVERSE, "1/12", False),
    ],
)
def test_a_residue_is_an_integer_below_the_modulus(problem, answer, is_right):
    assert right(problem, answer) == is_right


@pytest.mark.parametrize(
    ("problem", "before", "step", "is_right"),
    [
        (SUM, (), "17 mod 7=3", True),
        (SUM, (), "17 mod 7 = 3", True),
        (SUM, (), "17 \\bmod 7 = 3", True),
        (SUM, (), "17*23=391", True),
        (SUM, (), "23*17 mod 7=6", True),
        (SUM, (), "(17*23+5) mod 7=4", True),
        (SUM, (), "17 mod 7=4", False),
        (SUM, (), "17 mod 7=10", False),  # congruent, and not reduced
        (SUM, (), "17 mod 5=2", False),
        (SUM, (), "19 mod 7=5", False),
        (SUM, (), "17+23=40", False),  # true, and no part of the question
        (SUM, (), "17*5=85", False),
        (SUM, (), "3*2=6", False),  # nobody has said yet where they come from
        (SUM, ("17 mod 7=3",), "3*23=69", True),
        (SUM, ("17 mod 7=3", "23 mod 7=2"), "3*2=6", True),
        (SUM, ("17 mod 7=3", "23 mod 7=2"), "3*2=5", False),
        (SUM, ("17 mod 7=4", "23 mod 7=2"), "4*2=8", False),
        (SUM, ("17 mod 7=3", "23 mod 7=2", "3*2=6"), "6+5=11", True),
        (SUM, ("17 mod 7=3", "23 mod 7=2", "3*2=6"), "2*3=6", False),  # nothing new
        (SUM, ("17 mod 7=3",), "24 mod 7=3", False),
        (POWER, (), "17^2=289", True),
        (POWER, ("17 mod 7=3",), "3^2 mod 7=3*3 mod 7=9 mod 7=2", True),
        (POWER, ("17 mod 7=3",), "3^2 mod 7=3*3 mod 7=9 mod 7=3", False),
        (POWER, ("17 mod 7=3",), "3^2 mod 7=3*4 mod 7=2", False),
        (POWER, ("17 mod 7=3",), "3^14 mod 7=2", False),  # a higher power than is asked for
        (POWER, ("17 mod 7=3", "3^2 mod 7=2"), "3^3 mod 7=2*3 mod 7=6", True),
        (POWER, ("17 mod 7=3", "3^12 mod 7=1"), "1*3=3", True),
        (POWER, ("17 mod 7=3",), "13 mod 7=6", False),  # exponents aren't reduced so
        (INVERSE, ("12 mod 7=5",), "5*3 mod 7=1", True),
        (INVERSE, ("12 mod 7=5",), "5^-1 mod 7=5^5 mod 7=3", True),
        (INVERSE, ("12 mod 7=5",), "5^-1 mod 7=2", False),
        (INVERSE, ("12 mod 7=5",), "5*4 mod 7=6", False),
        (INVERSE, (), "7^-1 mod 7=0", False),
    ],
)
def test_a_step_works_out_a_part_of_the_question(problem, before, step, is_right):
    assert follows(problem, before, step) == is_right


def test_a_number_that_came_up_before_is_known_again():
    problem = compute(("+", ("*", 24, 16), 19), 10)
    before = ("24 mod 10=4", "16 mod 10=6", "4*6=24", "19 mod 10=9")
    assert follows(problem, before, "4+9=13")
