"""Asks sympy whether two trees are equal; run as a program, in a process that `last_resort` may kill.

Reads lines of JSON, `[left, right, seconds]`, from the socket that is its standard input, and answers each
with `{"answer", "resident"}`. Trees arrive as nested lists made by `last_resort`; sympy never sees a text.
It imports nothing else of this package, so that it starts fast and needs no import path.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import queue
import random
import resource
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, TypeAlias

Answer: TypeAlias = Literal["equal", "different", "unknown"]
Tree: TypeAlias = list[Any]  # ["number", numerator, denominator] in hexadecimal, ["name", name] or [head, *trees]
Expr: TypeAlias = Any  # of sympy, which has no types

MEMORY = 1 << 30  # bytes of address space beyond what sympy itself takes
RECURSION = 10_000  # sympy recurses several times for each level of a tree
POINTS = 8  # at which a proof is put to the test

try:
    sympy: Any = importlib.import_module("sympy")  # by name, because it has no stubs
except ImportError as error:
    if __name__ == "__main__":
        os.write(0, json.dumps({"error": str(error)}).encode() + b"\n")
    raise


class Unsupported(ValueError):
    """The tree has no value, or none that sympy and this checker agree upon."""


def main() -> None:
    """Serve requests until the other end closes the socket."""
    channel = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    requests = _requests(channel)
    _limit_memory()
    channel.sendall(b'{"ready": true}\n')
    while True:
        left, right, seconds = json.loads(requests.get())
        _limit_processor_time(seconds)
        reply = {"answer": answer(left, right), "resident": _memory_pages()[1] * resource.getpagesize()}
        channel.sendall(json.dumps(reply).encode() + b"\n")


def _requests(channel: socket.socket) -> queue.SimpleQueue[bytes]:
    """The lines that arrive, read by a thread, which ends this process when its parent is gone, busy or not."""
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def read() -> None:
        try:
            for line in channel.makefile("rb"):
                lines.put(line)
        finally:
            os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return lines


def _limit_memory() -> None:
    sys.setrecursionlimit(RECURSION)
    _limit(resource.RLIMIT_CORE, 0)
    pages, _ = _memory_pages()
    if pages:
        _limit(resource.RLIMIT_AS, pages * resource.getpagesize() + MEMORY)


def _limit_processor_time(seconds: float) -> None:
    """Let the kernel end this process soon after its deadline, even where Python can't run: within one product."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime + seconds) + 1)


def _limit(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _memory_pages() -> tuple[int, int]:
    """Pages of address space and of resident memory; zeros where the system doesn't say."""
    try:
        with open("/proc/self/statm") as file:
            size, resident, *_ = file.read().split()
    except FileNotFoundError:
        return 0, 0
    return int(size), int(resident)


def answer(left: Tree, right: Tree) -> Answer:
    """Whether two trees are equal wherever both are defined; the same whatever was asked before."""
    sympy.core.cache.clear_cache()
    sympy.core.random.seed(0)
    nonzero: list[Expr] = []
    try:
        difference = build(left, nonzero) - build(right, nonzero)
        claim = proved(difference, nonzero)
        # sympy has been wrong before: what it claims must also hold at points
        return claim if claim != "unknown" and sampled(difference, nonzero) == claim else "unknown"
    except Exception:  # of any kind, from the depths of sympy; none of them is an answer
        return "unknown"


# --- from trees to expressions ---

_CONSTANTS = {"pi": sympy.pi, "e": sympy.E, "i": sympy.I}
_UNDEFINED = (sympy.nan, sympy.zoo, sympy.oo, -sympy.oo)
_FUNCTIONS: Mapping[str, Callable[[Expr], Expr]] = {
    "neg": lambda x: -x,
    "%": lambda x: x / 100,
    "deg": lambda x: x * sympy.pi / 180,
    "|": sympy.Abs,
    "abs": sympy.Abs,
    "floor": sympy.floor,
    "ceil": sympy.ceiling,
    "sqrt": sympy.sqrt,
    "exp": sympy.exp,
    "ln": sympy.log,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tan": sympy.tan,
    "cot": sympy.cot,
    "sec": sympy.sec,
    "csc": sympy.csc,
    "arcsin": sympy.asin,
    "arctan": sympy.atan,
    # by way of the two above, so that their sums cancel
    "arccos": lambda x: sympy.pi / 2 - sympy.asin(x),
    "arccot": lambda x: sympy.pi / 2 - sympy.atan(x),
    "arcsec": lambda x: sympy.pi / 2 - sympy.asin(1 / x),
    "arccsc": lambda x: sympy.asin(1 / x),
    "sinh": sympy.sinh,
    "cosh": sympy.cosh,
    "tanh": sympy.tanh,
    "coth": sympy.coth,
    "sech": sympy.sech,
    "csch": sympy.csch,
    "arcsinh": sympy.asinh,
    "arccosh": sympy.acosh,
    "arctanh": sympy.atanh,
}
_POLES: Mapping[str, Callable[[Expr], Expr]] = {  # what vanishes where a function isn't defined
    "ln": lambda x: x,
    "tan": sympy.cos,
    "cot": sympy.sin,
    "sec": sympy.cos,
    "csc": sympy.sin,
    "arctan": lambda x: 1 + x**2,
    "arccot": lambda x: 1 + x**2,
    "arcsec": lambda x: x,
    "arccsc": lambda x: x,
    "tanh": sympy.cosh,
    "coth": sympy.sinh,
    "sech": sympy.cosh,
    "csch": sympy.sinh,
    "arctanh": lambda x: 1 - x**2,
}


def build(tree: Tree, nonzero: list[Expr]) -> Expr:
    """The expression that a tree stands for.

    What must not vanish for it to be defined is added to `nonzero`, because sympy forgets it: for sympy,
    0/(sin²x + cos²x - 1) is 0.

    Raises:
        Unsupported: if the tree has no value.
    """
    head, *rest = tree
    if head == "number":
        return sympy.Rational(int(rest[0], 16), int(rest[1], 16))
    if head == "name":
        (name,) = rest
        if name in {"oo", "..."}:
            raise Unsupported(f"{name} is no number")
        return _CONSTANTS[name] if name in _CONSTANTS else sympy.Symbol(name, real=True)
    value = _applied(head, [build(argument, nonzero) for argument in rest], nonzero)
    if value in _UNDEFINED:
        raise Unsupported("undefined")
    return value


def _applied(head: str, arguments: list[Expr], nonzero: list[Expr]) -> Expr:
    match head, arguments:
        case (("+" | "mixed"), _):
            return sympy.Add(*arguments)
        case "*", _:
            return sympy.Mul(*arguments)
        case "/", [a, b]:
            nonzero.append(b)
            return a / b
        case "//", [a, b]:
            nonzero.append(b)
            return sympy.floor(a / b)
        case "^", [base, exponent]:
            return _power(base, exponent, nonzero)
        case "cbrt", [x]:
            return _power(x, sympy.Rational(1, 3), nonzero)
        case "root", [x, index]:
            nonzero.append(index)
            return _power(x, 1 / index, nonzero)
        case "log", [x, *base]:
            base = base[0] if base else sympy.Integer(10)
            nonzero += [x, base, base - 1]
            return sympy.log(x, base)
        case "!", [n]:
            return _factorial(n, nonzero)
        case "binom", [n, k]:
            return _binomial(n, k, nonzero)
        case "max", _:
            return sympy.Max(*arguments)
        case "min", _:
            return sympy.Min(*arguments)
        case (("gcd" | "lcm"), _) if all(argument.is_Integer for argument in arguments):
            return sympy.Integer((math.gcd if head == "gcd" else math.lcm)(*map(int, arguments)))
        case _, [x] if head in _FUNCTIONS:
            if head in _POLES:
                nonzero.append(_POLES[head](x))
            return _FUNCTIONS[head](x)
        case _:
            raise Unsupported(f"{head!r} of {len(arguments)} has no value")


def _power(base: Expr, exponent: Expr, nonzero: list[Expr]) -> Expr:
    """The principal value; the real one where the exponent is p/q, q odd, and the base is real."""
    if not exponent.is_nonnegative:
        nonzero.append(base)
    odd_root = exponent.is_Rational and exponent.q % 2 == 1 and exponent.q > 1
    if not odd_root or base.is_nonnegative or base.is_real is False:
        return base**exponent
    if not base.is_real:
        raise Unsupported("an odd root of what may be real or not")
    size = sympy.Abs(base) ** exponent
    return size if exponent.p % 2 == 0 else sympy.sign(base) * size


def _factorial(n: Expr, nonzero: list[Expr]) -> Expr:
    if n.is_number and not (n.is_Integer and n >= 0):
        raise Unsupported("factorial of what isn't a natural number")
    nonzero += _off_the_integers(n)
    return sympy.factorial(n)


def _binomial(n: Expr, k: Expr, nonzero: list[Expr]) -> Expr:
    if (n.is_number and not n.is_Integer) or (k.is_number and not (k.is_Integer and k >= 0)):
        raise Unsupported("binomial of what aren't integers")
    if not k.is_Integer:
        nonzero += _off_the_integers(n, k, n - k)
    return sympy.binomial(n, k)


def _off_the_integers(*arguments: Expr) -> list[Expr]:
    """Nonzero away from the poles of the gamma function, which an argument may hit in disguise."""
    return [sympy.sin(sympy.pi * argument) for argument in arguments if not argument.is_Integer]


# --- proofs ---


def proved(difference: Expr, nonzero: list[Expr]) -> Answer:
    """What the steps below make of a difference: zero, another number, or neither."""
    claim = _simplified(difference)
    if claim == "unknown" and difference.has(sympy.Abs, sympy.sign, sympy.log, sympy.Pow):
        return _by_signs(difference, nonzero)
    return claim


def _simplified(difference: Expr) -> Answer:
    for step in (_itself, *(_CONSTANT_STEPS if difference.is_number else ()), *_STEPS):
        try:
            simpler = step(difference)
        except Exception:  # sympy raises all kinds; the next step may do better
            continue
        if simpler is sympy.S.Zero:
            return "equal"
        if simpler.is_Number and simpler.is_finite:
            return "different"
    return "different" if difference.is_zero is False else "unknown"


def _by_signs(difference: Expr, nonzero: list[Expr]) -> Answer:
    """Prove it for every choice of positive, negative or zero variables: |x|, √x² and ln x² need that."""
    names = sorted(difference.free_symbols, key=str)
    if not 1 <= len(names) <= 2:
        return "unknown"
    for values in _signs(names):
        defined = not any(condition.xreplace(values).is_zero for condition in nonzero)
        case = difference.xreplace(values)
        if defined and not case.has(*_UNDEFINED) and _simplified(case) != "equal":
            return "unknown"
    return "equal"


def _signs(names: list[Expr]) -> Iterator[dict[Expr, Expr]]:
    if not names:
        yield {}
        return
    positive = sympy.Symbol(names[0].name, positive=True)
    for value in (positive, -positive, sympy.S.Zero):
        for others in _signs(names[1:]):
            yield {names[0]: value, **others}


def _itself(e: Expr) -> Expr:
    return e


def _expand(e: Expr) -> Expr:
    return sympy.expand_log(sympy.expand(e), factor=True)


def _numerator(e: Expr) -> Expr:
    return _expand(sympy.fraction(sympy.together(e))[0])


def _exponentials(e: Expr) -> Expr:
    """A rational function of exponentials: what sin, cos, tan, sinh, … come to."""
    return sympy.cancel(sympy.together(e.rewrite(sympy.exp).expand()))


def _logarithms(e: Expr) -> Expr:
    """Inverse hyperbolic functions as logarithms."""
    return sympy.expand(e.replace(_is_inverse_hyperbolic, _as_logarithm))


def _as_logarithm(e: Expr) -> Expr:
    return e.rewrite(sympy.log)


def _is_inverse_hyperbolic(e: Expr) -> bool:
    return isinstance(e, (sympy.asinh, sympy.acosh, sympy.atanh))


def _factored(e: Expr) -> Expr:
    """With what is under roots, bars and logarithms factored: √(x² + 2x + 1) is |x + 1|."""
    return _expand(e.replace(_hides_factors, _factored_inside))


def _factored_inside(e: Expr) -> Expr:
    return e.func(sympy.factor(e.args[0]), *e.args[1:])


def _hides_factors(e: Expr) -> bool:
    return isinstance(e, (sympy.Abs, sympy.log)) or (e.is_Pow and e.exp.is_Rational and not e.exp.is_Integer)


def _algebraic(e: Expr) -> Expr:
    """A number of the same kind, zero or not, decided by its minimal polynomial."""
    if not e.is_algebraic:
        return e
    x = sympy.Dummy()
    return sympy.S.Zero if sympy.minimal_polynomial(e, x) == x else sympy.S.One


def _logarithm_of_one(e: Expr) -> Expr:
    """Zero if e is a small number whose exponential is exactly 1, as only that of 0 is."""
    return _period(e.replace(_is_inverse_hyperbolic, _as_logarithm))


def _angle_of_one(e: Expr) -> Expr:
    """The same of exp(2ine), n so large that what stands for arctan 1/3 is a power of 3 + i."""
    terms = sympy.Add.make_args(sympy.expand(e))
    n = sympy.ilcm(1, *(term.as_coeff_Mul()[0].q for term in terms if not term.has(sympy.pi)))
    return _period(2 * sympy.I * n * e.rewrite(sympy.log))


def _period(e: Expr) -> Expr:
    e = sympy.expand(e)
    if not abs(e.evalf(15)) < 1:
        return e
    one = sympy.expand(sympy.exp(e)) - 1
    return sympy.S.Zero if sympy.expand(one) is sympy.S.Zero or _algebraic(one) is sympy.S.Zero else e


# cheap ones first: what a step wastes is missing before the deadline
_STEPS: tuple[Callable[[Expr], Expr], ...] = (
    _expand,
    _numerator,
    sympy.cancel,
    _logarithms,
    sympy.radsimp,
    sympy.logcombine,
    _factored,
    _exponentials,
    sympy.trigsimp,
    sympy.simplify,
)
_CONSTANT_STEPS: tuple[Callable[[Expr], Expr], ...] = (_expand, _algebraic, _logarithm_of_one, _angle_of_one)


# --- the test of a proof ---


def sampled(difference: Expr, nonzero: list[Expr]) -> Answer:
    """What the values at points say, where everything is defined; 'unknown' if nowhere or if they disagree."""
    seen: set[bool] = set()
    for point in _points(sorted(difference.free_symbols.union(*(e.free_symbols for e in nonzero)), key=str)):
        if all(_clearly_nonzero(condition.xreplace(point)) for condition in nonzero):
            value = difference.xreplace(point)
            if _clearly_nonzero(value):
                seen.add(True)
            elif abs(value.evalf(30)) < 1e-15:
                seen.add(False)
    if len(seen) != 1:
        return "unknown"
    return "different" if seen.pop() else "equal"


def _points(names: list[Expr]) -> Iterator[dict[Expr, Expr]]:
    rng = random.Random(0)
    for _ in range(POINTS if names else 1):
        yield {name: sympy.Rational(rng.choice((-1, 1)) * rng.randint(1, 60), rng.randint(3, 23)) for name in names}


def _clearly_nonzero(number: Expr) -> bool:
    """Whether a digit of it is known that isn't zero. Sympy works with up to 100 digits to find one."""
    parts = number.evalf(30).as_real_imag()
    return any(part != 0 and (part.is_Rational or (part.is_Float and part._prec > 1)) for part in parts)


if __name__ == "__main__":
    main()
