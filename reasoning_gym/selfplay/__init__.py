"""Two roles with opposite goals: games of two players, and their PettingZoo environments (extra `selfplay`)."""
