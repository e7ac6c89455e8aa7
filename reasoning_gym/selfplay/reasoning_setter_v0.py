"""PettingZoo environments of `ReasoningSetter`, where they are described."""

from reasoning_gym.selfplay.environment import environments
from reasoning_gym.selfplay.reasoning_setter import ReasoningSetter

env, raw_env, parallel_env = environments(ReasoningSetter)
