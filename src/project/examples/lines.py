# What is needed to try lines of code on a module, each by itself.
import ast
import contextlib
import operator
import signal

SECONDS, LONGEST = 2, 120


@contextlib.contextmanager
def raises(*errors):
    try:
        yield
    except errors:
        return
    raise AssertionError("nothing was raised")


class pytest:
    raises = staticmethod(raises)
    approx = staticmethod(lambda value, **_: Near(value))


class Near:
    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        return abs(other - self.value) <= 1e-6 * max(1.0, abs(self.value))


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


def first_line(error):
    said = str(error).partition("\n")[0]
    return said if len(said) <= 3 * LONGEST else said[: 3 * LONGEST] + "..."


def of_the_line(error):
    """Whether an error was raised by the line itself and not below it."""
    trace = error.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_frame.f_code.co_filename in ("<string>", "line")


def try_out(line, names):
    try:
        ast.parse(line)
    except (SyntaxError, ValueError) as error:
        return "broken", str(error)
    try:
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        attempt(line, names_for(line, names))
        return "holds", ""
    except AssertionError as error:
        return "fails", first_line(error) or "it is not so"
    except BaseException as error:
        own = NameError if is_test(line) else (NameError, TypeError, AttributeError)
        broken = isinstance(error, own) and of_the_line(error)
        return "broken" if broken else "fails", f"{type(error).__name__}: {short(str(error))}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def stop(*_):
    raise TimeoutError(f"it takes longer than {SECONDS} s")
