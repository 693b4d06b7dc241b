# What is needed to try lines of code on a module, each by itself.
import ast
import contextlib
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


def attempt(line, names):
    statement = ast.parse(line).body[0]
    compares = isinstance(statement, ast.Assert) and isinstance(statement.test, ast.Compare)
    if compares and len(statement.test.ops) == 1 and isinstance(statement.test.ops[0], ast.Eq):
        left, right = statement.test.left, statement.test.comparators[0]
        is_, should = (eval(ast.unparse(side), names) for side in (left, right))
        if not is_ == should:
            raise AssertionError(f"{ast.unparse(left)} is {short(is_)}")
    else:
        exec(compile(line, "line", "exec"), names)


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
        attempt(line, dict(names))
        return "holds", ""
    except AssertionError as error:
        return "fails", str(error) or "it is not so"
    except BaseException as error:
        broken = isinstance(error, (NameError, TypeError, AttributeError)) and of_the_line(error)
        return "broken" if broken else "fails", f"{type(error).__name__}: {short(str(error))}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def stop(*_):
    raise TimeoutError(f"it takes longer than {SECONDS} s")
