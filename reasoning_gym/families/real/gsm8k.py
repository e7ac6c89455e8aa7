"""GSM8K: grade-school word problems that people wrote."""

from __future__ import annotations

from reasoning_gym.datasets import DatasetFamily
from reasoning_gym.family import ANSWER_FORMAT, family


@family(category="real", levels=1)
class GSM8K(DatasetFamily):
    """Solve a grade-school word problem.

    Statement: a few sentences of English.
    Thoughts: sentences, with calculations such as `48/2 = 24`; reference thoughts are a person's own
        and hold calculator marks `<<48/2=24>>`.
    Answer: a number.
    Level: 1 only.
    Verified: equality with the reference as an exact number.
    Checked step by step: every calculation in a line; a line without any is unreadable.
    Data: JSONL with `question` and `answer` (last line `#### 24`): `path=`, or the environment
        variable REASONING_GYM_GSM8K; a file, a folder with train.jsonl and test.jsonl, or `hf:openai/gsm8k:main`.
    Source: Cobbe et al. 2021, Training Verifiers to Solve Math Word Problems.
    """

    layout = "gsm8k"
    variable = "REASONING_GYM_GSM8K"
    answer_format = ANSWER_FORMAT.format(answer="the number")
