"""Congruences, systems of them, and linear equations in whole numbers: what is accepted and what isn't."""

import numpy as np
import pytest

from reasoning_gym.family import get_family
from reasoning_gym.problem import Problem, Question


def asked(family, *given):
    return Problem(Question(family, 1, "", "", given), "")


def right(problem, answer):
    return get_family(problem.question.family).verify(problem, answer).correct


def follows(problem, before, step):
    return get_family(problem.question.family).check_thought(problem.question, before, step).correct


def drawn(name, count):
    family, rng = get_family(name), np.random.default_rng(0)
    return [(family.generate(rng, level), level) for level in range(1, family.levels + 1) for _ in range(count)]


ONE = asked("linear_congruence", 3, 0, 0, 4, 7)  # 3x=4 mod 7: 6
SEVERAL = asked("linear_congruence", 6, 0, 0, 3, 9)  # 6x=3 mod 9: 2, 5, 8
NONE = asked("linear_congruence", 6, 0, 0, 4, 9)
SHIFTED = asked("linear_congruence", 37, 5, 12, 3, 97)  # 25x=-2 mod 97


@pytest.mark.parametrize(
    ("problem", "answer", "is_right"),
    [
        (ONE, "6", True),
        (ONE, "x=6", True),
        (ONE, "x = 6 (mod 7)", True),
        (ONE, "x \\equiv 6 \\pmod{7}", True),
        (ONE, "x≡6 mod 7", True),
        (ONE, "13", False),
        (ONE, "-1", False),
        (ONE, "x=6 mod 8", False),
        (ONE, "6,13", False),
        (ONE, "6,6", False),
        (ONE, "no solution", False),
        (ONE, "3x=4 mod 7", False),
        (ONE, "4/3", False),
        (SEVERAL, "2,5,8", True),
        (SEVERAL, "8, 2, 5", True),
        (SEVERAL, "{2,5,8}", True),
        (SEVERAL, "x=2, x=5, x=8", True),
        (SEVERAL, "x=2 or x=5 or x=8", True),
        (SEVERAL, "2 and 5 and 8 (mod 9)", True),
        (SEVERAL, "2, 5, and 8", True),
        (SEVERAL, "x = 2, x = 5, or x = 8", True),
        (SEVERAL, "X=2; X=5; X=8", True),
        (SEVERAL, "$x\\in\\{2,5,8\\}$", True),
        (SEVERAL, "2,,5,8", False),
        (SEVERAL, "x=2 or x=5 or", False),
        (SEVERAL, "no solutions", False),
        (SEVERAL, "x=2 mod 3", True),
        (SEVERAL, "x=5 mod 3", False),
        (SEVERAL, "2", False),
        (SEVERAL, "2 mod 9", False),
        (SEVERAL, "2,5", False),
        (SEVERAL, "2,5,8,11", False),
        (SEVERAL, "2,2,5,8", False),
        (SEVERAL, "2,5,7", False),
        (SEVERAL, "2,5,8 mod 3", False),
        (NONE, "no solution", True),
        (NONE, "No solution.", True),
        (NONE, "\\text{no solution}", True),
        (NONE, "There are no solutions.", True),
        (NONE, "no no solution", False),
        (NONE, "no solution or 2", False),
        (NONE, "none", False),
        (NONE, "0", False),
        (NONE, "{}", False),
        (SHIFTED, "62", True),
        (SHIFTED, "31", False),
    ],
)
def test_all_solutions_below_the_modulus_are_asked_for(problem, answer, is_right):
    assert right(problem, answer) == is_right


@pytest.mark.parametrize(
    ("problem", "before", "step", "is_right"),
    [
        (ONE, (), "3x=18 mod 7", True),
        (ONE, (), "3x = 18 (mod 7)", True),
        (ONE, (), "3x ≡ 18 (mod 7)", True),
        (ONE, (), "x=6 mod 7", True),
        (ONE, (), "3*5=1 mod 7", True),
        (ONE, (), "5*3 mod 7=1", True),
        (ONE, (), "15x=20 mod 7", True),
        (ONE, (), "7=2*3+1", True),
        (ONE, (), "x=5*4 mod 7", True),
        (ONE, (), "3x=11 mod 7", False),  # true, and no nearer
        (ONE, (), "3x=4 mod 7", False),
        (ONE, (), "3x=19 mod 7", False),
        (ONE, (), "3x=18 mod 8", False),
        (ONE, (), "3y=18 mod 7", False),
        (ONE, (), "0x=0 mod 7", False),
        (ONE, (), "x=6", False),
        (ONE, (), "3*4=5 mod 7", False),
        (ONE, (), "3*4=1 mod 7", False),
        (ONE, (), "2*4=1 mod 7", False),  # true of a number that isn't at hand
        (ONE, (), "1*1=1 mod 7", False),
        (ONE, ("3*5=1 mod 7",), "3*12=1 mod 7", False),
        (ONE, ("x=5*4 mod 7",), "x=20 mod 7", True),
        (ONE, ("x=20 mod 7",), "x=6 mod 7", True),
        (ONE, ("x=6 mod 7",), "x=20 mod 7", False),
        (ONE, ("x=6 mod 7",), "3x=18 mod 7", False),
        (ONE, (), "4 mod 3=1", False),
        (ONE, (), "7=3*3-2", True),
        (SEVERAL, (), "2x=1 mod 3", True),
        (SEVERAL, (), "2x=1 mod 9", False),
        (SEVERAL, (), "x=2 mod 9", False),  # one of three
        (SEVERAL, (), "x=2 mod 3", True),
        (SEVERAL, (), "gcd(9,6)=3", True),
        (SEVERAL, (), "9=1*6+3", True),
        (SEVERAL, ("2x=1 mod 3",), "6x=3 mod 9", False),
        (NONE, (), "4 mod 3=1", True),
        (NONE, (), "4 mod 3=2", False),
        (NONE, (), "4 mod 2=0", False),
        (NONE, (), "5 mod 3=2", False),
        (NONE, ("4 mod 3=1",), "4 mod 3 = 1", False),
        (NONE, (), "2x=1 mod 3", False),
        (NONE, (), "x=0 mod 9", False),
        (SHIFTED, (), "25x=-2 mod 97", True),
        (SHIFTED, (), "37x=12x-2 mod 97", True),
        (SHIFTED, (), "25x=2 mod 97", False),
        (SHIFTED, ("25x=-2 mod 97",), "25x=95 mod 97", True),
        (SHIFTED, (), "97=3*25+22", True),
        (SHIFTED, (), "97=2*37+23", False),
        (SHIFTED, ("97=3*25+22",), "25=1*22+3", True),
    ],
)
def test_steps_of_a_congruence(problem, before, step, is_right):
    assert follows(problem, before, step) == is_right


def test_solutions_of_a_congruence_are_those_of_a_search():
    for problem, level in drawn("linear_congruence", 30):
        left, shift, other, constant, modulus = problem.question.given
        if level < 6:
            found = [x for x in range(modulus) if (left * x + shift - other * x - constant) % modulus == 0]
            assert right(problem, ",".join(map(str, found)) if found else "no solution")
            assert problem.answer == (",".join(map(str, found)) if found else "no solution")


def test_a_fifth_of_the_congruences_that_may_have_no_solution_has_none():
    family, rng = get_family("linear_congruence"), np.random.default_rng(0)
    for level in (3, 5, 7):
        none = sum(family.generate(rng, level).answer == "no solution" for _ in range(300))
        assert 30 <= none <= 90


TWO = asked("chinese_remainder", (1, 2, 5), (1, 3, 7))  # 17 mod 35
FACTORS = asked("chinese_remainder", (3, 1, 5), (2, 6, 7), (1, 1, 11))  # 2 mod 5, 3 mod 7: 122 mod 385
SHARED = asked("chinese_remainder", (1, 4, 6), (1, 7, 9))  # 16 mod 18


@pytest.mark.parametrize(
    ("problem", "answer", "is_right"),
    [
        (TWO, "17", True),
        (TWO, "x=17", True),
        (TWO, "x=17 mod 35", True),
        (TWO, "x \\equiv 17 \\pmod{35}", True),
        (TWO, "52", False),
        (TWO, "-18", False),
        (TWO, "17,52", False),
        (TWO, "x=17 mod 7", False),
        (TWO, "x=3 mod 7", False),
        (TWO, "12", False),
        (TWO, "10", False),
        (FACTORS, "122", True),
        (FACTORS, "232", False),
        (FACTORS, "12", False),
        (SHARED, "16", True),
        (SHARED, "34", False),
    ],
)
def test_the_least_common_solution_is_asked_for(problem, answer, is_right):
    assert right(problem, answer) == is_right


@pytest.mark.parametrize(
    ("problem", "before", "step", "is_right"),
    [
        (TWO, (), "x=3+7k", True),
        (TWO, (), "x = 7n + 3", True),
        (TWO, (), "x=2+5k", True),
        (TWO, (), "x=17 mod 35", True),
        (TWO, (), "x=10+7k", True),
        (TWO, (), "x=4+7k", False),
        (TWO, (), "x=3+8k", False),
        (TWO, (), "x=3+7x", False),
        (TWO, (), "x=3+14k", False),
        (TWO, (), "x=3 mod 7", False),
        (TWO, (), "x=10 mod 7", False),
        (TWO, (), "x=17 mod 36", False),
        (TWO, (), "x=17 mod 70", False),
        (TWO, (), "x=18 mod 35", False),
        (TWO, (), "k=2 mod 5", False),  # nobody said what k is
        (TWO, ("x=3+7k",), "3+7k=2 mod 5", True),
        (TWO, ("x=3+7k",), "7k=4 mod 5", True),
        (TWO, ("x=3+7k",), "k=2 mod 5", True),
        (TWO, ("x=3+7k",), "k=3 mod 5", False),
        (TWO, ("x=3+7k",), "k=2 mod 7", False),
        (TWO, ("x=2+5k",), "k=3 mod 7", True),
        (TWO, ("x=3+7k",), "x=3+7n", False),
        (TWO, ("x=3+7k",), "x=2+5k", False),  # k has a meaning already
        (TWO, ("x=3+7k", "k=2 mod 5"), "2k=4 mod 5", False),
        (TWO, ("x=3+7k", "2k=4 mod 5"), "k=2 mod 5", True),
        (TWO, ("x=3+7k", "k=2 mod 5"), "x=3+7*2 mod 35", True),
        (TWO, ("x=3+7*2 mod 35",), "x=17 mod 35", True),
        (TWO, ("x=17 mod 35",), "x=52 mod 35", False),
        (FACTORS, (), "3x=6 mod 5", True),
        (FACTORS, (), "x=2 mod 5", True),
        (FACTORS, (), "x=3 mod 7", True),
        (FACTORS, (), "x=6 mod 7", False),
        (FACTORS, (), "x=1+11t", True),
        (SHARED, ("x=7+9k",), "9k=-3 mod 6", True),
        (SHARED, ("x=7+9k",), "3k=3 mod 6", True),
        (SHARED, ("x=7+9k",), "k=1 mod 2", True),
        (SHARED, ("x=7+9k",), "k=1 mod 6", False),
    ],
)
def test_steps_of_a_system_of_congruences(problem, before, step, is_right):
    assert follows(problem, before, step) == is_right


def test_solutions_of_systems_are_those_of_a_search():
    for problem, level in drawn("chinese_remainder", 30):
        if level != 7:
            given = problem.question.given
            x = next(x for x in range(10**6) if all((a * x - b) % m == 0 for a, b, m in given))
            assert problem.answer == str(x)
            assert right(problem, str(x))
            assert not right(problem, str(x + 1))


TRIAL = asked("linear_diophantine", 3, 5, 19, "positive integers")  # x=3, y=2
POSITIVE = asked("linear_diophantine", 12, 7, 113, "positive integers")  # x=3, y=11
ANY = asked("linear_diophantine", 12, 18, 30, "integers")
MINUS = asked("linear_diophantine", 12, -18, 30, "integers")
UNSOLVABLE = asked("linear_diophantine", 12, 18, 31, "integers")
NOT_POSITIVE = asked("linear_diophantine", 3, 5, 7, "positive integers")


@pytest.mark.parametrize(
    ("problem", "answer", "is_right"),
    [
        (TRIAL, "x=3,y=2", True),
        (TRIAL, "y=2; x=3", True),
        (TRIAL, "(3,2)", True),
        (TRIAL, "x=-2,y=5", False),
        (TRIAL, "x=2,y=3", False),
        (TRIAL, "x=3", False),
        (TRIAL, "no solution", False),
        (POSITIVE, "x=3,y=11", True),
        (POSITIVE, "x=10,y=-1", False),
        (ANY, "x=1,y=1", True),
        (ANY, "x=-2,y=3", True),
        (ANY, "x=0,y=5/3", False),
        (ANY, "x=5/2,y=0", False),
        (ANY, "x=1+3t,y=1-2t", False),
        (ANY, "no solution", False),
        (MINUS, "x=-2,y=-3", True),
        (MINUS, "x=1,y=1", False),
        (UNSOLVABLE, "no solution", True),
        (UNSOLVABLE, "No solution.", True),
        (UNSOLVABLE, "none", False),
        (UNSOLVABLE, "x=1,y=1", False),
        (NOT_POSITIVE, "no solution", True),
        (NOT_POSITIVE, "x=-1,y=2", False),
    ],
)
def test_any_whole_solution_is_accepted(problem, answer, is_right):
    assert right(problem, answer) == is_right


@pytest.mark.parametrize(
    ("problem", "before", "step", "is_right"),
    [
        (TRIAL, (), "19-5*1=14", True),
        (TRIAL, (), "19-5*2=9", True),
        (TRIAL, (), "19-3*3=10", True),
        (TRIAL, (), "19-2*5=9", True),
        (TRIAL, (), "19-5*2=8", False),
        (TRIAL, (), "19-4*2=11", False),
        (TRIAL, (), "19-5*4=-1", False),
        (TRIAL, (), "18-5*2=8", False),
        (TRIAL, ("19-5*2=9",), "19-2*5=9", False),
        (TRIAL, ("19-5*2=9",), "9/3=3", True),
        (TRIAL, ("19-5*2=9",), "9/3=2", False),
        (TRIAL, ("19-5*2=9", "9/3=3"), "9/3 = 3", False),
        (TRIAL, (), "9/3=3", False),
        (TRIAL, (), "y=2", True),
        (TRIAL, (), "y=1", False),
        (TRIAL, ("y=2",), "x=3", True),
        (TRIAL, (), "5=1*3+2", True),
        (POSITIVE, (), "12=1*7+5", True),
        (POSITIVE, (), "113=339*12-565*7", True),
        (POSITIVE, (), "113=339*12-564*7", False),
        (POSITIVE, (), "x=339-7t,y=-565+12t", True),
        (POSITIVE, (), "x=3+7t,y=11-12t", True),
        (POSITIVE, (), "x=3+7t,y=11+12t", False),
        (POSITIVE, (), "x=3+14t,y=11-24t", False),  # not all of them
        (POSITIVE, ("x=339-7t,y=-565+12t",), "x=3+7t,y=11-12t", False),
        (POSITIVE, (), "x=339-7*48=3", True),
        (POSITIVE, (), "x=10", False),  # y would be negative
        (ANY, (), "2x+3y=5", True),
        (ANY, (), "6x+9y=15", True),
        (ANY, (), "2x+3y=6", False),
        (ANY, (), "12x+18y=30", False),
        (ANY, ("2x+3y=5",), "6x+9y=15", False),
        (ANY, ("6x+9y=15",), "2x+3y=5", True),
        (ANY, (), "30=-5*12+5*18", True),
        (ANY, (), "30=12+18", True),
        (ANY, ("30=-5*12+5*18",), "30=1*12+1*18", False),
        (ANY, (), "30-12*1=18", False),  # trials are for positive unknowns
        (MINUS, (), "2x-3y=5", True),
        (MINUS, (), "2x+3y=5", False),
        (UNSOLVABLE, (), "31 mod 6=1", True),
        (UNSOLVABLE, (), "31 mod 5=1", False),
        (UNSOLVABLE, (), "31 mod 2=1", True),
        (UNSOLVABLE, ("31 mod 6=1",), "31 mod 3=1", False),
        (UNSOLVABLE, (), "2x+3y=31/6", False),
        (TRIAL, ("y=2",), "3x+5*2=19", True),
        (TRIAL, ("y=2",), "3x=19-5*2", True),
        (TRIAL, ("y=2", "3x+5*2=19"), "3x=9", True),
        (TRIAL, ("y=2", "3x=9"), "3x+5*2=19", False),
        (TRIAL, ("y=2", "3x=9"), "9=3x", False),
        (TRIAL, ("y=2", "3x=9"), "x=9/3=3", True),
        (TRIAL, ("y=2",), "3x=10", False),
        (TRIAL, (), "3x=9", False),  # nothing was said of y
        (TRIAL, ("y=2",), "3x+5*2" + "+0" * 9 + "=19", False),
    ],
)
def test_steps_of_a_linear_equation_in_whole_numbers(problem, before, step, is_right):
    assert follows(problem, before, step) == is_right


def test_equations_without_a_positive_solution_are_known_by_search():
    for a, b, c in np.random.default_rng(0).integers(1, 30, size=(300, 3)).tolist():
        problem = asked("linear_diophantine", a, b, c, "positive integers")
        found = [(x, (c - a * x) // b) for x in range(1, c) if c - a * x > 0 and (c - a * x) % b == 0]
        assert right(problem, "no solution") == (not found)
        assert all(right(problem, f"x={x},y={y}") for x, y in found)


def test_a_fifth_of_the_equations_in_whole_numbers_has_no_solution():
    family, rng = get_family("linear_diophantine"), np.random.default_rng(0)
    for level in (2, 3, 4, 6):
        none = sum(family.generate(rng, level).answer == "no solution" for _ in range(300))
        assert 30 <= none <= 90


@pytest.mark.parametrize(
    ("problem", "lines"),
    [
        (ONE, [f"x={6 + 7 * n}+7 mod 7" for n in range(40, 0, -1)]),
        (ONE, [f"x=6{'+0' * n} mod 7" for n in range(40, 0, -1)]),
        (ONE, [f"3x={18 + 21 * n} mod 7" for n in range(40, 0, -1)]),
        (TWO, [f"x=17{'+0' * n} mod 35" for n in range(40, 0, -1)]),
        (TWO, [f"x={17 + 35 * n}+35 mod 35" for n in range(40, 0, -1)]),
    ],
)
def test_congruences_do_not_come_nearer_for_ever(problem, lines):
    steps = []
    for line in lines:
        if follows(problem, tuple(steps), line):
            steps.append(line)
    assert 1 <= len(steps) <= 7


@pytest.mark.parametrize(
    ("problem", "before", "step", "is_right"),
    [
        (SHIFTED, (), "37x-12x=3-5 mod 97", True),
        (SHIFTED, ("37x-12x=3-5 mod 97",), "25x=-2 mod 97", True),
        (SHIFTED, ("25x=-2 mod 97", "gcd(97,25)=1"), "97=3*25+22", True),
        (SHIFTED, ("25x=-2 mod 97", "gcd(97,25)=1"), "gcd(97,25)=1", False),
        (SHIFTED, ("25x=-2 mod 97", "gcd(97,25)=1"), "1=8*97-31*25", True),
        (SHIFTED, ("25x=-2 mod 97", "gcd(97,25)=1"), "1=8*97-30*25", False),
        (FACTORS, (), "3*2=1 mod 5", True),
        (FACTORS, (), "3*3=1 mod 5", False),
        (FACTORS, ("3*2=1 mod 5",), "2*3 mod 5=1", False),
        (TWO, (), "7*3=1 mod 5", True),  # the other modulus
        (TWO, (), "2*3=1 mod 5", True),
        (TWO, (), "4*4=1 mod 5", False),
        (TWO, ("x=3+7k",), "7*3=1 mod 5", True),
        (TWO, (), "1*1=1 mod 5", False),
        (TWO, (), "x=17+35k", True),
        (TWO, (), "x=18+35k", False),
        (TWO, ("x=17+35k",), "x=17+35m", False),
    ],
)
def test_other_ways_to_solve_congruences(problem, before, step, is_right):
    assert follows(problem, before, step) == is_right


def test_divisors_of_the_moduli_do_not_make_endless_steps():
    problem = asked("chinese_remainder", (1, 5, 16), (1, 10, 27), (1, 19, 25), (1, 26, 49))
    whole = 16 * 27 * 25 * 49
    x = next(x for x in range(26, whole, 49) if (x % 16, x % 27, x % 25) == (5, 10, 19))
    steps = []
    for modulus in range(6, whole + 1):
        if whole % modulus == 0 and follows(problem, tuple(steps), f"x={x % modulus} mod {modulus}"):
            steps.append(f"x={x % modulus} mod {modulus}")
    assert len(steps) == 16
    assert sum(follows(problem, ("x=5+16k",), f"x={x % n}+{n}{letter}") for n, letter in ((27, "m"), (25, "n"))) == 2
