"""PettingZoo environments of `ConnectFour`, where they are described."""

from reasoning_gym.selfplay.connect_four import ConnectFour
from reasoning_gym.selfplay.environment import environments

env, raw_env, parallel_env = environments(ConnectFour)
