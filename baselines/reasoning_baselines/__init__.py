"""The command line, the recipes and their committed results."""
