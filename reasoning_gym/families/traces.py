"""Makes reference thoughts of the lines of a working."""

from __future__ import annotations

from collections.abc import Iterable

from reasoning_gym.problem import Problem


def thoughts_of(lines: Iterable[str], problem: Problem, *said: str) -> tuple[str, ...]:
    """Each line once, but none that the question or the answer says, and then the answer.

    Args:
        lines: of the working, in order.
        problem: whose working it is.
        said: what the question says.

    >>> from reasoning_gym.problem import Question
    >>> thoughts_of(["2x=6", "2x=6", "x=3"], Problem(Question("sums", 1, "Solve 2x=6.", ""), "x=3"))
    ('2x=6', 'Answer: x=3')
    """
    known = {problem.answer, *said}
    return (*(line for line in dict.fromkeys(lines) if line not in known), f"Answer: {problem.answer}")
