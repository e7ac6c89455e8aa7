"""Competition mathematics in the layout of MATH."""

from __future__ import annotations

from reasoning_gym.datasets import DatasetFamily
from reasoning_gym.family import family


@family(category="real", levels=5)
class CompetitionMath(DatasetFamily):
    r"""Solve a problem from a mathematics competition.

    Statement: the field `problem`, in LaTeX.
    Thoughts: any lines; reference thoughts are the lines of the field `solution`.
    Answer: what stands in the last `\boxed{}` of the solution, or in the field `answer`.
    Level: 1 to 5, as the rows say.
    Verified: equality with the reference, by the checker.
    Checked step by step: every calculation in a line; a line without any is unreadable.
    Data: JSONL with `problem`, `solution`, `level`: `path=`, or the environment variable REASONING_GYM_MATH.
    Source: Hendrycks et al. 2021, Measuring Mathematical Problem Solving With the MATH Dataset.
    """

    layout = "math"
    variable = "REASONING_GYM_MATH"
