"""The audit: that every family passes it, small, and that it finds what is wrong with a bad one."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from reasoning_baselines.auditing import unaudited_section
from reasoning_gym.audit import (
    Share,
    Times,
    audit,
    audit_level,
    audited_families,
    changing,
    layouts,
    why_unaudited,
    wrong_answers,
)
from reasoning_gym.family import Family, families, get_family, split_of
from reasoning_gym.perturbing import perturbed
from reasoning_gym.problem import CORRECT, Address, Problem, Question, incorrect

ROOT = Path(__file__).parents[1]
LEVELS = [
    pytest.param(family, level, id=f"{family.name}-{level}")
    for family in audited_families()
    for level in range(1, family.levels + 1)
]


@pytest.mark.parametrize(("family", "level"), LEVELS)
def test_every_family_keeps_its_contract_at_every_level(family, level):
    found = audit_level(family, level, problems=12, draws=12)
    # of so few perturbed steps, more may be true by chance than the full audit allows
    assert [fault for fault in found.shortfalls() if "wrong steps" not in fault] == []
    assert found.references == Share(12, 12)
    assert found.attacks.keys() == wrong_answers(*[family.problem("train", level, 0)] * 2, random.Random(0)).keys()
    assert found.question[0] > 0
    assert found.steps[1] >= 1


class Sum(Family):
    """Adds two numbers; a base for families that do it wrong."""

    name, category, levels, version, many_answers, unordered = "sum", "arithmetic", 3, 0, False, ""

    def generate(self, rng, level):
        a, b = (int(n) for n in rng.integers(100 * level, size=2))
        question = Question(self.name, level, f"{a}+{b}?", "Answer: the sum", (a, b))
        return Problem(question, str(a + b))

    def reference_thoughts(self, problem):
        a, b = problem.question.given
        return (f"{a}+{b}={a + b}", f"Answer: {problem.answer}")

    def verify(self, problem, answer):
        return self.check_conclusion(problem.question, (), answer)

    def check_conclusion(self, question, thoughts, answer):
        stripped = answer.strip(" $\n\t").removeprefix("\\boxed{").removesuffix("}")
        return CORRECT if stripped == str(sum(question.given)) else incorrect("another sum")


def faults(family):
    return audit_level(family(), 2, problems=60, draws=40).shortfalls()


def test_a_good_family_has_no_fault():
    assert faults(Sum) == []


class PaysConstants(Sum):
    def verify(self, problem, answer):
        return CORRECT if answer in {"42", "NaN"} else super().verify(problem, answer)


class PaysHedges(Sum):
    def verify(self, problem, answer):
        return CORRECT if problem.answer in answer else incorrect("no")


class Raises(Sum):
    def verify(self, problem, answer):
        return CORRECT if int(answer.strip(" $\n\t").removeprefix("\\boxed{").removesuffix("}")) else incorrect("no")


class RefusesItself(Sum):
    def verify(self, problem, answer):
        return incorrect("never")


class MindsSpaces(Sum):
    def verify(self, problem, answer):
        return CORRECT if answer == problem.answer else incorrect("another text")


class MindsOrder(Sum):
    unordered = " or "

    def generate(self, rng, level):
        problem = super().generate(rng, level)
        return Problem(problem.question, f"{problem.answer} or 0")

    def reference_thoughts(self, problem):
        return (f"Answer: {problem.answer}",)

    def check_conclusion(self, question, thoughts, answer):
        return super().check_conclusion(question, thoughts, answer.replace(" or 0", ""))


class BelievesSteps(Sum):
    def check_thought(self, question, thoughts, thought):
        return CORRECT


class RefusesItsSteps(Sum):
    def check_thought(self, question, thoughts, thought):
        return incorrect("never")


class LeaksTests(Sum):
    def problem(self, split, level, index):
        question = Question(self.name, level, f"{index}+1?", "Answer: the sum", (index, 1))
        return Problem(question, str(index + 1), address=Address(self.name, 0, split, level, index))


@pytest.mark.parametrize(
    ("family", "fault"),
    [
        (PaysConstants, "not finite"),
        (PaysHedges, "hedged"),
        (Raises, "raised ValueError"),
        (RefusesItself, "references were not accepted"),
        (MindsSpaces, "layouts were not accepted"),
        (MindsOrder, "layouts were not accepted"),
        (BelievesSteps, "wrong steps passed"),
        (RefusesItsSteps, "thoughts were not accepted"),
        (LeaksTests, "test questions are training questions"),
    ],
)
def test_what_is_wrong_with_a_family_is_found(family, fault):
    assert any(fault in each for each in faults(family)), faults(family)


def test_what_is_slow_is_said_apart_from_what_is_wrong():
    found = audit_level(Sum(), 2, problems=20, draws=5)
    quick, slow = Times(0.1, 1.0, 2.0), Times(0.1, 21.0, 22.0)
    assert found.middle
    assert not replace(found, generation=quick, verification=quick).slow()
    assert replace(found, generation=slow, verification=quick).slow()
    assert not replace(found, generation=slow, verification=quick, middle=False).slow()
    assert replace(found, generation=quick, verification=Times(1, 6, 6)).slow()


def test_the_constant_that_pays_most_is_found():
    class Parity(Sum):
        def generate(self, rng, level):
            n = int(rng.integers(10_000))
            return Problem(Question(self.name, level, f"Is {n} a multiple of 4?", "", (n,)), "no" if n % 4 else "yes")

        def reference_thoughts(self, problem):
            return (f"Answer: {problem.answer}",)

        def check_conclusion(self, question, thoughts, answer):
            return CORRECT if answer == ("no" if question.given[0] % 4 else "yes") else incorrect("no")

    answer, rate = audit_level(Parity(), 1, problems=200, draws=1).guess
    assert answer == "no"
    assert 0.6 < rate < 0.9


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("gsm8k", "gsm8k reads its problems from a file; only families"),
        ("open", "open reads its problems from a file and has no checker that could pay an answer; only families"),
    ],
)
def test_a_family_that_cannot_be_audited_is_left_out_and_says_why(name, reason):
    assert name not in {family.name for family in audited_families()}
    with pytest.raises(ValueError, match=reason):
        audited_families([name])


def test_a_family_that_generates_needs_a_checker_to_be_audited():
    class Wonder(Sum):
        has_checker = False

    assert why_unaudited(Sum()) == ""
    assert why_unaudited(Wonder()) == "has no checker that could pay an answer"


def test_the_published_audit_names_the_families_that_cannot_be_audited():
    page = (ROOT / "docs" / "audit.md").read_text()
    suite = [each for each in families().values() if type(each).__module__.startswith("reasoning_gym.")]
    assert page.endswith("\n".join(["", *unaudited_section(suite)]) + "\n")
    assert {each.name for each in suite if not each.has_checker} == {"open"}
    assert "\n- open reads its problems from a file and has no checker" in page


def test_repeated_questions_are_counted():
    class Small(Sum):
        def generate(self, rng, level):
            a = int(rng.integers(64))
            return Problem(Question(self.name, level, f"{a}+0?", "", (a, 0)), str(a))

    distinct = audit_level(Small(), 1, problems=10, draws=300).distinct
    train = {a for a in range(64) if split_of(f"{a}+0?") == "train"}
    assert 0.7 * len(train) <= distinct.hits <= len(train)
    assert distinct.tried == 300


def test_a_perturbed_text_is_another_text():
    rng = random.Random(0)
    for text in ("42", "-x+1", "yes", "no", "F,T", "UDLR", "a", "AAAA", "$$", "abc/def"):
        for _ in range(30):
            assert perturbed(text, rng) != text
    assert {perturbed("UD", rng) for _ in range(60)} == {"DD", "UU"}


def test_layouts_keep_the_value():
    assert "\\frac{3}{4}" in layouts("3/4")
    assert "-\\frac{3}{4}" in layouts("-3/4")
    assert {"YES", "Yes", "yes."} <= set(layouts("yes"))
    assert "x=3 or x=-2" in layouts("x=-2 or x=3", " or ")
    assert "1, 2" in layouts("2, 1", ", ")
    assert all("3/4" in text.replace("\\frac{3}{4}", "3/4") for text in layouts("3/4"))


def test_two_processes_give_the_same_answer_as_one():
    families = [get_family("countdown"), get_family("linear_equation")]
    told = []
    together = audit(families, problems=10, draws=10, jobs=2, told=told.append)
    assert told == together
    measured = ("generation", "verification", "checking")
    for one, other in zip(audit(families, problems=10, draws=10), together, strict=True):
        assert {k: v for k, v in vars(one).items() if k not in measured} == {
            k: v for k, v in vars(other).items() if k not in measured
        }


def test_families_that_depend_on_the_process_are_named(tmp_path, monkeypatch):
    assert changing(["countdown", "linear_equation"]) == []
    (tmp_path / "sitecustomize.py").write_text(
        "import os, reasoning_gym.audit as a\n"
        "real = a.fingerprints\n"
        "a.fingerprints = lambda names: {**real(names), 'countdown': os.environ['PYTHONHASHSEED']}\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert changing(["countdown", "linear_equation"]) == ["countdown"]
