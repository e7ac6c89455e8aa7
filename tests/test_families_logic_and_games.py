"""Entailment and countdown: what is accepted and what isn't."""

from itertools import product

import numpy as np
import pytest

from reasoning_gym.checker import stated_answer
from reasoning_gym.family import get_family
from reasoning_gym.problem import Problem, Question

ENTAILMENT = get_family("propositional_entailment")
COUNTDOWN = get_family("countdown")


def does_follow(*premises, goal):
    return Problem(Question("propositional_entailment", 1, "", "", (premises, goal)), "")


def make(target, *numbers):
    return Problem(Question("countdown", 1, "", "", (target, numbers)), "")


@pytest.mark.parametrize(
    ("problem", "answer"),
    [
        (does_follow("p", "p->q", goal="q"), "yes"),
        (does_follow("q", "p->q", goal="p"), "no"),
        (does_follow("not q", "p->q", goal="not p"), "yes"),
        (does_follow("p or q", "not p", goal="q"), "yes"),
        (does_follow("p or q", "p", goal="q"), "no"),
        (does_follow("p->q", "not p->q", goal="q"), "yes"),  # by cases, which no chain of literals shows
        (does_follow("p<->q", "q<->r", "not r", goal="not p"), "yes"),
        (does_follow("p->q->r", "p", goal="r"), "no"),
        (does_follow("p and q or r", goal="r"), "no"),
    ],
)
def test_entailment_is_decided_by_truth_table(problem, answer):
    other = {"yes": "no", "no": "yes"}[answer]
    for text in (answer, answer.upper(), f"{answer}.", f"\\text{{{answer}}}", f"\\boxed{{{answer}}}"):
        assert ENTAILMENT.verify(problem, text).correct
    for text in (other, f"{answer} or {other}", f"not {answer}", f"{answer} {other}", answer[0], "maybe"):
        assert not ENTAILMENT.verify(problem, text).correct


CHAIN = does_follow("p", "p->q", "not q or r", goal="r")
ABDUCTION = does_follow("q", "p->q", goal="p")


@pytest.mark.parametrize(
    ("problem", "before", "step", "right"),
    [
        (CHAIN, (), "q", True),
        (CHAIN, (), "r", True),
        (CHAIN, (), "p->r", True),
        (CHAIN, (), "p and q", True),
        (CHAIN, (), "p & q", True),
        (CHAIN, (), "not q", False),
        (CHAIN, (), "p", False),  # a premise
        (CHAIN, (), "not p or q", False),  # a premise in other words
        (CHAIN, (), "q or not q", False),  # says nothing
        (CHAIN, (), "s or p", False),  # s isn't in the question
        (CHAIN, ("q",), "not not q", False),
        (CHAIN, (), "p=T,q=T,r=F", False),  # no counter-example
        (CHAIN, (), "3", False),
        (CHAIN, (), "p+q", False),
        (ABDUCTION, (), "p=F,q=T", True),
        (ABDUCTION, (), "q=T, p=F", True),
        (ABDUCTION, ("p=F,q=T",), "q=T,p=F", False),
        (ABDUCTION, (), "p=T,q=T", False),
        (ABDUCTION, (), "p=F,q=F", False),
        (ABDUCTION, (), "p=F", False),
        (ABDUCTION, (), "p=F,q=T,r=T", False),
        (ABDUCTION, (), "p=F,p=T,q=T", False),
        (ABDUCTION, (), "p", False),
    ],
)
def test_a_logical_step_is_entailed_and_new_or_a_counter_example(problem, before, step, right):
    assert ENTAILMENT.check_thought(problem.question, before, step).correct == right


@pytest.mark.parametrize("level", range(1, ENTAILMENT.levels + 1))
def test_half_of_the_conclusions_follow_in_either_split(level):
    for split in ("train", "test"):
        yes = sum(ENTAILMENT.problem(split, level, index).answer == "yes" for index in range(200))
        assert 70 <= yes <= 130  # four standard deviations


def test_verdicts_agree_with_a_truth_table_written_out():
    rng = np.random.default_rng(0)
    for _ in range(40):
        problem = ENTAILMENT.generate(rng, int(rng.integers(1, 5)))
        premises, goal = problem.question.given
        names = sorted(set("".join([*premises, goal])) & set("pqrstuvw"))
        rows = [dict(zip(names, values, strict=True)) for values in product((False, True), repeat=len(names))]
        follows = all(true(goal, row) for row in rows if all(true(premise, row) for premise in premises))
        assert ENTAILMENT.verify(problem, "yes" if follows else "no").correct


def true(text, row):
    """The truth of a literal, an implication or a disjunction of literals."""
    if "->" in text:
        left, right = text.split("->")
        return not true(left, row) or true(right, row)
    if " or " in text:
        return any(true(part, row) for part in text.split(" or "))
    return not row[text[4:]] if text.startswith("not ") else row[text]


@pytest.mark.parametrize(
    "answer",
    [
        "2*3*4",
        "2*(3*4)",
        "((2))*3*4",
        "2(3*4)",
        "(3*4)*2=24",
        "24=2*3*4",
        "$2 \\cdot 3 \\times 4$",
        "4*3/1*2",
        "4*(2*3)/1",
        "(4+3+1)*(2+1)",
    ],
)
def test_any_expression_of_the_numbers_with_the_right_value_is_accepted(answer):
    assert COUNTDOWN.verify(make(24, 1, 1, 2, 3, 4), answer).correct


@pytest.mark.parametrize(
    "answer",
    [
        "24",
        "24=24",
        "2*12",
        "4*(3+3)",
        "4*3*2*1*1*1",
        "4*3*2.0",
        "4!",
        "3^2*2+4+2",
        "(4-1-3)+24",
        "12*2",
        "4*6",
        "34-10",
        "3*4",
        "2*3*4, 4*3*2",
        "2*3*4=4*3*2",
        "+".join("1" * 24),
        "\\frac{4*3}{1/2}",
        "(1-3)*(1-4)*4",
    ],
)
def test_what_uses_other_numbers_or_has_another_value_is_rejected(answer):
    assert not COUNTDOWN.verify(make(24, 1, 1, 2, 3, 4), answer).correct


@pytest.mark.parametrize(
    ("answer", "right"),
    [("6-3+2", True), ("6-(3-2)", True), ("2+6-3", True), ("2-3+6", False), ("-3+6+2", False), ("6/(2/3)-4", False)],
)
def test_results_on_the_way_are_positive_integers(answer, right):
    assert COUNTDOWN.verify(make(5, 2, 3, 4, 6), answer).correct == right


@pytest.mark.parametrize(
    ("before", "step", "right"),
    [
        ((), "3*4=12;2,12", True),
        ((), "3*4=12; 12, 2", True),
        ((), "4-2=2;2,3", True),
        ((), "4/2=2;2,3", True),
        ((), "3*4=13;2,13", False),
        ((), "3*4=12;2,3,12", False),  # the 3 is gone
        ((), "3*4=12;12", False),  # the 2 is left
        ((), "3*5=15;2,15", False),
        ((), "3*3=9;2,9", False),  # there is one 3
        ((), "3/2=1;1,4", False),
        ((), "2-4=-2;-2,3", False),
        ((), "3*4=12", False),
        (("3*4=12;2,12",), "12*2=24;24", True),
        (("3*4=12;2,12",), "4*2=8;8,12", False),
        (("3*9=27;24",), "24-2=22;22", False),  # an illegal line gives no numbers
        (("3*9=27;24",), "3*4=12;2,12", True),
    ],
)
def test_a_move_takes_two_numbers_at_hand_and_says_what_is_left(before, step, right):
    assert COUNTDOWN.check_thought(make(24, 2, 3, 4).question, before, step).correct == right


@pytest.mark.parametrize("name", ["integer_expression", "linear_equation", "countdown", "propositional_entailment"])
def test_a_box_beside_another_answer_is_a_hedge_and_pays_nothing(name):
    family = get_family(name)
    problem = family.problem("train", 1, 0)
    for hedge in (f"Answer: \\boxed{{{problem.answer}}} or 41", f"Answer: 41 \\boxed{{{problem.answer}}}"):
        assert not family.verify(problem, str(stated_answer(hedge))).correct
    assert family.verify(problem, str(stated_answer(f"Answer: \\boxed{{{problem.answer}}}"))).correct
