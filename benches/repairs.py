#!/usr/bin/env python3
"""Counts how many small mistakes in real libraries are mended without a model.

    benches/repairs.py make --set a --seed 1 --count 48 --tasks a.json [--folder FOLDER] [--python PATH]
    benches/repairs.py run --tasks a.json [--binary PATH] [--log FILE] [--folder FOLDER] [--python PATH] [-- OPTION...]
    benches/repairs.py table FILE...

`make` takes pure Python libraries as PyPI's source packages (fetched by pip into FOLDER/sdists), and puts
one mistake of one or two lines at random into each copy: an operator, a bound, a wrong name, a call that
is missing. It keeps those that make at least one test fail, and not many, and writes of each a report that
names a public function and the statement that does not hold, but no file and no line. `--half`: of many
tasks, half of the test functions of the failing files are taken out of what the tool sees.

`run` gives each report to `countersign propose --apply`, with a model that answers nothing; it goes on where FILE ends. Judged is the
whole test suite as it was, with what fails in it anyway left out:
  same        all tests pass, and the function says what it said before the mistake
  other       all tests pass, and it says something else
  overfit     the tests that the tool had pass, and not all of those that it had not
  wrong       what was applied does not pass the tests
  none        nothing was applied

$PYTHON or --python has pytest and coverage, and what the libraries need; only the standard library is used here.
"""

import argparse
import ast
import collections
import json
import os
import pathlib
import random
import re
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent.parent
# By the set: the package, the arguments of pytest, and what is taken out of the source because its tests
# are slow or need more than Python.
LIBRARIES = {
    "a": {
        "boltons==26.2.0": ("tests", ["tests/test_fileutils.py", "tests/test_tbutils.py", "tests/test_tbutils_parsed_exc.py"]),
        "idna==3.20": ("tests", ["tests/test_idna_uts46.py", "tests/test_idna_codec.py"]),
        "inflection==0.5.1": ("test_inflection.py", []),
        "num2words==0.5.14": ("tests", ["tests/test_cli.py"]),
        "packaging==26.4": ("tests", ["tests/property", "tests/test_ranges.py", "tests/test_pylock_select.py",
                                      "tests/test_requirements.py", "tests/test_specifiers.py", "tests/test_version.py"]),
        "pathspec==1.1.1": ("tests", []),
        "semantic_version==2.10.0": ("tests", []),
        "webcolors==25.10.0": ("tests", []),
    },
    "b": {
        "furl==2.1.4": ("tests", []),
        "glom==25.12.0": ("glom/test", ["glom/test/test_cli.py"]),
        "intervaltree==3.2.1": ("test", ["test/issues"]),
        "jinja2==3.1.6": ("tests", ["tests/test_async.py", "tests/test_async_filters.py"]),
        "more_itertools==11.2.1": ("tests/test_recipes.py", ["tests/test_more.py"]),
        "natsort==8.4.0": ("tests", ["tests/test_natsorted.py", "tests/test_natsort_keygen.py"]),
        "pyparsing==3.3.3": ("tests", ["tests/test_diagram.py"]),
    },
}
USUAL = "python -m pytest -q -p no:cacheprovider -o addopts= --color=no --tb=short -rfE"


def shell(python, folder, line, limit):
    """The exit status of a command line, none past the limit, and what it said."""
    path = f"{pathlib.Path(python).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {**os.environ, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": "src:.", "PYTHONHASHSEED": "0"}
    try:
        done = subprocess.run(["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True,
                              errors="replace", timeout=limit, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return None, ""
    return done.returncode, done.stdout + done.stderr


def tested(python, folder, tests, limit=60):
    """The names of the tests that fail, none if they could not be run, and what they said."""
    status, said = shell(python, folder, f"{USUAL} {tests}", limit)
    if status not in (0, 1):
        return None, said
    return set(re.findall(r"^(?:FAILED|ERROR|SUBFAILED.*?) (\S+\.py.*?)(?: - .*)?$", said, re.M)), said


def lines_run(python, folder, tests):
    """By file and line, the stems of the files of tests that run it; empty if only imports do."""
    kept = folder.parent.parent / f"{folder.name}-lines.json"
    if not kept.exists():
        with tempfile.TemporaryDirectory() as scratch:
            rules, data, report = (f"{scratch}/{it}" for it in ("rules", "data", "report"))
            pathlib.Path(rules).write_text("[run]\ndynamic_context = test_function\n")
            run = USUAL.replace("python -m pytest", f"python -m coverage run --rcfile={rules} --data-file={data} --source=. -m pytest")
            shell(python, folder, f"{run} {tests}; python -m coverage json -i --rcfile={rules} --show-contexts --data-file={data} -o {report} -q", 200)
            files = json.loads(pathlib.Path(report).read_text())["files"]
        stems = {name: {line: sorted({part for it in contexts for part in it.split(".") if "test" in part.lower()})
                        for line, contexts in it["contexts"].items()} for name, it in files.items()}
        kept.write_text(json.dumps(stems))
    return json.loads(kept.read_text())


def running(folder, tests, stems):
    """The files of tests with these stems, or all of them."""
    files = [str(it.relative_to(folder)) for it in folder.rglob("*.py") if it.stem in stems and "test" in it.stem]
    return " ".join(files) or tests


def git(folder, *arguments):
    line = ["git", "-C", str(folder), "-c", "user.name=bench", "-c", "user.email=bench@example.com", *arguments]
    return subprocess.run(line, capture_output=True, text=True, check=True).stdout


def unpacked(given, package, remove, folder):
    """The library's source package as a folder, without what `remove` names."""
    name, version = package.split("==")
    sdists = given.folder / "sdists"
    found = list(sdists.glob(f"{name}-{version}.tar.gz"))
    if not found:
        subprocess.run([given.python, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:",
                        "--dest", str(sdists), package], check=True)
        found = list(sdists.glob(f"{name}-{version}.tar.gz"))
    with tempfile.TemporaryDirectory() as scratch, tarfile.open(found[0]) as tar:
        tar.extractall(scratch, filter="data")
        shutil.copytree(next(pathlib.Path(scratch).iterdir()), folder)
    for path in remove:
        path = folder / path
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return folder


class Mistakes(ast.NodeVisitor):
    """All small mistakes that a file could hold: (kind, start, end, new text) in bytes."""

    METHODS = [("strip", "lstrip"), ("strip", "rstrip"), ("startswith", "endswith"), ("find", "rfind"),
               ("split", "rsplit"), ("append", "extend"), ("add", "discard"), ("lower", "upper"),
               ("keys", "values"), ("items", "values"), ("match", "search"), ("match", "fullmatch"), ("min", "max"),
               ("any", "all"), ("sorted", "list"), ("isdigit", "isalpha"), ("pop", "get"), ("insert", "append"),
               ("partition", "rpartition"), ("ljust", "rjust"), ("update", "setdefault"), ("title", "capitalize"),
               ("index", "rindex"), ("union", "intersection"), ("isupper", "islower"), ("ceil", "floor"), ("int", "float")]
    OPERATORS = {ast.Add: "-", ast.Sub: "+", ast.Mult: "//", ast.FloorDiv: "/", ast.Div: "//", ast.Mod: "//",
                 ast.BitOr: "&", ast.BitAnd: "|", ast.LShift: ">>", ast.RShift: "<<"}
    BOUNDS = {ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">"}
    COMPARES = {ast.Eq: "!=", ast.NotEq: "==", ast.In: "not in", ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is",
                ast.Lt: ">", ast.Gt: "<", ast.LtE: ">=", ast.GtE: "<="}

    def __init__(self, text):
        self.text, self.found, self.function, self.classes = text, [], [], []
        self.names, self.words, self.attributes = [], [], []
        self.starts = [0]
        for line in text.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.strings = collections.Counter()
        tree = ast.parse(text)
        self.visit(tree)

    def span(self, node):
        return self.starts[node.lineno - 1] + node.col_offset, self.starts[node.end_lineno - 1] + node.end_col_offset

    def of(self, node):
        start, end = self.span(node)
        return self.text[start:end].decode()

    def put(self, kind, node, new, name=None):
        start, end = node if isinstance(node, tuple) else self.span(node)
        if self.function or name:
            self.found.append((kind, start, end, new, name or self.name()))

    def name(self):
        return ".".join([*self.classes, *self.function[:1]])

    def lines_of(self, node):
        return self.starts[node.lineno - 1], self.starts[node.end_lineno]

    def body(self, statements):
        for node in statements if len(statements) > 1 else ():
            simple = isinstance(node, (ast.Expr, ast.AugAssign)) or isinstance(node, ast.Assign) and isinstance(
                node.targets[0], (ast.Attribute, ast.Subscript))
            if simple and not isinstance(getattr(node, "value", None), ast.Constant) and node.end_lineno - node.lineno < 2:
                self.put("statement", self.lines_of(node), "")
            leaves = isinstance(node, ast.If) and not node.orelse and len(node.body) == 1 and isinstance(
                node.body[0], (ast.Return, ast.Raise, ast.Continue))
            if leaves and node.end_lineno - node.lineno < 3:
                self.put("guard", self.lines_of(node), "")
            if isinstance(node, (ast.Assign)) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Call):
                names = {it.id for it in ast.walk(node.value) if isinstance(it, ast.Name)}
                if node.targets[0].id in names and node.end_lineno == node.lineno:
                    self.put("call", self.lines_of(node), "")
        for first, second in zip(statements, statements[1:]):
            if isinstance(first, (ast.For, ast.While)) and isinstance(second, ast.Return) and second.lineno == second.end_lineno:
                start, end = self.lines_of(second)
                inside = b" " * first.body[0].col_offset + self.text[start:end].strip() + b"\n"
                self.put("early return", (start, end), inside.decode())

    def generic_visit(self, node):
        for field in ("body", "orelse"):
            if isinstance(getattr(node, field, None), list) and self.function:
                self.body(getattr(node, field))
        super().generic_visit(node)

    def visit_ClassDef(self, node):
        if not self.function:
            self.classes.append(node.name)
            self.values(node.body, node.name)
        super().generic_visit(node)
        if not self.function:
            self.classes.pop()

    def visit_Module(self, node):
        self.values(node.body, None)
        super().generic_visit(node)

    def values(self, body, owner):
        """Constants of a module, attributes of a class."""
        for node in body:
            if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
                continue
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if not isinstance(target, ast.Name) or target.id.startswith("__"):
                continue
            name, kind = owner or target.id, "attribute of a class" if owner else "constant of a module"
            for it in list(ast.walk(node.value))[:400]:
                if isinstance(it, ast.Constant) and not isinstance(it.value, bytes):
                    for new in self.others(it):
                        self.put(kind, it, new, name)
                if isinstance(it, (ast.Tuple, ast.List, ast.Set)) and len(it.elts) > 2:
                    last = it.elts[-2], it.elts[-1]
                    self.put(kind, (self.span(last[0])[1], self.span(last[1])[1]), "", name)

    def others(self, node):
        value, said = node.value, self.of(node)
        if value is True or value is False:
            return [str(not value)]
        if isinstance(value, int) and said.isdigit():
            return [str(value + 1), str(value - 1)]
        quoted = isinstance(value, str) and said[:1] in "'\"" and said[:3] not in ("'''", '"""') and node.lineno == node.end_lineno
        if quoted and 0 < len(value) < 30 and len(said) == len(value) + 2 and "\\" not in said:
            return [said[0] + said[1:-1][:-1] + said[-1], said[0] + said[1:-1].swapcase() + said[-1]]
        return []

    def visit_FunctionDef(self, node):
        arguments = node.args
        for argument, default in zip((arguments.posonlyargs + arguments.args)[::-1], arguments.defaults[::-1]):
            if isinstance(default, ast.Constant) and not self.function:
                name = ".".join([*self.classes, node.name])
                for new in self.others(default):
                    self.put("default", default, new, name)
        self.function.append(node.name)
        names = {it.id for it in ast.walk(node) if isinstance(it, ast.Name) and isinstance(it.ctx, ast.Store)}
        names |= {it.arg for it in arguments.posonlyargs + arguments.args + arguments.kwonlyargs}
        outer, self.names = self.names, sorted(names - {"self", "cls", "_"})
        words = [it for it in ast.walk(node) if isinstance(it, ast.Constant) and isinstance(it.value, str)]
        words = [self.of(it) for it in words if 0 < len(it.value) < 20 and it.lineno == it.end_lineno]
        self.words = sorted({it for it in words if it[:1] in "'\""})
        own = [it for it in ast.walk(node) if isinstance(it, ast.Attribute) and isinstance(it.value, ast.Name) and it.value.id == "self"]
        self.attributes = sorted({it.attr for it in own})
        self.body(node.body)
        for child in node.body:
            self.visit(child)
        self.function.pop()
        self.names = outer

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_BinOp(self, node):
        between = self.span(node.left)[1], self.span(node.right)[0]
        new = self.OPERATORS.get(type(node.op))
        operator = self.text[between[0]:between[1]].decode()
        if new and operator.strip(" ()") and "\n" not in operator and "(" not in operator and ")" not in operator:
            self.put("operator", between, operator.replace(operator.strip(), new))
            if isinstance(node.op, (ast.Sub, ast.FloorDiv, ast.Mod, ast.Add)) and not isinstance(node.left, ast.BinOp):
                self.put("operands", node, f"{self.of(node.right)}{operator}{self.of(node.left)}")
        super().generic_visit(node)

    def visit_AugAssign(self, node):
        new = {ast.Add: "-=", ast.Sub: "+=", ast.Mult: "+="}.get(type(node.op))
        if new:
            between = self.span(node.target)[1], self.span(node.value)[0]
            self.put("operator", between, f" {new} ")
            self.put("operator", between, " = ")
        super().generic_visit(node)

    def visit_BoolOp(self, node):
        for left, right in zip(node.values, node.values[1:]):
            between = self.span(left)[1], self.span(right)[0]
            said = self.text[between[0]:between[1]].decode()
            new = said.replace("and", "or") if isinstance(node.op, ast.And) else said.replace("or", "and")
            self.put("operator", between, new)
        for nth, value in enumerate(node.values):
            start, end = self.span(value)
            if nth:
                start = self.span(node.values[nth - 1])[1]
            else:
                end = self.span(node.values[1])[0]
            if b"(" not in self.text[start:end] or self.text[start:end].count(b"(") == self.text[start:end].count(b")"):
                self.put("guard", (start, end), "")
        super().generic_visit(node)

    def visit_Compare(self, node):
        if len(node.ops) == 1:
            between = self.span(node.left)[1], self.span(node.comparators[0])[0]
            said = self.text[between[0]:between[1]].decode()
            operation = type(node.ops[0])
            if "(" not in said and ")" not in said and "\n" not in said:
                if operation in self.BOUNDS:
                    self.put("boundary", between, f" {self.BOUNDS[operation]} ")
                self.put("comparison", between, f" {self.COMPARES[operation]} ")
        super().generic_visit(node)

    def visit_UnaryOp(self, node):
        if isinstance(node.op, ast.Not):
            self.put("negation", node, self.of(node.operand))
        elif isinstance(node.op, ast.USub):
            self.put("operator", node, self.of(node.operand))
        super().generic_visit(node)

    def visit_If(self, node):
        if not isinstance(node.test, (ast.Compare, ast.UnaryOp)):
            self.put("negation", node.test, f"not ({self.of(node.test)})")
        self.generic_visit(node)

    def visit_IfExp(self, node):
        then, test, otherwise = self.of(node.body), self.of(node.test), self.of(node.orelse)
        self.put("ternary", node, f"{otherwise} if {test} else {then}")
        super().generic_visit(node)

    def visit_Constant(self, node):
        value = node.value
        if isinstance(value, bool):
            self.put("constant", node, str(not value))
        elif isinstance(value, int) and self.of(node).isdigit():
            for new in (value + 1, value - 1):
                self.put("constant", node, str(new))
        elif isinstance(value, str) and self.function:
            for new in self.others(node):
                self.put("text", node, new)

    def visit_Subscript(self, node):
        key = node.slice
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            for other in self.words:
                self.put("key", key, other)
        if isinstance(key, ast.Slice) and key.step is None:
            if key.lower and not key.upper:
                self.put("boundary", key, f"{self.of(key.lower)} + 1:")
                self.put("boundary", node, self.of(node.value))
            if key.upper and not key.lower:
                self.put("boundary", key, f":{self.of(key.upper)} - 1")
                self.put("boundary", node, self.of(node.value))
        super().generic_visit(node)

    def visit_Name(self, node):
        if isinstance(node.ctx, ast.Load) and self.function and node.id in self.names:
            for other in self.names:
                if other != node.id:
                    self.put("variable", node, other)

    def visit_Attribute(self, node):
        if isinstance(node.value, ast.Name) and node.value.id == "self" and self.function:
            for other in self.attributes:
                if other != node.attr:
                    self.put("attribute", node, f"self.{other}")
        super().generic_visit(node)

    def visit_Call(self, node):
        function, arguments = node.func, node.args
        said = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", None)
        for pair in self.METHODS:
            for one, other in (pair, pair[::-1]):
                if said == one:
                    end = self.span(function)[1]
                    self.put("method", (end - len(one), end), other)
        if len(arguments) == 1 and not node.keywords and isinstance(function, ast.Name):
            self.put("call", node, self.of(arguments[0]))
        if not arguments and not node.keywords and isinstance(function, ast.Attribute):
            self.put("call", node, self.of(function.value))
        for left, right in zip(arguments, arguments[1:]):
            start, end = self.span(left)[0], self.span(right)[1]
            between = self.text[self.span(left)[1]:self.span(right)[0]].decode()
            self.put("arguments", (start, end), f"{self.of(right)}{between}{self.of(left)}")
        every = [*arguments, *(it.value for it in node.keywords)]
        if len(every) > 1 and not any(isinstance(it, ast.Starred) for it in arguments):
            self.put("argument dropped", (self.span(every[-2])[1], self.span(every[-1])[1]), "")
        if said == "range" and len(arguments) == 1:
            self.put("boundary", arguments[0], f"{self.of(arguments[0])} - 1")
            self.put("boundary", arguments[0], f"1, {self.of(arguments[0])}")
        self.visit(function)
        for it in every:
            self.visit(it)

    def visit_Return(self, node):
        for other in self.names if node.value else ():
            if other != self.of(node.value):
                self.put("return", node.value, other)
        if node.value and not isinstance(node.value, ast.Name) and self.function:
            self.put("return", node.value, "None")
        super().generic_visit(node)

    def visit_Continue(self, node):
        self.put("early return", node, "break")

    def visit_Break(self, node):
        self.put("early return", node, "continue")

    def visit_Raise(self, node):
        start, end = self.span(node)
        for one, other in (("ValueError", "TypeError"), ("KeyError", "ValueError"), ("TypeError", "ValueError")):
            if self.text[start:end].startswith(f"raise {one}".encode()):
                self.put("exception", (start + 6, start + 6 + len(one)), other)
        super().generic_visit(node)

    def visit_JoinedStr(self, node):
        pass


def sources(folder):
    """The library's own files."""
    for path in sorted(folder.rglob("*.py")):
        name = str(path.relative_to(folder))
        parts = name.split("/")
        if not any(it in ("tests", "test", "testing", "docs", "examples", "tasks", "scripts", "build", "benchmarks", "tools", "misc")
                   or it.startswith(("test_", "conftest", "setup", "_version", "noxfile", ".")) or "bench" in it for it in parts):
            yield name


def public_names(folder):
    found = set()
    for name in sources(folder):
        for node in ast.walk(ast.parse((folder / name).read_bytes())):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
                found.add(node.name)
    return found


def report(said, name, public):
    """A user's report from what failing tests say: the function, the statement, what comes instead."""
    best = None
    for part in re.split(r"^_{4,} .* _{4,}$", said, flags=re.M)[1:]:
        place = re.search(r"^\S+\.py:\d+: in \S*test\S*\n((?:    .*\n)+)", part, re.M)
        wrong = re.findall(r"^E   (?!  |\s*\+|\s*-|\s*\?)(.+)", part, re.M)
        if not place or not wrong:
            continue
        lines = [line.strip() for line in place[1].splitlines() if set(line.strip()) - set("^~ ")]
        statement = " ".join(lines)
        if len(statement) > 200:
            continue
        words = re.findall(r"\w+", statement)
        names = [it for it in words if it in public and it not in ("test", "run", "parse")] or [it for it in words if it in public]
        row = (0 if name.split(".")[-1] in words else 1 if names else 2, len(statement)), statement, wrong[0][:200], names
        best = min(best, row) if best else row
    if best is None:
        return None
    (_, statement, wrong, names) = best
    shown = name
    last = name.split(".")[-1]
    if last.startswith("__") and "." in name:
        shown = name.split(".")[0]
    if shown.split(".")[0].startswith("_") or (last.startswith("_") and not last.startswith("__")) or (last.isupper()):
        if not names:
            return None
        shown = names[0]
    return f"`{shown}` gives a wrong result.\n\n`{statement}` does not hold. Instead: `{wrong}`.\n"


def taken_out(folder, failing, random):
    """Takes half of the test functions out of the files with failing tests: those that fail and are left, or
    nothing if they are too few."""
    functions = sorted({re.sub(r"\[.*", "", name) for name in failing})
    if len(functions) < 2:
        return None
    random.shuffle(functions)
    keep = set(functions[:(len(functions) + 1) // 2])
    gone = set()
    for name in sorted({it.split("::")[0] for it in functions}):
        path = folder / name
        text = path.read_bytes()
        lines = text.splitlines(keepends=True)
        owners = [(None, it) for it in ast.parse(text).body] + [
            (owner.name, it) for owner in ast.parse(text).body if isinstance(owner, ast.ClassDef) for it in owner.body]
        for owner, node in sorted(owners, key=lambda it: -it[1].lineno):
            whole = "::".join(it for it in (name, owner, getattr(node, "name", "")) if it)
            is_test = isinstance(node, ast.FunctionDef) and node.name.startswith("test")
            if is_test and whole not in keep and (whole in functions or random.random() < 0.5):
                first = min([node.lineno] + [it.lineno for it in node.decorator_list])
                lines[first - 1:node.end_lineno] = [b" " * node.col_offset + b"pass\n"]
                gone.add(whole)
        path.write_bytes(b"".join(lines))
    return keep


def make(given):
    chance, tasks = random.Random(given.seed), []
    clean = given.folder / f"clean-{given.set}"
    shutil.rmtree(clean, ignore_errors=True)
    clean.mkdir(parents=True)
    found = {}
    for package, (tests, remove) in LIBRARIES[given.set].items():
        if given.libraries and package.split("==")[0] not in given.libraries:
            continue
        folder = unpacked(given, package, remove, clean / package)
        before, said = tested(given.python, folder, tests)
        if before is None:
            print(f"{package}: the tests do not run\n{said[-1500:]}")
            continue
        count = sum(int(it) for it in re.findall(r"(\d+) passed", said.splitlines()[-1]))
        print(f"{package}: {count} pass, {len(before)} fail as it is: {said.splitlines()[-1]}", flush=True)
        by_kind, ran = collections.defaultdict(list), lines_run(given.python, folder, tests)
        for name in sources(folder) if before is not None else ():
            text = (folder / name).read_bytes()
            for mistake in Mistakes(text).found:
                stems = ran.get(name, {}).get(str(text.count(b"\n", 0, mistake[1]) + 1))
                if stems or mistake[0].startswith(("constant of", "attribute of", "default")):
                    by_kind[mistake[0]].append((name, mistake, stems or []))
        found[package] = (folder, tests, before, count, by_kind, public_names(folder))
    kinds = sorted({kind for it in found.values() for kind in it[4]})
    seen, turn = set(), 0
    while len(tasks) < given.count:
        # Each kind in turn, so that none is rare.
        kind, package = kinds[turn % len(kinds)], chance.choice(sorted(found))
        folder, tests, before, count, by_kind, public = found[package]
        if not by_kind[kind]:
            turn += chance.random() < 0.2
            continue
        name, (kind, start, end, new, function), stems = chance.choice(by_kind[kind])
        text, files = (folder / name).read_bytes(), running(folder, tests, stems)
        after = text[:start] + new.encode() + text[end:]
        if after == text or (package, name, function) in seen:
            turn += chance.random() < 0.1
            continue
        try:
            if ast.dump(ast.parse(after)) == ast.dump(ast.parse(text)):
                continue
        except SyntaxError:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            copy = pathlib.Path(scratch) / "it"
            shutil.copytree(folder, copy)
            (copy / name).write_bytes(after)
            failing, said = tested(given.python, copy, files, 40)
            failing = failing and failing - before
            if not failing or len(failing) > max(3, count / 5) or any("::" not in it for it in failing):
                turn += chance.random() < 0.3
                continue
            gone, broken = None, sorted(failing)
            if given.half and chance.random() < 0.6:
                seed = chance.randrange(1 << 30)
                if taken_out(copy, failing, random.Random(seed)):
                    failing, said = tested(given.python, copy, files, 40)
                    failing = failing and failing - before
                    gone = seed if failing else None
            wording = report(said, function, public) if failing else None
            if not wording:
                continue
        seen.add((package, name, function))
        turn += 1
        old = text[start:end].decode()
        tasks.append({"id": f"{given.set}{len(tasks):02}-{package.split('==')[0]}", "package": package, "kind": kind, "file": name,
                      "function": function, "start": start, "end": end, "old": old, "new": new, "report": wording,
                      "failing": sorted(failing)[:20], "fails_anyway": sorted(before), "half": gone,
                      "broken": broken if gone is not None else []})
        print(tasks[-1]["id"], kind, function, repr(old[:60]), "->", repr(new[:60]), len(failing), gone is not None, flush=True)
        given.tasks.write_text(json.dumps({"set": given.set, "seed": given.seed, "tasks": tasks}, indent=1))


def definition(text, function):
    """What a function, a class or a module says, as a tree in words."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if function.split(".")[-1] == getattr(node, "name", None):
            return ast.dump(node)
    return ast.dump(tree)


def one(given, file, task, scratch):
    tests, remove = LIBRARIES[file["set"]][task["package"]]
    folder = unpacked(given, task["package"], remove, scratch / task["id"])
    path = folder / task["file"]
    right = path.read_bytes()
    whole = scratch / "whole"
    shutil.copytree(folder, whole)
    path.write_bytes(right[:task["start"]] + task["new"].encode() + right[task["end"]:])
    if task["half"] is not None:
        taken_out(folder, task["broken"], random.Random(task["half"]))
    git(folder, "init", "--quiet")
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "-m", "import")
    silent = scratch / "silent.json"
    silent.write_text("[]")
    command = [given.binary, "-C", str(folder), "propose", "--json", "-q", "--apply", "--time-limit", "120", "-m",
               f"scripted:{silent}", *given.rest, "--", task["report"] + "\nFind the cause in the library's source code and fix it there. Don't change the tests.\n"]
    environment = {**os.environ, "PATH": f"{pathlib.Path(given.python).parent}:{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}
    started = time.time()
    said = subprocess.run(command, capture_output=True, text=True, errors="replace", env=environment)
    row = {**{key: task[key] for key in ("id", "kind", "package", "function", "file", "old", "new")},
           "half": task["half"] is not None, "seconds": round(time.time() - started, 2)}
    events = [json.loads(line) for line in said.stdout.splitlines() if line.startswith("{")]
    repaired = (events[-1] if events else {}).get("repaired") or {}
    row["tried"], row["passing"] = repaired.get("tried"), repaired.get("passing")
    row["outcome"] = events[-1].get("outcome") if events else said.stderr[-300:]
    row["commands"] = [(it["event"]["line"][-120:], it["event"]["exit"], round(it["event"]["seconds"], 1), it["event"]["output"][-1500:])
                       for it in events if it.get("event", {}).get("type") == "command_ran"]
    row["touched"] = [line[3:] for line in git(folder, "status", "--porcelain", "-uall").splitlines()]
    row["diff"] = git(folder, "diff")[-1500:]
    if not row["touched"]:
        row["result"] = "none"
    else:
        visible, _ = tested(given.python, folder, tests)
        for name in row["touched"]:
            if (folder / name).exists() and name in set(sources(folder)):
                shutil.copy(folder / name, whole / name)
        hidden, _ = tested(given.python, whole, tests)
        good = [it is not None and it <= set(task["fails_anyway"]) for it in (visible, hidden)]
        now = path.read_bytes()
        same = row["touched"] == [task["file"]] and definition(now, task["function"]) == definition(right, task["function"])
        row["result"] = "same" if all(good) and same else "other" if all(good) else "overfit" if good[0] else "wrong"
    shutil.rmtree(folder)
    shutil.rmtree(whole)
    return row


def run(given):
    file, rows = json.loads(given.tasks.read_text()), []
    if given.log and given.log.exists():
        rows = [json.loads(line) for line in given.log.read_text().splitlines()]
    done = {row["id"] for row in rows}
    for task in file["tasks"]:
        if task["id"] in done or given.only and task["id"] not in given.only:
            continue
        with tempfile.TemporaryDirectory(prefix="repairs-") as scratch:
            row = one(given, file, task, pathlib.Path(scratch))
        rows.append(row)
        print(f"{row['result']:8} {row['seconds']:6.1f} s {row['id']:22} {row['kind']:20} {row['function']}: "
              f"{row['old'][:40]!r} -> {row['new'][:40]!r}; tried {row['tried']}", flush=True)
        if given.log:
            with given.log.open("a") as log:
                log.write(json.dumps(row) + "\n")
    table(rows)


def table(rows):
    results = ["same", "other", "overfit", "wrong", "none"]
    print(f"\n{'':22} {'all':>4} " + " ".join(f"{it:>8}" for it in results))
    groups = [("all", rows), ("half of the tests", [it for it in rows if it["half"]])]
    groups += [(kind, [it for it in rows if it["kind"] == kind]) for kind in sorted({it["kind"] for it in rows})]
    for name, of in groups:
        print(f"{name:22} {len(of):4} " + " ".join(f"{sum(it['result'] == result for it in of):8}" for result in results))
    if rows:
        print(f"median {statistics.median(it['seconds'] for it in rows):.1f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["make", "run", "table"])
    parser.add_argument("logs", nargs="*", type=pathlib.Path)
    parser.add_argument("--set", choices=sorted(LIBRARIES), default="a")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=48)
    parser.add_argument("--libraries", nargs="*", help="only these of the set")
    parser.add_argument("--half", action="store_true")
    parser.add_argument("--tasks", type=pathlib.Path)
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) / "repairs")
    parser.add_argument("--binary", default=str(HERE / "target/release/countersign"))
    parser.add_argument("--python", default=os.environ.get("PYTHON", sys.executable))
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--log", type=pathlib.Path)
    own, rest = sys.argv[1:], []
    if "--" in own:
        own, rest = own[:own.index("--")], own[own.index("--") + 1:]
    given = parser.parse_args(own)
    given.rest, given.python = rest, os.path.abspath(given.python)
    if given.what == "table":
        return table([json.loads(line) for log in given.logs for line in log.read_text().splitlines()])
    {"make": make, "run": run}[given.what](given)


if __name__ == "__main__":
    main()
