"""Tables and texts for the terminal. Every table fits into 80 columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from reasoning_agents.registry import Description
from reasoning_baselines.environments import category_environment, family_environment, listed_environments
from reasoning_baselines.evaluation import Report, Tally
from reasoning_baselines.specifications import verified_how
from reasoning_baselines.sweep import Curve, Point, Result
from reasoning_gym.family import Family
from reasoning_gym.problem import Problem, Verdict
from reasoning_gym.rendering import describe, printable
from reasoning_leaderboard.statistics import compare_paired

_STYLES = {"correct": "bold green", "incorrect": "bold red"}


def verdict_text(verdict: Verdict) -> Text:
    """A verdict in its colour."""
    return Text(printable(describe(verdict)), style=_STYLES.get(verdict.status, "bold yellow"))


def families_table(families: Iterable[Family], *, mixes: bool = True) -> Table:
    """Every id: mixes over categories, if wished, then each category with its families and how they verify."""
    table = plain_table("environment", ">levels", "answers are verified")
    table.columns[0].no_wrap = True
    by_category = sorted(families, key=lambda family: (family.category, family.name))
    categories = {family.category for family in by_category}
    for listed in listed_environments().values() if mixes else ():
        if listed.is_mix and listed.env_id not in map(category_environment, categories):
            table.add_row(Text(listed.env_id, style="bold"), "", Text(f"a mix of {len(listed.families)} families"))
    for category, members in groupby(by_category, key=lambda family: family.category):
        table.add_section()
        mix = category_environment(category)
        plain = category.replace("_", " ")
        title, note = (mix, f"{plain}: a mix of these") if mix else (plain, "from files, in no mix")
        table.add_row(Text(title, style="bold"), "", Text(note))
        for family in members:
            name = family_environment(family) or family.name
            table.add_row(f"  {name}", str(family.levels), Text(verified_how(family), style="dim"))
    return table


def worked_problem(problem: Problem, thoughts: Sequence[str]) -> RenderableType:
    """A problem's address and statement, its reference thoughts, numbered, and the reference answer."""
    return Group(
        Text(str(problem.address), style="dim"),
        Text(printable(problem.question.statement), style="bold"),
        steps(thoughts),
        Text(f"The reference is {printable(problem.answer)}", style="dim"),
    )


def steps(thoughts: Sequence[str]) -> Table:
    """Thoughts, one a row, numbered."""
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right", width=4, style="dim")
    table.add_column()
    for number, thought in enumerate(thoughts, 1):
        table.add_row(str(number), Text(printable(thought)))
    return table


def agents_table(agents: Iterable[Description]) -> Table:
    """The agents, each with what it does and its options with their defaults."""
    table = plain_table("agent, options", "default", "")
    for agent in agents:
        table.add_section()
        need = Text("\nNeeds a model.", style="dim") if agent.needs_model else Text()
        table.add_row(Text(agent.name, style="bold"), "", Text(agent.summary).append_text(need))
        for option in agent.options:
            choices = option.kind.split(" | ")
            named = len(choices) < 2 or all(choice in option.help for choice in choices)
            meaning = option.help if named else f"{option.help} {' or '.join(choices)}."
            default = "" if option.default is None else str(option.default)
            table.add_row(f"  {option.name}", default, Text(meaning, style="dim"))
    return table


def results_table(report: Report) -> Table:
    """Accuracy with its interval, n, thoughts and tokens a problem: of all, then by family and level."""
    table = plain_table("problems", ">n", ">accuracy", ">95 %", ">thoughts", ">tokens")
    table.add_row(*_figures("all", report.total), style="bold")
    for family, cells in groupby(sorted(report.cells.items()), key=lambda cell: cell[0][0]):
        tallies = {level: tally for (_, level), tally in cells}
        if len(tallies) == 1:
            level, tally = next(iter(tallies.items()))
            table.add_section()
            table.add_row(*_figures(f"{family}, level {level}", tally))
            continue
        table.add_section()
        table.add_row(*_figures(family, _sum(tallies.values())))
        for level, tally in tallies.items():
            table.add_row(*_figures(f"  level {level}", tally), style="dim")
    return table


def cost_line(report: Report) -> str:
    """What the run cost in all, in one line."""
    total = report.total
    parts = [
        f"{total.episodes:,} of {report.wanted:,} problems",
        f"{total.cost.tokens:,} tokens",
        f"{total.cost.forward_passes:,} forward passes",
        f"{total.cost.simulations:,} simulations" if total.cost.simulations else "",
        _duration(report.seconds),
    ]
    return ", ".join(part for part in parts if part)


def budgets_table(reports: Mapping[str, Report], base: str, solved: Mapping[str, Sequence[bool]]) -> Table:
    """Accuracy against tokens, an agent a row, each compared with the `base` agent problem by problem.

    Args:
        reports: the figures of each agent, by its label.
        base: label of the one that others are compared with.
        solved: of each agent, whether it solved each problem, in the same order.
    """
    table = plain_table("agent", ">accuracy", ">95 %", ">tokens", f">over {base}", ">p", ">time")
    for label, report in reports.items():
        cells = ["", ""]
        if label != base:
            pair = compare_paired(solved[label], solved[base])
            cells = [f"{100 * pair.difference:+.1f}", _p_value(pair.p_value)]
        total = report.total
        accuracy, interval = _rate(total)
        table.add_row(label, accuracy, interval, _mean(total.cost.tokens, total), *cells, _duration(report.seconds))
    return table


def sweep_table(result: Result) -> Table:
    """The points of a sweep: accuracy with its interval, and costs, each a mean over problems."""
    table = plain_table("agent, budget", ">accuracy", ">95 %", ">sampled", ">all tokens", ">passes", ">sims")

    def cells(point: Point) -> tuple[str, ...]:
        costs = [f"{cost:,.0f}" for cost in (point.sampled_tokens, point.all_tokens, point.forward_passes)]
        interval = f"{100 * point.low:.1f}–{100 * point.high:.1f}"
        sims = f"{point.simulations:,.0f}" if point.simulations else ""
        return (f"{100 * point.accuracy:.1f} %", interval, *costs, sims)

    for curve in result.curves:
        _add_curve(table, curve, cells)
    return table


def sweep_comparisons_table(result: Result) -> Table:
    """Each point of the other lines less the reference at equal tokens, in points of a hundred."""
    table = plain_table("agent, budget", ">tokens", ">reference", ">difference", ">95 %", ">p")

    def cells(point: Point) -> tuple[str, ...]:
        tokens = f"{result.tokens_of(point):,.0f}"
        over = point.over_reference
        if over is None:
            return tokens, "–"
        there = f"{100 * (point.accuracy - over.difference):.1f} %"
        interval = f"{100 * over.low:+.1f} to {100 * over.high:+.1f}"
        return tokens, there, f"{100 * over.difference:+.1f}", interval, _p_value(over.p_value)

    for curve in result.curves:
        if curve.label != result.reference:
            _add_curve(table, curve, cells)
    return table


def _add_curve(table: Table, curve: Curve, cells: Callable[[Point], tuple[str, ...]]) -> None:
    """A row a point, below a row for the line if it has a budget."""
    table.add_section()
    if curve.budget is None:
        table.add_row(Text(curve.label), *cells(curve.points[0]))
        return
    table.add_row(Text(curve.label))
    for point in curve.points:
        table.add_row(Text(f"  {curve.budget} {point.budget}"), *cells(point))


def _figures(name: str, tally: Tally) -> tuple[str, ...]:
    thoughts, tokens = _mean(tally.thoughts, tally, 1), _mean(tally.cost.tokens, tally)
    return (name, f"{tally.episodes:,}", *_rate(tally), thoughts, tokens)


def _rate(tally: Tally) -> tuple[str, str]:
    """Accuracy and its interval, in per cent."""
    if not tally.episodes:
        return "", ""
    low, high = tally.interval
    return f"{100 * tally.accuracy:.1f} %", f"{100 * low:.1f}–{100 * high:.1f}"


def _mean(amount: int, tally: Tally, places: int = 0) -> str:
    """Of each episode."""
    return f"{amount / tally.episodes:,.{places}f}" if tally.episodes else ""


def _p_value(p: float) -> str:
    return "<.001" if p < 0.001 else f"{p:.3f}".lstrip("0") if p < 1 else "1"


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def _sum(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        total.merge(tally)
    return total


def plain_table(*headers: str) -> Table:
    """A plain table; headers that begin with '>' stand over numbers."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for header in headers:
        right = header.startswith(">")
        table.add_column(header.lstrip(">"), justify="right" if right else "left", no_wrap=right)
    return table
