"""The last resort: what sympy proves, and that its workers come, go and fail without anyone noticing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reasoning_gym.checker import last_resort
from reasoning_gym.checker.last_resort import Answer, ask_sympy, close
from reasoning_gym.checker.syntax import parse
from reasoning_gym.checker.tree import Apply, Name, Node, Number

EQUAL = [
    ("arctan(1/2) + arctan(1/3)", "pi/4"),
    ("4 arctan(1/5) - arctan(1/239)", "pi/4"),
    ("arctan(1) + arctan(2) + arctan(3)", "pi"),
    ("arcsin(3/5) + arcsin(4/5)", "pi/2"),
    ("arcsin(x) + arccos(x)", "pi/2"),
    ("cos(arctan(x))", "1/sqrt(1+x^2)"),
    ("ln(6)", "ln(2) + ln(3)"),
    ("log(3, 2) * log(4, 3)", "2"),
    ("ln(1 + sqrt(2))", "-ln(sqrt(2) - 1)"),
    ("ln(x^2)", "2*ln(abs(x))"),
    ("arcsinh(3/4)", "ln(2)"),
    ("sin(x)*cos(y)", "(sin(x+y) + sin(x-y))/2"),
    ("tan(x/2)", "(1-cos(x))/sin(x)"),
    ("sin(ln(e^x * e^(2*x)))", "3*sin(x) - 4*sin(x)^3"),
    ("cos(2*pi/7) + cos(4*pi/7) + cos(6*pi/7)", "-1/2"),
    ("sinh(2*x)", "2*sinh(x)*cosh(x)"),
    ("sqrt(5 + 2*sqrt(6))", "sqrt(2) + sqrt(3)"),
    ("cbrt(2+sqrt(5)) - cbrt(sqrt(5)-2)", "1"),
    ("sqrt(x^2 + 2*x + 1)", "abs(x+1)"),
    ("4^x", "2^(2*x)"),
    ("x! / (x-1)!", "x"),
    ("cbrt(-8)", "-2"),  # the real root, where sympy's own is 1 + i√3
    ("(x^3)^(1/3)", "x"),
    ("i^i", "e^(-pi/2)"),
    ("floor(x + 1)", "floor(x) + 1"),
]
NOT_EQUAL = [
    ("sqrt(x^2)", "x"),
    ("ln(x^2)", "2*ln(x)"),
    ("arctan(x) + arctan(1/x)", "pi/2"),
    ("2*arctan(x)", "arctan(2*x/(1-x^2))"),
    ("arctan(1) + arctan(2) + arctan(3)", "0"),
    ("ln(x+1) + ln(x+2)", "ln(x^2+3*x+2)"),
    ("(-8)^(1/3)", "1 + i*sqrt(3)"),
    ("sin(x)^2 + cos(x)^2", "1.0000000000000000000000000000000001"),
    ("e^(pi*sqrt(163))", "262537412640768744"),
    # nowhere defined, which sympy doesn't notice
    ("0/(sin(x)^2 + cos(x)^2 - 1)", "0"),
    ("0*tan(pi/2*(sin(x)^2 + cos(x)^2))", "0"),
    ("0*ln(1 - sin(x)^2 - cos(x)^2)", "0"),
    ("0*(-sin(x)^2 - cos(x)^2)!", "0"),
    ("0^(sin(x)^2 + cos(x)^2 - 2)", "0"),
    ("0*(1/0)", "0"),
    ("ln(0)", "ln(0)"),
]
DIFFERENT = [("sqrt(2) + sqrt(3)", "sqrt(10)"), ("22/7", "pi"), ("x + 1", "x"), ("x^2 + 1", "0")]
QUICK = ("x! / (x-1)!", "x")
ENDLESS = ("(sin(x)+cos(y)+ln(a)+b+c+d)^150", "(cos(x)+sin(y)+ln(a)+b+c+d)^150")


@pytest.fixture(scope="module", autouse=True)
def _no_worker_stays() -> Iterator[None]:
    yield
    close()


def ask(pair: tuple[str, str], deadline: float = 20) -> Answer:
    """The answer on two texts; by default with so long a deadline that a slow machine gives it too."""
    return ask_sympy(parse(pair[0]), parse(pair[1]), deadline=deadline)


def lone_worker() -> int:
    """The one worker that there is then, idle."""
    if len(workers()) > 1:
        close()
    assert ask(QUICK) == "equal"
    (pid,) = workers()
    return pid


def workers() -> set[int]:
    """The worker processes that are children of this one, zombies included."""
    return set(_children(os.getpid()))


def _children(parent: int) -> Iterator[int]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, ppid = (folder / "stat").read_text().rsplit(")", 1)[1].split()[:2]
            command = (folder / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(ppid) == parent and (state == "Z" or b"sympy_worker" in command):
            yield int(folder.name)


def sockets() -> set[str]:
    """The sockets that this process holds open."""
    links = [os.readlink(file) for file in Path("/proc/self/fd").iterdir() if os.path.lexists(file)]
    return {link for link in links if link.startswith("socket:")}


def wait_until_gone(pid: int, seconds: float = 20) -> None:
    ends = time.monotonic() + seconds
    while Path(f"/proc/{pid}").exists() and "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text():
        assert time.monotonic() < ends, f"process {pid} is still there"
        time.sleep(0.02)


def wait_until_busy(pid: int) -> None:
    """Until it has used processor time after sympy's import."""
    start, ends = _ticks(pid), time.monotonic() + 20
    while _ticks(pid) < start + 20:
        assert time.monotonic() < ends, f"process {pid} is not busy"
        time.sleep(0.02)


def _ticks(pid: int) -> int:
    return sum(map(int, Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]))


# --- what it says ---


@pytest.mark.parametrize("pair", EQUAL, ids=" = ".join)
def test_an_identity_is_proved(pair: tuple[str, str]) -> None:
    assert ask(pair) == "equal"


@pytest.mark.parametrize("pair", NOT_EQUAL, ids=" = ".join)
def test_a_near_miss_is_not(pair: tuple[str, str]) -> None:
    assert ask(pair) in {"different", "unknown"}


@pytest.mark.parametrize("pair", DIFFERENT, ids=" = ".join)
def test_a_difference_is_proved(pair: tuple[str, str]) -> None:
    assert ask(pair) == "different"


@pytest.mark.parametrize(
    "node",
    [
        Apply("set", (Number(1), Number(2))),
        Apply("no such head", (Number(1),)),
        Apply("sin", (Number(1), Number(2))),
        Name("oo"),
        Name("..."),
        Apply("gcd", (Name("x"), Number(2))),
    ],
)
def test_what_has_no_scalar_value_is_unknown(node: Node) -> None:
    assert ask_sympy(node, node) == "unknown"


def test_names_are_variables_and_never_code() -> None:
    names = ["I", "E", "S", "zoo", "x.is_zero", "__import__('os')", "Symbol('y', real=False)", "1+1", ""]
    for name in names:
        assert ask_sympy(Apply("abs", (Apply("neg", (Name(name),)),)), Apply("abs", (Name(name),))) == "equal"
        assert ask_sympy(Name(name), Number(2)) == "unknown"


def test_a_number_of_more_digits_than_python_prints_arrives_whole() -> None:
    large = 10**6000
    assert ask_sympy(Number(large), Number(large)) == "equal"
    assert ask_sympy(Number(large), Number(large + 1)) == "different"


def test_a_tree_too_high_for_recursion_is_unknown() -> None:
    node: Node = Name("x")
    for _ in range(5000):
        node = Apply("neg", (node,))
    assert ask_sympy(node, node) == "unknown"


def test_answers_do_not_depend_on_order() -> None:
    pairs = (EQUAL + NOT_EQUAL)[::5]
    first = [ask(pair) for pair in pairs]
    assert [ask(pair) for pair in reversed(pairs)] == first[::-1]


# --- what happens to its workers ---


def test_an_endless_request_times_out_and_a_new_worker_serves_the_next() -> None:
    before, files = lone_worker(), len(os.listdir("/proc/self/fd"))
    assert ask(ENDLESS, deadline=0.3) == "timed_out"
    assert not workers()
    assert ask(QUICK) == "equal"
    assert workers() != {before}
    assert len(os.listdir("/proc/self/fd")) == files


@pytest.mark.parametrize("text", ["2^(2^45)", "9^(9^9)", "(10^9)!", "(a+b+c+d+f+g+h+x+y+z)^60"])
def test_a_bomb_hurts_nobody(text: str) -> None:
    assert ask((text, "x"), deadline=0.3) in {"unknown", "timed_out"}
    assert ask(QUICK) == "equal"


def test_a_worker_may_not_take_the_memory_of_the_machine() -> None:
    pid = lone_worker()
    limits = Path(f"/proc/{pid}/limits").read_text()
    (space,) = (line.split()[3] for line in limits.splitlines() if line.startswith("Max address space"))
    assert int(space) < 2 << 30


def test_a_worker_is_replaced_after_some_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    close()
    monkeypatch.setattr(last_resort, "MAX_REQUESTS", 2)
    seen: list[set[int]] = []
    for _ in range(3):
        assert ask(QUICK) == "equal"
        seen.append(workers())
    assert len(seen[0]) == len(seen[2]) == 1
    assert not seen[1]
    assert seen[0] != seen[2]


def test_a_worker_that_has_grown_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lone_worker() == lone_worker()  # by the limit as shipped it stays
    monkeypatch.setattr(last_resort, "MAX_RESIDENT", 1 << 20)
    assert ask(QUICK) == "equal"
    assert not workers()


def test_a_worker_killed_in_mid_request_leaves_it_unknown() -> None:
    pid = lone_worker()
    with ThreadPoolExecutor(1) as thread:
        future = thread.submit(ask, ENDLESS)
        wait_until_busy(pid)
        os.kill(pid, signal.SIGKILL)
        assert future.result() == "unknown"
    assert ask(QUICK) == "equal"


def test_a_worker_killed_while_idle_is_not_noticed() -> None:
    pid = lone_worker()
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # all its threads, and it stays to be reaped
    assert ask(QUICK) == "equal"


def test_an_exception_in_the_caller_leaves_no_answer_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> dict[str, object]:
        raise KeyboardInterrupt

    ask(QUICK)
    with monkeypatch.context() as patch:
        patch.setattr(last_resort._Worker, "_receive", interrupted)  # pyright: ignore[reportPrivateUsage]
        with pytest.raises(KeyboardInterrupt):
            ask(("x + 1", "x"))
    assert ask(QUICK) == "equal"


def test_close_leaves_nothing_even_of_a_busy_worker() -> None:
    close()
    threads, files = threading.active_count(), len(os.listdir("/proc/self/fd"))
    ask(QUICK)
    (pid,) = workers()
    with ThreadPoolExecutor(1) as thread:
        future = thread.submit(ask, ENDLESS)
        wait_until_busy(pid)
        close()
        assert future.result() == "unknown"
    assert not workers()
    assert threading.active_count() == threads
    assert len(os.listdir("/proc/self/fd")) == files


def test_a_forked_process_has_workers_of_its_own() -> None:
    ask(QUICK)
    before = workers()
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        answers = [ask(QUICK), ask(("x + 1", "x"))]
        os.write(writer, json.dumps([answers, sorted(workers())]).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        answers, of_child = json.load(file)
    os.waitpid(child, 0)
    assert answers == ["equal", "different"]
    assert before.isdisjoint(of_child)
    assert ask(QUICK) == "equal"
    assert before == workers()
    for pid in of_child:
        wait_until_gone(pid)


def test_a_fork_does_not_keep_the_workers_of_its_parent() -> None:
    """The child's copy of a socket would hide from a worker that its parent is gone."""
    close()
    before = sockets()
    ask(QUICK)
    ours = sockets() - before
    assert ours
    child = os.fork()
    if not child:
        os._exit(bool(ours & sockets()))
    assert os.waitpid(child, 0)[1] == 0


def test_threads_get_the_answers_of_one() -> None:
    pairs = (EQUAL + NOT_EQUAL + DIFFERENT)[::5]
    alone = [ask(pair) for pair in pairs]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(ask, pairs * 2))
    assert together == alone * 2
    assert 1 <= len(workers()) <= last_resort.MAX_WORKERS


PARENT = """
import sys, threading
from reasoning_gym.checker.last_resort import ask_sympy
from reasoning_gym.checker import last_resort
from reasoning_gym.checker.syntax import parse
ask_sympy(parse("x"), parse("x"))
print(*[worker.process.pid for worker in last_resort._pool.workers], "sympy" in sys.modules, flush=True)
if len(sys.argv) > 1:
    ask_sympy(parse(sys.argv[1]), parse(sys.argv[2]), deadline=100)
"""


def test_the_parent_never_imports_sympy_and_its_end_is_the_worker_s() -> None:
    run = subprocess.run([sys.executable, "-c", PARENT], capture_output=True, text=True, check=True)
    pid, imported = run.stdout.split()
    assert imported == "False"
    assert run.stderr == ""
    assert not Path(f"/proc/{pid}").exists()


def test_a_busy_worker_ends_when_its_parent_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, *ENDLESS], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline().split()[0])
        wait_until_busy(pid)
        parent.kill()
    wait_until_gone(pid)


def test_without_sympy_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    close()
    (tmp_path / "sympy.py").write_text("raise ImportError('No module named mpmath')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(ImportError, match=r"No module named mpmath.*pip install sympy"):
        ask(QUICK)
    assert not workers()


def test_a_worker_that_cannot_start_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    close()
    monkeypatch.setattr(last_resort, "_PROGRAM", Path("/no/such/program.py"))
    with pytest.raises(RuntimeError, match="status 2"):
        ask(QUICK)
    assert not workers()
