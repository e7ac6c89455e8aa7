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
        (GCD, (), "48=4*12", False),
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
