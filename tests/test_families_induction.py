"""Families of induction: what is accepted and what isn't, with every rule of the declared set tried out."""

from itertools import pairwise, product

import numpy as np
import pytest

from reasoning_gym.family import get_family
from reasoning_gym.problem import Question

SEQUENCE = get_family("number_sequence")
LISTS = get_family("list_function")
GRIDS = get_family("grid_transform")


def drawn(family, count=12):
    """Problems of every level."""
    rng = np.random.default_rng(5)
    return [family.generate(rng, level) for level in range(1, family.levels + 1) for _ in range(count)]


def asks(family, *given):
    return Question(family.name, 1, "", "", given)


LINEAR = asks(SEQUENCE, (3, 7, 11, 15, 19, 23))
GROWING = asks(SEQUENCE, (1, 3, 6, 10, 15, 21))
DOUBLED = asks(SEQUENCE, (1, 3, 7, 15, 31, 63))
FIBONACCI = asks(SEQUENCE, (2, 3, 5, 8, 13, 21))
IN_TURN = asks(SEQUENCE, (5, 8, 6, 9, 7, 10))
WOVEN = asks(SEQUENCE, (1, 10, 2, 20, 4, 30, 8))
VANISHED = asks(SEQUENCE, (1, 5, 2, 0, 3, 0))  # 5 is multiplied by 0
NEGATIVE = asks(SEQUENCE, (5, -10, 20, -40, 80, -160))


@pytest.mark.parametrize(
    ("question", "following"),
    [
        (LINEAR, 27),
        (GROWING, 28),
        (DOUBLED, 127),
        (FIBONACCI, 34),
        (IN_TURN, 8),
        (WOVEN, 40),
        (NEGATIVE, 320),
        (VANISHED, 4),
    ],
)
def test_the_next_term_is_the_one_that_the_rules_agree_on(question, following):
    for answer in (f"{following}", f"{following}.0", f" ${following}$."):
        assert SEQUENCE.check_conclusion(question, (), answer).correct
    last = question.given[0][-1]
    wrong = [f"{following + 1}", f"{-following}", f"{last}+{following - last}", f"{following}, {following}", f"{last}"]
    for answer in [*wrong, f"{following} or 3", "", "x"]:
        assert not SEQUENCE.check_conclusion(question, (), answer).correct


@pytest.mark.parametrize(
    ("question", "before", "step", "right"),
    [
        (LINEAR, (), "differences 4,4,4,4,4", True),
        (LINEAR, (), "differences: 4, 4, 4, 4, 4", True),
        (LINEAR, (), "differences 4,4,4,4", False),
        (LINEAR, (), "differences 4,4,4,4,5", False),
        (LINEAR, ("differences 4,4,4,4,4",), "differences: 4,4,4,4,4", False),
        (LINEAR, (), "23+4=27", True),
        (LINEAR, (), "4+23=27", True),
        (LINEAR, (), "23+4=28", False),
        (LINEAR, (), "23+5=28", False),
        (LINEAR, (), "26+1=27", False),  # not from the last term
        (LINEAR, (), "30-3=27", False),
        (asks(SEQUENCE, (-1, -1, -2, -3, -5, -8)), (), "-5-8=-13", True),
        (LINEAR, (), "19+8=27", True),  # every other term grows by 8
        (asks(SEQUENCE, (1, 2, 3, 4, 5, 6)), (), "6+1=7", True),
        (asks(SEQUENCE, (2, 4, 6, 8, 10, 12)), (), "7*2=14", False),
        (asks(SEQUENCE, (5, 10, 15, 20, 25, 30)), (), "5*7=35", False),
        (asks(SEQUENCE, (0, 4, 8, 12, 16, 20)), (), "4*6=24", False),
        (asks(SEQUENCE, (-2, -1, 0, 1, 2, 3)), (), "2*2=4", False),  # nothing is multiplied
        (asks(SEQUENCE, (-2, -1, 0, 1, 2, 3)), (), "2+2=4", True),
        (LINEAR, (), "4+0=4", False),
        (LINEAR, ("23+4=27",), "4+23=27", False),
        (LINEAR, (), "ratios 2,2,2,2,2", False),
        (LINEAR, (), "even places 7,15,23", True),
        (LINEAR, (), "even places 3,11,19", False),
        (GROWING, (), "second differences 1,1,1,1", True),
        (GROWING, (), "6+1=7", True),
        (GROWING, (), "7+1=8", False),
        (GROWING, (), "21+7=28", True),
        (GROWING, (), "second differences of odd places 4", True),
        (GROWING, (), "second differences of odd places 5", False),
        (DOUBLED, (), "ratios of differences 2,2,2,2", True),
        (DOUBLED, (), "ratios of differences 2,2,2,3", False),
        (DOUBLED, (), "32*2=64", True),
        (DOUBLED, (), "63+64=127", True),
        (DOUBLED, (), "63*2+1=127", True),
        (DOUBLED, (), "2*63 + 1 = 127", True),
        (DOUBLED, (), "63*2+1=128", False),
        (DOUBLED, (), "63*1+64=127", False),  # not by these two numbers
        (DOUBLED, (), "31*4+3=127", False),
        (DOUBLED, ("63*2+1=127",), "63+64=127", False),
        (DOUBLED, (), "63*2=126", False),
        (DOUBLED, (), "31+96=127", False),  # the term before the last has no part in it
        (FIBONACCI, (), "sums 5,8,13,21", True),
        (FIBONACCI, (), "sums 5,8,13,22", False),
        (FIBONACCI, (), "13+21=34", True),
        (IN_TURN, (), "10-2=8", True),
        (IN_TURN, (), "10+3=13", False),
        (WOVEN, (), "ratios of odd places 2,2,2", True),
        (WOVEN, (), "30+10=40", True),
        (WOVEN, (), "8*2=16", False),  # belongs to the other sequence
        (NEGATIVE, (), "-160*-2=320", True),
        (NEGATIVE, (), "-160*2=320", False),
        (LINEAR, (), "1=1", False),
        (LINEAR, (), "odd places of odd places 3,19", False),
    ],
)
def test_a_row_is_true_and_new_and_a_calculation_gives_what_comes_next(question, before, step, right):
    assert SEQUENCE.check_thought(question, before, step).correct == right


def simple_rules(terms, bound):
    """What adding or multiplying by any small number makes of the last term, where that explains all terms."""
    for number in range(-bound, bound + 1):
        for act in (lambda x, n=number: x + n, lambda x, n=number: x * n):
            if all(act(a) == b for a, b in pairwise(terms)):
                yield act(terms[-1])


def nexts(terms):
    """The next terms by all rules of the declared set, their numbers tried out rather than solved for."""
    bound = max(abs(b - a) for a, b in pairwise(terms)) + 1
    found = set(simple_rules(terms, bound))
    for p, q in product(range(-4, 5), range(-bound, bound + 1)):
        rules = [lambda i, x, p=p, q=q: p * x + q]  # of the term's index and the term before
        rules.append(lambda i, x, p=p, q=q, steps=terms[1] - terms[0]: x + steps + q * i if p == 0 else None)
        rules += [lambda i, x, q=q, r=terms[1] - terms[0]: x + (r if i % 2 == 0 else q)] if p == 0 else []
        for rule in rules:
            if all(rule(i, terms[i]) == terms[i + 1] for i in range(len(terms) - 1)):
                found.add(rule(len(terms) - 1, terms[-1]))
    if all(a + b == c for a, b, c in zip(terms, terms[1:], terms[2:], strict=False)):
        found.add(terms[-2] + terms[-1])
    mine, other = terms[len(terms) % 2 :: 2], terms[1 - len(terms) % 2 :: 2]
    wide = 2 * bound
    if list(simple_rules(other, wide)):
        found |= set(simple_rules(mine, wide))
    return found


def test_the_next_term_is_unique_over_the_declared_rules():
    for problem in drawn(SEQUENCE, count=8):
        terms = problem.question.given[0]
        if max(map(abs, terms)) < 500:
            assert nexts(terms) == {int(problem.answer)}, problem


REVERSED = asks(LISTS, 1, (((1, 2, 3), (3, 2, 1)), ((4, 4, 5), (5, 4, 4))), (7, 8, 9))
TWICE = asks(LISTS, 2, (((1, 2, 4), (8, 4, 2)), ((3, 5), (10, 6))), (2, 0, 1))
TAKEN = ("rule: reverse, double",)


@pytest.mark.parametrize(
    ("question", "answer", "right"),
    [
        (REVERSED, "[9,8,7]", True),
        (REVERSED, "[9, 8, 7]", True),
        (REVERSED, "9 8 7", True),
        (REVERSED, "(9,8,7).", True),
        (REVERSED, "[7,8,9]", False),
        (REVERSED, "[9,8]", False),
        (REVERSED, "[9,8,7,7]", False),
        (REVERSED, "[9,8,6+1]", False),
        (REVERSED, "[9,8,7] or [7,8,9]", False),
        (REVERSED, "reverse", False),
        (TWICE, "[2,0,4]", True),
        (TWICE, "[1,0,2]", False),
    ],
)
def test_the_list_is_what_the_rule_makes(question, answer, right):
    assert LISTS.check_conclusion(question, (), answer).correct == right


@pytest.mark.parametrize(
    ("question", "before", "step", "right"),
    [
        (REVERSED, (), "rule: reverse", True),
        (REVERSED, (), "rule: sort", False),
        (REVERSED, (), "rule: reverse, reverse, reverse", False),  # more than one step
        (REVERSED, (), "rule: ", False),
        (REVERSED, (), "rule: turn round", False),
        (REVERSED, (), "[7,8,9]->[9,8,7]", False),  # by which rule?
        (REVERSED, ("rule: reverse",), "[7,8,9]->[9,8,7]", True),
        (REVERSED, ("rule: reverse",), "[7,8,9] -> [9, 8, 7]", True),
        (REVERSED, ("rule: reverse",), "[7,8,9]->[9,8,6]", False),
        (REVERSED, ("rule: reverse",), "[1,2,3]->[3,2,1]", False),  # in the question
        (REVERSED, ("rule: reverse",), "[7,8,9]", False),
        (REVERSED, ("rule: reverse", "[7,8,9]->[9,8,7]"), "[7,8,9] ->[9,8,7]", False),
        (TWICE, (), "rule: double, reverse", True),
        (TWICE, (), "rule: double", False),
        (TWICE, TAKEN, "rule: double, reverse", False),  # says nothing new
        (TWICE, TAKEN, "[2,0,1]->[1,0,2]", True),
        (TWICE, TAKEN, "[2,0,1]->[1,0,2]->[2,0,4]", True),
        (TWICE, TAKEN, "[2,0,1]->[4,0,2]->[2,0,4]", False),  # not this rule
        (TWICE, TAKEN, "[2,0,1]->[2,0,4]", False),
        (TWICE, TAKEN, "[3,5]->[5,3]->[10,6]", True),
        (TWICE, (*TAKEN, "[3,5]->[5,3]->[10,6]"), "[3,5]->[5,3]", False),
        (TWICE, (*TAKEN, "[3,5]->[5,3]"), "[3,5]->[5,3]->[10,6]", True),
        (TWICE, TAKEN, "[9,9]->[9,9]->[18,18]", False),  # not in the question
        (TWICE, ("rule: sort",), "[2,0,1]->[0,1,2]", False),
    ],
)
def test_a_rule_fits_and_a_line_follows_it(question, before, step, right):
    assert LISTS.check_thought(question, before, step).correct == right


def done(step, numbers):
    """The list after a step, from its name."""
    made = list(numbers)
    if step in {"reverse", "sort"}:
        getattr(made, step)()
    elif step in {"drop first", "drop last"}:
        made[:] = made[1:] if step == "drop first" else made[: len(made) - 1]
    elif step == "first to end" and made:
        made.append(made.pop(0))
    elif step in {"double", "add 1"}:
        made = [x + x if step == "double" else x + 1 for x in made]
    elif step in {"keep even", "keep odd"}:
        made = [x for x in made if (x % 2 == 1) == (step == "keep odd")]
    elif step == "running sums":
        made = [sum(made[: i + 1]) for i in range(len(made))]
    return tuple(made)


def steps_named(family):
    _, _, names = family.generate(np.random.default_rng(0), 1).question.answer_format.partition("are among: ")
    return [name.strip(" .") for name in names.split(", ")]


def test_all_rules_that_fit_the_lists_agree():
    names = steps_named(LISTS)
    assert len(names) == 10
    for problem in drawn(LISTS, count=3):
        most, examples, query = problem.question.given
        outputs = set()
        for length in range(1, most + 1):
            for rule in product(names, repeat=length):
                things = [before for before, _ in examples] + [query]
                for step in rule:
                    things = [done(step, thing) for thing in things]
                if things[:-1] == [after for _, after in examples]:
                    outputs.add(things[-1])
        assert outputs == {tuple(map(int, problem.answer.strip("[]").split(",")))}


TURNED = asks(GRIDS, 1, ((("12", "30"), ("31", "02")),), ("123", "001"))
SLID = asks(GRIDS, 2, ((("012", "000", "030"), ("320", "000", "100")),), ("300", "021", "001"))
THRICE = ("rule: slide left, swap 1 3, slide left",)


@pytest.mark.parametrize(
    ("question", "answer", "right"),
    [
        (TURNED, "01/02/13", True),
        (TURNED, "0 1 / 0 2 / 1 3", True),
        (TURNED, "01,02,13", True),
        (TURNED, "$01/02/13$.", True),
        (TURNED, "31/20/10", False),  # to the left
        (TURNED, "01/02", False),
        (TURNED, "010213", False),
        (TURNED, "001/123", False),
        (TURNED, "01/02/13 or 31/20/10", False),
        (TURNED, "turn right", False),
    ],
)
def test_the_grid_is_what_the_rule_makes(question, answer, right):
    assert GRIDS.check_conclusion(question, (), answer).correct == right


@pytest.mark.parametrize(
    ("question", "before", "step", "right"),
    [
        (TURNED, (), "rule: turn right", True),
        (TURNED, (), "rule: turn left", False),
        (TURNED, (), "rule: transpose, mirror", False),  # does the same in two steps
        (TURNED, ("rule: turn right",), "123/001->01/02/13", True),
        (TURNED, ("rule: turn right",), "123/001->01/02/12", False),
        (TURNED, ("rule: turn right",), "12/30->31/02", False),  # in the question
        (SLID, (), "rule: slide left", False),
        (SLID, (), "rule: mirror, swap 1 3", False),
        (SLID, (), "rule: slide left, swap 1 3", True),
        (SLID, ("rule: swap 1 3, slide left",), "300/021/001->100/023/003->100/230/300", True),
        (SLID, ("rule: swap 1 3, slide left",), "300/021/001->100/023/003", True),
        (SLID, ("rule: swap 1 3, slide left",), "300/021/001->300/210/100", False),
        (SLID, THRICE, "300/021/001->300/210/100", False),  # three steps are no rule of at most two
    ],
)
def test_a_rule_fits_and_a_line_follows_it_through_grids(question, before, step, right):
    assert GRIDS.check_thought(question, before, step).correct == right


def transformed(step, rows):
    """The grid after a step, by NumPy."""
    cells = np.array([[int(cell) for cell in row] for row in rows])
    if step.startswith("swap"):
        one, other = int(step[5]), int(step[7])
        made = np.where(cells == one, other, np.where(cells == other, one, cells))
    elif step == "slide left":
        made = np.take_along_axis(cells, np.argsort(cells == 0, axis=1, kind="stable"), axis=1)
    else:
        made = {
            "turn right": lambda: np.rot90(cells, -1),
            "turn left": lambda: np.rot90(cells),
            "half turn": lambda: np.rot90(cells, 2),
            "mirror": lambda: np.fliplr(cells),
            "flip": lambda: np.flipud(cells),
            "transpose": lambda: cells.T,
            "shift right": lambda: np.roll(cells, 1, axis=1),
            "shift down": lambda: np.roll(cells, 1, axis=0),
        }[step]()
    return tuple("".join(map(str, row)) for row in made.tolist())


def test_all_rules_that_fit_the_grid_agree():
    names = [name.partition(" (")[0] for name in steps_named(GRIDS)]
    assert len(names) == 12
    for problem in drawn(GRIDS, count=3)[:12]:
        most, ((before, after),), query = problem.question.given
        rules = [rule for length in range(1, most + 1) for rule in product(names, repeat=length)]
        outputs = {made_by(rule, query) for rule in rules if made_by(rule, before) == after}
        assert outputs == {tuple(problem.answer.split("/"))}


def made_by(rule, rows):
    for step in rule:
        rows = transformed(step, rows)
    return rows


def test_three_steps_are_looked_through_as_by_trying_all_rules():
    names = [name.partition(" (")[0] for name in steps_named(GRIDS)]
    problem = GRIDS.generate(np.random.default_rng(3), 5)
    _, ((before, after),), query = problem.question.given
    rules = [rule for length in (1, 2, 3) for rule in product(names, repeat=length) if made_by(rule, before) == after]
    assert {len(rule) for rule in rules} == {3}
    assert {made_by(rule, query) for rule in rules} == {tuple(problem.answer.split("/"))}


def test_the_picture_of_a_grid_shows_the_question_only():
    problem = GRIDS.generate(np.random.default_rng(0), 1)
    picture = GRIDS.picture(problem.question)
    assert picture.count("<rect") == 1 + 7 * 7  # two bands of three rows and one between, each 3 + 1 + 3 cells wide
    assert "?" in picture
