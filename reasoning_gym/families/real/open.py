"""Open questions with people's answers, from a file of your own: no checker decides them."""

from __future__ import annotations

from reasoning_gym.datasets import DatasetFamily
from reasoning_gym.family import ANSWER_FORMAT, family
from reasoning_gym.problem import Problem, Verdict, unproved


@family(category="real", levels=1)
class Open(DatasetFamily):
    """Answer an open question, such as 'explain why'.

    Statement: the field `question`.
    Thoughts: any lines; reference thoughts are the lines of a person's answer, the field `answer`.
    Answer: one line that concludes; in the reference the last line of the person's answer.
    Level: 1 only.
    Verified: by nothing: no checker exists, every verdict is `unproved` and the reward is 0. The wrapper `CriticReward`
        pays by how human-like the thoughts are instead.
    Checked step by step: every calculation in a line; a line without any is unreadable.
    Data: JSONL with `question` and `answer`: `path=`, or the environment variable REASONING_GYM_OPEN.
    """

    has_checker = False
    layout = "open"
    variable = "REASONING_GYM_OPEN"
    answer_format = ANSWER_FORMAT.format(answer="a conclusion in one sentence")

    def verify(self, problem: Problem, answer: str) -> Verdict:
        """Nothing proves an open question's answer right or wrong."""
        del problem, answer
        return unproved("no checker exists for an open question")
