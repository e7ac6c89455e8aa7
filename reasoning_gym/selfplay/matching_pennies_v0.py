"""PettingZoo environments of `MatchingPennies`, where they are described."""

from reasoning_gym.selfplay.environment import environments
from reasoning_gym.selfplay.matching_pennies import MatchingPennies

env, raw_env, parallel_env = environments(MatchingPennies)
