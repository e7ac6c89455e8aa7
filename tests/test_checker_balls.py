"""Balls and boxes: whatever is computed holds the true value, which mpmath gives at a higher precision."""

from fractions import Fraction

import mpmath
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from reasoning_gym.checker import balls, boxes, elementary
from reasoning_gym.checker.balls import Ball, Unknown
from reasoning_gym.checker.boxes import Box

PRECISION = 1500  # bits of the true values
TINY = mpmath.mpf(2) ** -700
BITS = st.one_of(st.integers(4, 24), st.sampled_from([53, 64, 65, 128, 300]))


def mpf(value):
    return mpmath.mpf(value.numerator) / value.denominator


def holds(ball, true):
    """Whether the ball holds a number that is known to far more bits than the ball has."""
    mid, rad = (mpmath.ldexp(mpmath.mpf(part), ball.exp) for part in (ball.mid, ball.rad))
    return abs(mpmath.mpf(true) - mid) <= rad + TINY * (1 + abs(true))


def box_holds(box, true):
    real, imag = boxes.parts(box)
    true = mpmath.mpc(true)
    return holds(real, true.real) and holds(imag, true.imag)


@pytest.fixture(autouse=True)
def high_precision():
    with mpmath.workprec(PRECISION):
        yield


@st.composite
def ball_and_point(draw, lowest=-40, highest=12):
    """A ball and a rational number in it, often at its end."""
    mid = draw(st.one_of(st.integers(-40, 40), st.integers(-(2**70), 2**70)))
    rad = draw(st.one_of(st.just(0), st.integers(0, 5), st.integers(0, 2**20)))
    top = draw(st.integers(lowest, highest))
    exp = top - max(mid.bit_length(), 1)
    where = draw(st.one_of(st.sampled_from([-1, 0, 1]), st.fractions(-1, 1, max_denominator=100)))
    return Ball(mid, rad, exp), (mid + where * rad) * Fraction(2) ** exp


@st.composite
def box_and_point(draw):
    (real, x), (imag, y) = draw(ball_and_point()), draw(ball_and_point())
    imag, y = draw(st.sampled_from([(imag, y), (imag, y), (imag, y), (balls.ZERO, Fraction(0))]))
    return boxes.value_of(real, imag), mpmath.mpc(mpf(x), mpf(y))


def real_root(x, index):
    return mpmath.sign(x) * mpmath.root(abs(x), index)


ONE_BALL = [
    (elementary.exponential, mpmath.exp),
    (elementary.logarithm, mpmath.log),
    (elementary.arctangent, mpmath.atan),
    (lambda a, bits: elementary.sine_and_cosine(a, bits)[0], mpmath.sin),
    (lambda a, bits: elementary.sine_and_cosine(a, bits)[1], mpmath.cos),
    (lambda a, bits: balls.absolute(a), abs),
    (lambda a, bits: balls.negative(a), lambda x: -x),
    (lambda a, bits: balls.around_zero(a), lambda x: x),
    (lambda a, bits: balls.scaled(a, 5), lambda x: 32 * x),
    (lambda a, bits: balls.rounded(*a, bits), lambda x: x),
]


@pytest.mark.parametrize("case", ONE_BALL)
@given(given=ball_and_point(), bits=BITS)
@example(given=(Ball(-1, 0, -2), Fraction(-1, 4)), bits=64)
@example(given=(Ball(1, 0, 0), Fraction(1)), bits=64)
@example(given=(Ball(1, 8, 0), Fraction(-7)), bits=10)
@example(given=(Ball(355, 0, 0), Fraction(355)), bits=30)
@example(given=(Ball(9, 9, 3), Fraction(0)), bits=30)
def test_a_function_of_a_ball_holds_the_function_of_each_number_in_it(case, given, bits):
    function, reference = case
    ball, x = given
    try:
        result = function(ball, bits)
    except Unknown:
        assume(False)
    assert holds(result, reference(mpf(x)))


TWO_BALLS = [
    (balls.add, lambda x, y: x + y),
    (balls.subtract, lambda x, y: x - y),
    (balls.multiply, lambda x, y: x * y),
    (balls.divide, lambda x, y: x / y),
    (elementary.angle, lambda x, y: mpmath.atan2(y, x)),
    (boxes.larger, max),
]


@pytest.mark.parametrize("case", TWO_BALLS)
@given(left=ball_and_point(-60), right=ball_and_point(-60), bits=BITS)
def test_an_operation_on_balls_holds_the_operation_on_each_pair_of_numbers(case, left, right, bits):
    function, reference = case
    (a, x), (b, y) = left, right
    try:
        result = function(a, b, bits)
    except Unknown:
        assume(False)
    assert holds(result, reference(mpf(x), mpf(y)))


@given(left=ball_and_point(-400, -300), right=ball_and_point(), bits=BITS)
def test_a_sum_holds_the_true_sum_however_far_apart_the_terms(left, right, bits):
    (a, x), (b, y) = left, right
    assert holds(balls.add(a, b, bits), mpf(x + y))
    assert holds(balls.add(b, a, bits), mpf(x + y))


@settings(max_examples=200)
@given(given=ball_and_point(), exponent=st.integers(0, 40), bits=BITS)
def test_powers(given, exponent, bits):
    ball, x = given
    assert holds(balls.power(ball, exponent, bits), mpf(x) ** exponent)


@settings(max_examples=200)
@given(given=ball_and_point(), index=st.sampled_from([1, 2, 3, 4, 5, 7, 12, 64, 65, 101]), bits=BITS)
def test_real_roots(given, index, bits):
    ball, x = given
    try:
        result = balls.root(ball, index, bits)
    except Unknown:
        assume(False)
    assert index % 2 or ball.mid >= ball.rad
    assert holds(result, real_root(mpf(x), index))


@given(turn=st.fractions(-50, 50, max_denominator=400), bits=BITS)
def test_sines_and_cosines_of_rational_multiples_of_pi(turn, bits):
    sine, cosine = elementary.sine_and_cosine_of_pi(turn, bits)
    assert holds(sine, mpmath.sinpi(mpf(turn)))
    assert holds(cosine, mpmath.cospi(mpf(turn)))


@given(value=st.fractions(), bits=BITS)
def test_a_rational_number_lies_in_its_ball(value, bits):
    ball = balls.enclosed(value, bits)
    assert holds(ball, mpf(value))
    assert abs(ball.mid) <= 2**bits


@pytest.mark.parametrize("scale", [1, 60, 255, 256, 257, 1000, 1300])
def test_the_constants_are_known_to_within_two_ulps(scale):
    assert abs(elementary.pi_in_ulps(scale) - mpmath.ldexp(mpmath.pi(), scale)) <= 2
    assert abs(elementary.log_two(scale) - mpmath.ldexp(mpmath.ln2(), scale)) <= 2
    assert holds(elementary.pi(scale), mpmath.pi())


def test_pi_to_many_digits():
    with mpmath.workprec(40_100):
        assert abs(elementary.pi_in_ulps(40_000) - mpmath.ldexp(mpmath.pi(), 40_000)) <= 2


@given(number=st.integers(0, 2**600), index=st.integers(1, 70))
def test_the_root_of_a_whole_number_is_rounded_down(number, index):
    root = balls.integer_root(number, index)
    assert root**index <= number < (root + 1) ** index


@given(root=st.integers(1, 10**30), index=st.integers(2, 9))
def test_the_root_of_a_perfect_power_is_exact_and_of_one_less_is_below(root, index):
    assert balls.integer_root(root**index, index) == root
    assert balls.integer_root(root**index - 1, index) == root - 1


@given(given=ball_and_point())
def test_what_is_said_of_a_ball_is_true_of_each_number_in_it(given):
    ball, x = given
    sign = balls.sign(ball)
    assert sign is None or sign == (x > 0) - (x < 0)
    assert abs(x) < Fraction(2) ** balls.magnitude(ball) or x == 0
    low, high = balls.floors(ball)
    assert low <= x // 1 <= high


UNROUNDED = [  # of balls a, b and numbers x, y in them
    (lambda a, b, x, bits: balls.add(a, b, bits), lambda x, y: x + y),
    (lambda a, b, x, bits: balls.multiply(a, b, bits), lambda x, y: x * y),
    (lambda a, b, x, bits: balls.divide(a, b, bits), lambda x, y: x / y),
    (lambda a, b, x, bits: balls.root(a, 2, bits), lambda x, y: mpmath.sqrt(x)),
    (lambda a, b, x, bits: balls.root(a, 3, bits), lambda x, y: real_root(x, 3)),
    (lambda a, b, x, bits: balls.enclosed(x / 3, bits), lambda x, y: x / 3),
    (lambda a, b, x, bits: elementary.exponential(a, bits), lambda x, y: mpmath.exp(x)),
    (lambda a, b, x, bits: elementary.logarithm(a, bits), lambda x, y: mpmath.log(x)),
    (lambda a, b, x, bits: elementary.arctangent(a, bits), lambda x, y: mpmath.atan(x)),
    (lambda a, b, x, bits: elementary.angle(a, b, bits), lambda x, y: mpmath.atan2(y, x)),
    (lambda a, b, x, bits: elementary.sine_and_cosine(a, bits)[0], lambda x, y: mpmath.sin(x)),
    (lambda a, b, x, bits: elementary.sine_and_cosine(a, bits)[1], lambda x, y: mpmath.cos(x)),
    (lambda a, b, x, bits: elementary.sine_and_cosine_of_pi(x / 3, bits)[0], lambda x, y: mpmath.sinpi(x / 3)),
    (lambda a, b, x, bits: elementary.sine_and_cosine_of_pi(x / 3, bits)[1], lambda x, y: mpmath.cospi(x / 3)),
]


@pytest.mark.parametrize("case", UNROUNDED)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(left=ball_and_point(-60), right=ball_and_point(-60), bits=BITS)
def test_the_errors_counted_inside_a_function_hold_before_its_result_is_rounded(monkeypatch, case, left, right, bits):
    """Rounding adds a unit of the last place that is kept, which would hide a missing one of those that aren't."""
    for module in (balls, elementary):
        monkeypatch.setattr(module, "rounded", lambda mid, rad, exp, bits: Ball(mid, rad, exp))
    (a, x), (b, y) = left, right
    function, reference = case
    try:
        result = function(a, b, x, bits)
    except Unknown:
        assume(False)
    assert holds(result, reference(mpf(x), mpf(y)))


EXACT = [
    elementary.exponential,
    elementary.logarithm,
    elementary.arctangent,
    lambda a, bits: elementary.sine_and_cosine(a, bits)[0],
    lambda a, bits: elementary.sine_and_cosine(a, bits)[1],
    lambda a, bits: balls.root(a, 2, bits),
    lambda a, bits: balls.root(a, 3, bits),
    lambda a, bits: balls.root(a, 5, bits),
    lambda a, bits: boxes.root(a, 101, bits),
    lambda a, bits: balls.divide(balls.ONE, a, bits),
    lambda a, bits: balls.power(a, 9, bits),
]


@pytest.mark.parametrize("function", EXACT)
@pytest.mark.parametrize("bits", [30, 64, 500, 2000])
@pytest.mark.parametrize("value", [Fraction(7, 5), Fraction(1, 3), Fraction(12345, 7)])
def test_balls_are_as_small_as_the_precision_allows(function, bits, value):
    ball = function(balls.enclosed(value, bits + 40), bits)
    assert ball.rad << bits - 8 <= abs(ball.mid)


@pytest.mark.parametrize(
    "operation",
    [
        lambda: balls.divide(balls.ONE, Ball(1, 1, 0), 64),
        lambda: elementary.logarithm(Ball(1, 1, 0), 64),
        lambda: elementary.logarithm(Ball(-1, 0, 0), 64),
        lambda: balls.root(Ball(1, 2, 0), 2, 64),
        lambda: balls.root(Ball(-4, 0, 0), 2, 64),
        lambda: elementary.exponential(Ball(1, 0, 40), 64),
        lambda: elementary.exponential(Ball(1, 4, 0), 64),
        lambda: elementary.sine_and_cosine(Ball(1, 0, 10**9), 64),
        lambda: balls.floors(Ball(1, 0, 10**9)),
        lambda: elementary.angle(Ball(-4, 0, 0), Ball(0, 1, 0), 64),
        lambda: elementary.angle(Ball(0, 1, 0), Ball(0, 1, 0), 64),
        lambda: elementary.angle(balls.ZERO, balls.ZERO, 64),
        lambda: balls.power(Ball(3, 0, 0), 10**40, 64),
        lambda: boxes.root(Box(Ball(-4, 0, 0), Ball(0, 1, -60)), 2, 64),
        lambda: boxes.root(Box(Ball(-4, 0, 0), Ball(0, 1, -60)), 3, 64),
        lambda: boxes.logarithm(Box(Ball(-4, 0, 0), Ball(0, 1, -60)), 64),
        lambda: boxes.divide(balls.ONE, Box(Ball(0, 1, -60), Ball(0, 1, -60)), 64),
    ],
)
def test_what_cannot_be_enclosed_is_unknown(operation):
    with pytest.raises(Unknown):
        operation()


ONE_BOX = [
    (boxes.exponential, mpmath.exp),
    (boxes.logarithm, mpmath.log),
    (boxes.modulus, abs),
    (lambda a, bits: boxes.sine_and_cosine(a, bits)[0], mpmath.sin),
    (lambda a, bits: boxes.sine_and_cosine(a, bits)[1], mpmath.cos),
    (lambda a, bits: boxes.power(a, 5, bits), lambda z: z**5),
    (lambda a, bits: boxes.power(a, 0, bits), lambda z: mpmath.mpf(1)),
    (lambda a, bits: boxes.negative(a), lambda z: -z),
]


@pytest.mark.parametrize("case", ONE_BOX)
@given(given=box_and_point(), bits=BITS)
@example(given=(Ball(-3, 0, 0), mpmath.mpc(-3)), bits=64)
def test_a_function_of_a_box_holds_the_function_of_each_number_in_it(case, given, bits):
    function, reference = case
    box, z = given
    assume(mpmath.fabs(z.imag) < 500)
    try:
        result = function(box, bits)
    except Unknown:
        assume(False)
    assert box_holds(result, reference(z))


TWO_BOXES = [
    (boxes.add, lambda x, y: x + y),
    (boxes.multiply, lambda x, y: x * y),
    (boxes.divide, lambda x, y: x / y),
]


@pytest.mark.parametrize("case", TWO_BOXES)
@given(left=box_and_point(), right=box_and_point(), bits=BITS)
def test_an_operation_on_boxes_holds_the_operation_on_each_pair_of_numbers(case, left, right, bits):
    function, reference = case
    (a, z), (b, w) = left, right
    try:
        result = function(a, b, bits)
    except Unknown:
        assume(False)
    assert box_holds(result, reference(z, w))


@settings(max_examples=200)
@given(given=box_and_point(), index=st.sampled_from([2, 3, 4, 5, 8, 101]), bits=BITS)
@example(given=(Ball(-16, 0, 0), mpmath.mpc(-16)), index=4, bits=64)
@example(given=(Ball(0, 3, 0), mpmath.mpc(-3)), index=2, bits=64)
@example(given=(Box(balls.ZERO, Ball(-2, 0, 0)), mpmath.mpc(0, -2)), index=2, bits=64)
def test_roots_are_principal_but_real_for_odd_roots_of_real_numbers(given, index, bits):
    box, z = given
    try:
        result = boxes.root(box, index, bits)
    except Unknown:
        assume(False)
    real = isinstance(box, Ball) and index % 2
    assert box_holds(result, real_root(z.real, index) if real else mpmath.root(z, index))


@pytest.mark.parametrize(
    ("box", "index", "true"),
    [
        (Ball(-16, 0, 0), 2, 4j),
        (Ball(-16, 0, 0), 4, 2 * mpmath.expjpi(0.25)),
        (Ball(-8, 0, 0), 3, -2),
        (Ball(-1, 0, 0), 101, -1),
        (Ball(-1, 0, 0), 100, mpmath.expjpi(0.01)),
        (Box(balls.ZERO, balls.ONE), 2, mpmath.expjpi(0.25)),
        (Box(balls.ZERO, Ball(-1, 0, 0)), 3, mpmath.expjpi(-1 / mpmath.mpf(6))),
        (Box(Ball(-7, 0, 0), Ball(24, 0, 0)), 2, 3 + 4j),
        (Box(Ball(-7, 0, 0), Ball(-24, 0, 0)), 2, 3 - 4j),
    ],
)
def test_principal_roots(box, index, true):
    root = boxes.root(box, index, 40)
    assert mpmath.mpc(*(mpmath.ldexp(part.mid, part.exp) for part in boxes.parts(root))).ae(true, 1e-10, 1e-10)


@pytest.mark.parametrize("index", [2, 3, 4, 101])
@pytest.mark.parametrize("box", [Ball(0, 1, -40), Ball(1, 3, -40), Box(Ball(1, 1, -40), Ball(-1, 2, -40))])
def test_roots_of_what_may_be_zero_are_enclosed_around_zero(box, index):
    root = boxes.root(box, index, 64)
    for part in boxes.parts(root):
        assert abs(part.mid) <= part.rad
    assert -40 // index - 2 <= boxes.size(root) <= -36 // index + 2


@given(turns=st.fractions(-5, 5, max_denominator=60), bits=BITS)
def test_roots_of_unity(turns, bits):
    assert box_holds(boxes.root_of_unity(turns, bits), mpmath.expjpi(2 * mpf(turns)))


@given(given=box_and_point())
def test_what_is_said_of_a_box_is_true_of_each_number_in_it(given):
    box, z = given
    size = boxes.size(box)
    assert z == 0 if size is None else abs(z) < mpmath.ldexp(1, size)
    assert not boxes.excludes_zero(box) or z != 0
