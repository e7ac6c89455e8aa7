"""PettingZoo environments of `TicTacToe`, where they are described."""

from reasoning_gym.selfplay.environment import environments
from reasoning_gym.selfplay.tic_tac_toe import TicTacToe

env, raw_env, parallel_env = environments(TicTacToe)
