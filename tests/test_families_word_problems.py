"""Word problems: what is accepted and what isn't, and that the stories say what the answers are."""

import re
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from reasoning_gym.families.wording import NUMERALS
from reasoning_gym.families.workings import Workings
from reasoning_gym.family import families, get_family
from reasoning_gym.problem import Problem, Question

NAMES = [name for name, each in families().items() if each.category == "word_problems"]


def make(name, *given):
    return Problem(Question(name, 1, "", "", given), "")


BASKET = make("shopping", ((3, 450), (2, 125)), ("coupon", 200), ("change", 2000))
SALE = make("shopping", ((3, 1000),), ("percent", 20), ("share", 4))


@pytest.mark.parametrize(
    ("problem", "before", "step", "right"),
    [
        (BASKET, (), "3*4.50=13.50", True),
        (BASKET, (), "4.5 * 3 = 13.5", True),
        (BASKET, (), "$4.50*3=$13.50", True),
        (BASKET, (), "13.50=3*4.50", True),
        (BASKET, (), "3*4.50+2*1.25=16", True),
        (BASKET, (), "3*4.50+2*1.25=13.50+2.50=16", True),
        (BASKET, (), "20-3*4.50=6.50", True),  # what is left after the first kind
        (BASKET, (), "20+2=22", True),  # with the coupon's worth
        (BASKET, ("20+2=22", "3*4.50=13.50"), "22-13.50=8.50", True),
        (BASKET, (), "3*4.50=13.60", False),
        (BASKET, (), "3*1.25=3.75", False),  # the price of the other kind
        (BASKET, (), "3+2=5", False),  # true, and of no use
        (BASKET, (), "3*2=6", False),
        (BASKET, (), "20-4.50=15.50", False),  # one of three
        (BASKET, (), "20-2=18", False),  # the coupon isn't paid for
        (BASKET, (), "3*4.50", False),
        (BASKET, (), "13.50=13.50", False),
        (BASKET, (), "5*4=20", False),
        (BASKET, (), "16-2=14", False),  # 16 hasn't been worked out
        (BASKET, ("3*4.50=13.50",), "4.50*3=13.50", False),  # once more
        (BASKET, ("3*4.50=13.50",), "13.50*1=13.50", False),
        (BASKET, ("3*4.50=13.50",), "13.50+0=13.50", False),
        (BASKET, ("3*4.50=13.60",), "13.60+2*1.25=16.10", False),
        (BASKET, (), "3/3=1", False),
        (BASKET, (), "2-20=-18", False),
        (BASKET, ("20-3*4.50=6.50",), "3*4.50-20=-6.50", False),  # the same the other way round
        (SALE, ("3*10=30",), "30*20/100=6", True),
        (SALE, ("3*10=30",), "30*0.2=6", True),
        (SALE, ("3*10=30",), "20%*30=6", True),
        (SALE, ("3*10=30",), "30*0.8=24", True),
        (SALE, ("3*10=30",), "100-20=80", True),
        (SALE, ("3*10=30", "100-20=80"), "30*80/100=24", True),
        (SALE, ("3*10=30",), "30/4=7.50", True),  # the share before the reduction
        (SALE, ("3*10=30",), "30-20=10", False),
        (SALE, ("3*10=30",), "30*1.2=36", False),
        (SALE, (), "20+4=24", False),
    ],
)
def test_a_line_of_a_bill_is_true_and_a_part_of_a_way_to_the_answer(problem, before, step, right):
    family = get_family(problem.question.family)
    assert family.check_thought(problem.question, before, step).correct == right


@pytest.mark.parametrize(("answer", "right"), [
    ("6", True), ("$6", True), ("6.00", True), ("\\$6.00", True), ("6 dollars", True), ("$6.00$", True),
    ("24/4", False), ("6.01", False), ("-6", False), ("600", False), ("6 cents", False), ("6%", False), ("7.50", False),
    ("5+1", False), ("$$", False), ("6 or 7", False), ("6 6", False), ("٦", False), ("6:1", False), ("12:2", False),
])  # fmt: skip
def test_an_amount_of_dollars_is_a_number_with_or_without_its_sign(answer, right):
    assert get_family("shopping").verify(SALE, answer).correct == right


@pytest.mark.parametrize(("level", "words", "right"), [(1, "What percentage", False), (2, "How many dollars", True)])
def test_a_dollar_sign_stands_before_dollars_only(level, words, right):
    family = get_family("mixtures_and_shares")
    rng = np.random.default_rng(4)
    problem = next(each for _ in range(99) if words in (each := family.generate(rng, level)).question.statement)
    for answer in (f"${problem.answer}", f"{problem.answer} dollars"):
        assert family.verify(problem, answer).correct == right


def test_a_trace_ends_however_little_its_lines_lead_to():
    """Sums and differences that the story has no use for, as many as are accepted."""
    family = get_family("quantities")
    question = family.problem("train", 6, 0).question
    workings, _ = family.workings(question)
    lines, numbers = [], {fact.value for fact in workings.facts}
    for one, other in [pair for _ in range(2) for pair in product(sorted(numbers), repeat=2)]:
        for line, result in (
            (f"{one}+{other}={one + other}", one + other),
            (f"{one}-{other}={one - other}", one - other),
        ):
            if len(lines) < 60 and family.check_thought(question, lines, line).correct:
                lines.append(line)
                numbers.add(result)
    assert len(lines) <= 3 * len(workings.results)


def bill_of(text):
    """What a shopping story asks for, from its words alone."""
    money = r"\$(\d+(?:\.\d\d)?)"
    goods = [
        (int(n), Fraction(p))
        for n, p in re.findall(rf"(\d+) [a-z ]+ (?:at|for|that cost) {money} (?:each|apiece)", text)
    ]
    if cheaper := re.search(rf"(?:takes|There is) {money} off the price of each", text):
        goods[0] = goods[0][0], goods[0][1] - Fraction(cheaper[1])
    total = sum(n * price for n, price in goods)
    if coupon := re.search(rf"(?:takes {money} off the total|coupon for {money} off)", text):
        total -= Fraction(coupon[1] or coupon[2])
    if off := re.search(r"(\d+)% off", text):
        total *= 1 - Fraction(int(off[1]), 100)
    if tax := re.search(r"tax of (\d+)%|tax, which is (\d+)%", text):
        total *= 1 + Fraction(int(tax[1] or tax[2]), 100)
    if has := re.search(rf"has {money}\.", text):
        return abs(Fraction(has[1]) - total)
    if paid := re.search(rf"pays (?:with a )?{money} (?:bill|in cash)", text):
        return Fraction(paid[1]) - total
    if people := re.search(r"(\d+) people in all", text):
        return total / int(people[1])
    weeks = re.search(r"in (\d+) weeks", text)
    return total * int(weeks[1]) if weeks else total


def test_what_is_taken_off_in_several_weeks_is_taken_off_in_each_of_them():
    rng = np.random.default_rng(3)
    for _ in range(400):
        text = get_family("shopping").generate(rng, 4).question.statement
        assert ("Each time, " in text) == ("Every week, " in text and "coupon" in text), text
        assert not re.search(r"\btoday\b|these prices|than that", text), text  # which aside may have come between


@pytest.mark.parametrize("level", range(1, 7))
def test_the_words_of_a_shopping_story_come_to_its_answer(level):
    rng = np.random.default_rng(level)
    for _ in range(60):
        problem = get_family("shopping").generate(rng, level)
        assert bill_of(problem.question.statement) == Fraction(problem.answer), problem.question.statement


@pytest.mark.parametrize("name", NAMES)
def test_stories_are_written_in_sentences(name):
    family = get_family(name)
    rng = np.random.default_rng(5)
    for level in range(1, family.levels + 1):
        for _ in range(40):
            text = family.generate(rng, level).question.statement
            assert re.fullmatch(r"[A-Z0-9].*[.?]", text), text
            assert not re.search(r"\b1 [a-z]+s\b|  | [,.?]|\b[Aa] [aeio]|\b[Aa]n [^aeiouAEIOUh8]|\.\.|[{}_]", text), (
                text
            )
            assert not re.search(r"(?<=[.?] )[a-z]", text), text


@pytest.mark.parametrize("name", NAMES)
def test_every_number_in_a_line_of_the_reference_is_at_hand(name):
    """In the question, or known to everyone, or the result of a line before."""
    family = get_family(name)
    rng = np.random.default_rng(6)
    for level in range(1, family.levels + 1):
        problem = family.generate(rng, level)
        at_hand = {fact.text for fact in family.workings(problem.question)[0].facts}
        for line in family.reference_thoughts(problem)[:-1]:
            calculation, _, result = line.rpartition("=")
            assert set(re.findall(r"\d+(?:\.\d+)?", calculation)) <= {
                part for text in at_hand for part in text.split("/")
            }, (line, at_hand)
            at_hand.add(result)


def test_an_amount_knows_the_brackets_that_its_text_needs():
    workings = Workings()
    a, b, c = (workings.fact(number) for number in (8, 3, 2))
    assert [x.text for x in (a - (b + c), (a + b) * c, a / (b * c), a * b / c, a - b - c, a - b * c)] == [
        "8-(3+2)", "(8+3)*2", "8/(3*2)", "8*3/2", "8-3-2", "8-3*2",
    ]  # fmt: skip
    assert (workings.step(a / b) * c).text == "8/3*2"
    assert (a / workings.step(b / c)).text == "8/(3/2)"


RATIO = make("ages", "more_of_ratio", 24, 3)  # together 24, one three times as old as the other
LATER = make("ages", "difference_then", 24, 4, 4)  # 24 older, in 4 years four times as old


@pytest.mark.parametrize(
    ("problem", "before", "step", "right"),
    [
        (RATIO, (), "3+1=4", True),
        (RATIO, (), "24/(3+1)=6", True),
        (RATIO, (), "24*3/(3+1)=18", True),
        (RATIO, ("3+1=4",), "24/4=6", True),
        (RATIO, ("3+1=4",), "3/4=0.75", True),  # the older one's share
        (RATIO, ("3+1=4", "3/4=0.75"), "0.75*24=18", True),
        (RATIO, (), "24/3=8", False),  # the classic wrong one
        (RATIO, (), "24/4=6", False),
        (RATIO, (), "24-3=21", False),
        (RATIO, ("3+1=4",), "24*4=96", False),
        (LATER, (), "4-1=3", True),
        (LATER, ("4-1=3",), "24/3=8", True),
        (LATER, ("4-1=3", "24/3=8"), "8-4=4", True),
        (LATER, (), "24/4=6", False),
        (LATER, (), "24+4=28", False),
    ],
)
def test_a_line_about_ages_is_true_and_a_part_of_a_way_to_the_answer(problem, before, step, right):
    assert get_family("ages").check_thought(problem.question, before, step).correct == right


NAME = "([A-Z][a-z]+)"
MULTIPLES = {word: number for number, word in enumerate(["twice", *NUMERALS[3:10]], 2)}


def equations(text):
    """What an ages story says: coefficients by name, how many years later, and the sum."""
    text = re.sub(rf"{NAME}, who is", r"\1. \1 is", text)
    text = re.sub(r", and (\d+) years older", r". She is \1 years older", text)
    text = re.sub(r" and (\w+ times|twice) as old as", r". She is \1 as old as", text)
    text = re.sub(rf",\s+and {NAME} is", r". \1 is", text)
    names = sorted(set(re.findall(rf"(?<!^In){NAME}(?= |\.|,|\?)", text)) - STARTS)
    before, behind = names[0], ""
    for sentence in re.split(r"(?<=[.?])\s+", text):
        later = re.search(r"[Ii]n (\d+) years, [A-Zt]", sentence)
        ago = re.search(r"(\d+) years ago, [A-Z]", sentence)
        years = int(later[1]) if later else -int(ago[1]) if ago else 0
        here = [name for name in re.findall(NAME, sentence) if name in names]
        if not here or re.match(r"(She|He)\b", sentence):
            here = [before, *(here or [behind])]
        one, other = here[0], here[1] if len(here) > 1 and here[1] != here[0] else before
        if re.search("ogether|add up to \\d|sum of", sentence) and not sentence.endswith("?"):
            group = here if "ages of" in sentence or f"{one} and" in sentence else names
            yield dict.fromkeys(group, 1), years, int(re.findall(r"\d+", sentence)[-1])
        elif found := re.search(r"(\d+) years (older|younger)", sentence):
            yield {one: 1, other: -1}, 0, int(found[1]) * (1 if found[2] == "older" else -1)
        elif found := re.search(r"(twice|\w+(?= times)).* as old", sentence):
            yield {one: 1, other: -MULTIPLES[found[1]]}, years, 0
        elif found := re.search(rf"{NAME} is (\d+)(?: years old)?(?: now)?[.?]", sentence):
            yield {found[1]: 1}, 0, int(found[2])
        before, behind = one, other


STARTS = {"In", "How", "Together", "The", "What", "Their", "She", "He"}


def age_asked(text):
    """The answer to an ages story, from its words alone."""
    found = list(equations(text))
    names = sorted({name for each, _, _ in found for name in each})
    rows = np.array([[each.get(name, 0) for name in names] for each, _, _ in found])
    sums = [total - years * sum(each.values()) for each, years, total in found]
    question = text[text.rindex(". ") + 2 :]
    sign = -1 if "ago" in question else 1
    years = sign * int((re.findall(r"\d+", question) or [0])[0])
    if "they add up" in question or "sum of their ages be" in question:
        return sums[0] + years * len(names)
    assert np.linalg.matrix_rank(rows) == len(names)
    ages, *_ = np.linalg.lstsq(rows, np.array(sums), rcond=None)
    assert np.allclose(rows @ ages, sums)
    asked = re.search(r"[Hh]ow old (?:is|was|will) (\w+)", question)[1]
    who = asked if asked in names else names[0]
    return round(ages[names.index(who)]) + years


@pytest.mark.parametrize("level", range(1, 7))
def test_nobody_in_an_ages_story_is_older_than_a_hundred(level):
    family = get_family("ages")
    rng = np.random.default_rng(level)
    for _ in range(1_000):
        question = family.generate(rng, level).question
        kind, *numbers = question.given
        ages = {
            "difference_then": lambda more, years, ratio: more * ratio // (ratio - 1) - years,
            "difference_before": lambda more, years, ratio: more * ratio // (ratio - 1) + years,
            "sum_then": lambda total, years, ratio: (total + 2 * years) * ratio // (ratio + 1),
            "sum_before": lambda total, years, ratio: (total - 2 * years) * ratio // (ratio + 1) + years,
            "two_ratios": lambda now, years, then: years * (then - 1) // (now - then) * now + years,
        }
        assert kind not in ages or ages[kind](*numbers) <= 100, question.statement


@pytest.mark.parametrize("level", range(1, 7))
def test_the_words_of_an_ages_story_come_to_its_answer(level):
    rng = np.random.default_rng(level)
    for _ in range(60):
        problem = get_family("ages").generate(rng, level)
        assert age_asked(problem.question.statement) == int(problem.answer), problem.question.statement


PIPES = make("rates", "together", 6, 3)
TRIP = make("rates", "round_trip", 120, 60, 40)


@pytest.mark.parametrize(
    ("problem", "before", "step", "right"),
    [
        (PIPES, (), "1/6+1/3=1/2", True),
        (PIPES, (), "1/3+1/6=0.5", True),
        (PIPES, ("1/6+1/3=1/2",), "1/(1/2)=2", True),
        (PIPES, (), "6*3=18", True),
        (PIPES, ("6*3=18", "6+3=9"), "18/9=2", True),
        (PIPES, (), "6*3/(6+3)=2", True),
        (PIPES, (), "6/3=2", False),  # comes to the same by chance
        (PIPES, (), "1/6=1/6", False),  # worked out already
        (PIPES, (), "(6+3)/2=9/2", False),
        (PIPES, (), "6-3=3", False),
        (PIPES, (), "1/6+1/3=2/9", False),
        (TRIP, (), "120/60=2", True),
        (TRIP, (), "2*120=240", True),
        (TRIP, (), "120+120=240", True),
        (TRIP, ("120/60=2", "120/40=3"), "2+3=5", True),
        (TRIP, ("120/60=2", "120/40=3", "2+3=5", "120+120=240"), "240/5=48", True),
        (TRIP, (), "60+40=100", False),  # the classic wrong one: the mean of the speeds
        (TRIP, (), "(60+40)/2=50", False),
        (TRIP, (), "60*2=120", False),
    ],
)
def test_a_line_about_rates_is_true_and_a_part_of_a_way_to_the_answer(problem, before, step, right):
    assert get_family("rates").check_thought(problem.question, before, step).correct == right


RATES = {
    "distance": lambda x, v, t: x == v * t,
    "time": lambda x, d, v: x * v == d,
    "speed": lambda x, d, t: x * t == d,
    "output": lambda x, rate, t: x == rate * t,
    "minutes": lambda x, v, minutes: x * 60 == v * minutes,
    "output_in_minutes": lambda x, v, minutes: x * 60 == v * minutes,
    "per_hour": lambda x, d, minutes: x * minutes == 60 * d,
    "minutes_for": lambda x, d, v: v * x == 60 * d,
    "two_legs": lambda x, v, t, w, s: x - v * t == w * s,
    "two_times": lambda x, d, v, e, w: x - d / v == e / w,
    "average": lambda x, d, t, e, s: x * (t + s) == d + e,
    "meeting": lambda x, d, v, w: x * v + x * w == d,
    "meeting_place": lambda x, d, v, w: x / v == (d - x) / w,
    "apart": lambda x, v, w, t: x == v * t + w * t,
    "catching_up": lambda x, v, early, w: v * (x + early) == w * x,
    "together": lambda x, a, b: x / a + x / b == 1,
    "other_alone": lambda x, both, a: both / a + both / x == 1,
    "share_done": lambda x, a, b, t: x == t / a + t / b,
    "workers": lambda x, m, days, k: m * days == k * x,
    "round_trip": lambda x, d, v, w: (d / v + d / w) * x == 2 * d,
    "current": lambda x, d, down, up: d / down - x == d / up + x,
    "three_together": lambda x, a, b, c: x / a + x / b + x / c == 1,
    "leak": lambda x, fills, empties: x / fills - x / empties == 1,
    "left_over": lambda x, a, worked, b: worked / a + x / b == 1,
    "bridge": lambda x, long, bridge, v: x * v == bridge + long,
}


def test_answers_to_rates_fit_what_happens():
    rng = np.random.default_rng(9)
    seen = set()
    for level in range(1, 7):
        for _ in range(80):
            problem = get_family("rates").generate(rng, level)
            kind, *numbers = problem.question.given
            seen.add(kind)
            assert RATES[kind](Fraction(problem.answer), *map(Fraction, numbers)), problem.question.statement
            assert set(map(str, numbers)) <= set(re.findall(r"\d+", problem.question.statement))
    assert seen == set(RATES)


@pytest.mark.parametrize("name", NAMES)
def test_hostile_lines_are_judged_at_once(name):
    problem = get_family(name).problem("train", 6, 0)
    for line in (
        "1+" * 99 + "1=100",
        "9*" * 13 + "9=9",
        "9^9^9=1",
        "1/0=1",
        "1=" * 60 + "1",
        "(" * 90 + "1",
        "=",
        "2=2=",
        "3*4",
    ):
        for before in ((), (line,) * 20):
            assert not get_family(name).check_thought(problem.question, before, line).correct
    for answer in ("9" * 5_000, "1" + "0" * 3_000, "1e999", "10^10^10", "1/3*3", "-0", "0x10", "1_000"):
        assert not get_family(name).verify(problem, answer).correct


def test_a_result_that_means_two_things_is_worked_out_twice_and_no_more():
    twins = make("shopping", ((3, 400), (4, 300)), ("none", 0), ("total", 0))
    family = get_family("shopping")
    assert family.check_thought(twins.question, ("3*4=12",), "4*3=12").correct
    assert family.check_thought(twins.question, ("3*4=12",), "12+12=24").correct
    assert not family.check_thought(twins.question, ("3*4=12", "4*3=12"), "4 * 3=12").correct


GIVEN_AWAY = make(
    "quantities", ("base", 0, 12), ("times", 1, 0, 3), ("sum", 2, 0, 1), ("moves", 1, 0, 5), ("gap", 1, 0)
)
FRUIT = make("quantities", ("packs", 0, 4, 10), ("loses", 0, 3), ("recipe", 0, 4, 6, 10))


@pytest.mark.parametrize(
    ("problem", "before", "step", "right"),
    [
        (GIVEN_AWAY, (), "12*3=36", True),
        (GIVEN_AWAY, (), "12+5=17", True),
        (GIVEN_AWAY, ("3*12=36",), "36-5=31", True),
        (GIVEN_AWAY, ("3*12=36", "36-5=31", "12+5=17"), "31-17=14", True),
        (GIVEN_AWAY, ("3*12=36",), "36-12=24", True),  # the difference before, ...
        (GIVEN_AWAY, ("3*12=36", "36-12=24"), "24-5-5=14", True),  # ... which changes by both
        (GIVEN_AWAY, (), "3*12-5-(12+5)=14", True),
        (GIVEN_AWAY, ("3*12=36",), "12+36=48", False),  # the third one's, who isn't asked about
        (GIVEN_AWAY, ("3*12=36",), "36+5=41", False),
        (GIVEN_AWAY, (), "12-5=7", False),
        (GIVEN_AWAY, (), "3*5=15", False),
        (FRUIT, (), "6*10/4=15", True),
        (FRUIT, (), "10/4=2.5", True),
        (FRUIT, ("4*10=40", "40-3=37", "6*10/4=15"), "37-15=22", True),
        (FRUIT, (), "6*4=24", False),
        (FRUIT, (), "10-3=7", False),
    ],
)
def test_a_line_about_quantities_is_true_and_a_part_of_a_way_to_the_answer(problem, before, step, right):
    assert get_family("quantities").check_thought(problem.question, before, step).correct == right


HOLDER = r"((?:the [a-z]+ [a-z]+)|[A-Z][a-z]+)"
HAS = "(?:has|contains)"
PARTS = {"half": 2, "a third": 3, "a quarter": 4, "a fifth": 5}


def amounts_of(text, thing):
    """Who has how many in the end, from the words of a story alone."""
    sentences = [sentence[:1].lower() + sentence[1:] if sentence[:4] == "The " else sentence for sentence in text]
    held, waiting = {}, []
    for sentence in sentences:
        if found := re.fullmatch(rf"{HOLDER} {HAS} (\d+) {thing}\.", sentence):
            held[found[1]] = int(found[2])
        elif found := re.fullmatch(rf"{HOLDER} {HAS} (\d+) packs of (\d+) {thing} each\.", sentence):
            held[found[1]] = int(found[2]) * int(found[3])
        elif found := re.fullmatch(rf"{HOLDER} {HAS} (\d+) (more|fewer) {thing} than {HOLDER}\.", sentence):
            waiting.append((found[1], [found[4]], lambda a, n=int(found[2]) * (1 if found[3] == "more" else -1): a + n))
        elif found := re.fullmatch(rf"{HOLDER} {HAS} (\w+)(?: times)? as many {thing} as {HOLDER}\.", sentence):
            if found[2] in MULTIPLES:
                waiting.append((found[1], [found[3]], lambda a, n=MULTIPLES[found[2]]: a * n))
            else:
                waiting.append((found[1], [found[3]], lambda a: a // 2))
        elif found := re.fullmatch(rf"{HOLDER} {HAS} (a \w+) as many {thing} as {HOLDER}\.", sentence):
            waiting.append((found[1], [found[3]], lambda a, n=PARTS[found[2]]: a // n))
        elif found := re.fullmatch(rf"{HOLDER} {HAS} as many {thing} as {HOLDER} and {HOLDER} together\.", sentence):
            waiting.append((found[1], [found[2], found[3]], lambda a, b: a + b))
    while waiting:
        name, others, rule = waiting.pop(0)
        if all(other in held for other in others):
            held[name] = rule(*(held[other] for other in others))
        else:
            waiting.append((name, others, rule))
    for sentence in sentences:
        happening = sentence.removeprefix("Then ")
        if found := re.search(
            rf"(\d+) (?:more )?{thing}(?: to {HOLDER}| from {HOLDER} to {HOLDER}| (?:into|out of) {HOLDER})?\.$",
            happening,
        ):
            number, actor = int(found[1]), happening.split()[0]
            if " gives " in happening and found[2]:
                held[actor] -= number
                held[found[2]] += number
            elif " moves " in happening:
                held[found[3]] -= number
                held[found[4]] += number
            elif found[5]:
                held[found[5]] += number if " puts " in happening else -number
            elif re.search("buys|finds|gets", happening):
                held[actor] += number
            elif re.search("loses|sells|gives away", happening):
                held[actor] -= number
    return held


def quantity_asked(text):
    """The answer to a story of quantities, from its words alone."""
    *sentences, question = re.split(r"(?<=[.?]) ", text)
    if bags := re.fullmatch(r"From (.*), (\d+) bags are filled with (\d+) (.*) each\.", sentences[-1]):
        who = re.fullmatch(rf"(?:the {bags[4]} of )?(.*?)(?:'s {bags[4]})?", bags[1])[1]
        return amounts_of(sentences[:-1], bags[4])[who] - int(bags[2]) * int(bags[3])
    thing = re.match(r"How many (?:more )?(.*?) (?:do|does) ", question)[1]
    if shares := re.search(r"(.*) are shared equally among (\d+) children", sentences[-1]):
        who = re.fullmatch(rf"(?:The {thing} of )?(.*?)(?:'s {thing})?", shares[1])[1]
        return Fraction(amounts_of(sentences[:-1], thing)[who], int(shares[2]))
    if recipe := re.search(
        r"A recipe for (\d+) people takes (\d+) .*\. (\w+) cooks it for (\d+)", " ".join(sentences[-2:])
    ):
        made = Fraction(int(recipe[2]), int(recipe[1])) * int(recipe[4])
        return amounts_of(sentences[:-2], thing)[recipe[3]] - made
    held = amounts_of(sentences, thing)
    names = re.findall(HOLDER, question[4:])
    return (
        held[names[0]] - held[names[1]] if question.startswith("How many more") else sum(held[name] for name in names)
    )


def test_the_words_of_a_story_of_quantities_come_to_its_answer():
    rng = np.random.default_rng(12)
    for level in range(1, 7):
        for _ in range(50):
            problem = get_family("quantities").generate(rng, level)
            assert quantity_asked(problem.question.statement) == Fraction(problem.answer), problem.question.statement


BLEND = make("mixtures_and_shares", "concentration", 2, 10, 6, 30)
RISE = make("mixtures_and_shares", "up_and_down", 100, 20, 20)


@pytest.mark.parametrize(
    ("problem", "before", "step", "right"),
    [
        (BLEND, (), "2*10/100=1/5", True),
        (BLEND, (), "2*0.1=0.2", False),  # 0.1 hasn't been worked out
        (BLEND, (), "10/100=0.1", True),
        (BLEND, ("10/100=0.1",), "2*0.1=0.2", True),
        (BLEND, (), "2*10%=0.2", True),
        (BLEND, (), "2+6=8", True),
        (BLEND, (), "2*10+6*30=200", True),
        (BLEND, ("2*10+6*30=200", "2+6=8"), "200/8=25", True),
        (BLEND, (), "10+30=40", False),
        (BLEND, (), "(10+30)/2=20", False),  # the classic wrong one
        (BLEND, (), "2*30=60", False),
        (RISE, (), "100*20/100=20", True),
        (RISE, (), "100*1.2=120", True),
        (RISE, ("100*1.2=120",), "120*0.8=96", True),
        (RISE, ("100*1.2=120",), "120*20/100=24", True),
        (RISE, (), "20-20=0", False),
        (RISE, (), "$100*20/100=$20", True),
    ],
)
def test_a_line_about_mixtures_is_true_and_a_part_of_a_way_to_the_answer(problem, before, step, right):
    assert get_family("mixtures_and_shares").check_thought(problem.question, before, step).correct == right


MIXTURES = {
    "part": lambda x, whole, rate: x * 100 == whole * rate,
    "rate": lambda x, part, whole: x * whole == 100 * part,
    "whole": lambda x, part, rate: x * rate == 100 * part,
    "share": lambda x, total, a, b: x / a == (total - x) / b,
    "other_share": lambda x, one, a, b: x / b == one / a,
    "total_from_share": lambda x, one, a, b: (x - one) / b == one / a,
    "reduced": lambda x, price, rate: x == price * (1 - rate / 100),
    "increased": lambda x, price, rate: x == price * (1 + rate / 100),
    "profit": lambda x, n, cost, price: x == n * price - n * cost,
    "up_and_down": lambda x, price, up, down: x == price * (100 + up) * (100 - down) / 10_000,
    "down_twice": lambda x, price, one, two: x == price * (100 - one) * (100 - two) / 10_000,
    "share_of_three": lambda x, total, a, b, c: x / a == (total - x) / (b + c),
    "share_from_difference": lambda x, more, a, b: x / a == (x - more) / b,
    "profit_rate": lambda x, cost, price: price == cost * (1 + x / 100),
    "concentration": lambda x, m, a, n, b: (m + n) * x == m * a + n * b,
    "diluted": lambda x, m, a, water: (m + water) * x == m * a,
    "mixed_price": lambda x, m, a, n, b: (m + n) * x == m * a + n * b,
    "water_to_add": lambda x, m, a, b: (m + x) * b == m * a,
    "strong_to_add": lambda x, m, a, b, c: (m + x) * b == m * a + x * c,
    "before_reduction": lambda x, price, rate: x * (100 - rate) == 100 * price,
    "before_increase": lambda x, price, rate: x * (100 + rate) == 100 * price,
}


def test_answers_to_mixtures_fit_what_is_mixed():
    rng = np.random.default_rng(9)
    seen = set()
    for level in range(1, 7):
        for _ in range(60):
            problem = get_family("mixtures_and_shares").generate(rng, level)
            kind, *numbers = problem.question.given
            seen.add(kind)
            assert MIXTURES[kind](Fraction(problem.answer), *map(Fraction, numbers)), problem.question.statement
            assert set(map(str, numbers)) <= set(re.findall(r"\d+", problem.question.statement))
    assert seen == set(MIXTURES)


@pytest.mark.parametrize("name", ["ages", "rates", "mixtures_and_shares"])
def test_every_kind_of_story_is_told_at_some_level_and_none_at_two(name):
    family = get_family(name)
    told = [kind for level in range(1, family.levels + 1) for kind in family.kinds(level)]
    assert sorted(told) == sorted(family.stories())
    rng = np.random.default_rng(2)
    for level in range(1, family.levels + 1):
        drawn = {family.generate(rng, level).question.given[0] for _ in range(80)}
        assert drawn == set(family.kinds(level))
