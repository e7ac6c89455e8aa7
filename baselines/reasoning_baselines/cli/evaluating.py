"""The commands that run agents: list them, evaluate one, and the demonstration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reasoning_baselines.cli.screen import command_line, fail, mistakes, option_values, out, stoppable, whole_numbers

if TYPE_CHECKING:
    from reasoning_baselines.comparison import Stage
    from reasoning_baselines.evaluation import Report

ModelName = Annotated[
    str | None,
    typer.Option("--model", metavar="MODEL", help="A shipped model, a folder, or a Hugging Face id owner/model."),
]
Batch = Annotated[int, typer.Option(min=1, metavar="N", help="Episodes in flight; for speed, the result is the same.")]
Device = Annotated[str, typer.Option(metavar="NAME", help="cpu, cuda or cuda:N.")]
Dtype = Annotated[str, typer.Option(metavar="NAME", help="float32, bfloat16 or float16.")]
Threads = Annotated[int, typer.Option(min=1, metavar="N", help="CPU threads of torch.")]
ThoughtTokens = Annotated[int, typer.Option(min=1, metavar="N", help="Tokens a model may spend on one thought.")]


def agents() -> None:
    """List the agents with their options."""
    with mistakes():
        from reasoning_agents.registry import agent_names, describe
        from reasoning_baselines.tables import agents_table

        table = agents_table([describe(name) for name in agent_names()])
    out().print(table)


def evaluate(
    agent: Annotated[str, typer.Option("--agent", metavar="NAME", help="As `reasoning-gym agents` lists them.")],
    env: Annotated[str, typer.Option("--env", metavar="ID", help="Of an environment, or a family's name.")],
    model: ModelName = None,
    episodes: Annotated[int, typer.Option(min=1, metavar="N", help="Problems: those at indices 0, 1, 2, …")] = 200,
    level: Annotated[int | None, typer.Option(metavar="N", help="The one level of all problems.")] = None,
    levels: Annotated[
        str | None, typer.Option(metavar="LIST", help="The levels to draw from, such as 1,2 or 1-4.")
    ] = None,
    split: Annotated[str, typer.Option(metavar="NAME", help="test or train.")] = "test",
    seed: Annotated[int, typer.Option(metavar="N", help="Of the agent; the problems don't depend on it.")] = 0,
    option: Annotated[
        list[str] | None, typer.Option("--option", "-o", metavar="KEY=VALUE", help="Of the agent; may be repeated.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Of the run; by default one in runs/.")
    ] = None,
    batch: Batch = 64,
    max_thoughts: Annotated[int | None, typer.Option(metavar="N", help="Thoughts in an episode.")] = None,
    path: Annotated[str | None, typer.Option(metavar="FILE", help="Data, for families that read problems.")] = None,
    device: Device = "cpu",
    dtype: Dtype = "float32",
    threads: Threads = 1,
    max_thought_tokens: ThoughtTokens = 256,
    trees: Annotated[
        int, typer.Option(min=0, metavar="N", help="Of mcts: keep the trees of the first N problems, for view, submit.")
    ] = 0,
) -> None:
    """Measure an agent on an environment: accuracy with its interval, and what it cost.

    Episode i is the problem at index i of the split, so runs of several agents are on the same
    problems. Writes run.json and episodes.jsonl. After a kill, the same command goes on where it
    stopped; a finished run is only shown again.
    """
    from reasoning_baselines.cli.meter import Meter

    with mistakes():
        from reasoning_baselines.comparison import Contestant, Stage, prepare, run_prepared
        from reasoning_baselines.runs import RunError
        from reasoning_baselines.trees import keep_trees, searching

        drawn = None if levels is None else whole_numbers(levels, "levels")
        asked = {"split": split, "level": level, "levels": drawn, "max_thoughts": max_thoughts, "path": path}
        kwargs = {key: value for key, value in asked.items() if value is not None}
        stage = Stage(env, kwargs, episodes, seed, model, device, dtype, threads, max_thought_tokens)
        (ready,) = prepare(stage, [Contestant(agent, option_values(option or []))])
        if trees:
            searching(ready.agent)  # says now if it grows none
    target = folder or Path("runs") / ready.configuration.folder()
    try:
        with stoppable(), Meter(agent) as meter:
            report = run_prepared(
                ready,
                target,
                batch=batch,
                command=command_line(),
                watch=lambda so_far: meter.show_report(agent, so_far),
            )
            if trees:
                keep_trees(ready, target, trees, watch=lambda done: meter.show("trees", done, trees))
    except RunError as error:
        fail(str(error))
    _print_report(report, target)


def demo(
    episodes: Annotated[int, typer.Option(min=1, metavar="N", help="Problems that each agent tries.")] = 300,
    model: ModelName = None,
    folder: Annotated[Path, typer.Option("--out", metavar="DIR", help="Of the runs.")] = Path("runs/demo"),
    batch: Batch = 64,
    device: Device = "cpu",
    threads: Threads = 1,
) -> None:
    """Accuracy against tokens: simple agents and search on the same test problems.

    The shipped tiny-reasoner thinks, on ReasoningCore-v0. After a kill, the same command goes on
    where it stopped.
    """
    from reasoning_baselines.cli.meter import Meter

    with mistakes():
        from reasoning_baselines import comparison
        from reasoning_baselines.runs import RunError

        stage = comparison.DEMO_STAGE._replace(episodes=episodes, model=model, device=device, threads=threads)
        prepared = comparison.prepare(stage, comparison.DEMO)
    try:
        with stoppable(), Meter(comparison.DEMO[0].label) as meter:
            reports = comparison.run_contestants(
                comparison.DEMO, prepared, folder, batch=batch, command=command_line(), watch=meter.show_report
            )
    except RunError as error:
        fail(str(error))
    _print_budgets(stage, folder, reports)


def tree(
    env: Annotated[str, typer.Argument(metavar="ID", help="Of an environment, or a family's name.")],
    index: Annotated[int, typer.Option(min=0, metavar="N", help="Which problem.")] = 0,
    model: ModelName = None,
    level: Annotated[int | None, typer.Option(metavar="N", help="The level of the problem.")] = None,
    split: Annotated[str, typer.Option(metavar="NAME", help="test or train.")] = "test",
    seed: Annotated[int, typer.Option(metavar="N", help="Of the agent; the problem doesn't depend on it.")] = 0,
    option: Annotated[
        list[str] | None, typer.Option("--option", "-o", metavar="KEY=VALUE", help="Of the search; may be repeated.")
    ] = None,
    depth: Annotated[int, typer.Option(min=1, metavar="N", help="Thoughts below one another that are shown.")] = 4,
    file: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="The whole trees, as JSON.")] = None,
    device: Device = "cpu",
    dtype: Dtype = "float32",
    threads: Threads = 1,
    max_thought_tokens: ThoughtTokens = 256,
) -> None:
    """Show the tree that a search grows for one problem.

    Each line is a thought with its visits, value and prior; what was refuted is red, and the thoughts
    that were had are bold. The file holds the tree before each thought of the episode.
    """
    with mistakes():
        from reasoning_baselines.comparison import Contestant, Stage, prepare
        from reasoning_baselines.tree_files import write_tree_file
        from reasoning_baselines.trees import drawing, search_problem, searching

        asked = {"split": split, "level": level}
        kwargs = {key: value for key, value in asked.items() if value is not None}
        stage = Stage(env, kwargs, 1, seed, model, device, dtype, threads, max_thought_tokens)
        (ready,) = prepare(stage, [Contestant("mcts", option_values(option or []))])
        searched = search_problem(searching(ready.agent), ready.environment, index)
        if file is not None:
            write_tree_file(file, searched.table(ready.configuration))
    console, episode = out(), searched.episode
    console.print(episode.question, markup=False)
    console.print(drawing(searched, depth))
    console.print(f"{episode.thoughts[-1]}  ({episode.status})", markup=False)


def _print_report(report: Report, folder: Path) -> None:
    from reasoning_baselines.tables import cost_line, results_table

    console = out()
    console.print(results_table(report))
    console.print(cost_line(report), style="dim")
    console.print(f"every episode is in {folder}", style="dim", markup=False, soft_wrap=True)


def _print_budgets(stage: Stage, folder: Path, reports: dict[str, Report]) -> None:
    from reasoning_baselines import comparison
    from reasoning_baselines.models import DEFAULT_MODEL
    from reasoning_baselines.tables import budgets_table

    results = {each.label: comparison.solved(comparison.run_folder(folder, each)) for each in comparison.DEMO}
    console = out()
    base = comparison.DEMO[0].label
    console.print(budgets_table(reports, base, results))
    model = stage.model or DEFAULT_MODEL
    console.print(
        f"{model} on {stage.episodes:,} test problems of {stage.env}, the same for every agent. Tokens are sampled "
        f"tokens a problem; 95 % is Wilson's interval; 'over {base}' is in points, p is McNemar's exact test."
    )
