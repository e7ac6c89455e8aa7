"""What counts as equal beyond equality itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from reasoning_gym.checker.algebra import Algebra

Form: TypeAlias = Literal["number", "reduced", "expanded", "factored"]
FORMS: tuple[Form, ...] = ("number", "reduced", "expanded", "factored")


@dataclass(frozen=True, slots=True)
class Policy:
    """What counts as equal beyond equality itself. Strict by default.

    Raises:
        ValueError: for a form that isn't known.
    """

    rounding: bool = False  # take every decimal reference for inexact, not only one marked so, such as ≈ 3.14
    significant_digits: int = 3  # a decimal reference needs at least so many for that
    assignment: bool = True  # accept 'x = 5' for 5 and 5 for 'x = 5'
    form: Form | None = None  # demand a form: 'number' refuses a calculation where the reference is a number
    deadline: float = 2.0  # seconds that sympy may take where all else is undecided; 0: it is never asked

    def __post_init__(self) -> None:
        if self.form is not None and self.form not in FORMS:
            raise ValueError(f"form is {self.form!r}; use None or one of {', '.join(FORMS)}")


@dataclass(frozen=True, slots=True)
class Context:
    """One comparison: its policy, and the arithmetic whose allowance of work all its parts share."""

    policy: Policy
    algebra: Algebra

    def loose(self) -> Context:
        """The same for what isn't the answer itself, so that no form is demanded of it."""
        return Context(replace(self.policy, form=None), self.algebra) if self.policy.form else self

    def unnamed(self) -> Context:
        """The same where an assignment doesn't stand for its value."""
        return Context(replace(self.policy, assignment=False), self.algebra) if self.policy.assignment else self
