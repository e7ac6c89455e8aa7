"""A line that tells how a long job is going: live in a terminal, now and then elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TextColumn

from reasoning_baselines.cli.screen import err

if TYPE_CHECKING:
    from reasoning_baselines.evaluation import Report

EVERY = 15.0  # seconds between lines where there is no terminal
_LABEL_WIDTH = 22


class Meter:
    """Shows what is done of how much, at what rate, and what time remains."""

    def __init__(self, label: str) -> None:
        self._console = err()
        self._live = self._console.is_terminal
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=12),
            TextColumn("{task.fields[facts]}", markup=False),
            console=self._console,
            transient=True,
            disable=not self._live,
        )
        self._task = self._bar.add_task(label[:_LABEL_WIDTH], total=None, facts="starting")
        self._label = label
        self._first = (0, time.monotonic())  # what was done when the job was first heard of, and when
        self._said = time.monotonic()

    def __enter__(self) -> Meter:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def show(self, label: str, done: int, total: int, facts: str = "", rate: float | None = None) -> None:
        """Tell how far it is; `rate` is in units a second, and measured if it isn't given."""
        now = time.monotonic()
        if label != self._label:
            self._label, self._first = label, (done, now)
        before, since = self._first
        if rate is None:
            rate = (done - before) / (now - since) if done > before else 0.0
        pace = f"{_compact(rate)}/s, {clock((total - done) / rate)} left" if rate and done < total else ""
        text = "  ".join(part for part in (f"{_compact(done)}/{_compact(total)}", facts, pace) if part)
        if self._live:
            self._bar.update(self._task, description=label[:_LABEL_WIDTH], completed=done, total=total, facts=text)
        elif now - self._said >= EVERY:
            self._said = now
            self._console.print(f"{label}: {text}", markup=False, soft_wrap=True)

    def say(self, text: str) -> None:
        """Print a line that stays, above the live one."""
        self._said = time.monotonic()
        self._console.print(text, markup=False, soft_wrap=True)

    def show_report(self, label: str, report: Report) -> None:
        """Tell how far an evaluation is, with its accuracy and interval so far."""
        total = report.total
        low, high = total.interval
        tokens = total.cost.tokens / max(total.episodes, 1)
        facts = f"{100 * total.accuracy:.0f} % ({100 * low:.0f}–{100 * high:.0f})  {tokens:,.0f} tok"
        self.show(label, total.episodes, report.wanted, facts)


def _compact(amount: float) -> str:
    """A number in few characters."""
    for size, mark in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if amount >= size:
            return f"{amount / (1e3 if mark == 'k' else size):.{0 if mark == 'k' else 1}f}{mark}"
    return f"{amount:.0f}" if amount >= 10 or amount == int(amount) else f"{amount:.1f}"


def clock(seconds: float) -> str:
    """Minutes and seconds, hours if need be."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
