"""Rates: speed, distance and time, and how fast work is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from reasoning_gym.families.chances import Chances
from reasoning_gym.families.stories import Story, StoryFamily, ranges
from reasoning_gym.families.wording import a
from reasoning_gym.families.workings import Amount, Workings
from reasoning_gym.family import family

_VEHICLES = ("train", "bus", "car", "truck", "van", "coach", "motorcycle")
_JOBS = (
    "paint the fence", "mow the lawn", "wash the windows", "stack the firewood", "clean the hall", "pick the apples",
    "dig the garden", "sort the letters", "pack the boxes", "tile the floor",
)  # fmt: skip
_MACHINES = (
    ("printer", "print", "pages"),
    ("machine", "fill", "bottles"),
    ("oven", "bake", "rolls"),
    ("robot", "pack", "boxes"),
    ("saw", "cut", "boards"),
    ("press", "stamp", "coins"),
)
_TOWNS = (
    "Ashford", "Bradley", "Carlow", "Denham", "Easton", "Fairview", "Granby", "Hillside", "Kenton", "Linden", "Milford",
    "Norwood", "Oakdale", "Preston", "Redhill", "Stanton", "Thornton", "Upton", "Weston",
)  # fmt: skip


@family(category="word_problems", levels=6)
class Rates(StoryFamily):
    """Work out how far, how fast or how long, or how much work is done.

    Statement: `A bus travels at 60 km/h for 3 hours. How many kilometers does it travel?`
    Thoughts: one calculation a line, with its result; numbers that aren't whole are fractions.
    Answer: a number, exact; the question says in which unit.
    Level: 1 one calculation, 2 minutes and hours, 3 two parts of a journey, 4 meeting and catching up, 5 working
        together, 6 averages, currents, leaks and work left over. From level 4 some sentences lead nowhere. The most
        frequent answer pays up to 0.1, at level 3.
    Verified: by working it out again.
    Checked step by step: a line is a true calculation with numbers of the question or of earlier lines, whose result,
        by what the numbers mean, is a part of a way to the answer, and new.

        A bus travels at 60 km/h for 3 hours. How many kilometers does it travel?
        60*3=180
        Answer: 180
    """

    def stories(self) -> Mapping[str, Story]:
        return _STORIES

    def kinds(self, level: int) -> Sequence[str]:
        return _KINDS[level - 1]

    def words(self, chances: Chances) -> Mapping[str, object]:
        machine, does, things = chances.pick(_MACHINES)
        here, there = chances.several(_TOWNS, 2)
        one, other = chances.several(_VEHICLES, 2)
        machines = {"a_machine": a(machine), "do": does, "things": things}
        ways = {"here": here, "there": there, "a_one": a(one), "a_other": a(other)}
        return {**machines, **ways, "job": chances.pick(_JOBS)}

    def asides(self, chances: Chances, level: int, words: Mapping[str, object]) -> Sequence[str]:
        if level < 4 or chances.happens(0.5):
            return ()
        return (
            chances.pick(
                (
                    f"It is {chances.whole(2, 30)} degrees outside.",
                    f"It is {chances.whole(2, 11)} o'clock.",
                    f"It hasn't rained for {chances.whole(2, 20)} days.",
                )
            ),
        )


def _product(work: Workings, n: Sequence[Amount]) -> Amount:
    return work.step(n[0] * n[1])


def _quotient(work: Workings, n: Sequence[Amount]) -> Amount:
    return work.step(n[0] / n[1])


def _in_minutes(work: Workings, n: Sequence[Amount]) -> Amount:
    """What n[0] an hour comes to in n[1] minutes."""
    return work.step(n[0] * n[1] / work.fact(60))


def _per_hour(work: Workings, n: Sequence[Amount]) -> Amount:
    """What n[0] in n[1] minutes comes to in an hour."""
    return work.step(n[0] * work.fact(60) / n[1])


def _minutes_for(work: Workings, n: Sequence[Amount]) -> Amount:
    """How many minutes n[0] takes at n[1] an hour."""
    return work.step(n[0] * work.fact(60) / n[1])


def _two_legs(work: Workings, n: Sequence[Amount]) -> Amount:
    return work.step(work.step(n[0] * n[1]) + work.step(n[2] * n[3]))


def _two_times(work: Workings, n: Sequence[Amount]) -> Amount:
    return work.step(work.step(n[0] / n[1]) + work.step(n[2] / n[3]))


def _average(work: Workings, n: Sequence[Amount]) -> Amount:
    """The average speed of n[0] in n[1] hours and n[2] in n[3] hours."""
    return work.step(work.step(n[0] + n[2]) / work.step(n[1] + n[3]))


def _meeting(work: Workings, n: Sequence[Amount]) -> Amount:
    """When two meet that are n[0] apart."""
    return work.step(n[0] / work.step(n[1] + n[2]))


def _meeting_place(work: Workings, n: Sequence[Amount]) -> Amount:
    return work.step(n[1] * _meeting(work, n))


def _apart(work: Workings, n: Sequence[Amount]) -> Amount:
    return work.step(work.step(n[0] + n[1]) * n[2])


def _catching_up(work: Workings, n: Sequence[Amount]) -> Amount:
    """How long one at n[2] takes to catch one that left n[1] hours before at n[0]."""
    return work.step(work.step(n[0] * n[1]) / work.step(n[2] - n[0]))


def _together(work: Workings, n: Sequence[Amount]) -> Amount:
    """How long it takes to do together what takes each so long alone."""
    one = work.fact(1)
    total = one / n[0]
    for each in n[1:]:
        total += one / each
    if len(n) == 2:
        work.aside(n[0] * n[1], n[0] + n[1], n[0] * n[1] / (n[0] + n[1]))
    return work.step(one / work.step(total))


def _other_alone(work: Workings, n: Sequence[Amount]) -> Amount:
    """How long one takes where both take n[0] and the other takes n[1]; also filling in n[0] while n[1] empties."""
    one = work.fact(1)
    work.aside(n[0] * n[1], n[1] - n[0], n[0] * n[1] / (n[1] - n[0]))
    return work.step(one / work.step(one / n[0] - one / n[1]))


def _share_done(work: Workings, n: Sequence[Amount]) -> Amount:
    """Which part of the work two do in n[2] hours."""
    one = work.fact(1)
    return work.step(work.step(one / n[0] + one / n[1]) * n[2])


def _workers(work: Workings, n: Sequence[Amount]) -> Amount:
    return work.step(work.step(n[0] * n[1]) / n[2])


def _round_trip(work: Workings, n: Sequence[Amount]) -> Amount:
    """The average speed over n[0] at n[1] and back at n[2]."""
    hours = work.step(work.step(n[0] / n[1]) + work.step(n[0] / n[2]))
    work.aside(n[0] + n[0], (n[0] + n[0]) / hours)
    return work.step(work.step(work.fact(2) * n[0]) / hours)


def _current(work: Workings, n: Sequence[Amount]) -> Amount:
    """How fast a river flows, n[0] being rowed in n[1] hours with it and in n[2] against it."""
    difference = work.step(work.step(n[0] / n[1]) - work.step(n[0] / n[2]))
    return work.step(difference / work.fact(2))


def _left_over(work: Workings, n: Sequence[Amount]) -> Amount:
    """How long one who takes n[2] needs after another, who takes n[0], has worked for n[1]."""
    left = work.step(work.fact(1) - work.step(n[1] / n[0]))
    return work.step(left * n[2])


def _bridge(work: Workings, n: Sequence[Amount]) -> Amount:
    return work.step(work.step(n[0] + n[1]) / n[2])


def _evenly(chances: Chances) -> tuple[int, ...]:
    rate, time = 5 * chances.whole(4, 24), chances.whole(2, 9)
    return rate * time, rate


def _evenly_by_time(chances: Chances) -> tuple[int, ...]:
    distance, rate = _evenly(chances)
    return distance, distance // rate


def _of_an_hour(chances: Chances) -> tuple[int, ...]:
    rate, minutes = 2 * chances.whole(12, 60), 5 * chances.whole(2, 11)
    return (rate, minutes) if rate * minutes % 60 == 0 else ()


def _in_some_minutes(chances: Chances) -> tuple[int, ...]:
    minutes = chances.pick((10, 12, 15, 20, 30))
    return chances.whole(1, 9) * minutes // 5 or 2, minutes


def _slowly(chances: Chances) -> tuple[int, ...]:
    rate = chances.pick((10, 12, 15, 20, 30))
    return chances.whole(2, 25), rate


def _two_distances(chances: Chances) -> tuple[int, ...]:
    rates, hours = [10 * chances.whole(3, 11) for _ in range(2)], [chances.whole(2, 5) for _ in range(2)]
    return rates[0] * hours[0], rates[0], rates[1] * hours[1], rates[1]


def _two_stretches(chances: Chances) -> tuple[int, ...]:
    hours, speed = [chances.whole(2, 5) for _ in range(2)], 5 * chances.whole(8, 20)
    total = speed * sum(hours)
    first = total // 10 * chances.whole(3, 6)
    return first, hours[0], total - first, hours[1]


def _two_that_meet(chances: Chances) -> tuple[int, ...]:
    speeds, hours = [5 * chances.whole(6, 22) for _ in range(2)], chances.whole(2, 6)
    return sum(speeds) * hours, speeds[0], speeds[1]


def _two_in_line(chances: Chances) -> tuple[int, ...]:
    slow, fast, start = 5 * chances.whole(6, 16), 5 * chances.whole(10, 24), chances.whole(1, 3)
    return (slow, start + 1, fast) if fast > slow and slow * (start + 1) % (fast - slow) == 0 else ()


def _two_alone(chances: Chances) -> tuple[int, ...]:
    one, other = chances.several(range(2, 21), 2)
    return one, other


def _three_alone(chances: Chances) -> tuple[int, ...]:
    return tuple(chances.several(range(2, 21), 3))


def _two_teams(chances: Chances) -> tuple[int, ...]:
    one, other = chances.several(range(2, 14), 2)
    return one, chances.whole(2, 15), other


def _two_and_both(chances: Chances) -> tuple[int, ...]:
    one, other = sorted(chances.several(range(2, 21), 2))
    return one, other


def _some_of_it(chances: Chances) -> tuple[int, ...]:
    one, other, hours = chances.whole(5, 20), chances.whole(5, 20), chances.whole(2, 4)
    return (one, other, hours) if Fraction(hours, one) + Fraction(hours, other) < 1 else ()


def _out_and_back(chances: Chances) -> tuple[int, ...]:
    out, back = chances.several(range(20, 125, 5), 2)
    return 60 * chances.whole(1, 5), out, back


def _with_the_river(chances: Chances) -> tuple[int, ...]:
    down, up = sorted(chances.several(range(2, 9), 2))
    return chances.whole(3, 30) * 2, down, up


def _partly(chances: Chances) -> tuple[int, ...]:
    alone, worked, other = chances.whole(4, 15), chances.whole(2, 8), chances.whole(3, 20)
    return (alone, worked, other) if worked < alone and other != alone else ()


# fmt: off
_STORIES = {
    "distance": Story((
        "{a_one} travels at {0} km/h for {1} hours. How many kilometers does it travel?",
        "{A} drives for {1} hours at {0} km/h. How many kilometers does {A.they} drive?",
        "At a speed of {0} km/h, how many kilometers does {a_one} go in {1} hours?",
    ), ranges((20, 120, 5), (2, 9)), _product, "kilometers"),
    "time": Story((
        "{a_one} travels {0} km at {1} km/h. How many hours does that take?",
        "{A} drives {0} km at a speed of {1} km/h. For how many hours does {A.they} drive?",
    ), _evenly, _quotient, "hours"),
    "speed": Story((
        "{a_one} travels {0} km in {1} hours. What is its average speed in km/h?",
        "{A} drives {0} km in {1} hours. What is {A.their} average speed in km/h?",
    ), _evenly_by_time, _quotient, "kilometers per hour"),
    "output": Story((
        "{a_machine} can {do} {0} {things} a minute. How many {things} can it {do} in {1} minutes?",
        "In one hour {a_machine} can {do} {0} {things}. How many {things} can it {do} in {1} hours?",
    ), ranges((6, 90), (2, 9)), _product),
    "minutes": Story((
        "{a_one} travels at {0} km/h. How many kilometers does it travel in {1} minutes?",
        "{A} drives at {0} km/h. How many kilometers does {A.they} drive in {1} minutes?",
    ), _of_an_hour, _in_minutes, "kilometers"),
    "output_in_minutes": Story((
        "{a_machine} can {do} {0} {things} an hour. How many {things} can it {do} in {1} minutes?",
        "How many {things} can {a_machine} {do} in {1} minutes if it can {do} {0} {things} in an hour?",
    ), _of_an_hour, _in_minutes),
    "per_hour": Story((
        "{A} drives {0} km in {1} minutes. What is {A.their} speed in km/h?",
        "{a_one} covers {0} km in {1} minutes. What is its speed in km/h?",
    ), _in_some_minutes, _per_hour, "kilometers per hour"),
    "minutes_for": Story((
        "{A} cycles {0} km at {1} km/h. How many minutes does {A.they} need?",
        "How many minutes does it take {A} to cycle {0} km at {1} km/h?",
    ), _slowly, _minutes_for, "minutes"),
    "two_legs": Story((
        "{A} drives for {1} hours at {0} km/h, and then for {3} hours at {2} km/h. How many kilometers is that in all?",
        "{a_one} goes at {0} km/h for the first {1} hours and at {2} km/h for the next {3} hours. "
        "How many kilometers does it go?",
    ), ranges((30, 110, 10), (2, 5), (30, 110, 10), (2, 5)), _two_legs, "kilometers"),
    "two_times": Story((
        "{A} drives {0} km at {1} km/h and another {2} km at {3} km/h. How many hours does {A.they} drive in all?",
        "{a_one} covers {0} km at {1} km/h, then {2} km at {3} km/h. How many hours does that take?",
    ), _two_distances, _two_times, "hours"),
    "average": Story((
        "{A} drives {0} km in {1} hours and then {2} km in {3} hours. "
        "What is {A.their} average speed on the whole way, in km/h?",
        "{a_one} needs {1} hours for the first {0} km and {3} hours for the next {2} km. "
        "What is its average speed on the whole way, in km/h?",
    ), _two_stretches, _average, "kilometers per hour"),
    "meeting": Story((
        "{here} and {there} are {0} km apart. {a_one} leaves {here} for {there} at {1} km/h. At the same time "
        "{a_other} leaves {there} for {here} on the same road at {2} km/h. After how many hours do they meet?",
        "{A} and {B} are {0} km apart and drive towards each other, {A} at {1} km/h and {B} at {2} km/h. "
        "After how many hours do they meet?",
    ), _two_that_meet, _meeting, "hours"),
    "meeting_place": Story((
        "{A} in {here} and {B} in {there} live {0} km apart. They start at the same time and drive towards each other, "
        "{A} at {1} km/h and {B} at {2} km/h. How many kilometers from {here} do they meet?",
    ), _two_that_meet, _meeting_place, "kilometers"),
    "apart": Story((
        "{A} and {B} leave {here} at the same time in opposite directions, {A} at {0} km/h and {B} at {1} km/h. "
        "How many kilometers apart are they after {2} hours?",
    ), ranges((30, 110, 5), (30, 110, 5), (2, 6)), _apart, "kilometers"),
    "catching_up": Story((
        "{A} leaves {here} at {0} km/h. After {1} hours, {B} follows on the same road at {2} km/h. "
        "How many hours after {B.their} own start does {B} catch up with {A}?",
    ), _two_in_line, _catching_up, "hours"),
    "together": Story((
        "{A} can {job} in {0} hours. {B} can {job} in {1} hours. How many hours do they need together?",
        "It takes {A} {0} hours to {job}. It takes {B} {1} hours. How many hours do they need if they work together?",
        "One pipe fills a tank in {0} hours, another fills it in {1} hours. How many hours do both need together?",
    ), _two_alone, _together, "hours"),
    "other_alone": Story((
        "{A} and {B} together can {job} in {0} hours. {A} alone needs {1} hours. How many hours does {B} need alone?",
        "Two pipes together fill a tank in {0} hours. One of them alone needs {1} hours. "
        "How many hours does the other one need alone?",
    ), _two_and_both, _other_alone, "hours"),
    "share_done": Story((
        "{A} can {job} in {0} hours. {B} can {job} in {1} hours. What part of the job have they done after {2} hours "
        "together? Give a fraction.",
    ), _some_of_it, _share_done),
    "workers": Story((
        "It takes {0} workers {1} days to {job}. How many days do {2} workers need, at the same pace?",
        "{0} workers can {job} in {1} days. How many days would {2} workers need, at the same pace?",
    ), _two_teams, _workers, "days"),
    "round_trip": Story((
        "{A} drives {0} km from {here} to {there} at {1} km/h, and back the same way at {2} km/h. "
        "What is {A.their} average speed for the whole trip, in km/h?",
    ), _out_and_back, _round_trip, "kilometers per hour"),
    "current": Story((
        "{A} rows {0} km down a river in {1} hours and needs {2} hours for the way back, always rowing equally hard. "
        "What is the speed of the current in km/h?",
    ), _with_the_river, _current, "kilometers per hour"),
    "three_together": Story((
        "{A} can {job} in {0} hours, {B} in {1} hours and {C} in {2} hours. How many hours do the three need together?",
        "Three pipes can fill a tank alone in {0}, {1} and {2} hours. How many hours do they need together?",
    ), _three_alone, _together, "hours"),
    "leak": Story((
        "A pipe fills an empty tank in {0} hours. A leak would empty the full tank in {1} hours. "
        "In how many hours does the pipe fill the tank in spite of the leak?",
    ), _two_and_both, _other_alone, "hours"),
    "left_over": Story((
        "{A} can {job} in {0} hours and {B} in {2} hours. {A} works alone for {1} hours, then {B} does the rest alone. "
        "How many hours does {B} work?",
    ), _partly, _left_over, "hours"),
    "bridge": Story((
        "A train {0} m long crosses a bridge of {1} m at {2} m/s. How many seconds pass from the moment when its front "
        "reaches the bridge until its end has left it?",
    ), ranges((80, 400, 10), (100, 900, 10), (12, 40)), _bridge, "seconds"),
}
# fmt: on
_KINDS = (
    ("distance", "time", "speed", "output"),
    ("minutes", "output_in_minutes", "per_hour", "minutes_for"),
    ("two_legs", "two_times", "average"),
    ("meeting", "meeting_place", "apart", "catching_up", "bridge"),
    ("together", "other_alone", "share_done", "workers", "leak"),
    ("round_trip", "current", "three_together", "left_over"),
)
