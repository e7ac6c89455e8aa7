"""Search over thoughts: the tree and its verbs; no model inside."""
