# Where the code runs: each time in a process of its own, in which the project's modules are read anew; what
# hangs is ended.
import ast
import contextlib
import importlib
import importlib.machinery
import io
import json
import os
import resource
import select
import signal
import sys
import time

PLAN = json.loads(__PLAN__)
ROOT = os.path.dirname(os.path.abspath(__file__))
TARGET = os.path.realpath(os.path.join(ROOT, PLAN["path"]))
PLACE = os.path.join(ROOT, PLAN["folder"])
LAST = PLAN["name"].split(".")[-1]
# Seconds: one call, one process at its start, one process with all of its calls.
A_CALL, START, A_RUN = 0.5, 10, 4
MOST_NEAR, MOST_ROWS = 400, 260
MARK = "countersign-tests: "

SOURCE = open(TARGET, "rb").read()
mutated = None
codes = {}
plain_get_code = importlib.machinery.SourceFileLoader.get_code


def get_code(loader, name):
    """The code of a module: compiled once, the mutated one each time."""
    path = os.path.realpath(loader.path)
    if path == TARGET and mutated is not None:
        return compile(mutated, path, "exec", dont_inherit=True)
    if path not in codes:
        codes[path] = plain_get_code(loader, name)
    return codes[path]


def load():
    """The module, all of the project's own modules read anew."""
    importlib.machinery.SourceFileLoader.get_code = get_code
    sys.path[:0] = [it for it in (PLACE, ROOT) if it not in sys.path[:2]]
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name != "__main__" and file and os.path.realpath(file).startswith(ROOT + os.sep):
            del sys.modules[name]
    module = importlib.import_module(PLAN["module"])
    if os.path.realpath(module.__file__ or "") != TARGET:
        raise ImportError(f"`{PLAN['module']}` is another file: {module.__file__}")
    return module


class TooLong(BaseException):
    """A call took too long. No `except Exception` catches it."""


def ring(*_):
    raise TooLong()


@contextlib.contextmanager
def limited(seconds):
    signal.setitimer(signal.ITIMER_REAL, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def apart(work, seconds):
    """What `work` gives in a process of its own, or nothing where it hangs or dies."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            with open(os.devnull, "r+b") as nothing:
                for stream in (0, 1, 2):
                    os.dup2(nothing.fileno(), stream)
            sys.stdout = sys.stderr = io.StringIO()
            resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
            signal.signal(signal.SIGALRM, ring)
            text = json.dumps(work())
            with os.fdopen(writer, "w") as out:
                out.write(text)
        except BaseException as error:
            with contextlib.suppress(BaseException):
                os.write(writer, json.dumps({"died": f"{type(error).__name__}: {error}"}).encode())
        finally:
            os._exit(0)
    os.close(writer)
    said, until = b"", time.monotonic() + seconds
    while True:
        ready, _, _ = select.select([reader], [], [], max(0, until - time.monotonic()))
        piece = os.read(reader, 1 << 16) if ready else b""
        if not piece:
            break
        said += piece
    os.close(reader)
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    try:
        return json.loads(said)
    except ValueError:
        return None


def target(tree):
    """The definition of the function in a syntax tree."""
    node = tree
    for name in PLAN["name"].split("."):
        inner = [it for it in ast.iter_child_nodes(node) if getattr(it, "name", None) == name]
        if not inner:
            return None
        node = inner[-1]
    return node if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else None


FUNCTION = target(ast.parse(SOURCE))
LINES = range(FUNCTION.lineno, FUNCTION.end_lineno + 1) if FUNCTION else range(0)
