"""Algorithms carried out by hand: what is accepted and what isn't."""

import re
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from reasoning_gym.checker import check
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
            [
                *("4,6,7,2,9", "4 6 7 2 9", "[4, 6, 7, 2, 9]", "(4,6,7,2,9)", "$4,6,7,2,9$."),
                *("\\{4,6,7,2,9\\}", "\\left[4,6,7,2,9\\right]", "4,\\ 6,\\; 7,\\, 2,\\quad 9", "`4,6,7,2,9`"),
            ],
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
        (BUBBLE, (), "[4, 6, 7, 9, 2]", True),
        (BUBBLE, (), "Pass 1: [4, 6, 7, 2, 9]", True),
        (BUBBLE, (), "[4, 6, 7, 9, 2", False),
        (BUBBLE, (), "0: 4,7,6,9,2", False),  # after no pass it is the question's
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


def test_no_list_that_is_asked_for_is_sorted():
    for problem in drawn("sorting_trace", 60):
        _, passes, numbers = problem.question.given
        assert not passes or not right(problem, ",".join(map(str, sorted(numbers))))


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


@pytest.mark.parametrize(
    ("problem", "answers", "wrong"),
    [
        (
            ask("bracket_matching", "Unclosed", "([]<"),
            ["4,1", "4 1", "(4, 1)", "$4,1$"],
            ["1,4", "4", "4,1,2", "2", ">)", "4,2", "4,1 or 1,4", "41"],
        ),
        (ask("bracket_matching", "Check", "([)]"), ["3", "3."], ["2", "4", "1", "balanced", "open", "3 or 4", "2+1"]),
        (ask("bracket_matching", "Check", "<>)("), ["3"], ["4", "open", "balanced"]),
        (
            ask("bracket_matching", "Check", "([]<"),
            ["open", "Open.", "'open'"],
            ["balanced", "4", "not open", "0", "5", "open or balanced", "'open' 'balanced'"],
        ),
        (
            ask("bracket_matching", "Check", "([]<>)"),
            ["balanced", "\\text{balanced}", '"Balanced"', "`balanced`"],
            ["open", "0", "6", "7", "yes"],
        ),
    ],
)
def test_brackets_are_closed_or_checked(problem, answers, wrong):
    assert [answer for answer in answers if not right(problem, answer)] == []
    assert [answer for answer in wrong if right(problem, answer)] == []


@pytest.mark.parametrize(
    ("before", "step", "valid"),
    [
        ((), "1(: (", True),
        ((), "3]: (", True),
        (("1(: (",), "2[ : ([", True),
        ((), "2[: [(", False),
        ((), "2[: [", False),
        ((), "2(: ((", False),  # another bracket stands there
        ((), "3]: -", False),
        ((), "4): -", True),
        ((), "5>: -", False),  # it is wrong
        ((), "6<: <", False),  # behind the wrong one
        ((), "0(: (", False),
        (("3]: (",), "2[: ([", False),
        (("3]: (",), "3] : (", False),
        ((), "(: (", False),
        ((), "2[: 1,2", True),
        ((), "2[: 2,1", False),
        ((), "4): 1", False),
        (("3]: 1",), "3]: (", False),  # the same in brackets
    ],
)
def test_a_line_on_brackets_states_the_stack(before, step, valid):
    assert accepts(ask("bracket_matching", "Check", "([])><"), before, step) == valid


def test_brackets_agree_with_cancelling_pairs():
    for problem in drawn("bracket_matching", 40):
        kind, brackets = problem.question.given
        lefts = [cancelled(brackets[: n + 1]) for n in range(len(brackets))]
        wrong = next((n for n, left in enumerate(lefts, 1) if any(bracket in ")]>" for bracket in left)), None)
        if wrong is not None:
            assert (kind, problem.answer) == ("Check", str(wrong))
        elif kind == "Check":
            assert problem.answer == ("open" if lefts[-1] else "balanced")
        else:
            closers = [dict(zip("([<", ")]>", strict=True))[brackets[int(n) - 1]] for n in problem.answer.split(",")]
            assert cancelled(brackets + "".join(closers)) == ""
            assert len(closers) == len(lefts[-1]) > 1


def cancelled(brackets):
    while len(shorter := brackets.replace("()", "").replace("[]", "").replace("<>", "")) < len(brackets):
        brackets = shorter
    return brackets


ARROWS = ((1, "a", 2), (1, "b", 1), (2, "a", 3), (2, "b", 1), (3, "a", 3), (3, "b", 2))
FINAL = ask("state_machine", "final", ARROWS, (), ("abaab",))
ACCEPTED = ask("state_machine", "accepted", ARROWS, (1, 3), ("a", "ab", "aab", "bbb"))
POSSIBLE = ask("state_machine", "possible", ((1, "a", 1), (1, "a", 2), (1, "b", 1), (2, "b", 3)), (), ("aab",))


@pytest.mark.parametrize(
    ("problem", "answers", "wrong"),
    [
        (FINAL, ["2", "2."], ["1", "3", "1,2", "2 or 3", "b"]),
        (
            ACCEPTED,
            ["ab, bbb", "bbb ab", "{bbb, ab}", "\\text{ab, bbb}", "['ab', \"bbb\"]", "`ab`, `bbb`", "AB, BBB"],
            ["ab", "ab, bbb, a", "a, aab", "ab, ab, bbb", "ab or bbb", "all", "ab; bbb", "'ab, bbb", "'ab' not 'bbb'"],
        ),
        (
            POSSIBLE,
            ["1,3", "3, 1", "{1,3}", "\\boxed{\\{1, 3\\}}", "\\left\\{1,3\\right\\}"],
            ["1", "1,2,3", "1,2", "13", "1,1,3", "1,3 or 2"],
        ),
    ],
)
def test_where_a_machine_ends(problem, answers, wrong):
    assert [answer for answer in answers if not right(problem, answer)] == []
    assert [answer for answer in wrong if right(problem, answer)] == []


@pytest.mark.parametrize(
    ("problem", "before", "step", "valid"),
    [
        (FINAL, (), "2; baab", True),
        (FINAL, (), "1;aab", True),
        (FINAL, ("2; baab",), "3; b", True),
        (FINAL, (), "1; abaab", False),  # the start
        (FINAL, (), "1; baab", False),
        (FINAL, (), "2; aab", False),
        (FINAL, ("1; aab",), "2; baab", False),
        (FINAL, ("1; aab",), "1 ; aab", False),
        (FINAL, (), "2", False),
        (ACCEPTED, (), "aab: 1,2,3,2", True),
        (ACCEPTED, ("aab: 1,2,3,2",), "a: 1,2", True),
        (ACCEPTED, (), "aab: 1,2,3,3", False),
        (ACCEPTED, (), "aab: 1,2,3", False),
        (ACCEPTED, (), "aa: 1,2,3", False),  # not asked
        (ACCEPTED, ("a: 1,2",), "a:1,2", False),
        (POSSIBLE, (), "1,2; ab", True),
        (POSSIBLE, (), "2, 1; b", True),
        (POSSIBLE, (), "1; ab", False),
        (POSSIBLE, ("1,2; ab",), "2,1; ab", False),
    ],
)
def test_a_line_on_a_machine_states_where_it_is(problem, before, step, valid):
    assert accepts(problem, before, step) == valid


def test_machines_agree_with_walks_written_out():
    for problem in drawn("state_machine"):
        kind, arrows, accepting, words = problem.question.given
        ends = {}
        for word in words:
            walks = [[1]]
            for letter in word:
                walks = [
                    [*walk, end] for walk in walks for start, by, end in arrows if (start, by) == (walk[-1], letter)
                ]
            ends[word] = sorted({walk[-1] for walk in walks})
        if kind == "accepted":
            assert all(len(each) == 1 for each in ends.values())
            assert problem.answer == ", ".join(word for word in words if ends[word][0] in accepting)
        else:
            assert problem.answer == ", ".join(map(str, ends[words[0]]))
            assert kind == "possible" or len(ends[words[0]]) == 1


def test_a_machine_is_drawn_with_its_loops():
    picture = get_family("state_machine").picture(FINAL.question)
    assert picture.count('fill="none"') == 2  # b at 1, a at 3
    assert picture.count("marker-end") == 4


REWRITING = ask("string_rewriting", (("bb", "a"), ("ba", "ab")), "babbb", 0)
TWICE = ask("string_rewriting", (("bb", "a"), ("ba", "ab")), "babbb", 2)


@pytest.mark.parametrize(
    ("problem", "answers", "wrong"),
    [
        # babbb, baab (not abbbb: the first rule goes first), abab, aabb, aaa
        (
            REWRITING,
            ["aaa", "'aaa'", "a a a", "AAA", "\\text{aaa}"],
            ["aabb", "aaaa", "aa", "", "a^3", "3a", "aaa or aa"],
        ),
        (TWICE, ["abab"], ["baab", "aabb", "aaa", "bbaa"]),
    ],
)
def test_words_are_rewritten(problem, answers, wrong):
    assert [answer for answer in answers if not right(problem, answer)] == []
    assert [answer for answer in wrong if right(problem, answer)] == []


@pytest.mark.parametrize(
    ("problem", "before", "step", "valid"),
    [
        (REWRITING, (), "1: baab", True),
        (REWRITING, (), "1:baab", True),
        (REWRITING, (), "3: aabb", True),
        (REWRITING, (), "1: baba", False),  # not the leftmost
        (REWRITING, (), "1: abbbb", False),  # not the first rule
        (REWRITING, (), "2: baab", False),
        (REWRITING, (), "0: babbb", False),
        (REWRITING, ("2: abab",), "1: baab", False),
        (REWRITING, ("2: abab",), "2:abab", False),
        (REWRITING, ("2: baab",), "1: baab", True),  # what is wrong counts for nothing
        (REWRITING, (), "5: aaa", False),  # it is over after 4
        (TWICE, (), "3: aabb", False),  # nobody asks
    ],
)
def test_a_line_of_rewriting_is_the_word_after_so_many_steps(problem, before, step, valid):
    assert accepts(problem, before, step) == valid


def test_rewriting_agrees_with_rules_tried_at_every_place():
    for problem in drawn("string_rewriting"):
        rules, word, steps = problem.question.given
        done = 0
        while done != steps or not steps:
            places = [
                (r, i) for r, (left, _) in enumerate(rules) for i in range(len(word)) if word[i:].startswith(left)
            ]
            if not places:
                break
            rule, i = min(places)
            word = word[:i] + rules[rule][1] + word[i + len(rules[rule][0]) :]
            done += 1
        assert problem.answer == word
        assert done == steps or not steps


def test_every_rule_of_rewriting_leads_towards_an_end():
    weight = {"a": 1, "b": 3, "c": 9, "d": 27}
    for problem in drawn("string_rewriting"):
        for left, other in problem.question.given[0]:
            before, after = (sum(map(weight.get, word)) for word in (left, other))
            assert (before, left) > (after, other)
            assert before > after or len(left) == len(other)


DISTANCE = ask("edit_distance", "bead", "bed")


@pytest.mark.parametrize(
    ("words", "distance"),
    [
        (("bead", "bed"), 1),
        (("abc", "cab"), 2),  # three letters differ in place
        (("kitten", "sitting"), 3),
        (("saturday", "sunday"), 3),
        (("ab", "ba"), 2),  # letters that change places are two edits
        (("aaa", "bbb"), 3),
    ],
)
def test_distances_of_words(words, distance):
    problem = ask("edit_distance", *words)
    assert right(problem, str(distance))
    assert right(problem, f"{distance}.0")
    wrong = [str(n) for n in range(9) if n != distance] + [f"{distance}+0", f"{distance} or 9", f"-{distance}"]
    assert [answer for answer in wrong if right(problem, answer)] == []


@pytest.mark.parametrize(
    ("before", "step", "valid"),
    [
        ((), "b: 1,0,1,2", True),
        ((), "1 0 1 2", True),
        ((), "1, 0, 1, 2", True),
        ((), "-: 0,1,2,3", True),
        (("b: 1,0,1,2",), "-: 0,1,2,3", False),
        ((), "a: 3,2,1,1", True),
        (("a: 3,2,1,1",), "e: 2,1,0,1", False),
        (("e: 2,1,0,1",), "2,1,0,1", False),
        ((), "e: 2,1,1,1", False),
        ((), "a: 2,1,0,1", False),
        ((), "e: 2,1,0", False),
        ((), "b: 1,0,1,2,3", True),  # of the second word against the first
        (("b: 1,0,1,2,3",), "e: 2,1,0,1,2", True),
        (("b: 1,0,1,2,3",), "b: 1 0 1 2 3", False),
        ((), "1", False),
    ],
)
def test_a_line_on_a_distance_is_a_row_of_a_table(before, step, valid):
    assert accepts(DISTANCE, before, step) == valid


def test_distances_agree_with_a_search_through_all_edits():
    def neighbours(word):
        for i in range(len(word) + 1):
            yield word[:i] + word[i + 1 :]
            for letter in "abcdefg":
                yield word[:i] + letter + word[i:]
                yield word[:i] + letter + word[i + 1 :]

    for problem in [each for each in drawn("edit_distance", 25) if int(each.answer) < 5 and each.question.level < 4]:
        word, other = problem.question.given
        near = [{word}, {other}]  # words within so many edits of either
        distance = 0
        while not near[0] & near[1]:
            near[distance % 2] |= {each for found in near[distance % 2] for each in neighbours(found)}
            distance += 1
        assert problem.answer == str(distance)


RULE_110 = ask("cellular_automaton", "110", "00101", 2)  # 01111, 11001
BY_DIGITS = ask("cellular_automaton", "01101110", "00101", 3)


@pytest.mark.parametrize(
    ("problem", "answers", "wrong"),
    [
        (
            RULE_110,
            ["11001", "1 1 0 0 1", "1,1,0,0,1", "[1, 1, 0, 0, 1]"],
            ["01111", "1101", "011001", "11001 or 01111"],
        ),
        (BY_DIGITS, ["01011"], ["1011", "11001", "+01011", "1011.0"]),  # a number, but not the row
    ],
)
def test_rows_of_automata(problem, answers, wrong):
    assert [answer for answer in answers if not right(problem, answer)] == []
    assert [answer for answer in wrong if right(problem, answer)] == []


@pytest.mark.parametrize(
    ("problem", "before", "step", "valid"),
    [
        (RULE_110, (), "110=01101110", True),
        (RULE_110, (), "rule 110 = 01101110", True),
        (RULE_110, (), "110=01101111", False),
        (RULE_110, (), "111=01101110", False),
        (RULE_110, ("110=01101110",), "rule 110=01101110", False),
        (BY_DIGITS, (), "110=01101110", False),  # it is in the question
        (RULE_110, (), "1: 01111", True),
        (RULE_110, (), "2: 11001", True),
        (RULE_110, (), "2: 01111", False),
        (RULE_110, (), "1: 1111", False),
        (RULE_110, (), "0: 00101", False),
        (RULE_110, ("1: 01111",), "1:01111", False),
        (RULE_110, ("1: 01111",), "110=01101110", True),
        (RULE_110, (), "3: 01011", False),
    ],
)
def test_a_line_of_an_automaton_is_a_row_or_the_rule(problem, before, step, valid):
    assert accepts(problem, before, step) == valid


def test_automata_agree_with_the_bits_of_the_number():
    for problem in drawn("cellular_automaton"):
        written, row, steps = problem.question.given
        number = int(written, 2 if len(written) == 8 else 10)
        cells = list(map(int, row))
        for _ in range(steps):
            around = [(cells[i - 1], cells[i], cells[(i + 1) % len(cells)]) for i in range(len(cells))]
            cells = [number >> (4 * left + 2 * middle + following) & 1 for left, middle, following in around]
        assert problem.answer == "".join(map(str, cells))


# adds b to a, one at a time: 2: a=3, b=2; 3: a=3, b=1; 2: a=4, b=1; 3: a=4, b=0; 5: a=4, b=4
ADDITION = ask(
    "register_machine",
    (2, 2),
    (("jz", "b", 5), ("inc", "a"), ("dec", "b"), ("jmp", 1), ("mov", "b", "a")),
)
THREE = ask("register_machine", (1, 2, 3), (("add", "c", "b"), ("jz", "a", 1), ("mov", "a", "b"), ("dec", "a")))


@pytest.mark.parametrize(
    ("problem", "answers", "wrong"),
    [
        (
            ADDITION,
            [
                *("a=4, b=4", "a = 4, b = 4", "4, 4", "4 4", "(4,4)", "b=4; a=4", "a: 4, b: 4", "A=4, B=4"),
                *("a=4,\\ b=4", "\\{a=4, b=4\\}", "a=4 and b=4", "$a=4$, $b=4$"),
            ],
            ["a=4", "4", "a=4, b=0", "a=4, a=4", "a=4 and a=4", "a=4 or b=4", "a:=4, b=4", "a=4, b=4 and b=5"],
        ),
        (
            THREE,
            ["a=1, b=2, c=5", "1,2,5", "c=5,b=2,a=1", "{a=1, b=2, c=5}"],
            [
                "1,5,2",
                "a=1, b=5, c=2",
                "a=1, 2, 5",
                "a=1, b=2, c=5 or 6",
                "a=1, b=2, c=4+1",
                "b=2, a=1",
                "c=1, b=2, a=5",
            ],
        ),
    ],
)
def test_what_registers_hold_at_the_end(problem, answers, wrong):
    assert [answer for answer in answers if not right(problem, answer)] == []
    assert [answer for answer in wrong if right(problem, answer)] == []


@pytest.mark.parametrize(
    ("problem", "before", "step", "valid"),
    [
        (ADDITION, (), "2: a=3, b=2", True),
        (ADDITION, (), "after 2: a=3,b=2", True),
        (ADDITION, (), "Line 2: a=3, b=2", True),
        (ADDITION, (), "2: 3, 2", True),
        (ADDITION, (), "3: a=4, b=0", True),
        (ADDITION, (), "5: a=4, b=4", True),
        (ADDITION, (), "1: a=2, b=2", False),  # a jump changes nothing
        (ADDITION, (), "4: a=3, b=1", False),
        (ADDITION, (), "3: a=3, b=2", False),
        (ADDITION, (), "2: a=4, b=2", False),
        (ADDITION, (), "2: a=5, b=0", False),
        (ADDITION, (), "2: a=3", False),
        (ADDITION, ("3: a=3, b=1",), "2: a=3, b=2", False),
        (ADDITION, ("2: a=3, b=2",), "2: b=2, a=3", False),
        (THREE, (), "1: a=1, b=2, c=5", True),
        (THREE, (), "3: a=2, b=2, c=5", True),
        (THREE, (), "3: a=2, b=2, c=3", False),
    ],
)
def test_a_line_of_a_program_states_what_registers_hold(problem, before, step, valid):
    assert accepts(problem, before, step) == valid


def test_programs_agree_with_another_machine():
    for problem in drawn("register_machine", 20):
        values, program = problem.question.given
        held = dict(zip("abcd", values, strict=False))
        line = 1
        while line <= len(program):
            line += 1
            match program[line - 2]:
                case ("inc", name):
                    held[name] += 1
                case ("dec", name):
                    held[name] -= 1
                case ("add", name, other):
                    held[name] += held[other]
                case ("mov", name, other):
                    held[name] = held[other]
                case ("jz", name, target) if not held[name]:
                    line = target
                case ("jmp", target):
                    line = target
        assert right(problem, ",".join(map(str, held.values())))


ANAGRAMS = ask("group_anagrams", "art", "low", "owl", "rat", "tar", "war")


@pytest.mark.parametrize(
    "answer",
    [
        "art rat tar, low owl, war",
        "war, owl low, tar art rat",
        "art rat tar; low owl; war",
        "art, rat, tar; low, owl; war",
        "art rat tar / low owl / war",
        "art rat tar\nlow owl\nwar",
        "[[low, owl], [art, rat, tar], [war]]",
        "[['low', 'owl'], [\"art\", 'rat', 'tar'], ['war']]",
        "{low owl}, {art rat tar}, {war}",
        "(low owl) (art rat tar) (war)",
        "[art rat tar, low owl, war]",
        "Art Rat Tar, Low Owl, War.",
    ],
)
def test_groups_of_anagrams_in_any_order_and_layout(answer):
    assert right(ANAGRAMS, answer)


@pytest.mark.parametrize(
    "answer",
    [
        "art rat tar, low owl",  # a word is missing
        "art rat, tar, low owl, war",
        "art rat tar low owl war",
        "art rat tar war, low owl",
        "art rat tar, low owl, war, war",
        "art rat tar tar, low owl, war",
        "art rat tar, low owl, war, raw",
        "art, low, owl, rat, tar, war",
        "not [[low, owl], [art, rat, tar], [war]]",
        "[[low, owl], [art, rat, tar], [war]] or [[low]]",
        "[[low, owl], [art, rat, tar], war]",
        "art rat tar, , low owl, war",
        "3",
        "[]",
        "[[]]",
    ],
)
def test_wrong_groups_of_anagrams(answer):
    assert not right(ANAGRAMS, answer)


@pytest.mark.parametrize(
    ("before", "step", "valid"),
    [
        ((), "tar: art", True),
        ((), "tar: a r t", True),
        ((), "tar: tar", False),
        ((), "tar: atr", False),
        ((), "raw: arw", False),  # not asked
        (("tar: art",), "tar:art", False),
        (("tar: atr",), "tar: art", True),
        ((), "art rat", True),
        ((), "low = owl", True),
        ((), "art, tar, rat", True),
        ((), "art war", False),
        ((), "art", False),
        ((), "art art", False),
        (("art rat", "rat tar"), "art tar", False),  # that follows without letters
        (("art rat",), "art tar", True),
        (("art rat tar",), "rat art", False),
    ],
)
def test_a_line_on_anagrams_has_letters_in_order_or_words_with_the_same(before, step, valid):
    assert accepts(ANAGRAMS, before, step) == valid


def test_groups_of_anagrams_are_those_of_equal_counts_of_letters():
    for problem in drawn("group_anagrams"):
        groups = [group.split() for group in problem.answer.split(", ")]
        assert sorted(word for group in groups for word in group) == list(problem.question.given)
        for i, group in enumerate(groups):
            for other in groups[: i + 1]:
                assert (Counter(group[0]) == Counter(other[0])) == (group is other)
            assert all(Counter(word) == Counter(group[0]) for word in group)
        assert 1 < len(groups) < len(problem.question.given)


POSTFIX = ask("stack_calculator", 8, 3, 2, "-", "/", 4, 5, "*", "-")  # 8/(3-2)-4*5


@pytest.mark.parametrize(
    ("tokens", "value"),
    [
        ((7, 3, 2, "-", "+"), 8),
        ((7, 3, "-", 2, "-"), 2),
        ((2, 3, 4, "*", "+"), 14),
        ((3, 8, "-"), -5),
        ((12, 3, "/", 2, "/"), 2),
        ((12, 6, 2, "/", "/"), 4),
    ],
)
def test_values_in_postfix_notation(tokens, value):
    problem = ask("stack_calculator", *tokens)
    assert right(problem, str(value))
    assert right(problem, f"$ {value}.0 $")
    wrong = [str(n) for n in range(-9, 20) if n != value] + [f"{value}+0", f"{value} 0 +", f"{value} or 3"]
    wrong += [f"{2 * value}/2", f"\\frac{{{value}}}{{1}}"]  # what is divided last has to be divided
    assert [answer for answer in wrong if right(problem, answer)] == []


@pytest.mark.parametrize(
    ("before", "step", "valid"),
    [
        ((), "8 1 / 4 5 * -", True),
        ((), "8 3 2 - / 20 -", True),  # another operation first
        ((), "8 20 -", True),  # three at once
        ((), "-12", True),
        (("8 1 / 4 5 * -",), "8  4 5 * -", True),
        (("8 1 / 4 5 * -",), "8 3 2 - / 20 -", False),  # forgets what is known
        (("8 1 / 4 5 * -",), "8 1 / 4 5 *  -", False),
        ((), "8 3 2 - / 4 5 * -", False),  # the question
        ((), "8 4 5 * - 1 /", False),
        ((), "4 5 * 8 1 / -", False),  # not the same expression
        ((), "8 1 / 20 +", False),
        ((), "8 1 / 5 4 * -", False),  # of the same value, but nobody worked that out
        ((), "4 8 - 4 5 * -", False),
        ((), "8 20", False),
        ((), "8 20 - -", False),
        ((), "3 2 - 1", False),
        ((), "3-2=1", True),
        ((), "4 * 5 = 20", True),
        ((), "3-2=2", False),
        ((), "2-3=-1", False),  # the wrong way round
        ((), "8/1=8", False),  # 3-2 comes first
        ((), "5-4=1", False),  # nobody asks
        ((), "1=1", False),
        (("3-2=1",), "3 - 2 = 1", False),
        (("3-2=1",), "8/1=8", True),
        (("3-2=1", "8/1=8", "4*5=20"), "8-20=(-12)", True),
        (("8 1 / 4 5 * -",), "3-2=1", False),
        (("3-2=1",), "8 1 / 4 5 * -", True),
        (("3-2=1", "8 1 / 4 5 * -"), "3-2= 1", False),
        (("8 2 / 4 5 * -",), "8 1 / 4 5 * -", True),  # what is wrong counts for nothing
    ],
)
def test_a_line_in_postfix_has_values_in_the_place_of_parts(before, step, valid):
    assert accepts(POSTFIX, before, step) == valid


def test_postfix_agrees_with_infix():
    for problem in drawn("stack_calculator"):
        stack = []
        for token in problem.question.given:
            if isinstance(token, str):
                *stack, left, following = stack
                token = f"({left}{token}{following})"
            stack.append(str(token))
        assert check(problem.answer, stack[0]).correct


FIND = ask("binary_search_trace", "find", 9, (2, 4, 7, 9, 12))
MISSING = ask("binary_search_trace", "find", 5, (2, 4, 7, 9, 12))
BOUND = ask("binary_search_trace", "bound", 3, (1, 3, 3, 3, 8))
ROOT = ask("binary_search_trace", "n*n", 40, (10,))


@pytest.mark.parametrize(
    ("problem", "answers", "wrong"),
    [
        (FIND, ["7, 9", "7 9", "[7,9]"], ["9", "7", "9, 7", "3, 4", "7, 12, 9", "7, 9, 9", "7 < 9", "7, 9 or 7"]),
        (MISSING, ["7, 2, 4"], ["7, 2", "7, 4", "none", "7, 2, 4, 5"]),
        (BOUND, ["3, 3, 1"], ["3", "3, 1, 3", "3, 1", "3, 4, 2"]),
        (ROOT, ["6, 8, 7"], ["6", "5, 8, 6, 7", "6, 7", "36, 64, 49"]),
    ],
)
def test_what_a_binary_search_looks_at(problem, answers, wrong):
    assert [answer for answer in answers if not right(problem, answer)] == []
    assert [answer for answer in wrong if right(problem, answer)] == []


@pytest.mark.parametrize(
    ("problem", "before", "step", "valid"),
    [
        (FIND, (), "1-5 mid 3: 7<9", True),
        (FIND, (), "1..5, mid=3: 7 < 9", True),
        (FIND, ("1-5 mid 3: 7<9",), "4-5 mid 4: 9=9", True),
        (FIND, (), "4-5 mid 4: 9=9", True),
        (FIND, ("4-5 mid 4: 9=9",), "1-5 mid 3: 7<9", False),
        (FIND, ("1-5 mid 3: 7<9",), "1-5 mid 3 : 7<9", False),
        (FIND, (), "1-5 mid 3: 7>9", False),
        (FIND, (), "1-5 mid 3: 7<=9", False),  # doesn't tell whether it is found
        (FIND, (), "1-5 mid 2: 4<9", False),
        (FIND, (), "1-5 mid 3: 4<9", False),
        (FIND, (), "1-5 mid 3: 7<12", False),
        (FIND, (), "0-5 mid 2: 4<9", False),
        (FIND, (), "4-5 mid 5: 12>9", False),
        (BOUND, (), "1-5 mid 3: 3>=3", True),
        (BOUND, (), "1-5 mid 3: 3=3", True),
        (BOUND, (), "1-5 mid 3: 3>3", False),
        (BOUND, (), "1-2 mid 1: 1<3", True),
        (ROOT, (), "1-10 mid 6: 36<=40", True),
        (ROOT, (), "1-10 mid 6: 36<40", True),
        (ROOT, (), "6-10 mid 8: 64>40", True),
        (ROOT, (), "1-10 mid 5: 25<=40", False),
    ],
)
def test_a_line_of_a_binary_search_is_a_look(problem, before, step, valid):
    assert accepts(problem, before, step) == valid


def test_binary_searches_agree_with_slices():
    for problem in drawn("binary_search_trace"):
        kind, target, numbers = problem.question.given
        if kind in {"n*n", "n*n*n"}:
            left = [(n, n ** (1 + kind.count("*"))) for n in range(1, numbers[0] + 1)]
            looks = []
            while len(left) > 1:
                n, power = left[len(left) // 2]
                looks.append(n)
                left = left[len(left) // 2 :] if power <= target else left[: len(left) // 2]
            assert left[0][1] <= target
        else:
            left, looks = list(numbers), []
            while len(left) > (kind == "bound"):
                middle = (len(left) - 1) // 2
                looks.append(left[middle])
                if kind == "find" and left[middle] == target:
                    break
                stays = middle + 1 if kind == "bound" else middle
                left = left[middle + 1 :] if left[middle] < target else left[:stays]
        assert problem.answer == ", ".join(map(str, looks))


@pytest.mark.parametrize(
    ("operation", "result"),
    [
        (("reverse",), "ananab"),
        (("rotate left", 2), "nanaba"),
        (("rotate right", 2), "nabana"),
        (("replace", "a", "by", "o"), "bonono"),
        (("swap the ends",), "aananb"),
        (("put", "t", "in front"), "tbanana"),
        (("put", "t", "behind"), "bananat"),
        (("drop the vowels",), "bnn"),
        (("sort the letters",), "aaabnn"),
        (("double each", "a"), "baanaanaa"),
        (("drop each", "a"), "bnn"),
        (("reverse the first", 3), "nabana"),
        (("keep odd places",), "bnn"),
    ],
)
def test_operations_on_a_word(operation, result):
    problem = ask("string_manipulation", "banana", (operation,))
    for answer in (result, f" '{result}'. ", result.upper(), " ".join(result), f'"{result}"'):
        assert right(problem, answer)
    for answer in ("banana", result[:-1], result + "a", result[::-1] + "b", f"{result} or banana", f"not {result}"):
        assert not right(problem, answer)


@pytest.mark.parametrize(
    ("before", "step", "valid"),
    [
        ((), "1: ananab", True),
        ((), "step 1: ananab", True),
        ((), "Step 1: ananab", True),
        ((), "2: bana", False),
        ((), "2: anab", False),
        ((), "2: nnb", True),
        ((), "3: bnn", True),
        ((), "1: banana", False),
        ((), "2: ananab", False),
        ((), "ananab", False),
        (("2: nnb",), "1: ananab", False),
        (("2: nnb",), "2:nnb", False),
        ((), "4: bnn", False),
    ],
)
def test_a_line_on_a_word_is_what_so_many_operations_make_of_it(before, step, valid):
    problem = ask("string_manipulation", "banana", (("reverse",), ("drop each", "a"), ("reverse",)))
    assert accepts(problem, before, step) == valid


def test_every_operation_makes_a_new_word():
    for problem in drawn("string_manipulation", 30):
        word, operations = problem.question.given
        steps = get_family("string_manipulation").reference_thoughts(problem)
        words = [word, *(step.split(": ")[1] for step in steps)]
        assert len(words) == len(set(words)) == len(operations) + 1
        assert min(map(len, words)) >= 3


def test_no_operation_reaches_beyond_the_word():
    for problem in drawn("string_manipulation", 250):
        word, operations = problem.question.given
        steps = get_family("string_manipulation").reference_thoughts(problem)
        words = [word, *(step.split(": ")[1] for step in steps)]
        counts = [operation[1] if operation[0] == "reverse the first" else 1 for operation in operations]
        assert all(count <= len(before) for count, before in zip(counts, words, strict=False))


ENCODE = ask("run_length_coding", "Encode", "aabccca")
DECODE = ask("run_length_coding", "Decode", "2a12b")
NESTED = ask("run_length_coding", "Decode", "a2(b3(cd))")


@pytest.mark.parametrize(
    ("problem", "answers", "wrong"),
    [
        (
            ENCODE,
            ["2a1b3c1a", "2a 1b 3c 1a", "2A1B3C1A", "'2a1b3c1a'"],
            ["a2b1c3a1", "2ab3ca", "3a1b3c", "2a1b3c", "1a1a1b3c1a", "aabccca", "2a1b3c2a", "02a1b3c1a"],
        ),
        (
            DECODE,
            ["aabbbbbbbbbbbb", "aa bbbbbbbbbbbb"],
            ["aab", "2a12b", "aabb", "aabbbbbbbbbbb", "a2b12", "aabbbbbbbbbbbbb"],
        ),
        (NESTED, ["abcdcdcdbcdcdcd"], ["abcdcdcd", "abbcdcdcd", "abcdcdcdabcdcdcd", "a2(bcdcdcd)"]),
    ],
)
def test_codes_of_runs(problem, answers, wrong):
    assert [answer for answer in answers if not right(problem, answer)] == []
    assert [answer for answer in wrong if right(problem, answer)] == []


@pytest.mark.parametrize(
    ("problem", "before", "step", "valid"),
    [
        (ENCODE, (), "2a|bccca", True),
        (ENCODE, (), "2a1b | ccca", True),
        (ENCODE, (), "2a1b3c1a", True),
        (ENCODE, (), "2a1b3c1a|", True),
        (ENCODE, ("2a1b3c1a",), "2a1b3c1a|", False),
        (ENCODE, (), "|aabccca", False),
        (ENCODE, (), "1a|abccca", False),  # half a run
        (ENCODE, (), "3a|bccca", False),
        (ENCODE, (), "2a|bcca", False),
        (ENCODE, (), "2a", False),
        (ENCODE, ("2a1b|ccca",), "2a|bccca", False),
        (DECODE, (), "aa12b", True),
        (DECODE, (), "2abbbbbbbbbbbb", True),
        (DECODE, (), "aa11b", False),
        (DECODE, (), "2a12b", False),
        (DECODE, (), "2a2(6b)", False),  # true, but no nearer to the end
        (DECODE, (), "1(2a)12b", False),
        (DECODE, ("aa12b",), "2abbbbbbbbbbbb", False),
        (DECODE, ("aa11b",), "2abbbbbbbbbbbb", True),  # what is wrong counts for nothing
        (NESTED, (), "a2(bcdcdcd)", True),
        (NESTED, (), "ab3(cd)b3(cd)", False),  # two numbers, as before
        (NESTED, (), "a3(bcdcd)", False),
        (NESTED, (), "a2(b3(cd)", False),
        (NESTED, (), "9(" * 100 + "a" + ")" * 100, False),
        (NESTED, (), "99(99(99(99(a))))", False),
        (NESTED, (), "0a", False),
    ],
)
def test_a_line_of_coding_goes_on_with_the_same_word(problem, before, step, valid):
    assert accepts(problem, before, step) == valid


def test_codes_agree_with_python():
    for problem in drawn("run_length_coding"):
        kind, given = problem.question.given
        code, word = (problem.answer, given) if kind == "Encode" else (given, problem.answer)
        assert decoded(re.findall(r"\d+|[a-z()]", code)) == word
        if kind == "Encode":
            runs = re.findall(r"(\d+)([a-z])", code)
            assert all(one[1] != other[1] for one, other in pairwise(runs))


def decoded(parts):
    """The word of a code's parts up to a closing bracket, by recursion; takes them away."""
    word = ""
    while parts and parts[0] != ")":
        times = int(parts.pop(0)) if parts[0].isdecimal() else 1
        part = parts.pop(0)
        word += (decoded(parts) if part == "(" else part) * times
        if part == "(":
            parts.pop(0)
    return word


SHIFT = ask("letter_cipher", "Shift", 3, "encode", "buzz")
BACK = ask("letter_cipher", "Shift", 3, "decode", "exccb")
KEY = ask("letter_cipher", "Key", "dbagfhce", "encode", "bead")
UNKEY = ask("letter_cipher", "Key", "dbagfhce", "decode", "bfdg")
VIGENERE = ask("letter_cipher", "Vigenere key", "cab", "encode", "zebra")
UNVIGENERE = ask("letter_cipher", "Vigenere key", "cab", "decode", "becta")


@pytest.mark.parametrize(
    ("problem", "answers", "wrong"),
    [
        (
            SHIFT,
            ["excc", "EXCC", "e x c c", "'excc'", "\\text{excc}"],
            ["buzz", "yrww", "excd", "exc", "exccc", "excc?"],
        ),
        (BACK, ["buzzy"], ["exccb", "hafff", "buzz", "buzzy or fuzzy"]),
        (KEY, ["bfdg"], ["bead", "bhcd", "gdfb"]),
        (UNKEY, ["bead"], ["bfdg", "bhgc"]),
        (VIGENERE, ["becta"], ["bebtb", "zebra", "xeaoa"]),
        (UNVIGENERE, ["zebra"], ["becta", "deeua"]),
    ],
)
def test_words_in_cipher(problem, answers, wrong):
    assert [answer for answer in answers if not right(problem, answer)] == []
    assert [answer for answer in wrong if right(problem, answer)] == []


@pytest.mark.parametrize(
    ("problem", "before", "step", "valid"),
    [
        (SHIFT, (), "b->e", True),
        (SHIFT, (), "z->c", True),  # in any order
        (SHIFT, (), "u->x, z->c", True),
        (SHIFT, (), "b -> e, u -> x", True),
        (SHIFT, ("b->e",), "b -> e", False),
        (SHIFT, (), "b -> f", False),
        (SHIFT, (), "u->x, z->d", False),
        (SHIFT, (), "u->x, u->x", False),
        (SHIFT, ("z->c",), "u->x,z->c", False),
        (SHIFT, ("u->x, z->c",), "z->c", False),
        (SHIFT, ("z->d",), "z->c", True),
        (SHIFT, (), "a->d", False),  # true, but a isn't in the word
        (SHIFT, (), "e->b", False),
        (SHIFT, (), "b+d->e", False),
        (BACK, (), "c->z", True),
        (BACK, (), "z->c", False),
        (UNKEY, (), "d->a", True),
        (UNKEY, (), "d->g", False),
        (VIGENERE, (), "z+c->b", True),
        (VIGENERE, (), "z + c -> b", True),
        (VIGENERE, (), "z->b", False),
        (VIGENERE, (), "z-c->x", False),
        (VIGENERE, (), "e+c->g", False),  # e stands at another letter of the key
        (UNVIGENERE, (), "c-b->b", True),
        (UNVIGENERE, (), "c+b->d", False),
        (UNVIGENERE, (), "becta->zebra", False),
    ],
)
def test_a_line_on_a_cipher_says_what_becomes_of_a_letter(problem, before, step, valid):
    assert accepts(problem, before, step) == valid


def test_ciphers_agree_with_numbers_of_letters():
    for problem in drawn("letter_cipher"):
        kind, key, direction, word = problem.question.given
        numbers = [ord(letter) - ord("a") for letter in word]
        if kind == "Key":
            table = str.maketrans("abcdefghijklmnopqrstuvwxyz"[: len(key)], key)
            plain, code = (word, problem.answer) if direction == "encode" else (problem.answer, word)
            assert plain.translate(table) == code
            continue
        keys = [key] if kind == "Shift" else [ord(letter) - ord("a") for letter in key]
        signed = keys if direction == "encode" else [-each for each in keys]
        moved = [(number + signed[i % len(signed)]) % 26 for i, number in enumerate(numbers)]
        assert problem.answer == "".join(chr(ord("a") + number) for number in moved)
