"""Linear equations, systems, quadratics, expansion and factorisation: what is accepted and what isn't."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reasoning_gym.families.notation import add, polynomial, product, quotient, term, terms
from reasoning_gym.family import get_family
from reasoning_gym.problem import Problem, Question

NAMES = [
    "linear_equation",
    "linear_system",
    "quadratic_equation",
    "polynomial_expansion",
    "polynomial_factorisation",
]

FACTS = {
    "linear_equation": ("3x+5=2x-7",),
    "linear_system": ("x+y=5", "x-y=1"),
    "quadratic_equation": ("x^2-5x+6=0",),
    "polynomial_expansion": ("(x+2)(x-3)",),
    "polynomial_factorisation": ("x^2-x-6",),
}

ACCEPTED = {
    "linear_equation": ["-12", "x=-12", "x = -12.", "$x=-12$", "\\boxed{-12}", "-24/2", "-12.0", "{-12}", "-12=x"],
    "linear_system": [
        "x=3, y=2",
        "y=2, x=3",
        "x = 3 and y = 2",
        "x=3; y=2",
        "(3,2)",
        "3, 2",
        "(x,y)=(3,2)",
        "$x=3$, $y=2$",
        "x=6/2, y=2.0",
        "\\boxed{x=3, y=2}",
    ],
    "quadratic_equation": [
        "x=2 or x=3",
        "x=3 or x=2",
        "x=3, x=2",
        "2, 3",
        "{3,2}",
        "x_1=2, x_2=3",
        "x=2 and x=3",
        "x\\in\\{2,3\\}",
        "$x=2$ or $x=3$",
        "x=2 or x=3 or x=6/2",
    ],
    "polynomial_expansion": ["x^2-x-6", "-6 - x + x^2", "x^2 - 1x - 6", "$x^2-x-6$", "x**2-x-6", "\\boxed{x^{2}-x-6}"],
    "polynomial_factorisation": [
        "(x+2)(x-3)",
        "(x-3)(x+2)",
        "(x - 3) * (2 + x)",
        "-(x+2)(3-x)",
        "(2x+4)(x-3)*1/2",
        "x^2-x-6=(x+2)(x-3)",
        "$(x+2)(x-3)$",
    ],
}

HOSTILE = [
    "",
    " ",
    "0",
    "1",
    "NaN",
    "nan",
    "oo",
    "-oo",
    "x",
    "x=x",
    "the answer is correct",
    "1/0",
    "9**9**9**9",
    "(x+y+z+a+b)^300",
    "x^2-(x+1)^1999=0",
    "(" * 500,
    "__import__('os')",
    "x=\x00",
    "true",
    "2 or 3 or 4 or 5",
]

REJECTED = {
    "linear_equation": ["12", "x=-13", "y=-12", "-7-5", "3x+5=2x-7", "x+5=-7", "-12 or 12", "-12, 12", "(-12)^1"],
    "linear_system": [
        "x=2, y=3",
        "(2,3)",
        "2, 3",
        "{3,2}",
        "x=3",
        "x=3, y=2, z=1",
        "x=3, x=2",
        "x=1+2, y=2",
        "x+y=5, x-y=1",
        "x=3 or y=2",
        "3, y=2",
    ],
    "quadratic_equation": [
        "x=2",
        "x=2 or x=4",
        "2, 3, 4",
        "x=-2 or x=-3",
        "no real solutions",
        "x=1+1 or x=3",
        "x=(5+sqrt(25-24))/2 or x=(5-sqrt(25-24))/2",
        "x^2-5x+6=0",
        "(x-2)(x-3)=0",
        "y=2 or y=3",
    ],
    "polynomial_expansion": ["(x+2)(x-3)", "x^2-3x+2x-6", "x(x-1)-6", "x^2-x+6", "x*x-x-6", "x^2-x-6+y", "x^2-x-6=0"],
    "polynomial_factorisation": [
        "x^2-x-6",
        "(x^2-x-6)",
        "1*(x^2-x-6)",
        "(x-2)(x+3)",
        "(x+2)(x-3)(x-1)",
        "(x+1+1)(x-3)",
        "x(x-1)-6",
        "(x+2)(x-3)=0",
        "(2x+4)(x-3)",
        "(x^2-x-6)/1",
    ],
}

MORE = [  # family, facts, answer, whether it is right
    ("linear_equation", ("3x=1",), "1/3", True),
    ("linear_equation", ("3x=1",), "0.333", False),
    ("linear_equation", ("2x=5",), "2 1/2", True),
    ("linear_equation", ("2x=5",), "\\frac{5}{2}", True),
    ("quadratic_equation", ("x^2-2x-1=0",), "x=1±sqrt(2)", True),
    ("quadratic_equation", ("x^2-2x-1=0",), "x=(2+sqrt(8))/2 or x=(2-sqrt(8))/2", True),
    ("quadratic_equation", ("x^2-2x-1=0",), "\\frac{2\\pm2\\sqrt{2}}{2}", True),
    ("quadratic_equation", ("x^2-2x-1=0",), "x=(2+sqrt(4+4))/2 or x=(2-sqrt(4+4))/2", False),
    ("quadratic_equation", ("x^2-2x-1=0",), "x=1+sqrt(2)", False),
    ("quadratic_equation", ("x^2-2x-1=0",), "2.41421356, -0.41421356", False),
    ("quadratic_equation", ("x^2-4x+4=0",), "x=2", True),
    ("quadratic_equation", ("x^2-4x+4=0",), "x=2 or x=-2", False),
    ("quadratic_equation", ("x^2+2x+5=0",), "no real solutions", True),
    ("quadratic_equation", ("x^2+2x+5=0",), "\\text{No real solutions.}", True),
    ("quadratic_equation", ("x^2+2x+5=0",), "\\emptyset", True),
    ("quadratic_equation", ("x^2+2x+5=0",), "x=-1+2i or x=-1-2i", False),
    ("quadratic_equation", ("x^2+2x+5=0",), "0", False),
    ("polynomial_factorisation", ("2x^2-2x-12",), "2(x+2)(x-3)", True),
    ("polynomial_factorisation", ("2x^2-2x-12",), "(2x+4)(x-3)", True),
    ("polynomial_factorisation", ("2x^2-2x-12",), "2(x^2-x-6)", False),
    ("polynomial_factorisation", ("x^2-6x+9",), "(x-3)^2", True),
    ("polynomial_factorisation", ("x^2-6x+9",), "(x-3)(x-3)", True),
    ("polynomial_factorisation", ("x^3-2x",), "x(x^2-2)", True),
    ("polynomial_factorisation", ("x^4-1",), "(x^2-1)(x^2+1)", False),
    ("polynomial_factorisation", ("x^4-1",), "(x-1)(x+1)(x^2+1)", True),
    ("polynomial_expansion", ("(x+y)^2",), "x^2+2xy+y^2", True),
    ("polynomial_expansion", ("(x+y)^2",), "x^2+xy+yx+y^2", False),
]

STEPS = [  # family, facts, steps before, step, whether it follows
    ("linear_equation", ("3x+5=2x-7",), [], "x+5=-7", True),
    ("linear_equation", ("3x+5=2x-7",), [], "3x-2x=-7-5", True),
    ("linear_equation", ("3x+5=2x-7",), [], "x=-12", True),
    ("linear_equation", ("3x+5=2x-7",), [], "2x-7=3x+5", False),
    ("linear_equation", ("3x+5=2x-7",), [], "3x + 5 = 2x - 7", False),
    ("linear_equation", ("3x+5=2x-7",), [], "6x+10=4x-14", False),
    ("linear_equation", ("3x+5=2x-7",), [], "x+5=7", False),
    ("linear_equation", ("3x+5=2x-7",), [], "x-5=-7", False),
    ("linear_equation", ("3x+5=2x-7",), [], "x=x", False),
    ("linear_equation", ("3x+5=2x-7",), [], "(-12)=-12", False),
    ("linear_equation", ("3x+5=2x-7",), ["x+5=-7"], "2x+5=x-7", False),
    ("linear_equation", ("3x+5=2x-7",), ["x+5=7"], "x+5=-7", True),
    ("linear_equation", ("2x=5",), [], "x=5/2", True),
    ("linear_equation", ("5=2x",), [], "2x=5", True),
    ("linear_system", ("x+y=5", "x-y=1"), [], "2x=6", True),
    ("linear_system", ("x+y=5", "x-y=1"), [], "2x=5+1", True),
    ("linear_system", ("x+y=5", "x-y=1"), [], "y=5-x", True),
    ("linear_system", ("x+y=5", "x-y=1"), [], "2x+2y=10", True),
    ("linear_system", ("x+y=5", "x-y=1"), ["y=5-x"], "x-(5-x)=1", True),
    ("linear_system", ("x+y=5", "x-y=1"), ["2x=6"], "x=3", True),
    ("linear_system", ("x+y=5", "x-y=1"), ["2x=6", "x=3"], "3+y=5", True),
    ("linear_system", ("x+y=5", "x-y=1"), ["x=3"], "2x=6", False),
    ("linear_system", ("x+y=5", "x-y=1"), [], "2x=5", False),
    ("linear_system", ("x+y=5", "x-y=1"), [], "y+x=5", False),
    ("linear_system", ("x+y=5", "x-y=1"), [], "5=x+y", False),
    ("linear_system", ("x+y=5", "x-y=1"), [], "2x+3y=12", False),
    ("linear_system", ("x+y=5", "x-y=1"), [], "x=x", False),
    ("linear_system", ("x+y=5", "x-y=1"), [], "x*y=6", False),
    ("linear_system", ("x+y=5", "x-y=1"), ["2x+2y=10", "3x+3y=15", "4x+4y=20"], "5x+5y=25", False),
    ("quadratic_equation", ("x^2-5x+6=0",), [], "(x-2)(x-3)=0", True),
    ("quadratic_equation", ("x^2-5x+6=0",), [], "(x-5/2)^2=1/4", True),
    ("quadratic_equation", ("x^2-5x+6=0",), ["(x-2)(x-3)=0"], "x-2=0 or x-3=0", True),
    ("quadratic_equation", ("x^2-5x+6=0",), ["x-2=0 or x-3=0"], "(x-2)(x-3)=0", False),
    ("quadratic_equation", ("x^2-5x+6=0",), [], "(-5)^2-4*1*6=1", True),
    ("quadratic_equation", ("x^2-5x+6=0",), [], "(-5)^2-4*1*6=2", False),
    ("quadratic_equation", ("x^2-5x+6=0",), [], "7-6=1", False),
    ("quadratic_equation", ("x^2-5x+6=0",), [], "5+6=11", False),
    ("quadratic_equation", ("x^2-5x+6=0",), ["(-5)^2-4*1*6=1"], "25-24=1", False),
    ("quadratic_equation", ("x^2-5x+6=0",), [], "(x+2)(x+3)=0", False),
    ("quadratic_equation", ("x^2-5x+6=0",), [], "x=2", False),
    ("quadratic_equation", ("x^2-5x+6=0",), [], "2x^2-10x+12=0", False),
    ("quadratic_equation", ("x^2-5x+6=0",), [], "x^2-5x=-6", True),
    ("quadratic_equation", ("x^2-2x-1=0",), ["(x-1)^2=2"], "x-1=±sqrt(2)", True),
    ("quadratic_equation", ("x^2-2x-1=0",), [], "x=(2+sqrt(8))/2 or x=(2-sqrt(8))/2", True),
    ("quadratic_equation", ("x^2-2x-1=0",), [], "x=(2+sqrt(7))/2 or x=(2-sqrt(7))/2", False),
    ("quadratic_equation", ("x^2+2x+5=0",), [], "(x+1)^2=-4", True),
    ("quadratic_equation", ("x^2+2x+5=0",), [], "x^2=-1", False),
    ("polynomial_expansion", ("(x+2)(x-3)",), [], "x^2-3x+2x-6", True),
    ("polynomial_expansion", ("(x+2)(x-3)",), [], "x(x-3)+2(x-3)", True),
    ("polynomial_expansion", ("(x+2)(x-3)",), [], "(x+2)(x-3)=x^2-3x+2x-6", True),
    ("polynomial_expansion", ("(x+2)(x-3)",), [], "(x-3)(x+2)", False),
    ("polynomial_expansion", ("(x+2)(x-3)",), [], "x^2-3x+2x+6", False),
    ("polynomial_expansion", ("(x+2)(x-3)",), ["x^2-x-6"], "x^2-3x+2x-6", False),
    ("polynomial_expansion", ("(x+2)(x-3)",), [], "x^2+2x=x(x+2)", False),
    ("polynomial_factorisation", ("x^2-x-6",), [], "2*(-3)=-6", True),
    ("polynomial_factorisation", ("x^2-x-6",), [], "-3*2=-6", True),
    ("polynomial_factorisation", ("x^2-x-6",), [], "2-3=-1", True),
    ("polynomial_factorisation", ("x^2-x-6",), [], "1*(-6)=-6", False),
    ("polynomial_factorisation", ("x^2-x-6",), [], "1+(-2)=-1", False),
    ("polynomial_factorisation", ("x^2-x-6",), [], "2*(-3)=6", False),
    ("polynomial_factorisation", ("x^2-x-6",), ["2*(-3)=-6"], "(-3)*2=-6", False),
    ("polynomial_factorisation", ("x^2-x-6",), [], "x^2+2x-3x-6", True),
    ("polynomial_factorisation", ("x^2-x-6",), [], "x^2+x-2x-6", False),
    ("polynomial_factorisation", ("x^2-x-6",), ["x^2+2x-3x-6"], "x(x+2)-3(x+2)", True),
    ("polynomial_factorisation", ("x^2-x-6",), ["x(x+2)-3(x+2)"], "x^2+2x-3x-6", False),
    ("polynomial_factorisation", ("x^2-x-6",), [], "x(x-1)-6", False),
    ("polynomial_factorisation", ("2x^2-2x-12",), [], "2(x^2-x-6)", True),
    ("polynomial_factorisation", ("2x^2-2x-12",), ["2(x^2-x-6)"], "2*(-3)=-6", True),
    ("polynomial_factorisation", ("x^3-7x+6",), [], "(x-1)(x^2+x-6)", True),
    ("polynomial_factorisation", ("x^3-7x+6",), [], "(x+1)(x^2+x-6)", False),
]


def question(name: str, facts: tuple[str, ...]) -> Question:
    return Question(name, 1, "", "", facts)


def verify(name: str, facts: tuple[str, ...], answer: str) -> bool:
    return get_family(name).verify(Problem(question(name, facts), ""), answer).correct


def drawn(name: str, seed: int, level: int) -> Problem:
    family = get_family(name)
    return family.generate(np.random.default_rng(seed), 1 + level % family.levels)


def last_digit_changed(line: str) -> str:
    """The line with its last digit one higher (9 becomes 0)."""
    return re.sub(r"\d(?=\D*$)", lambda digit: str((int(digit[0]) + 1) % 10), line)


@pytest.mark.parametrize(("name", "answer"), [(n, a) for n in NAMES for a in ACCEPTED[n]])
def test_any_way_of_writing_the_right_answer_is_accepted(name: str, answer: str) -> None:
    assert verify(name, FACTS[name], answer)


@pytest.mark.parametrize(("name", "answer"), [(n, a) for n in NAMES for a in REJECTED[n]])
def test_wrong_or_unfinished_answers_are_rejected(name: str, answer: str) -> None:
    assert not verify(name, FACTS[name], answer)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("answer", HOSTILE)
def test_texts_without_an_answer_are_rejected_and_never_raise(name: str, answer: str) -> None:
    family = get_family(name)
    asked = question(name, FACTS[name])
    assert not verify(name, FACTS[name], answer)
    assert not family.check_conclusion(asked, (), answer).correct
    assert not family.check_step(asked, ("x=", answer), answer).correct


@pytest.mark.parametrize(("name", "facts", "answer", "right"), MORE)
def test_answers_to_other_questions(name: str, facts: tuple[str, ...], answer: str, right: bool) -> None:
    assert verify(name, facts, answer) is right


@pytest.mark.parametrize(("name", "facts", "before", "step", "follows"), STEPS)
def test_steps_must_be_true_and_make_progress(
    name: str, facts: tuple[str, ...], before: list[str], step: str, follows: bool
) -> None:
    assert get_family(name).check_thought(question(name, facts), before, step).correct is follows


@pytest.mark.parametrize("name", NAMES)
def test_a_step_is_not_spoilt_by_an_earlier_line_that_cannot_be_judged(name: str) -> None:
    family = get_family(name)
    problem = drawn(name, 1, 3)
    first = family.reference_thoughts(problem)[0]
    before = ("", "((", "1/0=x", "1/0", "1/0*2=3", "x^(x^x)=9^9^9^9", "9^9^9^9=x", "(x+1)^1999=0", "0/0=0")
    assert family.check_thought(problem.question, before, first).correct


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), level=st.integers(0, 100))
def test_reference_answers_verify_and_changed_ones_do_not(name: str, seed: int, level: int) -> None:
    problem = drawn(name, seed, level)
    family = get_family(name)
    assert family.verify(problem, problem.answer).correct
    if re.search(r"\d", problem.answer):
        assert not family.verify(problem, last_digit_changed(problem.answer)).correct


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), level=st.integers(0, 100))
def test_reference_thoughts_follow_one_by_one_and_changed_ones_do_not(name: str, seed: int, level: int) -> None:
    problem = drawn(name, seed, level)
    family = get_family(name)
    thoughts = family.reference_thoughts(problem)
    assert thoughts[-1] == f"Answer: {problem.answer}"
    for i, thought in enumerate(thoughts):
        before = thoughts[:i]
        assert family.check_thought(problem.question, before, thought).correct, thought
        changed = last_digit_changed(thought)
        if changed != thought:
            assert not family.check_thought(problem.question, before, changed).correct, changed


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
def test_the_first_levels_are_small(name: str) -> None:
    family = get_family(name)
    rng = np.random.default_rng(0)
    for level in (1, 2):
        for _ in range(100):
            thoughts = family.reference_thoughts(family.generate(rng, level))
            assert len(thoughts) <= 6
            assert max(map(len, thoughts)) <= 25


@pytest.mark.parametrize("name", NAMES)
def test_the_first_level_has_hundreds_of_questions(name: str) -> None:
    rng = np.random.default_rng(0)
    statements = {get_family(name).generate(rng, 1).question.statement for _ in range(2_000)}
    assert len(statements) > 300


def test_equations_and_factors_stand_in_one_order() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        system = get_family("linear_system").generate(rng, 4).question.given
        product = get_family("polynomial_expansion").generate(rng, 2).question.given[0]
        assert system == tuple(sorted(system, key=_coefficients, reverse=True))
        assert [f"({part}" for part in str(product).split("(")[1:]] == sorted(
            str(product).replace(")(", ")|(").split("|")
        )


def _coefficients(equation: object) -> tuple[int, int]:
    match = re.match(r"(-?\d*)x([+-]\d*)y", str(equation))
    assert match is not None
    a, b = (int(text + "1" if text in {"", "+", "-"} else text) for text in match.groups())
    return a, b


def test_numbers_signs_and_powers_are_written_as_people_do() -> None:
    assert polynomial((1, -1, 3)) == "3x^2-x+1"
    assert polynomial((0, 0, -1)) == "-x^2"
    assert polynomial(()) == "0"
    assert term(-1, "x") == "-x"
    assert add(["-x", "0", "-1"]) == "-x-1"
    assert product([("x-1", 2), ("x", 1)], -1) == "-(x-1)^2x"
    assert product([("2x", 2)]) == "(2x)^2"
    assert quotient("x+1", "2x") == "(x+1)/(2x)"
    assert terms({(1, 1): -2, (0, 2): 1, (2, 0): 1}) == "x^2-2xy+y^2"
