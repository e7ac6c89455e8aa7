"""Tables and pictures of the published results: for the terminal, and for the README and docs/results.md.

python -m reasoning_baselines.result_pages README.md docs/results.md docs/plots
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from reasoning_baselines.published import Result, find_result, is_of_an_earlier_recipe, published_names
from reasoning_baselines.recipe_files import agent_title
from reasoning_baselines.seed_statistics import ENOUGH, Agreement
from reasoning_baselines.tables import plain_table

_MARKED = re.compile(r"(<!-- begin (results|details) -->\n).*?(<!-- end \2 -->)", re.DOTALL)
PLOTS: Mapping[str, Sequence[str]] = {  # a picture's name: the recipes whose results it shows
    "train_time": ("mcts-expert-tiny", "grpo-tiny", "ppo-tiny", "star-tiny"),
    "test_time_chains": ("search-chains",),
    "test_time_learned": ("search-learned",),
    "test_time_countdown": ("search-countdown",),
    "test_time_math": ("sweep-math",),
    "test_time_training": ("ttt-tiny",),
}
_FEW = 1  # differences that the tables show of a result; the page of details has all
_EARLIER = "measured by an earlier form of the recipe"


def all_published() -> list[Result]:
    """The published results, by their names."""
    return [find_result(name) for name in published_names()]


def terminal_table(results: Iterable[Mapping[str, Any]]) -> Table:
    """A row a result, and one for each difference to something on the same problems; fits into 80 columns."""
    table = plain_table("recipe", ">value", ">95 %", ">n", ">seeds", ">tokens", ">CPU")
    for result in results:
        table.add_section()
        name = Text(result["name"], style="bold")
        if is_of_an_earlier_recipe(result):
            name.append(" *", style="yellow")
        spent = [compact(result["cost"].get("tokens")), short_duration(result["cost"].get("cpu_seconds"))]
        table.add_row(
            name, number(result["value"]), interval(result), f"{result['n']:,}", str(len(result["seeds"])), *spent
        )
        others = _others(result)
        for label, other in others[:_FEW]:
            table.add_row(Text(f"  over {label}"), *_difference_cells(other), style="dim")
        if len(others) > _FEW:
            table.add_row(Text(f"  and {len(others) - _FEW} more"), style="dim")
    return table


def notes(results: Sequence[Mapping[str, Any]]) -> str:
    """What the terminal's table needs said: what each number is, and what its columns mean."""
    said = [f"{result['name']}: {result['metric']}" for result in results]
    said.append(
        "`reasoning-gym reproduce RECIPE` makes a number again and compares. Tokens and CPU time are of one seed. With "
        f"fewer than {ENOUGH} seeds the interval is about the finite problems alone. 'over' is a paired difference."
    )
    if any(map(is_of_an_earlier_recipe, results)):
        said.append(f"* {_EARLIER}")
    return "\n".join(said)


def beside_table(known: Mapping[str, Any] | None, here: Mapping[str, Any]) -> Table:
    """A published result and one that was made here, which has its seeds too if there are several."""
    table = plain_table("", ">value", ">95 %", ">n", ">seeds", ">tokens", ">CPU")
    for name, result in (("published", known), ("here", here)):
        if result is not None:
            spent = (compact(result["cost"].get("tokens")), short_duration(result["cost"].get("cpu_seconds")))
            seeds = str(len(result["seeds"]))
            table.add_row(name, number(result["value"]), interval(result), f"{result['n']:,}", seeds, *spent)
    for seed in here["seeds"] if len(here["seeds"]) > 1 else ():
        spent = (compact(seed["cost"].get("tokens")), short_duration(seed["cost"].get("cpu_seconds")))
        name = f"  seed {seed['seed']}"
        table.add_row(name, number(seed["value"]), interval(seed), f"{here['n']:,}", "", *spent, style="dim")
    for label, other in _others(here):
        table.add_row(Text(f"  over {label}"), *_difference_cells(other), style="dim")
    return table


def verdict(found: Agreement) -> str:
    """Whether two results agree, and why."""
    if found.p == 1:
        return "They agree: the values are identical."
    chance = f"{p_value(found.p)}, held against {found.against}"
    return f"They agree: {chance}." if found.agrees else f"They disagree: {chance}."


def markdown_table(results: Sequence[Mapping[str, Any]]) -> str:
    """A row a result."""
    lines = [
        "| number | value | 95 % | n | seeds | difference to | cost of a seed | command |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for result in results:
        mark = " \\*" if is_of_an_earlier_recipe(result) else ""
        compared = _others(result)
        others = "; ".join(f"{label}: {_difference(other)}" for label, other in compared[:_FEW])
        others += f"; and {len(compared) - _FEW} more" if len(compared) > _FEW else ""
        lines.append(
            f"| {result['metric']} | {number(result['value'])}{mark} | {interval(result)} | {result['n']:,} "
            f"| {len(result['seeds'])} | {others} | {cost(result['cost'])} | `{_command(result)}` |"
        )
    if any(map(is_of_an_earlier_recipe, results)):
        lines += ["", f"\\* {_EARLIER}; the command runs the present one."]
    return "\n".join(lines) + "\n"


def details(results: Iterable[Mapping[str, Any]]) -> str:
    """A section a result, with all its figures."""
    return "\n".join("\n".join(_section(result)) + "\n" for result in results)


def updated(text: str, results: Sequence[Mapping[str, Any]]) -> str:
    """A page with what stands between its markers made anew: `<!-- begin results -->`, `<!-- begin details -->`.

    Raises:
        ValueError: if the page has none.
    """
    made = {"results": markdown_table, "details": details}
    page, count = _MARKED.subn(lambda found: f"{found[1]}\n{made[found[2]](results)}\n{found[3]}", text)
    if not count:
        raise ValueError("the page has no place for results; put '<!-- begin results -->' and '<!-- end results -->'")
    return page


def draw_plots(folder: Path) -> list[Path]:
    """Draw the pictures of those results that are published, as SVG; the files. Needs matplotlib (extra `plots`)."""
    from reasoning_baselines import learning_curves, scaling

    known = published_names()
    files: list[Path] = []
    for name, recipes in PLOTS.items():
        results = [find_result(recipe) for recipe in recipes if recipe in known]
        if not results:
            continue
        trained = any(seed.get("curve") for seed in results[0]["seeds"])
        drawn = learning_curves.draw(results, folder / name) if trained else scaling.draw(results[0], folder / name)
        for file in drawn:
            if file.suffix == ".svg":
                files.append(file)
            else:
                file.unlink()
    return files


def figures_table(result: Mapping[str, Any]) -> list[str]:
    """The lines of a table of what else a training came to."""
    lines = ["| figure of the training | value | 95 % |", "| --- | --- | --- |"]
    for name, each in result["figures"].items():
        value = number(each["value"]) if abs(each["value"]) <= 1 else compact(each["value"])
        lines.append(f"| {name} | {value} | {interval(each) if 'low' in each else ''} |")
    return lines


def number(value: float) -> str:
    """A value with three decimals, as .705."""
    return re.sub(r"^(-?)0\.", r"\1.", f"{value:.3f}")


def interval(table: Mapping[str, Any]) -> str:
    """The ends of an interval."""
    return f"{number(table['low'])} to {number(table['high'])}"


def cost(table: Mapping[str, Any]) -> str:
    """What a seed cost, in words."""
    counted = [f"{compact(table[key])} {key}" for key in ("tokens", "simulations") if table.get(key)]
    seconds = table.get("cpu_seconds")
    return ", ".join([*counted, *([] if seconds is None else [f"{short_duration(seconds)} CPU"])])


def p_value(p: float) -> str:
    """A p-value, as p = .012, p < .001, p = 1."""
    return "p < .001" if p < 0.001 else f"p = {number(p)}" if p < 0.9995 else "p = 1"


def _section(result: Mapping[str, Any]) -> list[str]:
    seeds = ", ".join(f"{number(seed['value'])} (seed {seed['seed']})" for seed in result["seeds"])
    facts = [
        f"## {result['name']}",
        "",
        f"{result['metric'][:1].upper()}{result['metric'][1:]}: **{number(result['value'])}**, 95 % "
        f"{interval(result)}, n = {result['n']:,}.",
        "",
        f"- By seed: {seeds}",
        f"- Cost of a seed: {cost(result['cost'])}",
        f"- Made by: `{result['command']}`, commit {(result['commit'] or 'unknown')[:10]}, "
        + ", ".join(f"{name} {version}" for name, version in result["versions"].items()),
        f"- Again: `{_command(result)}`" + (f". It was {_EARLIER}" if is_of_an_earlier_recipe(result) else ""),
    ]
    if result.get("figures"):
        facts += ["", *figures_table(result)]
    if others := _others(result):
        facts += ["", "| on the same problems | value | 95 % | tokens a problem | difference | 95 % | p |"]
        facts += ["| --- | --- | --- | --- | --- | --- | --- |"]
        facts += [_other_row(label, other) for label, other in others]
    facts += _at_equal_tokens(result)
    for each in result["evaluations"]:
        facts += ["", "| problems | accuracy | 95 % | n, all seeds | tokens a problem |"]
        facts += ["| --- | --- | --- | --- | --- |", _row(f"**{each['label']}**", each)]
        cells = [cell for cell in result["cells"] if cell["evaluation"] == each["label"]]
        if len(cells) > 1:
            facts += [_row(f"{cell['family']}, level {cell['level']}", cell) for cell in cells]
    return facts


def _at_equal_tokens(result: Mapping[str, Any]) -> list[str]:
    """A table of what agents are better by than self-consistency and best-of-N at as many tokens."""
    held = [each for each in result["evaluations"] if each.get("at_equal_tokens")]
    columns = list(dict.fromkeys(label for each in held for label in each["at_equal_tokens"]))
    if not columns:
        return []
    lines = ["", "| at equal tokens | tokens a problem | " + " | ".join(f"over {label}" for label in columns) + " |"]
    lines.append("| --- | --- |" + " --- |" * len(columns))
    for each in held:
        cells = [_equal_cell(each["at_equal_tokens"].get(label)) for label in columns]
        title = agent_title(each["agent"], each["options"])
        lines.append(f"| {title} | {each['tokens'] / each['episodes']:.0f} | {' | '.join(cells)} |")
    return lines


def _equal_cell(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return ""
    ends = f"{_signed(found['low'])} to {_signed(found['high'])}"
    return f"{_signed(found['difference'])} ({ends}), {p_value(found['p_value'])}"


def _other_row(label: str, other: Mapping[str, Any]) -> str:
    difference, ends, p = _difference_cells(other)
    p = p.removeprefix("p").removeprefix("=")
    return (
        f"| {label} | {number(other['value'])} | {interval(other)} | {other['tokens']:.0f} "
        f"| {difference} | {ends} | {p} |"
    )


def _row(name: str, tally: Mapping[str, Any]) -> str:
    tokens = tally["tokens"] / max(tally["episodes"], 1)
    return f"| {name} | {number(tally['accuracy'])} | {interval(tally)} | {tally['episodes']:,} | {tokens:.0f} |"


def _others(result: Mapping[str, Any]) -> Sequence[tuple[str, Mapping[str, Any]]]:
    return list(result["compared_with"].items())


def _difference(other: Mapping[str, Any]) -> str:
    return f"{_signed(other['difference'])}, {p_value(other['p'])}"


def _difference_cells(other: Mapping[str, Any]) -> tuple[str, str, str]:
    low, high = _signed(other["difference_low"]), _signed(other["difference_high"])
    return _signed(other["difference"]), f"{low} to {high}", p_value(other["p"]).replace(" ", "")


def _signed(difference: float) -> str:
    return number(difference) if difference < 0 else f"+{number(difference)}"


def _command(result: Mapping[str, Any]) -> str:
    return f"reasoning-gym reproduce {result['name']}"


def compact(amount: float | None) -> str:
    """A number in few characters, as 2.6M; nothing where it isn't known."""
    if amount is None:
        return ""
    for size, mark in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if amount >= size:
            return f"{amount / (1e3 if mark == 'k' else size):.{0 if mark == 'k' else 1}f}{mark}"
    return f"{amount:,.0f}"


def short_duration(seconds: float | None) -> str:
    """A time in few characters, as 3.7 min; nothing where it isn't known."""
    if seconds is None:
        return ""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit("give what to bring up to date: README.md docs/results.md docs/plots")
    for page in map(Path, sys.argv[1:]):
        if page.suffix != ".md":
            draw_plots(page)
            continue
        page.write_text(updated(page.read_text(encoding="utf-8"), all_published()), encoding="utf-8")
