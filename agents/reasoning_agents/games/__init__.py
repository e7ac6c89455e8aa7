"""Search and play in games of two who see everything: predictors, players, matches and ratings."""
