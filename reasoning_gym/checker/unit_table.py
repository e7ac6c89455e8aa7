"""The units of measurement and money: what each spelling means, exactly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

Dimension = tuple[tuple[str, int], ...]  # powers of base dimensions, sorted by name, no power 0


class Unit(NamedTuple):
    """A unit with a name of its own: x of it is scale · pi^`pi` · x + offset in base units.

    The base units are those of the SI (metre, kilogram, second, ampere, kelvin, mole, candela), and radian, bit,
    year (a calendar's years and months have no fixed number of days), and each currency.
    """

    name: str
    scale: Fraction
    dimension: Dimension
    pi: int = 0  # a degree is pi/180 radians, a parsec 648000/pi astronomical units
    offset: Fraction = Fraction(0)  # of a scale of temperature that starts above absolute zero


def _dimension(**powers: int) -> Dimension:
    return tuple(sorted(powers.items()))


_NONE: Dimension = ()
_LENGTH = _dimension(length=1)
_AREA = _dimension(length=2)
_VOLUME = _dimension(length=3)
_MASS = _dimension(mass=1)
_TIME = _dimension(time=1)
_YEAR = _dimension(year=1)
_SPEED = _dimension(length=1, time=-1)
_TEMPERATURE = _dimension(temperature=1)
_ANGLE = _dimension(angle=1)
_ANGULAR_SPEED = _dimension(angle=1, time=-1)
_AMOUNT = _dimension(amount=1)
_MOLARITY = _dimension(amount=1, length=-3)
_LIGHT = _dimension(luminosity=1)
_ILLUMINANCE = _dimension(length=-2, luminosity=1)
_FREQUENCY = _dimension(time=-1)
_FORCE = _dimension(length=1, mass=1, time=-2)
_PRESSURE = _dimension(length=-1, mass=1, time=-2)
_ENERGY = _dimension(length=2, mass=1, time=-2)
_POWER = _dimension(length=2, mass=1, time=-3)
_CURRENT = _dimension(current=1)
_CHARGE = _dimension(current=1, time=1)
_VOLTAGE = _dimension(current=-1, length=2, mass=1, time=-3)
_RESISTANCE = _dimension(current=-2, length=2, mass=1, time=-3)
_CONDUCTANCE = _dimension(current=2, length=-2, mass=-1, time=3)
_CAPACITANCE = _dimension(current=2, length=-2, mass=-1, time=4)
_INDUCTANCE = _dimension(current=-2, length=2, mass=1, time=-2)
_FLUX = _dimension(current=-1, length=2, mass=1, time=-2)
_FLUX_DENSITY = _dimension(current=-1, mass=1, time=-2)
_DOSE = _dimension(length=2, time=-2)
_DATA = _dimension(data=1)
_DATA_RATE = _dimension(data=1, time=-1)

_INCH = Fraction(254, 10_000)
_FOOT = 12 * _INCH
_MILE = 5280 * _FOOT
_LITRE = Fraction(1, 1000)
_GALLON = 231 * _INCH**3
_POUND = Fraction(45_359_237, 10**8)
_GRAVITY = Fraction(980_665, 10**5)
_POUND_FORCE = _POUND * _GRAVITY
_ATMOSPHERE = Fraction(101_325)
_CALORIE = Fraction(4184, 1000)
_ASTRONOMICAL_UNIT = Fraction(149_597_870_700)
_ELECTRON_VOLT = Fraction(1_602_176_634, 10**28)

# SI Brochure, 9th edition, table 7: power of ten, name, symbol
_PREFIXES = (
    (-30, "quecto", "q"), (-27, "ronto", "r"), (-24, "yocto", "y"), (-21, "zepto", "z"), (-18, "atto", "a"),
    (-15, "femto", "f"), (-12, "pico", "p"), (-9, "nano", "n"), (-6, "micro", "µ"), (-3, "milli", "m"),
    (-2, "centi", "c"), (-1, "deci", "d"), (1, "deca", "da"), (2, "hecto", "h"), (3, "kilo", "k"), (6, "mega", "M"),
    (9, "giga", "G"), (12, "tera", "T"), (15, "peta", "P"), (18, "exa", "E"), (21, "zetta", "Z"), (24, "yotta", "Y"),
    (27, "ronna", "R"), (30, "quetta", "Q"),
)  # fmt: skip
_BINARY_PREFIXES = ((10, "kibi", "Ki"), (20, "mebi", "Mi"), (30, "gibi", "Gi"), (40, "tebi", "Ti"), (50, "pebi", "Pi"))
_TIMES = {power: Fraction(10**power) if power > 0 else Fraction(1, 10**-power) for power, _, _ in _PREFIXES}

# the symbols of prefixes that a unit is used with; an atto-second is not worth losing the word 'as' to
_USUAL = "f p n µ m k M G T"
_WITH_CENTI = "f p n µ m c d da h k M G T"
_LARGE = "k M G T P E"


class Row(NamedTuple):
    """A unit and its spellings. The first word, or else the first symbol, is its name."""

    scale: Fraction | int
    dimension: Dimension
    symbols: str = ""  # case matters
    words: str = ""  # separated by commas; case doesn't matter; a plural with s is added
    plain: str = ""  # as words, without a plural
    prefixes: str = ""  # symbols of the prefixes that its symbols take; its words take all if there are any
    pi: int = 0
    offset: Fraction | int = 0


# the ångström and ohm signs, which look like the letters, are written as \\u212b and \\u2126
ROWS = (
    Row(1, _LENGTH, "m", "metre, meter", prefixes=_WITH_CENTI),
    Row(Fraction(1, 10**6), _LENGTH, words="micron"),
    Row(Fraction(1, 10**10), _LENGTH, "Å \u212b ångström ångströms", "angstrom"),
    Row(_INCH, _LENGTH, "in", plain="inch, inches"),
    Row(_FOOT, _LENGTH, plain="foot, feet, ft"),
    Row(3 * _FOOT, _LENGTH, words="yard, yd"),
    Row(_MILE, _LENGTH, words="mile", plain="mi"),
    Row(660 * _FOOT, _LENGTH, words="furlong"),
    Row(6 * _FOOT, _LENGTH, words="fathom"),
    Row(1852, _LENGTH, words="nautical mile", plain="nmi"),
    Row(_ASTRONOMICAL_UNIT, _LENGTH, "AU au", "astronomical unit"),
    Row(9_460_730_472_580_800, _LENGTH, "ly", "light year"),
    Row(648_000 * _ASTRONOMICAL_UNIT, _LENGTH, "pc", "parsec", prefixes="k M G", pi=-1),
    Row(4840 * 9 * _FOOT**2, _AREA, words="acre", plain="ac"),
    Row(10_000, _AREA, "ha", "hectare"),
    Row(_FOOT**2, _AREA, plain="sqft"),
    Row(_LITRE, _VOLUME, "L l", "litre, liter", prefixes="n µ m c d da h k M"),
    Row(_LITRE / 1000, _VOLUME, words="cc"),
    Row(_GALLON, _VOLUME, words="gallon, gal"),
    Row(_GALLON / 4, _VOLUME, words="quart, qt"),
    Row(_GALLON / 8, _VOLUME, words="pint", plain="pt"),
    Row(_GALLON / 16, _VOLUME, words="cup"),
    Row(_GALLON / 128, _VOLUME, words="fluid ounce", plain="fl oz, fl ounce, fl ounces"),
    Row(_GALLON / 256, _VOLUME, words="tablespoon, tbsp", plain="tbs"),
    Row(_GALLON / 768, _VOLUME, words="teaspoon, tsp"),
    Row(Fraction(454_609, 10**8), _VOLUME, words="imperial gallon"),
    Row(42 * _GALLON, _VOLUME, words="oil barrel", plain="bbl"),
    Row(Fraction(1, 1000), _MASS, "g", "gram, gramme", prefixes=_WITH_CENTI),
    Row(1000, _MASS, "t", "tonne", prefixes="M G"),
    Row(1000, _MASS, words="metric ton"),
    Row(2000 * _POUND, _MASS, words="short ton"),
    Row(2240 * _POUND, _MASS, words="long ton"),
    Row(_POUND, _MASS, words="pound mass", plain="lbm"),
    Row(_POUND / 16, _MASS, words="avoirdupois ounce"),
    Row(480 * _POUND / 7000, _MASS, words="troy ounce"),
    Row(14 * _POUND, _MASS, words="stone", plain="st"),
    Row(_POUND / 7000, _MASS, words="grain"),
    Row(Fraction(1, 5000), _MASS, words="carat"),
    Row(_POUND_FORCE / _FOOT, _MASS, words="slug"),
    Row(1, _TIME, "s", "second, sec", prefixes=_USUAL),
    Row(60, _TIME, words="minute, min"),
    Row(3600, _TIME, "h", "hour, hr"),
    Row(86_400, _TIME, "d", "day"),
    Row(7 * 86_400, _TIME, words="week, wk"),
    Row(14 * 86_400, _TIME, words="fortnight"),
    Row(1, _YEAR, words="year, yr", plain="year old, years old"),
    Row(Fraction(1, 12), _YEAR, words="month"),
    Row(10, _YEAR, words="decade"),
    Row(100, _YEAR, plain="century, centuries"),
    Row(1000, _YEAR, plain="millennium, millenniums, millennia"),
    Row(_MILE / 3600, _SPEED, plain="mph"),
    Row(Fraction(1000, 3600), _SPEED, plain="kph, kmh, kmph"),
    Row(_MILE / _GALLON, _dimension(length=-2), plain="mpg"),
    Row(Fraction(1852, 3600), _SPEED, "kn kt", "knot", "kts"),
    Row(1, _TEMPERATURE, "K", "kelvin", prefixes="n µ m k"),
    Row(1, _TEMPERATURE, "°K", "degrees kelvin"),
    Row(1, _TEMPERATURE, "°C", "", "degree celsius, degrees celsius, celsius, centigrade, degree centigrade, "
         "degrees centigrade, deg c, degree c, degrees c", offset=Fraction(27_315, 100)),
    Row(Fraction(5, 9), _TEMPERATURE, "°F", "", "degree fahrenheit, degrees fahrenheit, fahrenheit, deg f, "
         "degree f, degrees f", offset=Fraction(45_967, 180)),
    Row(1, _ANGLE, "rad", "radian", prefixes="µ m"),
    Row(Fraction(1, 180), _ANGLE, words="arc degree", pi=1),
    Row(Fraction(1, 180 * 60), _ANGLE, words="arcminute, arcmin", plain="minute of arc, minutes of arc", pi=1),
    Row(Fraction(1, 180 * 3600), _ANGLE, words="arcsecond, arcsec", plain="second of arc, seconds of arc", pi=1),
    Row(Fraction(1, 200), _ANGLE, words="gradian, gon", pi=1),
    Row(2, _ANGLE, words="revolution, rev", pi=1),
    Row(Fraction(2, 60), _ANGULAR_SPEED, plain="rpm", pi=1),
    Row(1, _AMOUNT, "mol", "mole", prefixes=_USUAL),
    Row(1000, _MOLARITY, "M", "molar", prefixes="n µ m"),
    Row(1, _LIGHT, "cd", "candela", prefixes="m k"),
    Row(1, _LIGHT, "lm", "lumen", prefixes="k"),
    Row(1, _ILLUMINANCE, "lx", "", "lux", prefixes="k"),
    Row(1, _FREQUENCY, "Hz", "", "hertz", prefixes="m k M G T"),
    Row(1, _FREQUENCY, "Bq", "becquerel", prefixes="k M G T"),
    Row(1, _FORCE, "N", "newton", prefixes=_USUAL),
    Row(_POUND_FORCE, _FORCE, words="pound force", plain="lbf"),
    Row(Fraction(1, 10**5), _FORCE, "dyn", "dyne"),
    Row(1, _PRESSURE, "Pa", "pascal", prefixes="n µ m h k M G T"),
    Row(10**5, _PRESSURE, words="bar", prefixes="m k"),
    Row(_ATMOSPHERE, _PRESSURE, words="atmosphere", plain="atm"),
    Row(_ATMOSPHERE / 760, _PRESSURE, words="torr"),
    Row(Fraction(133_322_387_415, 10**9), _PRESSURE, "mmHg", "", "mm hg, mm of hg, millimetre of mercury, "
         "millimeter of mercury, millimetres of mercury, millimeters of mercury"),
    Row(_POUND_FORCE / _INCH**2, _PRESSURE, plain="psi"),
    Row(1, _ENERGY, "J", "joule", prefixes=_USUAL),
    Row(3600, _ENERGY, "Wh", "watt hour", prefixes="m k M G T"),
    Row(_CALORIE, _ENERGY, "cal", "calorie", prefixes="m k"),
    Row(1000 * _CALORIE, _ENERGY, "Cal", "food calorie"),
    Row(_ELECTRON_VOLT, _ENERGY, "eV", "electron volt, electronvolt", prefixes="µ m k M G T"),
    Row(Fraction(105_505_585_262, 10**8), _ENERGY, words="btu, british thermal unit"),
    Row(Fraction(1, 10**7), _ENERGY, words="erg"),
    Row(_POUND_FORCE * _FOOT, _ENERGY, words="foot pound", plain="ft lb, ft lbs, ftlb, ftlbs, ft lbf"),
    Row(1, _ENERGY, "Nm", "newton metre, newton meter", prefixes="m k M"),
    Row(1, _POWER, "W", "watt", prefixes=_USUAL),
    Row(550 * _POUND_FORCE * _FOOT, _POWER, words="horsepower", plain="hp"),
    Row(1, _CURRENT, "A", "ampere, amp", prefixes=_USUAL),
    Row(1, _CHARGE, "C", "coulomb", prefixes="p n µ m"),
    Row(3600, _CHARGE, "Ah", "ampere hour, amp hour", prefixes="m k"),
    Row(1, _VOLTAGE, "V", "volt", prefixes=_USUAL),
    Row(1, _RESISTANCE, "Ω \u2126", "ohm", prefixes=_USUAL),
    Row(1, _CONDUCTANCE, "S", "", "siemens", prefixes="n µ m k"),
    Row(1, _CAPACITANCE, "F", "farad", prefixes="p n µ m"),
    Row(1, _INDUCTANCE, "H", "henry", "henries", prefixes="p n µ m k"),
    Row(1, _FLUX, "Wb", "weber", prefixes="µ m"),
    Row(1, _FLUX_DENSITY, "T", "tesla", prefixes="n µ m"),
    Row(1, _DOSE, "Gy", "gray", prefixes="µ m k"),
    Row(1, _DOSE, "Sv", "sievert", prefixes="µ m"),
    Row(1, _DATA, "b", "bit", prefixes=_LARGE),
    Row(8, _DATA, "B", "byte", prefixes=_LARGE),
    Row(1, _DATA_RATE, "bps", prefixes=_LARGE),
    Row(12, _NONE, words="dozen", plain="doz"),
)  # fmt: skip

# each currency is a dimension of its own: rates of exchange are no fixed numbers
_DOLLAR, _EURO, _STERLING = _dimension(USD=1), _dimension(EUR=1), _dimension(GBP=1)
_YEN, _YUAN, _RUPEE = _dimension(JPY=1), _dimension(CNY=1), _dimension(INR=1)
MONEY = (
    Row(1, _DOLLAR, "$ US$", "dollar, us dollar, american dollar, buck", "usd"),
    Row(Fraction(1, 4), _DOLLAR, words="quarter"),
    Row(Fraction(1, 10), _DOLLAR, words="dime"),
    Row(Fraction(1, 20), _DOLLAR, words="nickel"),
    Row(Fraction(1, 100), _DOLLAR, words="us cent, american cent"),
    Row(1, _EURO, "€", "euro", "eur"),
    Row(Fraction(1, 100), _EURO, words="euro cent, eurocent"),
    Row(1, _STERLING, "£", "pound sterling, british pound", "pounds sterling, gbp, quid"),
    Row(Fraction(1, 100), _STERLING, "p", plain="british penny, british pennies, pence"),
    Row(1, _YEN, "JP¥", "", "yen, japanese yen, jpy"),
    Row(1, _YUAN, "CN¥", "", "yuan, chinese yuan, renminbi, cny, rmb"),
    Row(1, _RUPEE, "₹ Rs", "rupee, indian rupee", "inr"),
    Row(Fraction(1, 100), _RUPEE, words="paisa", plain="paise"),
    Row(1, _dimension(AUD=1), "A$ AU$", "australian dollar", "aud"),
    Row(1, _dimension(CAD=1), "C$ CA$", "canadian dollar", "cad"),
    Row(1, _dimension(CHF=1), words="franc, swiss franc", plain="chf"),
    Row(1, _dimension(MXN=1), words="peso, mexican peso", plain="mxn"),
    Row(1, _dimension(RUB=1), "₽", "ruble, rouble", "rub"),
    Row(1, _dimension(KRW=1), "₩", "korean won", "krw"),
)  # fmt: skip


def _split(words: str) -> list[str]:
    return [word.strip() for word in words.split(",")] if words else []


def spellings(row: Row) -> Iterator[tuple[str, Unit, bool]]:
    """Each spelling of a row's unit, with prefixes; and whether its case is free."""
    symbols, words, plain = row.symbols.split(), _split(row.words), _split(row.plain)
    name = (words + plain + symbols)[0]
    unit = Unit(name, Fraction(row.scale), row.dimension, row.pi, Fraction(row.offset))
    yield from ((symbol, unit, False) for symbol in symbols)
    yield from ((spelling, unit, True) for word in words for spelling in (word, f"{word}s"))
    yield from ((word, unit, True) for word in plain)
    if not row.prefixes:
        return
    for power, prefix, symbol in _PREFIXES:
        larger = Unit(prefix + name, unit.scale * _TIMES[power], row.dimension, row.pi)
        yield from ((f"{prefix}{word}{s}", larger, True) for word in words for s in ("", "s"))
        yield from ((f"{prefix}{word}", larger, True) for word in plain if " " not in word)
        if symbol in row.prefixes.split():
            yield from ((symbol + own, larger, False) for own in symbols or words)
    if row.dimension == _DATA:
        for power, prefix, symbol in _BINARY_PREFIXES:
            larger = Unit(prefix + name, unit.scale * 2**power, row.dimension)
            yield from ((f"{prefix}{word}{s}", larger, True) for word in words for s in ("", "s"))
            yield from ((symbol + own, larger, False) for own in symbols)


# what capitals and abbreviations are used for, although the SI has them otherwise
_CASUAL = (
    ("Km", "km"), ("KM", "km"), ("kms", "km"), ("Kms", "km"), ("Cm", "cm"), ("CM", "cm"), ("cms", "cm"), ("mls", "mL"),
    ("Kg", "kg"), ("KG", "kg"), ("kgs", "kg"), ("Kgs", "kg"), ("kilo", "kg"), ("kilos", "kg"), ("gm", "g"),
    ("gms", "g"), ("KB", "kB"), ("Kb", "kb"), ("Kbps", "kbps"), ("KHz", "kHz"), ("Mhz", "MHz"), ("Ghz", "GHz"),
    ("KV", "kV"), ("KW", "kW"), ("kwh", "kWh"), ("KWh", "kWh"), ("KWH", "kWh"), ("Kcal", "kcal"), ("kcals", "kcal"),
    ("rads", "rad"), ("kilohm", "kΩ"), ("kilohms", "kΩ"), ("megohm", "MΩ"), ("megohms", "MΩ"),
)  # fmt: skip


def _spelled_like(units: Mapping[str, Unit]) -> Iterator[tuple[str, Unit]]:
    """Other ways to write the same symbols."""
    for spelling, unit in units.items():
        if spelling.startswith("µ"):
            yield "μ" + spelling[1:], unit
            if spelling != "µs":  # us is a word
                yield "u" + spelling[1:], unit
    for casual, proper in _CASUAL:
        yield casual, units[proper]


# spellings that mean one of several units; the first is what the spelling means by itself
_READINGS = (
    ("pound, pounds", ("pound mass", "pound sterling", "pound force")),
    ("lb, lbs", ("pound mass", "pound force")),
    ("ounce, ounces, oz", ("avoirdupois ounce", "fluid ounce")),
    ("ton, tons", ("short ton", "metric ton", "long ton")),
    ("cent, cents, ¢", ("us cent", "euro cent")),
    ("penny, pennies", ("us cent", "british penny")),
    ("degree, degrees, deg, °", ("arc degree", "degree celsius", "degree fahrenheit")),
    ("¥", ("yen", "yuan")),
)


def _tables() -> tuple[dict[str, Unit], dict[str, tuple[Unit, ...]], frozenset[str]]:
    units: dict[str, Unit] = {}
    free: set[str] = set()
    for row in ROWS + MONEY:
        for spelling, meant, case_is_free in spellings(row):
            units[spelling] = meant
            if case_is_free:
                free.add(spelling)
    units |= dict(_spelled_like(units))
    readings: dict[str, tuple[Unit, ...]] = {"C": (units["C"], units["°C"]), "F": (units["F"], units["°F"])}
    for words, names in _READINGS:
        meanings = tuple(units[name] for name in names)
        for spelling in _split(words):
            readings[spelling] = meanings
            units[spelling] = meanings[0]
            free.add(spelling)
    return units, readings, frozenset(free)


_TABLES = _tables()
UNITS: Mapping[str, Unit] = _TABLES[0]  # by spelling; words in lower case, a space for a hyphen
AMBIGUOUS: Mapping[str, tuple[Unit, ...]] = _TABLES[1]  # spellings with several meanings, the usual one first
CASELESS: frozenset[str] = _TABLES[2]  # the spellings whose case is free
# letters that are units only where a unit is expected
SINGLE_LETTERS = frozenset(spelling for spelling in UNITS if len(spelling) == 1 and spelling.isalpha())
