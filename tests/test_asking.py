"""Bare texts as questions of families: the same question as the family generates, and nothing made up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym.asking import AS_IT_STANDS, MAX_ASKED_CHARS, asks, question_of, recognised
from reasoning_gym.family import Family, families, get_family
from reasoning_gym.problem import Question

ASKING = [name for name, each in families().items() if asks(each)]
WORDS = ("Solve for x: ", "Solve: ", "Evaluate: ", "Multiply: ", "In lowest terms: ", "Expand: ", "Compute: ", "Find ")
WORDED = "integers x,y with"  # asks for more than a bare text can say


def generated(name):
    """Questions of all levels with what is bare in their statements."""
    found = get_family(name)
    for level in range(1, found.levels + 1):
        for index in range(25):
            question = found.problem("train", level, index).question
            (word,) = (word for word in WORDS if question.statement.startswith(word))
            if WORDED not in question.statement:
                yield question, question.statement.removeprefix(word)


def test_the_families_where_a_bare_text_is_natural_ask():
    assert {"integer_expression", "linear_equation", "quadratic_equation", "linear_system", "inequality"} <= {*ASKING}
    assert len(ASKING) >= 10


@pytest.mark.parametrize("name", ASKING)
def test_a_family_makes_of_the_bare_text_the_question_that_it_generated(name):
    for question, text in generated(name):
        asked = get_family(name).ask(text)
        assert asked is not None, text
        assert replace(asked, level=question.level) == question
        assert 1 <= asked.level <= question.level, text  # the lowest level that asks such a thing


@pytest.mark.parametrize("name", ASKING)
def test_a_whole_statement_and_a_bare_text_with_spaces_are_the_same_question(name):
    for question, text in list(generated(name))[::7]:
        assert replace(question_of(question.statement, name), level=question.level) == question
        spaced = "".join(f" {each} " if each in "+-*/=<>;" else each for each in text).replace("<  =", "<=")
        spaced = spaced.replace(">  =", ">=")
        assert replace(question_of(f"{spaced} = ?" if name == "integer_expression" else spaced, name), level=1) == (
            replace(question, level=1)
        )


@pytest.mark.parametrize("name", ASKING)
def test_the_reference_thoughts_hold_as_steps_of_the_question_that_was_asked(name):
    found = get_family(name)
    for level in range(1, found.levels + 1):
        problem = found.problem("train", level, 3)
        if WORDED in problem.question.statement:
            continue
        asked = question_of(problem.question.statement, name)
        thoughts = found.reference_thoughts(problem)
        assert all(found.check_thought(asked, thoughts[:i], each).correct for i, each in enumerate(thoughts))


RECOGNISED = [
    ("3x+5=2x-7", "linear_equation", "Solve for x: 3x+5=2x-7"),
    (" 3 X + 5 = 2 × x − 7 ", "linear_equation", "Solve for x: 3x+5=2x-7"),
    ("3t+5=2t-7", "linear_equation", "Solve for x: 3x+5=2x-7"),
    ("solve for t: 2t=4", "linear_equation", "Solve for x: 2x=4"),
    ("x²-5x+6=0", "quadratic_equation", "Solve for x: x^2-5x+6=0"),
    ("x-y=1 and x+y=5", "linear_system", "Solve: x+y=5; x-y=1"),
    ("2x+1≤5", "inequality", "Solve for x: 2x+1<=5"),
    ("2+2", "integer_expression", "Evaluate: 2+2"),
    ("2+2=?", "integer_expression", "Evaluate: 2+2"),
    ("What is 3*4?", "integer_expression", "Evaluate: 3*4"),
    ("(2+(3*4))", "integer_expression", "Evaluate: 2+3*4"),
    ("27·13", "long_multiplication", "Multiply: 27*13"),
    ("1/2+1/3", "fraction_arithmetic", "In lowest terms: 1/2+1/3"),
    ("2/3*8/5", "fraction_arithmetic", "In lowest terms: 2/3*8/5"),
    ("17*16 mod 7", "modular_arithmetic", "Compute: 17*16 mod 7"),
    ("gcd(12, 18)", "gcd_and_lcm", "Find gcd(18,12)"),
    ("(x+1)*(x-2)", "polynomial_expansion", "Expand: (x+1)(x-2)"),
]


@pytest.mark.parametrize(("text", "name", "statement"), RECOGNISED)
def test_a_bare_text_is_put_in_the_words_of_a_family(text, name, statement):
    question = question_of(text)
    assert (question.family, question.statement) == (name, statement)


AS_THEY_STAND = [
    "x+1", "hello", "1/0", "1/(2-2)", "1/2/(1/2-1/2)", "3x+5=2y-7", "x=x", "2=3", "x/0=1", "😀", "9**9**9**9", "2 3+4",
    "5!", "2+5!", "i+1=2", "sin(x)=0", "7 mod 0", "7^-1 mod 14", "2^99999999 mod 7", "gcd(0,3)", "x+y=1; 2x+2y=2",
    "٣+٤", "-3+5", "[thought]", "x^2>2", "(" * 3_000, "9" * 4_000, "1+" * 1_999 + "1", "-" * 4_000, "x" * 4_000,
]  # fmt: skip


@pytest.mark.parametrize("text", AS_THEY_STAND, ids=lambda text: text[:12])
def test_everything_else_is_asked_as_it_stands(text):
    question = question_of(text)
    assert question == Question(AS_IT_STANDS, 1, text, question.answer_format)
    assert question.answer_format.startswith("Write one step a line.")


@given(st.one_of(st.text(max_size=40), st.text("0123456789x+-*/^=<>()., modgcd;", max_size=40)))
def test_any_text_is_a_question_that_can_be_checked(text):
    if not text.strip():
        return
    question = question_of(text)
    found = get_family(question.family)
    assert not found.check_thought(question, (), "Answer: nonsense").correct
    if question.family != AS_IT_STANDS:
        assert 1 <= question.level <= found.levels
        assert question_of(question.statement, question.family).statement == question.statement


WRONG = [
    ("", None, "empty"),
    (" \n", None, "empty"),
    ("1" * (MAX_ASKED_CHARS + 1), None, f"at most {MAX_ASKED_CHARS:,}"),
    ("2+\udcff", None, "'.udcff' at position 2, no character"),
    ("2+2", "linear_equation", "linear_equation makes no question of '2\\+2'"),
    ("2+2", "sudoku", "families that make questions of bare texts are fraction_arithmetic,"),
    ("2+2", "linear_equatoin", "did you mean 'linear_equation'"),
]


@pytest.mark.parametrize(("text", "name", "message"), WRONG, ids=lambda part: str(part)[:20])
def test_what_can_t_be_asked_is_refused_with_what_to_do(text, name, message):
    with pytest.raises(ValueError, match=message):
        question_of(text, name)


def test_a_family_may_be_told_to_ask_as_it_stands():
    assert question_of("2+2", AS_IT_STANDS).statement == "2+2"


class AskedFirst(Family):
    """Asks everything."""

    name = "a_asked_first"

    def generate(self, rng, level):
        raise NotImplementedError

    def reference_thoughts(self, problem):
        raise NotImplementedError

    def verify(self, problem, answer):
        raise NotImplementedError

    def ask(self, text):
        return Question(self.name, 1, f"Say {text}", "a word")


def test_a_family_from_elsewhere_asks_after_those_of_this_package(monkeypatch):
    known = {"a_asked_first": AskedFirst(), **families()}
    monkeypatch.setattr("reasoning_gym.asking.families", lambda: known)
    assert recognised("2+2").family == "integer_expression"
    assert recognised("hello").family == "a_asked_first"
