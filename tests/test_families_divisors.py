"""Divisors, primes and what is made of them: what is accepted and what isn't."""

from math import gcd, lcm

import numpy as np
import pytest

from reasoning_gym.families.euclid import Euclid, bezout
from reasoning_gym.family import get_family
from reasoning_gym.problem import Problem, Question


def asked(family, *given):
    return Problem(Question(family, 1, "", "", given), "")


def right(problem, answer):
    return get_family(problem.question.family).verify(problem, answer).correct


def follows(problem, before, step):
    return get_family(problem.question.family).check_thought(problem.question, before, step).correct


GCD = asked("gcd_and_lcm", "gcd", (48, 18))
THREE = asked("gcd_and_lcm", "gcd", (480, 270, 255))
LCM = asked("gcd_and_lcm", "lcm", (48, 18))
BEZOUT = asked("gcd_and_lcm", "bezout", (48, 18))
EUCLID = ("48=2*18+12", "18=1*12+6", "12=2*6")


@pytest.mark.parametrize(
    ("problem", "answer", "is_right"),
    [
        (GCD, "6", True),
        (GCD, "3", False),
        (GCD, "-6", False),
        (GCD, "2*3", False),
        (GCD, "gcd(48,18)", False),
        (LCM, "144", True),
        (LCM, "864", False),
        (LCM, "48*3", False),
        (BEZOUT, "x=-1,y=3", True),
        (BEZOUT, "y=3, x=-1", True),
        (BEZOUT, "x = -1 and y = 3", True),
        (BEZOUT, "(-1, 3)", True),
        (BEZOUT, "(x,y) = (-1,3)", True),
        (BEZOUT, "-1,3", True),
        (BEZOUT, "$x=-1, y=3$.", True),
        (BEZOUT, "x=2,y=-5", True),
        (BEZOUT, "x=299,y=-797", True),
        (BEZOUT, "x=3,y=-1", False),
        (BEZOUT, "3,-1", False),
        (BEZOUT, "x=-1", False),
        (BEZOUT, "x=-1,y=3,z=0", False),
        (BEZOUT, "x=-1,y=3 or x=2,y=-5", False),
        (BEZOUT, "x=-1,y=6/2", False),
        (BEZOUT, "x=-1,x=3", False),
        (BEZOUT, "-1,y=3", False),
        (BEZOUT, "x=-1 y=3", True),
        (BEZOUT, "X=-1,\\ Y=3", True),
        (BEZOUT, "x = -1, \\quad y = 3", True),
        (BEZOUT, "x=-1\ny=3", True),
        (BEZOUT, "x=-1, and y=3", True),
        (BEZOUT, "[-1, 3]", True),
        (BEZOUT, "{x=-1, y=3}", True),
        (BEZOUT, "$\\left(x, y\\right) = \\left(-1, 3\\right)$", True),
        (BEZOUT, "(-1, 3]", False),
        (BEZOUT, "-1 3", False),
        (BEZOUT, "x=-1 y=3 y=4", False),
        (BEZOUT, "x=-1\ny=3\nx=2\ny=-5", False),
        (BEZOUT, "x=y=3", False),
        (BEZOUT, "(y,x)=(-1,3)", False),
        (BEZOUT, "x=\N{ARABIC-INDIC DIGIT ONE},y=3", False),
        (BEZOUT, "x=" + "9" * 5000 + ",y=1", False),
    ],
)
def test_divisors_multiples_and_combinations(problem, answer, is_right):
    assert right(problem, answer) == is_right


@pytest.mark.parametrize(
    ("problem", "before", "step", "is_right"),
    [
        (GCD, (), "48=2*18+12", True),
        (GCD, (), "48 = 18*2 + 12", True),
        (GCD, (), "2*18+12=48", True),
        (GCD, (), "12=48-2*18", True),
        (GCD, (), "48=18+30", True),  # by subtraction
        (GCD, (), "48=3*18-6", True),
        (GCD, (), "gcd(48,18)=gcd(18,12)", True),
        (GCD, (), "gcd(48,18)=gcd(12,6)=6", True),
        (GCD, (), "48=2*18+13", False),
        (GCD, (), "48=2*19+10", False),
        (GCD, (), "48=4*12", True),  # on the way to its primes
        (GCD, (), "48=4*13", False),
        (GCD, (), "48 mod 18=12", True),
        (GCD, (), "48 mod 18=13", False),
        (GCD, (), "48 mod 6=0", False),  # nobody has found the 6
        (GCD, ("48 mod 18=12",), "18 mod 12=6", True),
        (GCD, ("48 mod 18=12",), "48=2*18+12", False),
        (GCD, (), "gcd(48,18)=gcd(48-2*18,18)=gcd(12,18)", True),
        (GCD, (), "gcd(48,18)=gcd(42,18)", False),  # true, but by no division
        (GCD, (), "gcd(48,18)=gcd(30,18)", True),
        (GCD, ("48=2^4*3", "18=2*3^2"), "6=2*3", True),
        (GCD, ("48=2^4*3",), "6=2*3", False),
        (GCD, ("48=2^4*3", "18=2*3^2"), "12=2^2*3", False),
        (LCM, ("48=2^4*3", "18=2*3^2"), "2^4*3^2=144", True),
        (LCM, ("48=2^4*3", "18=2*3^2", "2^4*3^2=144"), "144=2^4*3^2", False),
        (LCM, ("48=2^4*3", "18=2*9"), "2^4*3^2=144", False),
        (LCM, ("gcd(48,18)=6", "48=6*8", "18=6*3"), "6*8*3=144", True),
        (LCM, ("gcd(48,18)=6",), "lcm(48,18)=48*18/6=144", True),
        (LCM, ("gcd(48,18)=6",), "6*8*3=144", False),
        (GCD, (), "18=0*48+18", False),
        (GCD, (), "18=1*48-30", False),
        (GCD, (), "48=48", False),
        (GCD, (), "48=1*48", False),
        (GCD, (), "gcd(18,48)=gcd(48,18)", False),
        (GCD, (), "gcd(48,18)=gcd(18,66)", False),
        (GCD, (), "gcd(48,18)=gcd(18,13)", False),
        (GCD, (), "gcd(12,6)=6", False),
        (GCD, EUCLID[:1], "18=12+6", True),
        (GCD, EUCLID[:1], "48=3*18-6", False),  # 48 is gone
        (GCD, EUCLID[:1], "12=48-2*18", False),  # says the same
        (GCD, EUCLID, "6=18-1*12", False),  # nobody asked
        (GCD, EUCLID, "6=1*6", False),
        (GCD, EUCLID, "gcd(48,18)=6", False),
        (THREE, (), "480=1*255+225", True),
        (THREE, (), "270=1*255+15", True),
        (THREE, (), "480=1*256+224", False),
        (THREE, (), "gcd(480,270)=30", True),
        (THREE, ("gcd(480,270)=30",), "gcd(255,30)=15", True),
        (THREE, ("gcd(480,270)=30",), "gcd(480,255)=15", False),
        (THREE, (), "gcd(480,270)=15", False),
        (LCM, EUCLID, "48/6=8", True),
        (LCM, EUCLID, "48*18=864", True),
        (LCM, EUCLID, "48*18/6=144", True),
        (LCM, EUCLID, "48/6*18=144", True),
        (LCM, (), "48/6=8", False),  # the divisor isn't known yet
        (LCM, EUCLID, "8*18=144", False),
        (LCM, (*EUCLID, "48/6=8"), "8*18=144", True),
        (LCM, (*EUCLID, "48/6=8"), "8*18=145", False),
        (LCM, (*EUCLID, "48/6=8"), "8=48/6", False),
        (LCM, EUCLID, "48+18=66", False),
        (LCM, EUCLID, "144=144", False),
        (BEZOUT, EUCLID, "12=1*48-2*18", True),
        (BEZOUT, EUCLID, "6=18-1*12", True),
        (BEZOUT, (*EUCLID, "6=18-1*12"), "6=18-(48-2*18)", True),
        (BEZOUT, (*EUCLID, "6=18-1*12"), "6=-1*48+3*18", True),
        (BEZOUT, (*EUCLID, "6=18-(48-2*18)"), "6=3*18-48", True),  # collected
        (BEZOUT, EUCLID, "6=18-12=18-(48-2*18)=3*18-48", True),
        (BEZOUT, EUCLID, "6=18-12=18-(48-2*18)=2*18-48", False),
        (BEZOUT, (*EUCLID, "6=3*18-48"), "6=18-(48-2*18)", False),
        (BEZOUT, (*EUCLID, "6=3*18-48"), "6=18-1*12", False),  # a step back
        (BEZOUT, (*EUCLID, "6=3*18-48"), "6=2*48-5*18", False),  # another pair brings nothing
        (BEZOUT, EUCLID, "6=3*18-2*48", False),
        (BEZOUT, EUCLID, "6=1*6", False),
        (BEZOUT, EUCLID, "6=0*48+1*6", False),
        (BEZOUT, EUCLID, "48=8*6", False),
        (BEZOUT, (), "6=3*18-48", False),  # 6 hasn't come up
    ],
)
def test_steps_of_euclids_algorithm(problem, before, step, is_right):
    assert follows(problem, before, step) == is_right


@pytest.mark.parametrize(
    ("numbers", "lines"),
    [
        ((9999, 5000), [f"{n + 1}=2*{n}-{n - 1}" for n in range(4998, 4800, -1)]),
        ((9999, 2), [f"{n}=1*2+{n - 2}" for n in range(9999, 9700, -2)]),
        ((9999, 2), [f"{n - 2}={n}-2" for n in range(9999, 9700, -2)]),
        ((9999, 2), [f"gcd({n},2)=gcd({n - 2},2)" for n in range(9999, 9700, -2)]),
    ],
)
def test_divisions_that_leave_too_much_come_to_an_end(numbers, lines):
    problem = asked("gcd_and_lcm", "gcd", numbers)
    steps = ["9999=1*5000+4999", "5000=2*4999-4998"] if numbers[1] == 5000 else []
    for line in lines:
        if follows(problem, tuple(steps), line):
            steps.append(line)
    assert len(steps) <= 12


def test_divisors_agree_with_the_standard_library_and_steps_come_to_an_end():
    family, rng = get_family("gcd_and_lcm"), np.random.default_rng(0)
    for level in range(1, family.levels + 1):
        for _ in range(40):
            kind, numbers = family.generate(rng, level).question.given
            problem = asked("gcd_and_lcm", kind, numbers)
            if kind == "bezout":
                x, y = bezout(*numbers)
                assert x * numbers[0] + y * numbers[1] == gcd(*numbers)
                assert right(problem, f"{x + numbers[1]},{y - numbers[0]}")
                assert not right(problem, f"{x},{y + 1}")
            else:
                value = gcd(*numbers) if kind == "gcd" else lcm(*numbers)
                assert right(problem, str(value))
                assert not right(problem, str(2 * value))


def test_random_true_lines_are_accepted_only_so_often():
    """However true lines are put together, the numbers at hand get smaller."""
    rng = np.random.default_rng(1)
    euclid = Euclid((990, 462), combines=True)
    accepted = []
    for a, b, q in rng.integers(1, 1000, size=(3_000, 3)).tolist():
        for line in (f"{a}={b}+{a - b}", f"{a}={q % 9}*{b}{a - q % 9 * b:+}"):
            before = len(euclid.left), sum(euclid.left)
            euclid.learn([line])
            if (len(euclid.left), sum(euclid.left)) != before:
                accepted.append(line)
    assert all(number % 66 == 0 for number in euclid.left)
    assert len(accepted) < 10


NUMBER = asked("divisor_function", "d", 84)
SUM = asked("divisor_function", "sigma", 84)
PHI = asked("divisor_function", "phi", 84)
SPLIT = ("84=2*42", "42=2*21", "21=3*7")


@pytest.mark.parametrize(
    ("problem", "answer", "is_right"),
    [
        (NUMBER, "12", True),
        (NUMBER, "12.", True),
        (NUMBER, "3*2*2", False),
        (NUMBER, "d(84)=3*2*2", False),
        (NUMBER, "10", False),
        (NUMBER, "1,2,3,4,6,7,12,14,21,28,42,84", False),
        (SUM, "224", True),
        (SUM, "140", False),  # without the number itself
        (SUM, "84", False),
        (PHI, "24", True),
        (PHI, "23", False),
        (PHI, "phi(84)", False),
    ],
)
def test_functions_of_divisors(problem, answer, is_right):
    assert right(problem, answer) == is_right


@pytest.mark.parametrize(
    ("problem", "before", "step", "is_right"),
    [
        (NUMBER, (), "84=2*42", True),
        (NUMBER, (), "84=2^2*3*7", True),
        (NUMBER, (), "84=2*41", False),
        (NUMBER, (), "42=2*21", False),
        (NUMBER, SPLIT, "d(84)=(2+1)*(1+1)*(1+1)", True),
        (NUMBER, SPLIT, "(2+1)*(1+1)*(1+1)", True),
        (NUMBER, SPLIT, "d(84)=(2+1)*(1+1)*(1+1)=3*2*2=12", True),
        (NUMBER, SPLIT, "d(84)=2*2*2", False),
        (NUMBER, SPLIT, "d(4)=3", True),
        (NUMBER, SPLIT, "d(2^2)=3", True),
        (NUMBER, SPLIT, "d(2)=2", False),  # 2 isn't a part that is prime to the rest
        (NUMBER, SPLIT, "d(12)=3*2=6", True),
        (NUMBER, SPLIT, "sigma(4)=7", False),
        (NUMBER, ("d(84)=3*2*2",), "d(84)=(2+1)*(1+1)*(1+1)", False),
        (SUM, (), "sigma(4)=1+2+4=7", True),
        (SUM, (), "sigma(4)=1+2+4=8", False),
        (SUM, (), "sigma(3)=1+3=4", True),
        (SUM, (), "sigma(5)=1+5=6", False),
        (SUM, ("sigma(3)=4",), "sigma(3)=1+3", False),
        (SUM, (), "sigma(84)=7*4*8", True),
        (SUM, (), "sigma(84)=7*4*7", False),
        (PHI, (), "phi(4)=4-2=2", True),
        (PHI, (), "phi(7)=7-1=6", True),
        (PHI, (), "phi(7)=7", False),
        (PHI, (), "phi(84)=2*2*6", True),
        (PHI, (), "phi(28)=12", True),
    ],
)
def test_steps_of_a_function_of_divisors(problem, before, step, is_right):
    assert follows(problem, before, step) == is_right


def test_functions_of_divisors_agree_with_counting():
    family, rng = get_family("divisor_function"), np.random.default_rng(0)
    for level in (1, 2, 3, 4):
        for _ in range(25):
            name, number = family.generate(rng, level).question.given
            divisors = [n for n in range(1, number + 1) if number % n == 0]
            coprime = sum(gcd(n, number) == 1 for n in range(1, number + 1)) if name == "phi" else 0
            value = {"d": len(divisors), "sigma": sum(divisors), "phi": coprime}[name]
            assert right(asked("divisor_function", name, number), str(value))
            assert not right(asked("divisor_function", name, number), str(value + 1))


NEXT = asked("prime_search", "next", 90)
COUNT = asked("prime_search", "count", 90, 103)


@pytest.mark.parametrize(
    ("problem", "answer", "is_right"),
    [
        (NEXT, "97", True),
        (NEXT, "91", False),
        (NEXT, "101", False),
        (NEXT, "89", False),
        (NEXT, "prime", False),
        (asked("prime_search", "next", 89), "97", True),
        (asked("prime_search", "next", 89), "89", False),
        (COUNT, "3", True),  # 97, 101, 103
        (COUNT, "2", False),
        (COUNT, "97,101,103", False),
        (asked("prime_search", "count", 90, 96), "0", True),
    ],
)
def test_primes_are_found_and_counted(problem, answer, is_right):
    assert right(problem, answer) == is_right


@pytest.mark.parametrize(
    ("problem", "before", "step", "is_right"),
    [
        (NEXT, (), "91=7*13", True),
        (NEXT, (), "7*13=91", True),
        (NEXT, (), "92=2^2*23", True),
        (NEXT, (), "96=2*48", True),
        (NEXT, (), "91/7=13", True),
        (NEXT, (), "91 / 13 = 7", True),
        (NEXT, (), "91 mod 7=0", True),
        (NEXT, ("91 mod 7=0",), "91=7*13", False),
        (NEXT, (), "91/7=0", False),
        (NEXT, (), "91/7=14", False),
        (NEXT, (), "91/1=91", False),
        (NEXT, (), "91/91=1", False),
        (NEXT, (), "91 mod 0=0", False),
        (NEXT, (), "91 mod 9=0", False),
        (NEXT, (), "97 mod 97=0", False),
        (NEXT, (), "91=1*91", False),
        (NEXT, (), "91=91", False),
        (NEXT, (), "91=7*12", False),
        (NEXT, (), "97=7*14", False),
        (NEXT, (), "90=2*45", False),  # not asked about
        (NEXT, (), "99=9*11", False),  # beyond the prime
        (NEXT, (), "101 mod 2,3,5,7=1,2,1,3", False),
        (NEXT, ("91=7*13",), "91=13*7", False),
        (NEXT, (), "97 mod 2,3,5,7=1,1,2,6", True),
        (NEXT, (), "97 mod 7, 5, 3, 2 = 6, 2, 1, 1", True),
        (NEXT, (), "97 mod 2,3,4,5,7=1,1,1,2,6", True),
        (NEXT, (), "97 mod 2,3,5,7=1,1,2,5", False),
        (NEXT, (), "97 mod 2,3,5=1,1,2", False),  # 7 is missing
        (NEXT, (), "97 mod 2,3,5,7=1,1,2", False),
        (NEXT, (), "97 mod 2,2,3,5,7=1,1,1,2,6", False),
        (NEXT, (), "97 mod 2,3,5,7,98=1,1,2,6,97", False),
        (NEXT, (), "91 mod 2,3,5,7=1,1,1,0", False),
        (NEXT, (), "97 mod 1,2,3,5,7=0,1,1,2,6", False),
        (NEXT, (), "97 is prime", False),
        (COUNT, (), "101 mod 2,3,5,7=1,2,1,3", True),
        (COUNT, (), "107 mod 2,3,5,7=1,2,2,2", False),
    ],
)
def test_steps_of_a_search_for_primes(problem, before, step, is_right):
    assert follows(problem, before, step) == is_right


def test_primes_are_those_of_a_sieve():
    sieve = [True] * 10_200
    for n in range(2, 101):
        for multiple in range(n * n, len(sieve), n):
            sieve[multiple] = False
    family, rng = get_family("prime_search"), np.random.default_rng(0)
    for level in range(1, family.levels + 1):
        for _ in range(40):
            problem = family.generate(rng, level)
            kind, low, *high = problem.question.given
            if kind == "next":
                assert int(problem.answer) == next(n for n in range(low + 1, len(sieve)) if sieve[n])
            else:
                assert int(problem.answer) == sum(sieve[low : high[0] + 1])
