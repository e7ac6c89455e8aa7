"""How judges learn in tests: in runs that are short, from a shipped model that is right now and then."""

from typing import Any

from reasoning_baselines.models import PRETRAINED

BASE = PRETRAINED / "tiny-arithmetic"
JUDGING: dict[str, Any] = {"max_thought_tokens": 40, "learning_rate": 3e-4, "warm_up": 1, "steps": 2, "lessons": 6}
PRACTISED = {**JUDGING, "env": "ReasoningIntegerExpression-v0"}  # where the judged thoughts are the policy's own
