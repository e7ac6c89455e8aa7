"""Derivatives and antiderivatives: what is accepted and what isn't."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reasoning_gym.checker import parse
from reasoning_gym.families.derivatives import check_slope, read_slope
from reasoning_gym.families.elementary import KINDS, chain, multiply, product_rule
from reasoning_gym.family import get_family
from reasoning_gym.problem import Problem, Question

NAMES = ["derivative", "antiderivative"]

ANSWERS = [  # family, facts, answer, whether it is right
    ("derivative", "3x^2+2x", "6x+2", True),
    ("derivative", "3x^2+2x", "2+6x", True),
    ("derivative", "3x^2+2x", "2(3x+1)", True),
    ("derivative", "3x^2+2x", "3*2x+2", True),
    ("derivative", "3x^2+2x", "f'(x)=6x+2", True),
    ("derivative", "3x^2+2x", "\\frac{dy}{dx} = 6x+2", True),
    ("derivative", "3x^2+2x", "$6x+2$", True),
    ("derivative", "3x^2+2x", "\\boxed{6x+2}", True),
    ("derivative", "3x^2+2x", "6x", False),
    ("derivative", "3x^2+2x", "6x+2+C", False),
    ("derivative", "3x^2+2x", "6x-2", False),
    ("derivative", "3x^2+2x", "3x^2+2x", False),
    ("derivative", "3x^2+2x", "(3x^2+2x)'", False),
    ("derivative", "3x^2+2x", "d/dx(3x^2+2x)", False),
    ("derivative", "3x^2+2x", "6x+2 or 6x", False),
    ("derivative", "3x^2+2x", "6t+2", False),
    ("derivative", "3x^2+2x", "6x+2=0", False),
    ("derivative", "e^(x^2/2)", "x*e^(x^2/2)", True),
    ("derivative", "e^(x^2/2)", "d/dx(e^(x^2/2))", False),
    ("derivative", "e^(x^2/2)", "\\frac{d}{dx}e^{x^2/2}", False),
    ("derivative", "x^2*sin(x)", "2x sin x + x^2 cos x", True),
    ("derivative", "x^2*sin(x)", "x(2sin(x)+x*cos(x))", True),
    ("derivative", "x^2*sin(x)", "2x*cos(x)", False),
    ("derivative", "sin(x)*cos(x)", "cos(2x)", True),
    ("derivative", "sin(x)*cos(x)", "cos(x)^2-sin(x)^2", True),
    ("derivative", "sin(x)*cos(x)", "sin(2x)", False),
    ("derivative", "(x+1)/(x-1)", "-2/(x-1)^2", True),
    ("derivative", "(x+1)/(x-1)", "((x-1)-(x+1))/(x-1)^2", True),
    ("derivative", "(x+1)/(x-1)", "2/(x-1)^2", False),
    ("derivative", "4ln(2x+1)", "8/(2x+1)", True),
    ("derivative", "4ln(2x+1)", "\\frac{8}{2x+1}", True),
    ("derivative", "4ln(2x+1)", "4/(2x+1)", False),
    ("antiderivative", "6x+2", "3x^2+2x+C", True),
    ("antiderivative", "6x+2", "3x^2+2x", True),
    ("antiderivative", "6x+2", "3x^2+2x+7", True),
    ("antiderivative", "6x+2", "3x^2+2x+c", True),
    ("antiderivative", "6x+2", "x(3x+2)+k", True),
    ("antiderivative", "6x+2", "F(x)=3x^2+2x+C", True),
    ("antiderivative", "6x+2", "3x^2+2x+C+k", False),
    ("antiderivative", "6x+2", "3x^2+2x+a", False),
    ("antiderivative", "6x+2", "3x^2+2x+C*x", False),
    ("antiderivative", "6x+2", "3x^2+2", False),
    ("antiderivative", "6x+2", "6x+2", False),
    ("antiderivative", "6x+2", "6", False),
    ("antiderivative", "6x+2", "C", False),
    ("antiderivative", "6x+2", "\\int 6x+2 dx", False),
    ("antiderivative", "1/x", "ln|x|+C", True),
    ("antiderivative", "1/x", "ln(x)+C", True),
    ("antiderivative", "1/x", "ln(3x)+C", True),
    ("antiderivative", "1/x", "x^0", False),
    ("antiderivative", "2sin(x)*cos(x)", "sin(x)^2", True),
    ("antiderivative", "2sin(x)*cos(x)", "-cos(x)^2+C", True),
    ("antiderivative", "2sin(x)*cos(x)", "-cos(2x)/2", True),
    ("antiderivative", "2sin(x)*cos(x)", "sin(x)*cos(x)", False),
    ("antiderivative", "x*e^x", "(x-1)e^x+C", True),
    ("antiderivative", "x*e^x", "x^2/2*e^x", False),
    ("antiderivative", "3/((x-1)(x+2))", "ln|(x-1)/(x+2)|+C", True),
    ("antiderivative", "3/((x-1)(x+2))", "ln|x-1|-ln|x+2|", True),
    ("antiderivative", "3/((x-1)(x+2))", "ln|x-1|+ln|x+2|", False),
]

STEPS = [  # family, facts, steps before, step, whether it follows
    ("derivative", "3x^2-2x+5", [], "(3x^2)'=6x", True),
    ("derivative", "3x^2-2x+5", [], "(-2x)'=-2", True),
    ("derivative", "3x^2-2x+5", [], "(2x)'=2", True),
    ("derivative", "3x^2-2x+5", [], "(5)'=0", True),
    ("derivative", "3x^2-2x+5", [], "( 3 x^2 )' = 6 x", True),
    ("derivative", "3x^2-2x+5", [], "(3x^2)'=5x", False),
    ("derivative", "3x^2-2x+5", [], "(3x^2)'=-6x", False),
    ("derivative", "3x^2-2x+5", [], "(4x^2)'=8x", False),
    ("derivative", "3x^2-2x+5", [], "(6)'=0", False),
    ("derivative", "3x^2-2x+5", ["(3x^2)'=6x"], "(x^2*3)'=6x", False),
    ("derivative", "3x^2-2x+5", ["(3x^2)'=5x"], "(3x^2)'=6x", True),
    ("derivative", "3x^2-2x+5", [], "(3x^2)'=(3x^2)'", False),
    ("derivative", "3x^2-2x+5", [], "(3x^2)'=6x=6x", False),
    ("derivative", "3x^2-2x+5", [], "3*2x-2", True),
    ("derivative", "3x^2-2x+5", ["6x-2"], "3*2x-2", False),
    ("derivative", "3x^2-2x+5", ["3*2x-2"], "6x-2", True),
    ("derivative", "3x^2-2x+5", [], "6x+2", False),
    ("derivative", "x^2*sin(x)", [], "(x^2)'=2x", True),
    ("derivative", "x^2*sin(x)", [], "(sin(x))'=cos(x)", True),
    ("derivative", "x^2*sin(x)", [], "(sin(x))'=-cos(x)", False),
    ("derivative", "x^2*sin(x)", [], "(cos(x))'=-sin(x)", False),
    ("derivative", "-x^2*sin(x)", [], "(-x^2)'=-2x", True),
    ("derivative", "sin(3x^2+1)", [], "(3x^2+1)'=6x", True),
    ("derivative", "sin(3x^2+1)", [], "(3x^2)'=6x", True),
    ("antiderivative", "6x+2", [], "(3x^2)'=6x", True),
    ("antiderivative", "6x+2", [], "(x^2)'=2x", True),
    ("antiderivative", "6x+2", [], "(2x)'=2", True),
    ("antiderivative", "6x+2", [], "(3x^2)'=5x", False),
    ("antiderivative", "6x+2", [], "(x^3)'=3x^2", False),
    ("antiderivative", "6x+2", [], "(5)'=0", False),
    ("antiderivative", "6x+2", ["(3x^2)'=6x"], "(x^2)'=2x", False),
    ("antiderivative", "6x+2", [], "2x+6", False),
    ("antiderivative", "6x+2", [], "3x^2+2x", True),
    ("antiderivative", "6x+2", ["3x^2+2x"], "2x+3x^2+x-x", False),
    ("antiderivative", "6x*cos(3x^2+1)", [], "(3x^2+1)'=6x", True),
    ("antiderivative", "x*cos(x)", [], "(x*sin(x))'=sin(x)+x*cos(x)", True),
    ("antiderivative", "x*cos(x)", ["(x*sin(x))'=sin(x)+x*cos(x)"], "(-cos(x))'=sin(x)", True),
    ("antiderivative", "x*cos(x)", [], "(e^x)'=e^x", False),
    ("antiderivative", "3/((x-1)(x+2))", [], "1/(x-1)-1/(x+2)", True),
    ("antiderivative", "3/((x-1)(x+2))", [], "1/(x-1)+1/(x+2)", False),
    ("antiderivative", "3/((x-1)(x+2))", [], "3/((x+2)(x-1))", False),
    ("antiderivative", "3/((x-1)(x+2))", ["1/(x-1)-1/(x+2)"], "(ln|x-1|)'=1/(x-1)", True),
    ("antiderivative", "7x/(4x^2+7)", [], "(4x^2+7)'=8x", True),
    ("antiderivative", "7x/(4x^2+7)", [], "(4x^2+9)'=8x", False),  # another constant than in the question
    ("antiderivative", "7x/(4x^2+7)", [], "(x^2)'=2x", True),
]

HOSTILE = [
    "",
    "0",
    "1",
    "C",
    "NaN",
    "oo",
    "x=",
    "1/0",
    "9^9^9^9",
    "(" * 500,
    "()'=",
    "(x)'=1/0",
    "(sin)'=x",
    "()'=()'",
    "yes",
]


def question(name: str, expression: str) -> Question:
    return Question(name, 1, "", "", (expression,))


def drawn(name: str, seed: int, level: int) -> Problem:
    family = get_family(name)
    return family.generate(np.random.default_rng(seed), 1 + level % family.levels)


@pytest.mark.parametrize(("name", "expression", "answer", "right"), ANSWERS)
def test_answers_are_judged_by_their_value_alone(name: str, expression: str, answer: str, right: bool) -> None:
    assert get_family(name).verify(Problem(question(name, expression), ""), answer).correct is right


@pytest.mark.parametrize(("name", "expression", "before", "step", "follows"), STEPS)
def test_steps_must_be_true_of_use_and_new(
    name: str, expression: str, before: list[str], step: str, follows: bool
) -> None:
    assert get_family(name).check_thought(question(name, expression), before, step).correct is follows


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", HOSTILE)
def test_texts_without_an_answer_are_rejected_and_never_raise(name: str, text: str) -> None:
    family = get_family(name)
    asked = question(name, "3x^2*sin(x)+ln(x)")
    assert not family.verify(Problem(asked, ""), text).correct
    assert not family.check_step(asked, (text, "(x"), text).correct


@pytest.mark.parametrize("name", NAMES)
def test_a_step_is_not_spoilt_by_an_earlier_line_that_cannot_be_judged(name: str) -> None:
    family = get_family(name)
    problem = drawn(name, 1, 3)
    first = family.reference_thoughts(problem)[0]
    before = (
        "",
        "((",
        "1/0",
        "(1/0)'=x",
        "(x)'=",
        "(x^x^x)'=1",
        "9^9^9^9",
        "(x+a+b+c)^300",
        "((x+1)^1999)'=1",
        "(gcd(x,2))'=1",
    )
    assert family.check_thought(problem.question, before, first).correct


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), level=st.integers(0, 100))
def test_reference_answers_verify_and_changed_ones_are_incorrect(name: str, seed: int, level: int) -> None:
    problem = drawn(name, seed, level)
    family = get_family(name)
    assert family.verify(problem, problem.answer).correct
    for changed in (f"{problem.answer}+x", f"2*({problem.answer})", f"-({problem.answer})"):
        assert family.verify(problem, changed).status == "incorrect"


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), level=st.integers(0, 100))
def test_reference_thoughts_follow_one_by_one_and_changed_ones_do_not(name: str, seed: int, level: int) -> None:
    problem = drawn(name, seed, level)
    family = get_family(name)
    thoughts = family.reference_thoughts(problem)
    assert thoughts[-1] == f"Answer: {problem.answer}"
    for i, thought in enumerate(thoughts):
        assert family.check_thought(problem.question, thoughts[:i], thought).correct, thought
        if "'=" in thought:
            last_digit = re.sub(r"\d(?=\D*$)", lambda digit: str((int(digit[0]) + 1) % 10), thought)
            changed = [thought.replace("'=", "'=1+"), *([last_digit] if last_digit != thought else [])]
            for line in changed:
                assert not family.check_thought(problem.question, thoughts[:i], line).correct, line


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), level=st.integers(0, 100))
def test_the_question_is_no_answer_and_no_step(name: str, seed: int, level: int) -> None:
    problem = drawn(name, seed, level)
    family = get_family(name)
    for text in (problem.question.statement, *map(str, problem.question.given)):
        assert not family.verify(problem, text).correct
        assert not family.check_thought(problem.question, (), text).correct


@pytest.mark.parametrize("name", NAMES)
def test_the_first_levels_are_small_and_have_hundreds_of_questions(name: str) -> None:
    family = get_family(name)
    rng = np.random.default_rng(0)
    assert len({family.generate(rng, 1).question.statement for _ in range(1_500)}) > 500
    for level in (1, 2):
        for _ in range(100):
            thoughts = family.reference_thoughts(family.generate(rng, level))
            assert len(thoughts) <= 5
            assert max(map(len, thoughts)) <= 28


@settings(max_examples=40)
@given(
    kind=st.sampled_from(KINDS),
    inner=st.lists(st.integers(-9, 9), min_size=2, max_size=3).filter(lambda c: c[-1] != 0),
    coefficient=st.integers(1, 9),
    exponent=st.integers(2, 6),
)
def test_printed_derivatives_are_the_proved_ones(kind, inner, coefficient, exponent) -> None:
    u, v = chain(kind, inner, coefficient, exponent), chain("sin", (0, 2))
    for piece in (u, product_rule(u, v)):
        assert check_slope(parse(piece.text), parse(piece.slope)).correct


def test_only_the_exact_shape_of_a_line_about_a_derivative_is_read() -> None:
    found = read_slope("(3x^2)'=6x")
    assert found is not None
    assert (found.function, found.slope) == (parse("3x^2"), parse("6x"))
    for text in ("3x^2'=6x", "(3x^2)=6x", "f'(x)=6x", "(x)'", "(x)'=", "(3x^2)'=6x=6x", "so (x)'=1"):
        assert read_slope(text) is None


def test_products_keep_their_signs_and_numbers_in_front() -> None:
    assert multiply("-2x", "-sin(x)") == "2x*sin(x)"
    assert multiply("sin(x)", "-3") == "-3sin(x)"
    assert multiply("3", "2x+1") == "3(2x+1)"
    assert multiply("0", "sin(x)") == "0"
