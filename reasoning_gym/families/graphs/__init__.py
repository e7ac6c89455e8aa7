"""Graphs: paths, colourings, orders, components, trees, matchings and islands."""
