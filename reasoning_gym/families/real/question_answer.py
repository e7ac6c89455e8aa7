"""Question and answer pairs of any kind, from a file of your own."""

from __future__ import annotations

from reasoning_gym.datasets import DatasetFamily
from reasoning_gym.family import family


@family(category="real", levels=1)
class QuestionAnswer(DatasetFamily):
    """Answer a question of your own data set.

    Statement: the field `question`.
    Thoughts: any lines; reference thoughts are the field `thoughts` where there is one.
    Answer: what the field `answer` holds: a number, an expression, a set, a word.
    Level: 1 only.
    Verified: equality with the reference, by the checker.
    Checked step by step: every calculation in a line; a line without any is unreadable.
    Data: JSONL with `question` and `answer`: `path=`, or the environment variable REASONING_GYM_QUESTION_ANSWER.
    """

    layout = "plain"
    variable = "REASONING_GYM_QUESTION_ANSWER"
