"""Algorithms carried out by hand: what is accepted and what isn't."""

import numpy as np
import pytest

from reasoning_gym.family import get_family
from reasoning_gym.problem import Problem, Question


def ask(family, *given):
    return Problem(Question(family, 1, "", "", given), "")


def drawn(name, count=12):
    """Problems of each level, and a generator for what a test draws itself."""
    family = get_family(name)
    rng = np.random.default_rng(11)
    return [family.generate(rng, level) for level in range(1, family.levels + 1) for _ in range(count)]


def right(problem, answer):
    return get_family(problem.question.family).verify(problem, answer).correct


def accepts(problem, before, step):
    return get_family(problem.question.family).check_thought(problem.question, before, step).correct


BUBBLE = ask("sorting_trace", "Bubble", 1, (7, 4, 6, 9, 2))
SELECTION = ask("sorting_trace", "Selection", 3, (5, 8, 3, 1, 9))
INSERTION = ask("sorting_trace", "Insertion", 2, (5, 8, 3, 1))
SWAPS = ask("sorting_trace", "Bubble", 0, (3, 2, 1))


@pytest.mark.parametrize(
    ("problem", "answers", "wrong"),
    [
        (
            BUBBLE,
            ["4,6,7,2,9", "4 6 7 2 9", "[4, 6, 7, 2, 9]", "(4,6,7,2,9)", "$4,6,7,2,9$."],
            ["2,4,6,7,9", "7,4,6,9,2", "4,6,7,2", "4,6,7,2,9,9", "46729", "4,6,7,9,2", "4,6,7,2,9 or 4,6,7,9,2"],
        ),
        (SELECTION, ["1,3,5,8,9"], ["1,3,5,9,8", "1,3,8,5,9"]),
        (INSERTION, ["3,5,8,1"], ["1,3,5,8", "5,3,8,1", "5,8,3,1"]),  # two passes place three numbers
        (SWAPS, ["3", "3.0"], ["2", "4", "1+2", "3 or 4", "1,2,3"]),
    ],
)
def test_passes_of_a_sort_and_swaps(problem, answers, wrong):
    assert [answer for answer in answers if not right(problem, answer)] == []
    assert [answer for answer in wrong if right(problem, answer)] == []


@pytest.mark.parametrize(
    ("problem", "before", "step", "valid"),
    [
        (BUBBLE, (), "4,7,6,9,2", True),
        (BUBBLE, (), "4, 6, 7, 9, 2", True),  # two swaps at once
        (BUBBLE, (), "1: 4,6,7,2,9", True),
        (BUBBLE, (), "7,4,6,9,2", False),  # the question
        (BUBBLE, (), "7,4,6,2,9", False),  # a swap, but not the first
        (BUBBLE, (), "2,4,6,7,9", False),  # sorted, as no single pass does
        (BUBBLE, (), "1: 4,7,6,9,2", False),  # the pass isn't over
        (BUBBLE, ("4,6,7,9,2",), "4,7,6,9,2", False),  # back
        (BUBBLE, ("4,6,7,9,2",), "4, 6,7,9,2", False),
        (SELECTION, (), "1: 1,8,3,5,9", True),
        (SELECTION, ("1: 1,8,3,5,9",), "pass 2: 1,3,8,5,9", True),
        (SELECTION, ("1: 1,8,3,5,9",), "2: 1,8,3,5,9", False),
        (SELECTION, (), "4: 1,3,5,8,9", False),  # one pass too many
        (INSERTION, (), "1: 5,8,3,1", True),  # 8 stays where it is
        (INSERTION, ("1: 5,8,3,1",), "5,3,8,1", True),
        (INSERTION, ("1: 5,8,3,1",), "1: 5,8, 3,1", False),
        (INSERTION, (), "2: 5,3,8,1", False),
        (SWAPS, (), "1: 2,1,3; 2 swaps", True),
        (SWAPS, (), "1: 2,1,3; 3 swaps", False),
        (SWAPS, (), "2,3,1; 1 swap", True),
        (SWAPS, ("1: 2,1,3; 2 swaps",), "2: 1,2,3; 3 swaps", True),
        (SWAPS, ("2: 1,2,3",), "3: 1,2,3", False),  # it was sorted by then
        (SWAPS, (), "3 swaps", False),
    ],
)
def test_a_line_of_a_sort_is_a_later_list_of_its_run(problem, before, step, valid):
    assert accepts(problem, before, step) == valid


def test_sorts_agree_with_textbook_ones():
    for problem in drawn("sorting_trace"):
        algorithm, passes, numbers = problem.question.given
        if not passes:
            inversions = sum(a > b for i, a in enumerate(numbers) for b in numbers[i + 1 :])
            assert problem.answer == str(inversions)
            continue
        result = list(numbers)
        for k in range(passes):
            if algorithm == "Bubble":  # what is left of the front part loses its largest to the end
                top = 0
                for i in range(1, len(result)):
                    carried = max(result[top], result[i])
                    result[i - 1], result[i], top = min(result[top], result[i]), carried, i
            elif algorithm == "Selection":
                least = result.index(min(result[k:]))
                result[k], result[least] = result[least], result[k]
            else:
                result = sorted(result[: k + 2]) + result[k + 2 :]
        assert problem.answer == ",".join(map(str, result))
