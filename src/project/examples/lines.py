# What is needed to try lines of code on a module, each by itself.
import ast
import contextlib
import math
import operator
import re
import signal

SECONDS, LONGEST = 2, 120


class Raised:
    """What `with pytest.raises(…) as it` gives."""

    value = type = None


@contextlib.contextmanager
def raises(*errors, match=None):
    raised = Raised()
    try:
        yield raised
    except errors as error:
        raised.value, raised.type = error, type(error)
        if match is not None and not re.search(match, str(error)):
            raise AssertionError(f"{short(str(error))} does not match {short(match)}") from None
        return
    raise AssertionError("nothing was raised")


class Near:
    def __init__(self, value, rel=None, abs=None):
        self.value, self.abs = value, abs
        self.rel = rel if rel is not None else 0 if abs is not None else 1e-6

    def __eq__(self, other):
        return self.near(self.value, other)

    def near(self, value, other):
        if isinstance(value, dict):
            return value.keys() == other.keys() and all(self.near(value[key], other[key]) for key in value)
        if isinstance(value, (list, tuple)):
            return len(value) == len(other) and all(map(self.near, value, other))
        return value == other or math.isclose(value, other, rel_tol=self.rel, abs_tol=self.abs or 1e-12)

    def __repr__(self):
        return f"about {self.value!r}"


def failed(reason=""):
    raise AssertionError(reason or "it is not so")


class pytest:
    raises = staticmethod(raises)
    approx = staticmethod(Near)
    fail = staticmethod(failed)


def short(value):
    text = repr(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + "..."


SIGNS = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}


def attempt(line, names):
    statement, *more = ast.parse(line).body
    if more or not isinstance(statement, ast.Assert):
        exec(compile(line, "line", "exec"), names)
        return
    test = statement.test
    negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    compares = isinstance(test, ast.Compare) and len(test.ops) == 1
    shown = test.operand if negated else test.left if compares else test
    value = eval(ast.unparse(shown), names)
    if compares:
        other = eval(ast.unparse(test.comparators[0]), names)
        holds = SIGNS[type(test.ops[0])](value, other)
    else:
        holds = bool(value) != negated
    if not holds:
        raise AssertionError(f"{ast.unparse(shown)} is {short(value)}")


def is_test(line):
    """Whether it is the body of a test that a report shows, which has run once."""
    return "\n" in line or "self." in line


def names_for(line, names):
    names = dict(names)
    if "self." in line:
        import unittest

        names["self"] = unittest.TestCase()
    return names


def lacks_more(error, names):
    """Whether a test needs what its class sets up, or more of pytest than there is here."""
    ours = [it for it in (names.get("self"), names.get("pytest")) if it is not None]
    return isinstance(error, AttributeError) and any(error.obj is it for it in ours)


def of_nothing(error):
    """Whether the code gave nothing where something is wanted, as what is not written yet does."""
    attribute = isinstance(error, AttributeError) and error.obj is None
    return attribute or isinstance(error, TypeError) and "NoneType" in str(error)


def first_line(error):
    lines = [line.strip() for line in str(error).split("\n") if line.strip()] or [""]
    # What is announced follows.
    said = " ".join(lines[:4]) if lines[0].endswith(":") else lines[0]
    return said if len(said) <= 3 * LONGEST else said[: 3 * LONGEST] + "..."


def of_the_line(error):
    """Whether an error was raised by the line itself and not below it."""
    trace = error.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_frame.f_code.co_filename in ("<string>", "line")


def try_out(line, names):
    try:
        # Compiled, for a `return` can be parsed.
        compile(line, "line", "exec")
    except (SyntaxError, ValueError) as error:
        return "broken", str(error)
    names = names_for(line, names)
    try:
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        attempt(line, names)
        return "holds", ""
    except AssertionError as error:
        return "fails", first_line(error) or "it is not so"
    except BaseException as error:
        own = NameError if is_test(line) else (NameError, TypeError, AttributeError)
        wrong = isinstance(error, own) and not of_nothing(error) or lacks_more(error, names)
        broken = wrong and of_the_line(error)
        return "broken" if broken else "fails", f"{type(error).__name__}: {short(str(error))}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def stop(*_):
    raise TimeoutError(f"it takes longer than {SECONDS} s")
