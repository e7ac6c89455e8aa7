"""Units: exact factors, compared with pint's; every spelling; expressions; nouns for counted things."""

import math
from fractions import Fraction
from typing import Any, cast

import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym.checker.unit_table import MONEY, ROWS, spellings
from reasoning_gym.checker.units import (
    AMBIGUOUS,
    SINGLE_LETTERS,
    UNITS,
    Measure,
    Unit,
    count_noun,
    read_unit,
    read_units,
    unit,
)

PINT = cast("Any", pint.UnitRegistry())  # its types don't say what its methods return
PINT_NAMES = {
    "arc degree": "degree",
    "btu": "international_british_thermal_unit",
    "degree celsius": "degree_Celsius",
    "degree fahrenheit": "degree_Fahrenheit",
    "food calorie": "kilocalorie",
    "mm hg": "millimeter_Hg",
    "newton metre": "newton * metre",
    "pound mass": "pound",
    "tonne": "metric_ton",
}
# what pint knows otherwise; names of units, each with its reason
DIFFERENT = {
    "acre": "pint's is of US survey feet, abolished in 2023",
    "fathom": "the same",
    "furlong": "the same",
    "parsec": "pint's is the reciprocal of a tangent, not as the IAU defines it in resolution B2 of 2015",
    "quarter": "a coin here",
    "year": "a year is no number of days here",
    "month": "the same",
    "century": "the same",
    "millennium": "the same",
}
BASES = {"length", "mass", "time", "current", "temperature", "amount", "luminosity"}
PINT_BASES = {"[substance]": "amount"}

EQUAL_EXPRESSIONS = [
    (
        "m/s^2",
        "meters per second squared",
        "m/s/s",
        "m s^{-2}",
        "m·s⁻²",
        r"\text{m/s}^2",
        r"\frac{\text{m}}{\text{s}^2}",
    ),
    (
        "square inches",
        "sq. in.",
        "sq in",
        "in²",
        "in^2",
        "in**2",
        "inches squared",
        "square-inch",
        "inch^{2}",
        "sq.in.",
        r"\text{in$^2$}",
        r"{\rm in}^2",
    ),
    ("cubic metres", "m3", "cu. m", "cubic meter", "m^3", "kL", r"\mathrm{m}^3", r"\text{ m}^{3}"),
    ("sq. ft", "ft^2", "square feet", "feet squared", "ft2"),
    ("miles per hour", "mph", "MPH", "mi/h", "mi/hr.", "miles an hour", "mile per hour"),
    ("km/h", "kph", "kilometres per hour", "kilometers/hour", "Km/h", "km h^-1", "km·h^{−1}"),
    ("kg m^2", "kg·m²", "kg*m^2", r"kg\cdot m^2", r"\text{kg}\,\text{m}^2", "kg.m^2"),
    ("J/(kg K)", "J/kg·K", "J kg^-1 K^-1", "J/kg/K", "J/(kg·°C)"),
    ("N·m", "Nm", "N m", "newton-metres", "J"),
    ("ft-lb", "foot-pounds", "ft·lbf", "foot pound"),
    ("kWh", "kilowatt-hours", "kilowatt hour", "kW h", "kwh"),
    ("fl. oz.", "fl oz", "fluid ounces"),
    ("°C", "degrees Celsius", "° C", "℃", r"^\circ C", r"^{\circ}\text{C}", r"^\circ\mathrm{C}", "deg C", "Celsius"),
    ("°", "degrees", "deg", r"^\circ", r"^{\circ}", r"\circ", r"\degree", "^°", "Degree"),
    ("µm", "μm", "um", "micrometre", "microns", r"\mu m", r"\mu\text{m}", r"\text{μm}"),
    ("kΩ", "kilohms", "kiloohm", r"k\Omega", "k\u2126"),
    ("s^-1", "per second", "1/s", "Hz", "s⁻¹"),
    ("$", "dollars", "USD", "US$", "usd", r"\$", "US dollars", "U.S. dollars", "bucks"),
    ("$/hour", "dollars per hour", "dollars an hour", "USD/h"),
    ("cents", "¢", "US cent"),
    ("€", "euros", "EUR", "Euro"),
    ("£", "pounds sterling", "GBP", "British pounds"),
    ("light-years", "light year", "ly"),
    ("lb", "lbs.", "pounds", "LBS"),
    ("L", "l", "litre", "Liters", "dm^3", "cubic decimetres"),
    ("gallons per minute", "gal/min"),
]
CONVERSIONS = [
    ("km", 1000, "m"),
    ("mile", 5280, "ft"),
    ("yd", 36, "in"),
    ("hectare", 10_000, "m^2"),
    ("acre", 43_560, "sq ft"),
    ("m^3", 10**6, "mL"),
    ("L", 100, "cl"),
    ("gallon", 16, "cups"),
    ("quart", 2, "pints"),
    ("tablespoon", 3, "tsp"),
    ("cup", 8, "fluid ounces"),
    ("tonne", 1000, "kg"),
    ("lb", 16, "oz"),
    ("ton", 2000, "lbs"),
    ("stone", 14, "lb"),
    ("h", 60, "min"),
    ("week", 168, "hours"),
    ("year", 12, "months"),
    ("decade", 10, "years"),
    ("m/s", Fraction(18, 5), "km/h"),
    ("GB", 8 * 10**9, "bits"),
    ("GiB", 1024, "MiB"),
    ("kilobyte", 1000, "bytes"),
    ("dollar", 100, "cents"),
    ("dollar", 20, "nickels"),
    ("dime", 10, "pennies"),
    ("quarter", 25, "us cents"),
    ("pound sterling", 100, "pence"),
    ("kWh", 3_600_000, "J"),
    ("kcal", 1000, "cal"),
    ("revolution", 360, "degrees"),
    ("degree", 60, "arcminutes"),
    ("kN", 1000, "kg m/s^2"),
    ("W", 1, "V A"),
    ("Ω", 1, "V/A"),
    ("C", 1, "A s"),
    ("dozen", 12, "m/m"),
    ("parsec", 1000, "milliparsecs"),
]
DIFFERENT_DIMENSIONS = [
    ("cm", "cm^2"),
    ("m", "s"),
    ("$", "€"),
    ("yen", "yuan"),
    ("A$", "$"),
    ("year", "day"),
    ("kg", "N"),
    ("m", "M"),
    ("bit", "Hz"),
]
NO_UNITS = [
    "",
    " ",
    "1",
    "2 m",
    "42",
    "apples",
    "is wrong",
    "percent",
    "%",
    "x",
    "m^",
    "m^x",
    "m^(2",
    "m^{2)",
    "m^2.5",
    "m^99",
    "(m",
    "m)",
    "m}",
    r"\text{m",
    "m/",
    "/m",
    "m per",
    "per",
    "a",
    "m//s",
    "m - s",
    "m + s",
    "square",
    "square square m",
    "square m^2",
    "squared",
    r"\frac{m}",
    r"\sqrt{m}",
    "((((((m))))))",
    "m m m m m m m m m",
    "us",  # not a microsecond
    "as",
    "am",
    "Kelvin\u212a",
    "кg",  # with a Cyrillic к
]
NOUNS = [
    ("apples", "apple"),
    ("Apples", "apple"),
    ("people", "person"),
    ("children", "child"),
    ("boxes", "box"),
    ("ways", "way"),
    ("points", "point"),
    ("students", "student"),
    ("units", "unit"),
    ("square units", "unit"),
    ("cubic units", "unit"),
    ("different ways", "way"),
    ("distinct solutions", "solution"),
    ("cookies", "cookie"),
    ("cherries", "cherry"),
    ("boys", "boy"),
    ("loaves", "loaf"),
    ("gloves", "glove"),
    ("potatoes", "potato"),
    ("shoes", "shoe"),
    ("photos", "photo"),
    ("classes", "class"),
    ("houses", "house"),
    ("buses", "bus"),
    ("dishes", "dish"),
    ("lunches", "lunch"),
    ("vertices", "vertex"),
    ("quizzes", "quiz"),
    ("T-shirts", "t-shirt"),
    ("women", "woman"),
    ("fish", "fish"),
    ("sheep", "sheep"),
    ("apple", "apple"),
    ("person", "person"),
]
NO_NOUNS = [
    "is", "not", "was", "this", "has", "minus", "plus", "times", "less", "unless", "as", "guess", "wrong",
    "incorrect", "his", "its", "yes", "thus", "us", "gas", "cos", "abs", "pis", "always", "perhaps", "equals",
    "fails", "means", "thirds", "halves", "quarters", "hundreds", "thousands", "tens", "percents", "negatives",
    "opposites", "or", "and", "more", "left", "running", "happy", "zero", "forty-two", "sins", "xs", "s", "ss", "-",
    "12", "42s", "apple's", "apples!", "äpples",
]  # fmt: skip
NO_PHRASES = ["", "is wrong", "wrong apples", "minus apples", "not apples", "apples and oranges", "million apples"]


# spellings that pint takes for something else: barns, US survey feet, prefixes before other units
HOMONYMS = {
    "AU", "ac", "bbl", "kilos", "kmph", "centigrade", "mcd", "ftlb", "ftlbs",
    "Nm", "mNm", "kNm", "MNm", "amps", "doz", "Rs", "b", "kb", "Mb", "Gb", "Tb", "Pb", "Eb", "Kib", "Mib", "Gib",
    "Tib", "Pib", "rads",
}  # fmt: skip


def in_pint(expression: str) -> tuple[float, dict[str, int]] | None:
    """A unit's value in base units, and its dimension, as pint has them."""
    try:
        found = PINT.Quantity(1.0, expression.replace(" ", "_")).to_base_units()
    except (pint.UndefinedUnitError, AttributeError):
        return None
    powers: dict[str, int] = dict(found.dimensionality)
    return found.magnitude, {PINT_BASES.get(base, base[1:-1]): power for base, power in powers.items()}


def agrees(ours: Unit, theirs: tuple[float, dict[str, int]]) -> bool:
    """Whether pint has the same dimension, and the same value but for the last digits of floats."""
    value = float(ours.scale) * math.pi**ours.pi + float(ours.offset)
    known = {base: power for base, power in ours.dimension if base in BASES}  # in pint, angles and bits are numbers
    return theirs[1] == known and math.isclose(theirs[0], value, rel_tol=1e-12)


def test_every_unit_that_pint_knows_is_the_same_there() -> None:
    units = {meant.name: meant for meant in UNITS.values()}
    compared = 0
    for name, ours in units.items():
        theirs = in_pint(PINT_NAMES.get(name, name))
        if theirs is not None and not name.endswith(tuple(DIFFERENT)):
            assert agrees(ours, theirs), name
            compared += 1
    assert compared > 900


def test_every_spelling_that_pint_knows_means_the_same_there() -> None:
    compared = 0
    for spelling, ours in UNITS.items():
        if spelling in HOMONYMS or spelling in AMBIGUOUS or ours.name.endswith(tuple(DIFFERENT)):
            continue
        if spelling.isidentifier() and (theirs := in_pint(spelling)) is not None:
            assert agrees(ours, theirs), spelling
            compared += 1
    assert compared > 2000


def test_no_spelling_means_two_units_by_accident() -> None:
    meanings: dict[str, Unit] = {}
    for row in ROWS + MONEY:
        for spelling, meant, _ in spellings(row):
            assert meanings.setdefault(spelling, meant) == meant, spelling


@pytest.mark.parametrize("expressions", EQUAL_EXPRESSIONS, ids=lambda group: group[0])
def test_expressions_of_one_unit_are_equal(expressions: tuple[str, ...]) -> None:
    usual = read_unit(expressions[0])
    assert usual is not None
    for expression in expressions:
        assert read_unit(expression) == usual, expression


@pytest.mark.parametrize(("large", "number", "small"), CONVERSIONS)
def test_a_conversion_is_exact(large: str, number: int | Fraction, small: str) -> None:
    one, other = read_unit(large), read_unit(small)
    assert one is not None
    assert other is not None
    assert (one.dimension, one.pi, one.scale) == (other.dimension, other.pi, number * other.scale)


@pytest.mark.parametrize(("one", "other"), DIFFERENT_DIMENSIONS)
def test_unlike_units_have_different_dimensions(one: str, other: str) -> None:
    assert not any(a.dimension == b.dimension for a, b in read_units(one, other))


@pytest.mark.parametrize("text", NO_UNITS)
def test_what_is_no_unit_is_not_read(text: str) -> None:
    assert read_unit(text) is None


def test_water_boils_at_the_same_temperature_on_all_scales() -> None:
    celsius, fahrenheit, kelvin = read_unit("°C"), read_unit("°F"), read_unit("K")
    assert celsius is not None
    assert fahrenheit is not None
    assert kelvin is not None
    boiling = {100 * celsius.scale + celsius.offset, 212 * fahrenheit.scale + fahrenheit.offset}
    assert boiling == {Fraction("373.15") * kelvin.scale + kelvin.offset}


def test_a_temperature_in_a_product_is_a_difference() -> None:
    assert read_unit("°C/s") == read_unit("K/s")


@pytest.mark.parametrize("spelling", ["m", "s", "g", "h", "L", "l", "N", "J", "W", "V", "A", "K", "C", "F", "t"])
def test_a_single_letter_is_a_unit_in_its_own_case(spelling: str) -> None:
    assert spelling in SINGLE_LETTERS
    assert unit(spelling) is not None
    assert unit(spelling) != unit(spelling.swapcase()) or spelling in "Ll"


@pytest.mark.parametrize(
    ("one", "other", "dimension"),
    [("pounds", "kg", "mass"), ("pounds", "£", "GBP"), ("cents", "$", "USD"), ("cents", "€", "EUR"),
     ("degrees", "°C", "temperature"), ("degrees", "rad", "angle"), ("¥", "yen", "JPY"), ("¥", "yuan", "CNY"),
     ("oz", "grams", "mass"), ("F", "°F", "temperature")],
)  # fmt: skip
def test_an_ambiguous_word_takes_the_meaning_that_fits(one: str, other: str, dimension: str) -> None:
    fitting = {a.dimension for a, b in read_units(one, other) if a.dimension == b.dimension}
    assert fitting == {((dimension, 1),)}


def test_a_pressure_in_pounds_per_square_inch_can_be_had_from_the_word() -> None:
    assert any(a == b for a, b in read_units("pounds per square inch", "psi"))


def test_an_ambiguous_word_means_the_same_on_both_sides() -> None:
    assert all(a == b for a, b in read_units("degrees", "°"))
    assert all(a == b for a, b in read_units("ton", "tons"))


def test_too_many_readings_leave_the_usual_one() -> None:
    assert len(read_units("lb pound ounce ton cent penny")) == 1


@pytest.mark.parametrize(("text", "singular"), NOUNS)
def test_a_counted_thing_has_its_singular(text: str, singular: str) -> None:
    assert count_noun(text) == singular


@pytest.mark.parametrize("text", NO_NOUNS + NO_PHRASES)
def test_other_words_count_nothing(text: str) -> None:
    assert count_noun(text) is None


def test_counted_things_are_units_on_demand() -> None:
    assert read_unit("apples") is None
    assert read_unit("apples", nouns=True) == Measure(Fraction(1), 0, Fraction(0), (("#apple", 1),))
    assert read_unit("dozen eggs", nouns=True) == Measure(Fraction(12), 0, Fraction(0), (("#egg", 1),))
    assert read_unit("apples per day", nouns=True) == read_unit("apple/d", nouns=True)
    assert read_unit("$ per apple", nouns=True) == read_unit("dollars per apple", nouns=True)
    assert read_unit("apples", nouns=True) != read_unit("oranges", nouns=True)
    assert read_unit("square units", nouns=True) == read_unit("units^2", nouns=True)
    assert read_unit("apples oranges", nouns=True) is None
    assert read_unit("is wrong", nouns=True) is None


PIECES = [
    "m", "kg", "seconds", "square", "squared", "cu.", "per", "/", "^", "2", "-1", "{", "}", "(", ")", "\\text{",
    "\\frac{", "\\circ", "°", "C", "µ", "-", "·", " ", "apples", "pounds", "1", "²", "⁻", "a", "fl", "oz", "\\mu",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=14), st.booleans())
def test_any_pieces_are_a_measure_or_none(pieces: list[str], nouns: bool) -> None:
    measure = read_unit("".join(pieces), nouns=nouns)
    assert measure is None or measure.scale > 0


SPELLINGS = sorted(spelling for spelling in UNITS if spelling not in AMBIGUOUS)


@given(st.sampled_from(SPELLINGS), st.sampled_from(SPELLINGS), st.integers(1, 4), st.integers(1, 4))
def test_a_quotient_of_powers_is_read_from_every_layout(one: str, other: str, above: int, below: int) -> None:
    top, bottom = UNITS[one], UNITS[other]
    powers = {base: above * power for base, power in top.dimension}
    for base, power in bottom.dimension:
        powers[base] = powers.get(base, 0) - below * power
    measure = Measure(
        top.scale**above / bottom.scale**below,
        top.pi * above - bottom.pi * below,
        Fraction(0),
        tuple(sorted((base, power) for base, power in powers.items() if power)),
    )
    for text in (
        f"{one}^{above}/{other}^{below}",
        f"{one}^{{{above}}} per {other}^{{{below}}}",
        f"({one})^{above} · ({other})^-{below}",
        rf"\text{{{one}}}^{above}/\text{{{other}}}^{{{below}}}",
        rf"\frac{{{one}^{above}}}{{{other}^{below}}}",
    ):
        assert read_unit(text) == measure, text


@pytest.mark.parametrize(
    "text", ["m " * 10**6, " " * 10**6, "m" * 10**6, "(" * 10**6, "m/" * 60, "\\text{" * 20, "m^" * 60, "-" * 10**6]
)
def test_long_texts_are_no_unit(text: str) -> None:
    assert read_unit(text, nouns=True) is None
    assert unit(text) is None
    assert count_noun(text) is None
