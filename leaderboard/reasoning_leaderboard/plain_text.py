"""Text that quotes a stranger, made safe to show to people, in logs and on terminals."""


def printable(text: str, most: int, *, lines: bool = False) -> str:
    r"""The text, cut, with every character that can't be seen, or that turns what follows, spelled out.

    >>> printable("a\x1b\u202eb\n", 100), printable("abcdef", 4)
    ('a\\x1b\\u202eb\\n', 'abc…')

    Args:
        text: from anyone.
        most: characters of it that are kept.
        lines: whether the ends of lines are kept as they are.
    """
    cut = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(c if c.isprintable() or (lines and c == "\n") else ascii(c)[1:-1] for c in cut)
