"""PettingZoo environments of `ReasoningDebate`, where they are described."""

from reasoning_gym.selfplay.environment import environments
from reasoning_gym.selfplay.reasoning_debate import ReasoningDebate

env, raw_env, parallel_env = environments(ReasoningDebate)
