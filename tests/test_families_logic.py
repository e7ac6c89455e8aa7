"""Logic puzzles: what is accepted and what isn't, and that a second algorithm finds the same answers."""

import re
from itertools import compress, permutations, product

import numpy as np
import pytest

from reasoning_gym.family import get_family
from reasoning_gym.problem import Problem, Question


def make(name, *given):
    return Problem(Question(name, 1, "", "", given), "")


def check(problem, before, step):
    return get_family(problem.question.family).check_thought(problem.question, before, step).correct


def drawn(name, count=25):
    """Problems of every level."""
    family = get_family(name)
    rng = np.random.default_rng(3)
    for level in range(1, family.levels + 1):
        for _ in range(count):
            yield family.generate(rng, level)


# Ann: Bob and Cid are both knights. Bob: Ann and Cid are both knights. Cid: Ann and Bob are both knaves.
TRIO = make(
    "knights_and_knaves", ("Ann", "Bob", "Cid"), (("both", 1, 2, 1, 1), ("both", 0, 2, 1, 1), ("both", 0, 1, 0, 0))
)
# Ann: Bob is a knave. Bob: At least 3 of us are knights. Cid: Ann is a knight.
PAIR = make("knights_and_knaves", ("Ann", "Bob", "Cid"), (("is", 1, 0), ("least", 3), ("is", 0, 1)))


@pytest.mark.parametrize(("answer", "right"), [
    ("Ann, Cid", True), ("Cid Ann", True), ("ann and CID", True), ("[Ann, Cid].", True), ("\\text{Ann, Cid}", True),
    ("Ann", False), ("Ann, Bob, Cid", False), ("Ann, Cid, Cid", False), ("Ann, Cid, Dan", False), ("Bob", False),
    ("Ann or Cid", False), ("not Ann, Cid", False), ("Ann, Cid are knights", False), (",", False), ("A, C", False),
])  # fmt: skip
def test_the_knights_are_named_in_any_order(answer, right):
    assert get_family("knights_and_knaves").verify(PAIR, answer).correct == right


@pytest.mark.parametrize(
    ("before", "step", "right"),
    [
        ((), "Ann knight -> Cid knight", True),  # by what Ann says
        ((), "Ann is a knight -> Cid is a knight", True),
        ((), "Ann knight -> Cid knave", True),  # by what Cid says
        ((), "Ann knight -> contradiction; Ann knave", True),
        ((), "Ann knight->contradiction", True),
        ((), "Ann knight, Bob knight -> contradiction", True),
        ((), "Ann knave", True),
        ((), "Cid knight -> Ann knave", True),
        ((), "Ann knave -> Cid knight", True),
        ((), "Ann knight", False),
        ((), "Cid knight -> Ann knight", False),
        ((), "Cid knight -> contradiction; Cid knave", False),
        ((), "Ann knight -> contradiction; Ann knight", False),
        ((), "Ann knight -> contradiction; Bob knave", False),
        ((), "Ann knave -> Ann knave", False),  # says nothing
        ((), "Dan knave", False),
        ((), "contradiction", False),
        ((), "Ann knight ->", False),
        ((), "Ann Bob", False),
        (("Ann knave",), "Ann knight -> contradiction", False),  # the same in other words
        (("Ann knave",), "Cid knight -> Ann knave", False),  # follows from the earlier line alone
        (("Ann knave",), "Bob knave", True),
        (("Ann knight",), "Bob knight", False),  # a wrong line teaches nothing
    ],
)
def test_what_somebody_is_follows_from_what_is_said(before, step, right):
    assert check(TRIO, before, step) == right


def test_a_condition_that_cannot_be_does_not_prove_anything_at_all():
    far = make(
        "knights_and_knaves",
        ("Ann", "Bob", "Cid", "Dan"),
        (("both", 0, 1, 0, 0), ("is", 2, 0), ("is", 3, 1), ("is", 2, 1)),
    )
    assert not check(far, (), "Ann knight -> Dan knight")


def fits(said, speaker, knights, names):
    """Whether a sentence is true in a world, read from its words."""
    text = re.sub(r"\bI\b|\bme\b", speaker, said)
    people = [name for name in re.findall(r"[A-Z][a-z]{2}\b", text) if name in names]
    first = [name in knights for name in people]
    if count := re.match(r"(Exactly|At least|At most) (\d) of us", text):
        number = len(knights)
        return {
            "Exactly": number == int(count[2]),
            "At least": number >= int(count[2]),
            "At most": number <= int(count[2]),
        }[count[1]]
    if "kind" in text:
        return (first[0] == first[1]) == ("same" in text)
    wanted = [word == "knight" for word in re.findall(r"knight|knave", text)]
    if text.startswith("If"):
        return first[0] != wanted[0] or first[1] == wanted[1]
    right = [value == wanted[0] for value in first]
    return any(right) if text.startswith("At least one") else all(right)


def test_exactly_one_distribution_of_knights_fits_the_words_of_a_puzzle():
    for problem in drawn("knights_and_knaves"):
        said = re.findall(r"([A-Z][a-z]{2}): '([^']*)'", problem.question.statement)
        names = [name for name, _ in said]
        found = []
        for kinds in product((False, True), repeat=len(names)):
            knights = {name for name, knight in zip(names, kinds, strict=True) if knight}
            if all(fits(text, name, knights, names) == (name in knights) for name, text in said):
                found.append(", ".join(sorted(knights)))
        assert found == [problem.answer], problem.question.statement


def syllogism(*texts):
    """A question whether the last of some statements follows from the others."""
    said = []
    for text in texts:
        kind, subject, _, *rest = text.split()
        said.append(("some not" if rest[0] == "not" else kind, subject, rest[-1]))
    return make("syllogism", tuple(said[:-1]), said[-1])


BARBARA = syllogism("all poets are cooks", "all cooks are monks", "all poets are monks")
CONVERSE = syllogism("all poets are cooks", "all cooks are monks", "all monks are poets")
FERISON = syllogism("some poets are cooks", "no cooks are monks", "no poets are monks")
DARAPTI = syllogism("all cooks are poets", "all cooks are monks", "some poets are monks")


@pytest.mark.parametrize(
    ("problem", "answer"),
    [
        (BARBARA, "yes"),
        (CONVERSE, "no"),
        (DARAPTI, "no"),  # there may be no cooks
        (syllogism("all poets are cooks", "no cooks are monks", "no monks are poets"), "yes"),
        (syllogism("all poets are cooks", "no cooks are monks", "some poets are not monks"), "no"),
        (syllogism("some poets are cooks", "all cooks are monks", "some monks are poets"), "yes"),
        (syllogism("some poets are cooks", "some cooks are monks", "some poets are monks"), "no"),
        (syllogism("some poets are cooks", "no cooks are monks", "some poets are not monks"), "yes"),
        (syllogism("some poets are not cooks", "all monks are cooks", "some poets are not monks"), "yes"),
        (syllogism("some cooks are not monks", "all cooks are poets", "some poets are not monks"), "yes"),
        (syllogism("some poets are not cooks", "some cooks are poets", "some cooks are not poets"), "no"),
        (syllogism("all poets are cooks", "no poets are cooks", "all poets are monks"), "yes"),  # there are no poets
    ],
)
def test_syllogisms_are_decided_without_assuming_that_there_are_any(problem, answer):
    family = get_family("syllogism")
    other = {"yes": "no", "no": "yes"}[answer]
    for text in (answer, answer.title(), f"{answer}."):
        assert family.verify(problem, text).correct
    for text in (other, f"{answer} or {other}", f"not {answer}", "maybe", answer[0]):
        assert not family.verify(problem, text).correct


@pytest.mark.parametrize(
    ("problem", "before", "step", "right"),
    [
        (BARBARA, (), "all poets are monks", True),
        (BARBARA, (), "All poets are monks.", True),
        (BARBARA, (), "all monks are poets", False),
        (BARBARA, (), "all poets are not monks", False),
        (BARBARA, (), "all poets are cooks", False),  # a premise
        (BARBARA, (), "all poets are poets", False),  # says nothing
        (BARBARA, (), "some poets are monks", False),
        (BARBARA, (), "all poets are pilots", False),
        (BARBARA, ("all poets are monks",), "all poets are monks.", False),
        (BARBARA, (), "model: poets", False),
        (BARBARA, (), "model: nobody", False),
        (CONVERSE, (), "model: monks", True),
        (CONVERSE, (), "model: cooks+monks", True),
        (CONVERSE, (), "model: monks+cooks; monks", True),
        (CONVERSE, (), "model: poets", False),  # no monk, though a poet
        (CONVERSE, (), "model: nobody", False),
        (CONVERSE, (), "model: monks+monks", False),
        (CONVERSE, (), "model: monks+pilots", False),
        (CONVERSE, (), "model: monks;", False),
        (CONVERSE, ("model: monks",), "model: cooks+monks", False),
        (CONVERSE, ("model: poets",), "model: cooks+monks", True),  # what was no model doesn't count
        (DARAPTI, (), "model: nobody", True),
        (DARAPTI, (), "model: cooks+monks+poets", False),
        (FERISON, (), "some cooks are poets", False),
        (FERISON, (), "some poets are not monks", True),
    ],
)
def test_a_syllogistic_step_is_entailed_and_new_or_a_counter_example(problem, before, step, right):
    assert check(problem, before, step) == right


def holds(statement, people):
    kind, subject, predicate = statement
    if kind in {"all", "some not"}:
        return (kind == "all") == all(predicate in sets for sets in people if subject in sets)
    return (kind == "some") == any(subject in sets and predicate in sets for sets in people)


def test_a_syllogism_agrees_with_all_small_worlds():
    """Worlds of up to as many people as there are statements; more can't matter."""
    family = get_family("syllogism")
    rng = np.random.default_rng(4)
    for _ in range(25):
        problem = family.generate(rng, int(rng.integers(1, 3)))
        premises, conclusion = problem.question.given
        names = sorted({name for each in (*premises, conclusion) for name in each[1:]})
        regions = [set(compress(names, bits)) for bits in product((0, 1), repeat=3)]
        worlds = [list(compress(regions, bits)) for bits in product((0, 1), repeat=8)]
        fitting = [world for world in worlds if all(holds(each, world) for each in premises)]
        assert fitting
        follows = all(holds(conclusion, world) for world in fitting)
        assert problem.answer == ("yes" if follows else "no")


@pytest.mark.parametrize("name", ["syllogism"])
def test_yes_and_no_are_equally_frequent(name):
    family = get_family(name)
    rng = np.random.default_rng(8)
    for level in range(1, family.levels + 1):
        yes = sum(family.generate(rng, level).answer == "yes" for _ in range(200))
        assert 70 <= yes <= 130  # four standard deviations


CIRCUIT = make(
    "boolean_circuit",
    (("a", 1), ("b", 0)),
    (("c", "AND", ("a", "b")), ("d", "NOT", ("c",)), ("e", "IF", ("d", "b", "a")), ("f", "MAJ", ("a", "b", "d"))),
    ("c", "f"),
)


@pytest.mark.parametrize(("answer", "right"), [
    ("0,1", True), ("01", True), ("0 1", True), ("[0, 1]", True), ("c=0,f=1", True), ("c = 0, f = 1.", True),
    ("0;1", True), ("f=1,c=0", True), ("c=0; f=1", True), ("c=0 and f=1", True), ("c=0\nf=1", True),
    ("c=0,\\ f=1", True), ("c=0,c=0", False),
    ("f=0,c=1", False), ("f=1,0", False), ("c=0,f=1,c=0", False), ("c=0,f=1,f=0", False),
    ("0,0", False), ("1,0", False), ("0", False), ("0,1,1", False),
    ("d=0,f=1", False), ("0 or 1", False), ("not 0,1", False), ("F,T", False), ("00,01", False), ("0,10", False),
])  # fmt: skip
def test_values_of_wires_are_stated_in_the_order_asked_or_with_names(answer, right):
    assert get_family("boolean_circuit").verify(CIRCUIT, answer).correct == right


@pytest.mark.parametrize(
    ("before", "step", "right"),
    [
        ((), "c=1 AND 0=0", True),
        ((), "c=0 AND 1=0", True),
        ((), "c=a AND b=0", True),
        ((), "c = a and b = 1 and 0 = 0", True),
        ((), "c=0", True),
        ((), "c=1 AND 0=1", False),
        ((), "c=1 AND 1=1", False),  # b is 0
        ((), "c=0 AND 0=0", False),
        ((), "c=1 OR 0=0", False),
        ((), "c=1", False),
        ((), "a=1", False),  # an input
        ((), "d=NOT 0=1", False),  # c isn't known yet
        ((), "f=MAJ(1,0,1)=1", False),
        (("c=0",), "d=NOT 0=1", True),
        (("c=1",), "d=NOT 1=0", False),
        (("c=0", "d=1"), "e=IF 1 THEN 0 ELSE 1=0", True),
        (("c=0", "d=1"), "e=IF 1 THEN 1 ELSE 0=0", False),
        (("c=0", "d=1"), "f=MAJ(1,0,1)=1", True),
        (("c=0", "d=1"), "f=MAJ(1,1,0)=1", True),  # the values of a, b and d are 1, 0 and 1
        (("c=0", "d=1"), "f=MAJ(d,a,b)=1", True),
        (("c=0", "d=1"), "f=MAJ(1,1,1)=1", False),
        (("c=0",), "c = 0", False),
        ((), "z=1", False),
        ((), "c=1 AND 0", False),
        ((), "=0", False),
    ],
)
def test_a_gate_is_worked_out_from_what_is_known(before, step, right):
    assert check(CIRCUIT, before, step) == right


def test_the_text_of_a_circuit_comes_to_its_answer():
    words = {"AND": "&", "OR": "|", "XOR": "^", "XNOR": "== ", "NAND": "&", "NOR": "|"}
    for problem in drawn("boolean_circuit"):
        text, asked = problem.question.statement.split(". Find ")
        rules = dict(part.split("=") for part in text.split("; "))

        def value(wire, rules=rules):
            rule = rules[wire]
            bits = {name: value(name) for name in re.findall(r"\b[a-z]\b", rule)}
            if rule in "01":
                return int(rule)
            if rule.startswith("MAJ"):
                return sorted(bits.values())[1]
            one, *rest = [bits[name] for name in re.findall(r"\b[a-z]\b", rule)]
            if rule.startswith("IF"):
                return rest[0] if one else rest[1]
            if rule.startswith("NOT"):
                return 1 - one
            sign = words[rule.split()[1]]
            found = {"&": one & rest[0], "|": one | rest[0], "^": one ^ rest[0], "== ": int(one == rest[0])}[sign]
            return 1 - found if rule.split()[1] in {"NAND", "NOR"} else found

        assert problem.answer == ",".join(f"{wire}={value(wire)}" for wire in asked.split(","))


ROW = make(
    "zebra_puzzle",
    3,
    (("blue", "green", "red"), ("bird", "cat", "dog")),
    (("same", "cat", "red"), ("at", "bird", 0), ("left", "blue", "red"), ("before", "dog", "cat")),
    1,
)
LADDER = make(  # blue, green, red and white from the left; nothing is named outright
    "zebra_puzzle",
    4,
    (("blue", "green", "red", "white"), ("bird", "cat", "dog", "fish")),
    (("left", "blue", "green"), ("left", "green", "red"), ("left", "red", "white"), ("at", "bird", 0),
     ("same", "cat", "white"), ("before", "fish", "dog")),
    0,
)  # fmt: skip


@pytest.mark.parametrize(("answer", "right"), [
    ("bird,dog,cat", True), ("bird, dog, cat", True), ("Bird Dog Cat.", True), ("[bird, dog, cat]", True),
    ("bird, dog and cat", True), ("bird,cat,dog", False), ("bird,dog", False), ("bird,dog,cat,cat", False),
    ("dog,dog,dog", False), ("green,blue,red", False), ("bird,dog,cow", False), ("bird,dog,cat or cat,dog,bird", False),
    ("not bird,dog,cat", False), ("1,2,3", False),
])  # fmt: skip
def test_the_things_of_a_row_are_named_from_the_first_house_on(answer, right):
    assert get_family("zebra_puzzle").verify(ROW, answer).correct == right


@pytest.mark.parametrize(
    ("problem", "before", "step", "right"),
    [
        (ROW, (), "bird=1", True),
        (ROW, (), "bird!=2,3", True),
        (ROW, (), "cat!=1; red!=1", True),  # one clue for both, as the cat is in the red house
        (ROW, (), "red!=1; cat!=1", True),
        (ROW, (), "blue != 3", True),
        (ROW, (), "cat=3", True),
        (ROW, (), "cat=2", False),
        (ROW, (), "bird!=1", False),
        (ROW, (), "red!=3", False),
        (ROW, (), "dog!=3", True),
        (ROW, (), "dog!=1", False),  # true, but it takes two clues
        (ROW, ("bird=1",), "cat!=1", False),  # needs no line
        (ROW, ("bird=1",), "bird=1; dog=2", False),
        (ROW, ("bird=1", "red=3"), "cat!=2", True),
        (ROW, ("red=2",), "green=3", False),
        (ROW, (), "cat=4", False),
        (ROW, (), "cat=1,2", False),
        (ROW, (), "cat!=2,2", False),
        (ROW, (), "cow=1", False),
        (ROW, (), "bird=1;", False),
        (ROW, (), "cat", False),
        (LADDER, (), "blue!=4; green!=1", True),
        (LADDER, (), "green!=1,4", True),  # one clue for each
        (LADDER, (), "blue!=3,4", False),
        (LADDER, ("green!=1; red!=1",), "white!=1,2", True),
        (LADDER, (), "green!=3", False),
        (LADDER, (), "green=2", True),
        (LADDER, (), "fish!=4; dog!=1", True),
    ],
)
def test_a_house_is_ruled_out_by_one_clue(problem, before, step, right):
    assert check(problem, before, step) == right


def place_of(name, text):
    return re.sub(r"^the house with | house$|'s house$|^the ", "", re.sub("'s house$", "", name)).lower()


def fits_row(clue, at):
    """Whether a clue's words are true of houses by name."""
    clue = clue[0].lower() + clue[1:]
    for relation, true in (
        (" is directly left of ", lambda a, b: b - a == 1),
        (" is somewhere left of ", lambda a, b: a < b),
        (" is next to ", lambda a, b: abs(a - b) == 1),
        (" is not in house ", lambda a, b: a != b),
        (" is not house ", lambda a, b: a != b),
        (" is in house ", lambda a, b: a == b),
        (" is house ", lambda a, b: a == b),
        (" is not in ", lambda a, b: a != b),
        (" is in ", lambda a, b: a == b),
    ):
        if relation in clue and not (relation == " is in " and " is in house " in clue and clue[-1].isdigit() is False):
            one, other = (place_of(part, clue) for part in clue.split(relation))
            return true(at[one], int(other) if other.isdigit() else at[other])
    if " is in the house with " in clue:
        one, other = clue.split(" is in the house with ")
        return at[place_of(one, clue)] == at[other]
    raise AssertionError(clue)


def test_exactly_one_arrangement_fits_the_words_of_a_puzzle():
    family = get_family("zebra_puzzle")
    rng = np.random.default_rng(2)
    for level in (1, 2, 3):
        for _ in range(8 if level < 3 else 2):
            problem = family.generate(rng, level)
            houses, things, clues, asked = re.fullmatch(
                r"Houses 1 to (\d) from left to right; (.*); each once\. (.*)\. Give the (\w+) of houses 1 to \d\.",
                problem.question.statement,
            ).groups()
            rows = dict(each.split(" ", 1) for each in things.lower().split("; "))
            rows = {kind: items.split(", ") for kind, items in rows.items()}
            found = set()
            for order in product(*(permutations(row) for row in rows.values())):
                at = {item: house for row in order for house, item in enumerate(row, 1)}
                if all(fits_row(clue, at) for clue in clues.split("; ")):
                    found.add(order[list(rows).index(asked)])
            assert found == {tuple(problem.answer.lower().split(","))}
            assert int(houses) == len(next(iter(found)))


CAN = make("satisfiability", "p or q", "not p or r", "not q or not r")  # p=T,q=F,r=T or p=F,q=T,r=F
CAN_TOO = make("satisfiability", "p or q", "p or not q or not r", "p or not q or r", "r or s")
CANNOT = make("satisfiability", "p or q", "p or not q", "not p or q", "not p or not q")


@pytest.mark.parametrize(("problem", "answer", "right"), [
    (CAN, "p=T,q=F,r=T", True), (CAN, "p=F,q=T,r=F", True), (CAN, "r = t, q = f, p = t.", True),
    (CAN, "p=T q=F r=T", True), (CAN, "p=T,\\ q=F\nr=T", True),
    (CAN, "\\{p=T, q=F and r=T\\}", True), (CAN, "p=T,q=T,r=T", False),
    (CAN, "p=T,q=F", False), (CAN, "p=T,q=F,r=T,s=T", False),
    (CAN, "p=T,p=T,q=F,r=T", False),
    (CAN, "p=T,q=F,r=T,r=F", False), (CAN, "unsatisfiable", False), (CAN, "p=1,q=0,r=1", False), (CAN, "T,F,T", False),
    (CAN, "p=T,q=F,r=T or p=F,q=T,r=F", False), (CANNOT, "unsatisfiable", True), (CANNOT, "Unsatisfiable.", True),
    (CANNOT, "satisfiable", False), (CANNOT, "p=T,q=F", False), (CANNOT, "not unsatisfiable", False),
])  # fmt: skip
def test_any_values_that_satisfy_all_clauses_are_accepted(problem, answer, right):
    assert get_family("satisfiability").verify(problem, answer).correct == right


@pytest.mark.parametrize(
    ("problem", "before", "step", "right"),
    [
        (CAN, (), "p=T", True),
        (CAN, (), "p=F", True),
        (CAN, (), "q=F,r=T", True),
        (CAN, (), "q=T,r=T", False),
        (CAN, ("p=T",), "q=T", False),
        (CAN, ("p=T",), "q=F", True),
        (CAN, ("p=T",), "p=F", False),
        (CAN, ("p=T",), "p=T,q=F", False),
        (CAN, ("q=T,r=T",), "q=T", True),  # a wrong line commits to nothing
        (CAN, (), "s=T", False),
        (CAN, (), "suppose p, q: r, contradiction", True),
        (CAN, (), "suppose p, r: not q, contradiction", False),  # no clause is false then
        (CAN, (), "suppose not q, not r: p, contradiction", True),
        (CAN, (), "suppose q: contradiction", False),
        (CAN, (), "forced: contradiction", False),
        (CANNOT, (), "suppose p: q, contradiction", True),
        (CANNOT, (), "suppose p: not q, contradiction", True),
        (CANNOT, (), "suppose not q: not p, contradiction", True),
        (CANNOT, (), "suppose p: contradiction", False),  # what clause is false isn't clear yet
        (CANNOT, (), "suppose p: p, contradiction", False),
        (CANNOT, (), "suppose p, q: contradiction", False),  # a clause says so
        (CANNOT, (), "suppose p, not p: contradiction", False),
        (CANNOT, (), "suppose p: r, contradiction", False),
        (CANNOT, ("suppose p: q, contradiction",), "suppose p: not q, contradiction", False),
        (CANNOT, ("suppose p: q, contradiction",), "suppose p, q: contradiction", False),
        (CANNOT, ("suppose p: q, contradiction",), "forced: not p, q, contradiction", True),
        (CANNOT, ("suppose p: q, contradiction",), "forced: p, q, contradiction", False),
        (CANNOT, (), "forced: not p, q, contradiction", False),
        (CAN_TOO, (), "suppose not p: q, not r, contradiction", True),
        (CAN_TOO, (), "suppose not p, s: q, not r, contradiction", False),  # s has no part in it
        (CANNOT, (), "p=T", False),
        (CANNOT, (), "not p", False),
        (CANNOT, (), "suppose p: q", False),
    ],
)
def test_a_chain_goes_by_clauses_with_one_literal_left_to_a_contradiction(problem, before, step, right):
    assert check(problem, before, step) == right


def test_clauses_can_be_satisfied_just_where_some_row_of_the_truth_table_does():
    for problem in drawn("satisfiability"):
        clauses = [clause.split(" or ") for clause in problem.question.statement.removeprefix("Satisfy ").split("; ")]
        names = sorted({literal.removeprefix("not ") for clause in clauses for literal in clause})
        rows = [dict(zip(names, values, strict=True)) for values in product((False, True), repeat=len(names))]
        models = [
            row
            for row in rows
            if all(any(row[literal[-1]] != literal.startswith("not ") for literal in clause) for clause in clauses)
        ]
        assert len(models) == (problem.answer != "unsatisfiable")
        for row in rows[:8]:
            answer = ",".join(f"{name}={'T' if value else 'F'}" for name, value in row.items())
            assert get_family("satisfiability").verify(problem, answer).correct == (row in models)


LOGIC = ["knights_and_knaves", "syllogism", "boolean_circuit", "zebra_puzzle", "satisfiability"]
HOSTILE = [
    *("x" * 100_000, "p=T," * 50_000, "a or " * 20_000 + "a", "; " * 50_000, "all " * 30_000, "model: " + "a+" * 9_000),
    *("cat!=" + "1," * 9_000, "Ann knight, " * 9_000, "٣=T", "\x00", "p\u00a0or q", "=" * 500, "c=" * 40 + "0"),
]


@pytest.mark.parametrize("name", LOGIC)
def test_hostile_lines_and_answers_are_judged_at_once(name):
    family = get_family(name)
    problem = family.problem("train", family.levels, 0)
    for text in HOSTILE:
        assert not family.verify(problem, text).correct
        for before in ((), (text,) * 20):
            assert not family.check_thought(problem.question, before, text).correct
