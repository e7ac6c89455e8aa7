"""Chances and counts: what is accepted and what isn't, and brute force as an oracle."""

from fractions import Fraction
from itertools import combinations, pairwise, permutations, product
from math import comb, perm

import numpy as np
import pytest

from reasoning_gym.family import get_family
from reasoning_gym.problem import Problem, Question

DICE = get_family("dice_probability")


def posed(family, *given):
    return Problem(Question(family.name, 1, "", "", given), "")


def drawn(family, count):
    rng = np.random.default_rng(3)
    return [family.generate(rng, level) for level in range(1, family.levels + 1) for _ in range(count)]


SEVEN = posed(DICE, (6, 6), "sum", 7, 0)


@pytest.mark.parametrize("answer", ["1/6", "6/36", "2/12", "P=1/6", "P = 6/36", "\\frac{1}{6}", " 1/6. ", "$\\frac16$"])
def test_a_chance_is_accepted_in_any_exact_form(answer):
    assert DICE.verify(SEVEN, answer).correct


@pytest.mark.parametrize(
    ("family", "statement", "given", "right", "wrong"),
    [
        (DICE, "Roll fair dice with 6,6 sides. P(sum=7)?", ((6, 6), "sum", 7, 0), "P(sum=7) = 1/6", "P(sum=8) = 1/6"),
        (DICE, "Roll fair dice with 6,6 sides. P(sum=7)?", ((6, 6), "sum", 7, 0), "$P(sum = 7)=6/36$", "P(sum=7)=7"),
        (DICE, "Roll fair dice with 6,6 sides. P(sum=7)?", ((6, 6), "sum", 7, 0), "1/6", "P(sum=7)=1/6=1/6"),
        (get_family("urn_probability"), "Urn: 5 blue, 3 red balls. Draw 1. P(not red)?",
         ((("blue", 5), ("red", 3)), 1, 0, "not", (("red", 1),)), "P(not red)=5/8", "P(red)=5/8"),
    ],
)  # fmt: skip
def test_an_answer_may_say_what_it_is_the_chance_of(family, statement, given, right, wrong):
    problem = Problem(Question(family.name, 1, statement, "", given), "")
    assert family.verify(problem, right).correct
    assert not family.verify(problem, wrong).correct


@pytest.mark.parametrize(
    "answer",
    ["5/36", "7/36", "6", "1:6", "1:5", "1 in 6", "0.1667", "16.67%", "1/6+0", "6/6^2", "1-5/6", "1/6=6/36", "ways=6",
     "1/6 or 1/5", "-1/6", "1/6x", "1/2*1/3", "1 1/6", "(1/6, 1/6)", "P", "Q=1/6", "about 1/6", "1/6!"],
)  # fmt: skip
def test_other_chances_and_calculations_left_to_do_are_rejected(answer):
    assert not DICE.verify(SEVEN, answer).correct


def test_a_decimal_is_accepted_where_it_is_exactly_equal():
    half = posed(DICE, (4,), "result at least", 3, 0)
    assert all(DICE.verify(half, answer).correct for answer in ("0.5", "50%", "2/4", "\\tfrac12"))
    assert not DICE.verify(half, "0.50001").correct


@pytest.mark.parametrize(
    ("step", "right"),
    [
        ("P=ways/total=6/36=1/6", True),
        ("P = ways / total = 1/6", True),
        ("P=1-others/total=1/6", True),
        ("ways=total-others=36-30=6", True),
        ("P=ways/total=1/7", False),
        ("P=total/ways=6/36=1/6", False),
        ("P=ways/total", False),  # no number
        ("P=P=1/6", False),
        ("P=1*P=1/6", False),
        ("P=waystotal=1/6", False),
        ("P=ways2/total=1/6", False),
        ("P=ways/sides=1/6", False),
    ],
)
def test_a_step_may_say_its_formula_first(step, right):
    assert DICE.check_thought(SEVEN.question, (), step).correct is right


@pytest.mark.parametrize(
    ("step", "right"),
    [
        ("P(B)=P(A)*P(B given A)+P(not A)*P(B given not A)=1/3*3/4+2/3*1/2=7/12", True),
        ("P(A and B) = P(A)*P(B|A) = 1/4", True),
        ("P(A given B)=P(A and B)/P(B)=3/7", True),
        ("P(A given B)=P(A and B)/P(A)=3/7", False),
        ("P(A given B)=P(A and B)/P(A)=3/4", False),
        ("P(B)=P(A)+P(B given A)=7/12", False),
    ],
)
def test_a_formula_may_refer_to_chances_that_are_given(step, right):
    assert GIVEN.check_thought(BAYES.question, (), step).correct is right


@pytest.mark.parametrize(
    ("before", "step", "right"),
    [
        ((), "ways=6", True),
        ((), "ways = 6-1+1 = 6", True),
        ((), "6-1+1=6", False),  # no chance, and without a name it speaks of the chance
        ((), "ways=7", False),
        ((), "ways=6-1+1=7", False),
        ((), "total=6*6=36", True),
        ((), "total=36", True),
        ((), "total=6+6=12", False),
        ((), "P=6/36", True),
        ((), "P=6/36=1/6", True),
        ((), "6/36=1/6", True),
        ((), "6/36", True),
        ((), "others=36-6=30", True),
        ((), "P=1-30/36=1/6", True),
        ((), "ways=6; total=36; P=6/36", True),
        ((), "ways=6; total=36; P=6/37", False),
        ((), "ways=6; ways=6", False),
        (("ways=6",), "ways=5+1=6", False),  # known
        (("ways=5+1",), "ways=6", True),
        (("ways=6-1+1=6", "P=6/36"), "P=1/6", True),
        (("P=1/6",), "P=6/36", False),
        (("P=1/7",), "P=1/6", True),  # a false line is no knowledge
        ((), "1=1", False),
        ((), "1+1=2", False),
        ((), "1/6", True),
        ((), "0.5", False),
        ((), "P=P", False),
        ((), "P=", False),
        ((), "", False),
        ((), ";", False),
        ((), "P=1/6=1/6", False),
        ((), "x=6", False),
        ((), "W(7)=6", False),  # of three dice, or of more sums than one
        ((), "P=10^99999", False),
        ((), "P=" + "1*" * 400 + "1/6", False),
    ],
)
def test_a_step_is_true_and_brings_its_quantity_nearer_to_a_number(before, step, right):
    assert DICE.check_thought(SEVEN.question, before, step).correct == right


def dice_event(values, kind, bound, count):
    ordered, total = sorted(values), sum(values)
    return {
        "result at least": total >= bound,
        "result at most": total <= bound,
        "result multiple": bound > 0 and total % max(bound, 1) == 0,
        "sum": total == bound,
        "sum at least": total >= bound,
        "sum at most": total <= bound,
        "both at least": ordered[0] >= bound,
        "one at least": ordered[-1] >= bound,
        "highest": ordered[-1] == bound,
        "lowest": ordered[0] == bound,
        "equal": len(set(values)) == 1,
        "one face": bound in values,
        "different": len(set(values)) == len(values),
        "repeated": len(set(values)) < len(values),
        "exactly": sum(value >= bound for value in values) == count,
    }[kind]


def test_the_highest_result_is_not_taken_for_the_die_with_most_sides():
    statements = [problem.question.statement for problem in drawn(DICE, 40)]
    assert any("P(highest result=" in statement for statement in statements)
    assert any("P(lowest result=" in statement for statement in statements)
    assert not any("highest die" in statement or "lowest die" in statement for statement in statements)


def test_chances_of_dice_agree_with_counting_all_outcomes():
    kinds = set()
    for problem in drawn(DICE, 60):
        sides, kind, bound, count = problem.question.given
        if np.prod(sides) > 2_500:
            continue
        kinds.add(kind)
        outcomes = list(product(*(range(1, side + 1) for side in sides)))
        right = Fraction(sum(dice_event(values, kind, bound, count) for values in outcomes), len(outcomes))
        assert 0 < right < 1
        assert DICE.verify(problem, str(right)).correct, problem
        assert not DICE.verify(problem, str(1 - right)).correct or right == Fraction(1, 2)
    assert len(kinds) == 15


URN = get_family("urn_probability")
TWO_REDS = posed(URN, (("blue", 3), ("red", 5)), 2, 0, "sequence", (("red", 1), ("red", 1)))


@pytest.mark.parametrize(
    ("answer", "right"),
    [("5/14", True), ("20/56", True), ("25/64", False), ("5/8*4/7", False), ("9/15", False), ("5:14", False)],
)
def test_balls_that_stay_out_change_the_second_chance(answer, right):
    assert URN.verify(TWO_REDS, answer).correct == right


@pytest.mark.parametrize(
    ("before", "step", "right"),
    [
        ((), "total=8", True),
        ((), "first=5/8", True),
        ((), "second=4/7", True),
        ((), "second=5/8", False),
        ((), "third=3/6", False),
        ((), "P=5/8*4/7=20/56", True),
        ((), "P=C(5,2)/C(8,2)=10/28", True),
        ((), "P=5/8*5/8=25/64", False),
        (("P=5/8*4/7=20/56",), "P=5/14", True),
        (("P=5/8*4/7=20/56",), "P=20/56", False),
    ],
)
def test_a_step_of_an_urn_is_true_and_new(before, step, right):
    assert URN.check_thought(TWO_REDS.question, before, step).correct == right


def sequences(urn, draws, replaced):
    """Every sequence of colours with its chance."""
    if draws == 0:
        yield (), Fraction(1)
        return
    total = sum(urn.values())
    for colour, count in urn.items():
        if count:
            left = urn if replaced else {**urn, colour: count - 1}
            for rest, chance in sequences(left, draws - 1, replaced):
                yield (colour, *rest), chance * Fraction(count, total)


def urn_event(colours, kind, wanted):
    first, count = wanted[0] if wanted else ("", 0)
    found = colours.count(first)
    return {
        "one": found == 1,
        "not": found == 0,
        "sequence": colours == tuple(colour for colour, _ in wanted),
        "same": len(set(colours)) == 1,
        "different": len(set(colours)) == 2,
        "pair": all(colour in colours for colour, _ in wanted),
        "none": found == 0,
        "some": found > 0,
        "exactly": found == count,
        "mixed": all(colours.count(colour) == number for colour, number in wanted),
        "at least": found >= count,
    }[kind]


def test_chances_of_urns_agree_with_going_through_all_sequences():
    kinds = set()
    for problem in drawn(URN, 25):
        urn, draws, replaced, kind, wanted = problem.question.given
        kinds.add(kind)
        right = sum(c for colours, c in sequences(dict(urn), draws, replaced) if urn_event(colours, kind, wanted))
        assert 0 < right < 1
        assert URN.verify(problem, str(right)).correct, problem
    assert len(kinds) == 11


CARDS = get_family("card_probability")
PAIR = posed(CARDS, 2, 8, 3, 2, "one rank", 0)  # 21 cards, 21 pairs of 210


@pytest.mark.parametrize(
    ("answer", "right"),
    [("1/10", True), ("21/210", True), ("0.1", True), ("10%", True), ("1/7", False), ("2/21", False), ("3/21", False)],
)
def test_a_pair_is_as_likely_as_its_choices_are_many(answer, right):
    assert CARDS.verify(PAIR, answer).correct == right


@pytest.mark.parametrize(
    ("before", "step", "right"),
    [
        ((), "ranks=8-2+1=7", True),
        ((), "ranks=8-2=6", False),
        ((), "total=7*3=21", True),
        ((), "C(21,2)=210", True),
        ((), "all=C(21,2)=210", True),
        ((), "all=21^2=441", False),
        ((), "ways=7*C(3,2)=21", True),
        ((), "C(3,2)=3", True),
        ((), "C(7,2)=21", False),  # isn't needed
        ((), "P=2/20", True),
        (("P=2/20",), "P=1/10", True),
        (("P=2/20",), "P=21/210", False),
    ],
)
def test_a_step_of_a_hand_is_true_and_new(before, step, right):
    assert CARDS.check_thought(PAIR.question, before, step).correct == right


def hand_event(cards, kind, bound, size):
    ranks, suits = zip(*cards, strict=True)
    groups = sorted(ranks.count(rank) for rank in set(ranks))
    return {
        "rank from": ranks[0] >= bound,
        "rank to": ranks[0] <= bound,
        "suit and rank": suits[0] == 0 and ranks[0] >= bound,
        "suit or rank": suits[0] == 0 or ranks[0] >= bound,
        "neither": suits[0] != 0 and ranks[0] < bound,
        "one rank": len(set(ranks)) == 1,
        "one suit": len(set(suits)) == 1,
        "apart": len(set(ranks)) == len(set(suits)) == size,
        "all from": min(ranks) >= bound,
        "ranks differ": len(set(ranks)) == size,
        "pair and one": groups == [1, 2],
        "of suit": suits.count(0) == bound,
        "some suit": 0 in suits,
        "some rank": bound in ranks,
        "two pairs": groups == [2, 2],
        "one pair": groups == [1] * (size - 2) + [2],
        "three and one": groups == [1, 3],
        "full house": groups == [2, 3],
        "three and two": groups == [1, 1, 3],
        "two pairs and one": groups == [1, 2, 2],
        "highest": max(ranks) == bound,
        "lowest": min(ranks) == bound,
        "consecutive": len(set(ranks)) == size and max(ranks) - min(ranks) == size - 1,
        "at least of suit": suits.count(0) >= bound,
    }[kind]


def test_several_cards_are_drawn_at_once():
    for problem in drawn(CARDS, 10):
        cards = problem.question.given[3]
        draw = "Draw 1. P(" if cards == 1 else f"Draw {cards} at once. P("
        assert draw in problem.question.statement


def test_chances_of_hands_agree_with_dealing_all_of_them():
    kinds = set()
    for problem in drawn(CARDS, 40):
        low, high, suits, size, kind, bound = problem.question.given
        deck = list(product(range(low, high + 1), range(suits)))
        if comb(len(deck), size) > 9_000 or (size < 5 and kind in kinds):
            continue
        kinds.add(kind)
        hands = list(combinations(deck, size))
        right = Fraction(sum(hand_event(hand, kind, bound, size) for hand in hands), len(hands))
        assert 0 < right < 1
        assert CARDS.verify(problem, str(right)).correct, problem
    assert len(kinds) >= 22


GAMES = get_family("expected_value")
SPINNER = posed(GAMES, "spinner", (((4, 9), (8, 2)),))  # 52/12
EVEN = posed(GAMES, "spinner", (((2, 9), (2, 1)),))  # 20/4
FAIR = posed(GAMES, "missing", ((6, 1, 4), (4, 1, 4), 0))  # x/2 + 5/2 = 0


@pytest.mark.parametrize(
    ("problem", "answer", "right"),
    [
        (SPINNER, "13/3", True),
        (SPINNER, "52/12", True),
        (SPINNER, "4 1/3", True),
        (SPINNER, "E=13/3", True),
        (SPINNER, "4.33", False),
        (SPINNER, "11/2", False),  # of the two payoffs alone
        (SPINNER, "52", False),
        (EVEN, "5", True),
        (EVEN, "20/4", True),
        (EVEN, "5.0", True),
        (EVEN, "(9+1)/2", False),
        (FAIR, "-5", True),
        (FAIR, "x=-5", True),
        (FAIR, "x = -10/2", True),
        (FAIR, "5", False),
        (FAIR, "x", False),
        (FAIR, "E=0", False),
        (FAIR, "x=-5 or x=5", False),
    ],
)
def test_an_expectation_is_accepted_in_any_exact_form(problem, answer, right):
    assert GAMES.verify(problem, answer).correct == right


@pytest.mark.parametrize(
    ("problem", "before", "step", "right"),
    [
        (SPINNER, (), "sum=4*9+8*2=52", True),
        (SPINNER, (), "sum=9+2=11", False),
        (SPINNER, (), "E=9*1/3+2*2/3=13/3", True),
        (SPINNER, (), "52/12", True),
        (SPINNER, ("E=52/12",), "E=13/3", True),
        (SPINNER, (), "B=4", False),
        (FAIR, (), "rest=1-1/4-1/4=1/2", True),
        (FAIR, (), "t1=6*1/4=3/2; t2=4*1/4=1", True),
        (FAIR, (), "t3=-3/2-1=-5/2", True),
        (FAIR, (), "x=(-5/2)/(1/2)=-5", True),
        (FAIR, (), "x=-5/2*1/2=-5/4", False),
    ],
)
def test_a_step_of_an_expectation_is_true_and_new(problem, before, step, right):
    assert GAMES.check_thought(problem.question, before, step).correct == right


def average(values):
    return Fraction(sum(values), len(values))


def best(payoffs, more):
    """The best expectation over all ways to choose what to keep, with so many more spins."""
    if more == 0:
        return average(payoffs)
    later = best(payoffs, more - 1)
    return max(average([payoff if payoff in kept else later for payoff in payoffs]) for kept in subsets(payoffs))


def subsets(things):
    return [set(kept) for size in range(len(things) + 1) for kept in combinations(things, size)]


def expectation(kind, facts):
    if kind == "spinner":
        return average([payoff for count, payoff in facts[0] for _ in range(count)])
    if kind in {"table", "missing"}:
        (a, p, m), (b, q, n), last = facts
        one, two = Fraction(p, m), Fraction(q, n)
        known = a * one + b * two
        return known + last * (1 - one - two) if kind == "table" else (last - known) / (1 - one - two)
    if kind == "die":
        sides, bound, times, loss = facts
        return average([times * face if face >= bound else -loss for face in range(1, sides + 1)])
    if kind == "dice":
        small, large, what, times, minus = facts
        rolls = product(range(1, small + 1), range(1, large + 1))
        take = {"higher": max, "lower": min, "difference": lambda roll: max(roll) - min(roll)}[what]
        return average([times * take(roll) - minus for roll in rolls])
    if kind == "stages":
        paying, payoff, onward, again, second = facts
        after = expectation("spinner", (second,))
        guess = Fraction(0)
        slope = Fraction(again, paying + onward + again)
        constant = (paying * payoff + onward * after) / (paying + onward + again)
        for _ in range(400):
            guess = Fraction(round((constant + slope * guess) * 10**20), 10**20)
        return guess.limit_denominator(5_000)
    return best(*facts)


def test_a_fraction_that_is_divided_by_another_stands_in_brackets():
    missing = posed(GAMES, "missing", ((7, 2, 5), (5, 1, 7), 8))
    assert "x=(157/35)/(16/35)=157/16" in GAMES.reference_thoughts(missing)


def test_expectations_agree_with_averages_over_all_outcomes():
    kinds = set()
    for problem in drawn(GAMES, 15):
        kind, facts = problem.question.given
        kinds.add(kind)
        assert GAMES.verify(problem, str(expectation(kind, facts))).correct, problem
    assert len(kinds) == 7


WAYS = get_family("arrangements")
THREE_OF_SEVEN = posed(WAYS, "order", (7, 3))
APART = posed(WAYS, "apart", (5,))


@pytest.mark.parametrize(
    ("problem", "answer", "right"),
    [
        (THREE_OF_SEVEN, "210", True),
        (THREE_OF_SEVEN, "N=210", True),
        (THREE_OF_SEVEN, "210.0", True),
        (THREE_OF_SEVEN, "35", False),  # choices, not orders
        (THREE_OF_SEVEN, "7*6*5", False),
        (THREE_OF_SEVEN, "7!/4!", False),
        (THREE_OF_SEVEN, "420/2", False),
        (THREE_OF_SEVEN, "C(7,3)*6", False),
        (APART, "72", True),
        (APART, "48", False),  # side by side
        (APART, "96", False),  # orders of the pair forgotten
        (APART, "120-48", False),
        (APART, "all=120", False),
    ],
)
def test_a_count_is_one_whole_number(problem, answer, right):
    assert WAYS.verify(problem, answer).correct == right


@pytest.mark.parametrize(
    ("before", "step", "right"),
    [
        ((), "all=5!=120", True),
        ((), "together=2*4!=2*24=48", True),
        ((), "together=4!=24", False),
        ((), "N=3!*C(4,2)*2=72", True),  # the others first, then gaps
        ((), "5!-2*4!", True),
        ((), "N=5!-2*4!", True),
        (("N=5!-2*4!",), "N=120-48=72", True),
        (("N=72",), "N=120-48", False),
        ((), "5!=120", False),  # isn't asked
        ((), "N=3000!", False),
        ((), "N=9^9^9^9", False),
    ],
)
def test_a_step_of_counting_is_true_and_new(before, step, right):
    assert WAYS.check_thought(APART.question, before, step).correct == right


def seatings(count):
    """Orders around a table, the first person's place fixed."""
    return [(0, *rest) for rest in permutations(range(1, count))]


def distance(order, one, other):
    return abs(order.index(one) - order.index(other))


ROWS = {
    "apart": lambda order: distance(order, 0, 1) > 1,
    "before": lambda order: order.index(0) < order.index(1),
    "ends": lambda order: {order[0], order[-1]} == {0, 1},
    "not first": lambda order: order[0] != 0,
    "inside": lambda order: 0 not in (order[0], order[-1]),
    "between": lambda order: sorted(map(order.index, range(3)))[1] == order.index(1),
}


def has_twins(order):
    return any(a == b == "A" for a, b in pairwise(order))


def counted(kind, facts):
    """How many ways there are, by listing them; None where they are too many."""
    a, b, c, d = (*facts, 0, 0, 0)[:4]
    if kind in {"order", "choose"}:
        return (
            sum(1 for _ in (permutations if kind == "order" else combinations)(range(a), b))
            if perm(a, b) < 10**5
            else None
        )
    if kind in {"repeats", "no two"}:
        return None if len(a) > 8 else sum(1 for o in set(permutations(a)) if kind == "repeats" or not has_twins(o))
    if kind == "committee":
        return sum(1 for _ in product(combinations(range(a), c), combinations(range(b), d)))
    if kind == "at least":
        return sum(1 for group in combinations(range(a + b), c) if sum(person < a for person in group) >= d)
    if kind == "sum":
        return sum(1 for values in product(*(range(low, a + 1) for low in facts[1:-1])) if a - sum(values) >= facts[-1])
    if kind == "bounded":
        return sum(1 for values in product(range(c + 1), repeat=b) if sum(values) == a)
    if kind == "onto":
        return sum(1 for owners in product(range(b), repeat=a) if len(set(owners)) == b) if b**a < 10**5 else None
    if kind == "numbers":
        made = product(a, repeat=b) if d == "repeated" else permutations(a, b)
        ends = {"": "0123456789", "even": "02468", "odd": "13579"}[c]
        return sum(1 for number in made if number[0] != "0" and number[-1] in ends)
    if a > 7:
        return None
    if kind == "together":
        return sum(1 for order in permutations(range(a)) if distance(order, *ends_of(order, b)) == b - 1)
    if kind.startswith("round"):
        return sum(1 for o in seatings(a) if kind == "round" or distance(o, 0, 1) in (1, a - 1))
    return sum(map(ROWS[kind], permutations(range(a))))


def ends_of(order, block):
    places = sorted(map(order.index, range(block)))
    return order[places[0]], order[places[-1]]


def test_counts_agree_with_listing_all_ways():
    kinds = set()
    rows = [posed(WAYS, kind, (count,)) for kind in (*ROWS, "round", "round pair") for count in (5, 6)]
    for problem in (*drawn(WAYS, 30), *rows, posed(WAYS, "together", (6, 3)), posed(WAYS, "onto", (5, 3))):
        kind, facts = problem.question.given
        if (right := counted(kind, facts)) is not None:
            kinds.add(kind)
            assert WAYS.verify(problem, str(right)).correct, problem
            assert not WAYS.verify(problem, str(right + 1)).correct
    assert len(kinds) == 19


GIVEN = get_family("conditional_probability")
BAYES = posed(GIVEN, "bayes", ((1, 3), (3, 4), (1, 2), "A given B"))  # 1/4 over 1/4+1/3
TILES = posed(GIVEN, "table", (2, (12, 8, 5, 10), 0, 0, "shape", 0))  # 12 of 17


@pytest.mark.parametrize(
    ("problem", "answer", "right"),
    [
        (BAYES, "3/7", True),
        (BAYES, "6/14", True),
        (BAYES, "P(A|B)=3/7", True),
        (BAYES, "P(A given B)=3/7", True),
        (BAYES, "P=3/7", True),
        (BAYES, "1/4", False),  # the joint chance
        (BAYES, "3/4", False),  # the other way round
        (BAYES, "4/7", False),
        (BAYES, "P(B|A)=3/7", False),
        (BAYES, "(1/4)/(7/12)", False),
        (TILES, "12/17", True),
        (TILES, "12/20", False),
        (TILES, "12/35", False),
    ],
)
def test_a_conditional_chance_is_not_the_joint_one_nor_the_reverse(problem, answer, right):
    assert GIVEN.verify(problem, answer).correct == right


@pytest.mark.parametrize(
    ("problem", "before", "step", "right"),
    [
        (BAYES, (), "P(not A)=1-1/3=2/3", True),
        (BAYES, (), "P(A and B)=1/3*3/4=1/4", True),
        (BAYES, (), "P(B and A)=1/4", True),
        (BAYES, (), "P(B)=1/4+2/3*1/2=7/12", True),
        (BAYES, (), "P(A|B)=(1/4)/(7/12)=3/7", True),
        (BAYES, (), "P(A and B)=1/3+3/4=13/12", False),
        (BAYES, (), "P(A)=1/3", False),
        (BAYES, ("P(A and B)=1/4",), "P(B and A)=1/4", False),
        (TILES, (), "given=12+5=17", True),
        (TILES, (), "given=12+8=20", False),
        (TILES, (), "P=12/17", True),
    ],
)
def test_a_step_about_a_condition_is_true_and_new(problem, before, step, right):
    assert GIVEN.check_thought(problem.question, before, step).correct == right


def share(outcomes, wanted, known):
    """The chance of one event under another, over outcomes (chance, facts)."""
    fulfil = [(chance, facts) for chance, facts in outcomes if known(facts)]
    return Fraction(sum(chance for chance, facts in fulfil if wanted(facts)), sum(chance for chance, _ in fulfil))


def event_of(text):
    return lambda facts: (text[-1] in facts) != text.startswith("not")


def tree(prior, one, other):
    p, q, r = (Fraction(*chance) for chance in (prior, one, other))
    return [(p * q, "AB"), (p * (1 - q), "A"), ((1 - p) * r, "B"), ((1 - p) * (1 - r), "")]


def conditional(kind, facts):
    if kind == "table":
        size, counts, row, column, known, negated = facts
        tiles = [(count, divmod(i, size)) for i, count in enumerate(counts)]
        at_row, at_column = (lambda cell: cell[0] == row), (lambda cell: cell[1] == column)
        wanted, condition = (at_row, at_column) if known == "shape" else (at_column, at_row)
        return share(tiles, wanted, lambda cell: condition(cell) != bool(negated))
    if kind == "joint":
        a, b, both = (Fraction(*chance) for chance in facts[:3])
        outcomes = [(both, "AB"), (a - both, "A"), (b - both, "B"), (1 - a - b + both, "")]
        if "given" not in facts[3]:
            return share(outcomes, lambda facts_: bool(facts_) == (facts[3] == "A or B"), lambda _: True)
        wanted, _, known = facts[3].partition(" given ")
        return share(outcomes, event_of(wanted), event_of(known))
    if kind == "bayes":
        wanted, _, known = facts[3].partition(" given ")
        return share(tree(*facts[:3]), event_of(wanted), event_of(known) if known else lambda _: True)
    if kind == "machines":
        priors, faults, asked, good = facts
        outcomes = [
            (Fraction(*prior) * abs(state - Fraction(*fault)), (i, state))
            for i, (prior, fault) in enumerate(zip(priors, faults, strict=True))
            for state in (0, 1)
        ]
        return share(outcomes, lambda made: made[0] == asked, lambda made: made[1] == good)
    if kind == "tests":
        prior, hit, false, positive, negative = facts
        outcomes = []
        for sick, chance, rate in ((1, Fraction(*prior), Fraction(*hit)), (0, 1 - Fraction(*prior), Fraction(*false))):
            for results in product((1, 0), repeat=positive + negative):
                weight = chance
                for result in results:
                    weight *= rate if result else 1 - rate
                outcomes.append((weight, (sick, results)))
        return share(outcomes, lambda f: f[0] == 1, lambda f: f[1] == (1,) * positive + (0,) * negative)
    counts, prior, asked = facts
    outcomes = []
    for name, place, chance in (("A", 0, Fraction(*prior)), ("B", 2, 1 - Fraction(*prior))):
        urn = {"red": counts[place], "blue": counts[place + 1]}
        outcomes += [(chance * part, (name, colours)) for colours, part in sequences(urn, 3, 0)]
    wanted = (lambda f: f[1][2] == "red") if asked == "next red" else (lambda f: f[0] == asked)
    return share(outcomes, wanted, lambda f: f[1][:2] == ("red", "red"))


def test_conditional_chances_agree_with_the_outcomes_that_remain():
    kinds = set()
    for problem in drawn(GIVEN, 25):
        kind, facts = problem.question.given
        kinds.add(kind)
        assert GIVEN.verify(problem, str(conditional(kind, facts))).correct, problem
    assert len(kinds) == 6


def test_a_quantity_can_be_brought_nearer_to_a_number_a_few_times_only():
    steps = [f"P=1/6{'+0' * (20 - i)}" for i in range(10)]
    verdicts = [DICE.check_thought(SEVEN.question, steps[:i], step).correct for i, step in enumerate(steps)]
    assert verdicts == [True] * 5 + [False] * 5
    steps = [f"ways=6{'+0' * (20 - i)}" for i in range(10)]
    verdicts = [DICE.check_thought(SEVEN.question, steps[:i], step).correct for i, step in enumerate(steps)]
    assert verdicts == [True] * 3 + [False] * 7


def test_no_trace_goes_on_beyond_sixty_lines():
    for family in (DICE, URN, CARDS, GAMES, WAYS, GIVEN):
        for problem in drawn(family, 3):
            lines = []
            for name, value in family.quantities(problem.question).values.items():
                for padding in range(9, -1, -1):
                    line = f"{name}={value}{'+0' * padding}"
                    if family.check_thought(problem.question, lines, line).correct:
                        lines.append(line)
            assert len(lines) <= 60, problem


def test_steps_may_come_in_any_order():
    rng = np.random.default_rng(11)
    for family in (DICE, URN, CARDS, GAMES, WAYS, GIVEN):
        for problem in drawn(family, 3):
            steps = list(family.reference_thoughts(problem)[:-1])
            rng.shuffle(steps)
            for i, step in enumerate(steps):
                assert family.check_thought(problem.question, steps[:i], step).correct, (problem, steps[:i], step)
