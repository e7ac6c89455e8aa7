"""Numbers in words: what is read, what isn't, and that every whole number comes back as it was spelt."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym.checker.number_words import SCALE_WORDS, read_number_words

NUMBERS = [
    ("zero", 0),
    ("seven", 7),
    ("forty-two", 42),
    ("Forty two", 42),
    ("NINETEEN", 19),
    ("one hundred and five", 105),
    ("one hundred five", 105),
    ("a hundred", 100),
    ("twelve hundred", 1200),
    ("twenty-five hundred and six", 2506),
    ("three thousand", 3000),
    ("a thousand and one", 1001),
    ("two thousand, five hundred", 2500),
    ("one million, two hundred thousand, three hundred and four", 1_200_304),
    ("two million", 2_000_000),
    ("seven billion five", 7_000_000_005),
    ("a dozen", 12),
    ("two dozen", 24),
    ("half a dozen", 6),
    ("minus seven", -7),
    ("negative three", -3),
    ("minus zero", 0),
    ("half", Fraction(1, 2)),
    ("one half", Fraction(1, 2)),
    ("one-half", Fraction(1, 2)),
    ("a third", Fraction(1, 3)),
    ("three quarters", Fraction(3, 4)),
    ("three-fourths", Fraction(3, 4)),
    ("five sixths", Fraction(5, 6)),
    ("four halves", 2),
    ("seven twentieths", Fraction(7, 20)),
    ("twenty-one hundredths", Fraction(21, 100)),
    ("minus two thirds", Fraction(-2, 3)),
    ("two and a half", Fraction(5, 2)),
    ("seven and three eighths", Fraction(59, 8)),
    ("one hundred and two and three quarters", Fraction(411, 4)),
    ("negative one and one half", Fraction(-3, 2)),
    ("two and a half million", 2_500_000),
    ("half a million", 500_000),
    ("one and a half dozen", 18),
    ("three point one four", Fraction(157, 50)),
    ("zero point oh five", Fraction(1, 20)),
    ("one point five billion", 1_500_000_000),
]
NOT_NUMBERS = [
    "",
    " ",
    "a",
    "and",
    "minus",
    "hundred",
    "thousand",
    "42",
    "forty-two!",
    "forty-two apples",
    "not forty-two",
    "forty-two or so",
    "fortytwo",
    "forty - two",
    "five six",
    "twenty ten",
    "twenty, five",  # two numbers
    "one hundred, five",
    "ten hundred",
    "one hundred hundred",
    "one thousand one thousand",
    "five thousand six million",
    "one thousand a",
    "one thousand and",
    "one thousand and one hundred",
    "zero hundred",
    "twenty zero",
    "third",
    "twenty-third",  # an ordinal
    "two third",
    "one thirds",
    "twenty-thirds",  # 20/3, or 1/23 each
    "five hundred thousandths",  # 500/1000, or 5/100000
    "two and",
    "zero and a half",
    "two and five halves",
    "a million and a half",  # 1000000.5, or 1500000
    "three point",
    "three point fourteen",
    "three point one point four",
    "minus minus two",
    "one thousand trillion",
    "fоrty-two",  # with a Cyrillic о
]


@pytest.mark.parametrize(("text", "value"), NUMBERS)
def test_words_are_their_number(text: str, value: int | Fraction) -> None:
    found = read_number_words(text)
    assert found == value
    assert isinstance(found, int) == (Fraction(value).denominator == 1)


@pytest.mark.parametrize("text", NOT_NUMBERS)
def test_other_words_are_no_number(text: str) -> None:
    assert read_number_words(text) is None


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.booleans(), st.booleans())
def test_every_whole_number_is_read_as_it_is_spelt(number: int, british: bool, commas: bool) -> None:
    assert read_number_words(spelt(number, british, commas)) == number


def test_the_longest_number_is_not_too_long() -> None:
    assert read_number_words(spelt(-373_373_373_373_373, True, True)) == -373_373_373_373_373


@given(st.integers(0, 10**6), st.lists(st.integers(0, 9), min_size=1, max_size=10))
def test_every_decimal_is_read_digit_by_digit(whole: int, digits: list[int]) -> None:
    text = spelt(whole, False, False) + " point " + " ".join(spelt(digit, False, False) for digit in digits)
    assert read_number_words(text) == Fraction(f"{whole}.{''.join(map(str, digits))}")


PIECES = ["a", "and", "half", "third", "halves", "thirds", "zero", "point", "minus", "one", "ten", "two", *SCALE_WORDS]


@given(st.lists(st.sampled_from(PIECES)))
def test_any_words_are_a_bounded_number_or_none(words: list[str]) -> None:
    value = read_number_words(" ".join(words))
    assert value is None or -(10**15) < value < 10**15


@pytest.mark.parametrize(
    "text",
    ["one " * 10**6, "one" * 10**6, " " * 10**6, "one hundred and " * 10**5, "one" + " " * 10**6 + "two", "-" * 10**6],
)
def test_long_texts_are_no_number(text: str) -> None:
    assert read_number_words(text) is None


def spelt(number: int, british: bool, commas: bool) -> str:
    """A whole number in words: British with 'and', and with commas between the groups."""
    if number < 0:
        return "minus " + spelt(-number, british, commas)
    if number == 0:
        return "zero"
    groups: list[str] = []
    for power, name in ((4, "trillion"), (3, "billion"), (2, "million"), (1, "thousand"), (0, "")):
        group = number // 1000**power % 1000
        if group:
            joined = british and power == 0 and 0 < group < 100 and bool(groups)
            groups.append(("and " if joined else "") + f"{spelt_group(group, british)} {name}".strip())
    text = (", " if commas else " ").join(groups)
    return text.replace(", and", " and")


def spelt_group(number: int, british: bool) -> str:
    hundreds, rest = divmod(number, 100)
    words = [f"{ONES[hundreds]} hundred"] if hundreds else []
    if rest:
        ten, one = divmod(rest, 10)
        small = ONES[rest] if rest < 20 else TENS[ten - 2] + (f"-{ONES[one]}" if one else "")
        words.append(small)
    return (" and " if british else " ").join(words)


ONES = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
