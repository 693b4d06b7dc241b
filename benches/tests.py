#!/usr/bin/env python3
"""Has tests of functions of real libraries written, and counts the mutants that they fail with.

    benches/tests.py --mirror DIR --python PATH [--binary PATH] [--model NAME] [--work DIR]
                     [--functions FILE] [--only NAME ...] [--plain yes|no] [--log FILE] [-- OPTION...]

DIR holds bare clones as OWNER+NAME/repo; PATH is a Python with pytest and what the libraries need. The
library's own tests of a function are taken out of its tree first. Then two runs of the same model:

  ours   `countersign propose --tests FILE::NAME --apply`
  plain  one prompt, "write pytest tests for this function", at temperature 0, through `countersign ask`
         with a role that shows nothing else and holds the answer to no form; the answer is the file.
         An answer that was cut off is used up to its last whole statement.

Both are scored alike, outside of countersign: each test runs on the original; those that pass there, and
no others, run on each of five mutants. A mutant counts as killed if one of them fails or takes longer
than 20 s. The mutants are made here with Python's `ast`, knowing nothing of those that countersign
makes, and chosen by a fixed seed; some may do the same as the original, and nothing can kill these.
"""

import argparse
import ast
import copy
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).resolve().parent.parent
MUTANTS, SEED, SLOW = 5, 2026, 20
PLAIN = """Write pytest tests for this function. It is imported with `{line}`.

```python
{source}
```

Answer with one Python file and nothing else."""
ROLE = """name: explainer
version: 1
purpose: Answers as it is asked.
contract: answer
prompts: {system: plain/system.md, task: plain/task.md}
reads: [sources, tests, docs]
budget: {prompt_tokens: 3000, answer_tokens: 700}
"""


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mirror", type=pathlib.Path, required=True)
    parser.add_argument("--python", required=True)
    parser.add_argument("--binary", default=str(HERE / "target/release/countersign"))
    parser.add_argument("--model", default="qwen2.5-coder-1.5b")
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("/tmp/countersign-tests"))
    parser.add_argument("--functions", type=pathlib.Path, default=HERE / "benches/functions.json")
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--plain", choices=["yes", "no"], default="yes")
    parser.add_argument("--log", type=pathlib.Path)
    parser.add_argument("rest", nargs="*")
    return parser.parse_args()


# The tree of a library, without its tests of one function.

def checked_out(given, repo, about, name, tree):
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    bare = given.mirror / repo.replace("/", "+") / "repo"
    archive = subprocess.run(["git", "-C", bare, "archive", about["commit"]], capture_output=True, check=True)
    subprocess.run(["tar", "-x", "-C", tree], input=archive.stdout, check=True)
    for path, text in about["files"].items():
        (tree / path).write_text(text)
    last = name.split(".")[-1]
    for path in tree.rglob("*.py"):
        if re.match(r"test", path.name) or "tests" in path.parts:
            without_tests_of(path, last)
    for args in (["init", "-q"], ["add", "-A", "-f"], ["commit", "-q", "-m", "start"]):
        git(tree, *args)


def git(tree, *args):
    who = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"]
    run = subprocess.run(["git", "-C", tree, *who, *args], capture_output=True, text=True, check=True)
    return run.stdout


def without_tests_of(path, name):
    """Takes out every test that says the name, with what decorates it."""
    text = path.read_text()
    lines = text.splitlines(keepends=True)
    tests = [
        node for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test")
    ]
    for node in sorted(tests, key=lambda it: -it.lineno):
        first = min([node.lineno, *(it.lineno for it in node.decorator_list)]) - 1
        if re.search(rf"\b{name}\b", "".join(lines[first:node.end_lineno])):
            indent = " " * node.col_offset
            lines[first:node.end_lineno] = [f"{indent}pass\n"]
    path.write_text("".join(lines))


# Mutants.

SWAPS = {
    ast.Lt: [ast.LtE, ast.Gt], ast.LtE: [ast.Lt, ast.Gt], ast.Gt: [ast.GtE, ast.Lt], ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq], ast.Is: [ast.IsNot], ast.IsNot: [ast.Is],
    ast.In: [ast.NotIn], ast.NotIn: [ast.In], ast.Add: [ast.Sub], ast.Sub: [ast.Add], ast.Mult: [ast.Add],
    ast.Div: [ast.Mult], ast.FloorDiv: [ast.Mult], ast.Mod: [ast.FloorDiv], ast.Pow: [ast.Mult],
    ast.And: [ast.Or], ast.Or: [ast.And], ast.BitOr: [ast.BitAnd], ast.BitAnd: [ast.BitOr],
}


def places(function):
    """Each way to mutate the function, as what to do with a copy of it."""
    document = ast.get_docstring(function, clean=False)
    own = set()
    for it in [*function.decorator_list, function.returns, *(arg.annotation for arg in ast.walk(function) if isinstance(arg, ast.arg))]:
        own |= {id(node) for node in ast.walk(it)} if it else set()
    for number, node in enumerate(ast.walk(function)):
        if id(node) in own:
            continue
        for what in ways(node, document):
            yield number, what


def ways(node, document):
    if isinstance(node, ast.Compare):
        yield from (("ops", at, new) for at, op in enumerate(node.ops) for new in SWAPS.get(type(op), []))
    elif isinstance(node, (ast.BinOp, ast.BoolOp, ast.AugAssign)):
        yield from (("op", None, new) for new in SWAPS.get(type(node.op), []))
    elif isinstance(node, ast.Constant) and node.value != document:
        if isinstance(node.value, bool):
            yield "value", None, not node.value
        elif isinstance(node.value, (int, float)):
            yield "value", None, node.value + 1
            yield "value", None, node.value - 1
        elif isinstance(node.value, str):
            yield "value", None, "" if node.value else "x"
    elif isinstance(node, (ast.If, ast.IfExp, ast.While)):
        yield "test", None, "not"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "op", None, ast.UAdd
    elif isinstance(node, ast.Return) and node.value is not None:
        yield "value", None, ast.Constant(None)
    if hasattr(node, "body") and isinstance(node.body, list):
        for at, it in enumerate(node.body):
            is_document = isinstance(it, ast.Expr) and isinstance(it.value, ast.Constant)
            if isinstance(it, (ast.Expr, ast.Assign, ast.AugAssign, ast.Raise, ast.Continue)) and not is_document:
                yield "body", at, ast.Pass


def mutant(function, number, what):
    changed = copy.deepcopy(function)
    node = list(ast.walk(changed))[number]
    field, at, new = what
    if field == "test":
        node.test = ast.UnaryOp(op=ast.Not(), operand=node.test)
    elif at is not None:
        getattr(node, field)[at] = new()
    else:
        setattr(node, field, new() if isinstance(new, type) else new)
    return ast.fix_missing_locations(changed)


def find(tree, name):
    node = tree
    for part in name.split("."):
        node = [it for it in ast.iter_child_nodes(node) if getattr(it, "name", None) == part][-1]
    return node


def mutants(text, name):
    """Texts of the file, each with one mistake in the function, and the change in words."""
    function = find(ast.parse(text), name)
    lines = text.splitlines(keepends=True)
    first = min([function.lineno, *(it.lineno for it in function.decorator_list)]) - 1
    plain = ast.unparse(function)
    all_ = {}
    for number, what in places(function):
        said = ast.unparse(mutant(function, number, what))
        if said != plain:
            all_.setdefault(said, what)
    chosen = random.Random(f"{SEED} {name}").sample(sorted(all_), min(MUTANTS, len(all_)))
    for said in chosen:
        indent = " " * function.col_offset
        new = "".join(f"{indent}{line}\n" for line in said.splitlines())
        changed = [pair for pair in zip(plain.splitlines(), said.splitlines()) if pair[0] != pair[1]]
        words = " -> ".join(it.strip() for it in changed[0]) if changed else "a line less"
        yield "".join([*lines[:first], new, *lines[function.end_lineno:]]), words


# Scores.

def pytest(given, tree, tests):
    """What became of each test, by its id; nothing where it takes too long."""
    report = tree / "report.xml"
    report.unlink(missing_ok=True)
    where = [str(tree)] + [str(tree / it) for it in ("src",) if (tree / it).is_dir()]
    path = os.pathsep.join(where)
    command = [given.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=", f"--junitxml={report}", *tests]
    env = dict(os.environ, PYTHONPATH=path, PYTHONDONTWRITEBYTECODE="1")
    try:
        subprocess.run(command, cwd=tree, env=env, capture_output=True, timeout=SLOW, check=False)
    except subprocess.TimeoutExpired:
        return None
    if not report.exists():
        return {}
    cases = xml.etree.ElementTree.parse(report).iter("testcase")
    return {(it.get("classname"), it.get("name")): len(it) == 0 for it in cases}


def score(given, tree, file, source, changed):
    """Tests that there are, that pass, mutants that those fail with."""
    before = git(tree, "show", f"HEAD:{file}") if git(tree, "ls-files", file).strip() else ""
    new = {it for it in tests_in((tree / file).read_text()) if it not in tests_in(before)}
    names = [f"{file}::{it}" for it in new]
    original = source.read_text()
    on_original = pytest(given, tree, names) if names else {}
    passing = [key for key, good in (on_original or {}).items() if good]
    if on_original and len(passing) < len(on_original):
        bare = {key[1].split("[")[0] for key, good in on_original.items() if not good}
        names = [it for it in names if it.split("::")[-1] not in bare]
    killed = []
    for text, words in changed:
        source.write_text(text)
        came = pytest(given, tree, names) if names and passing else {"none": True}
        killed.append(came is None or not came or not all(came.values()))
        source.write_text(original)
    return {"tests": len(on_original or new), "passing": len(passing), "killed": killed}


def tests_in(text):
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return []
    found = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            found.append(node.name)
        elif isinstance(node, ast.ClassDef):
            inner = [it for it in node.body if isinstance(it, ast.FunctionDef) and it.name.startswith("test")]
            found += [f"{node.name}::{it.name}" for it in inner]
    return found


# The two ways.

def ours(given, tree, file, name):
    command = [given.binary, "-C", str(tree), "propose", "--tests", f"{file}::{name}", "--apply", "--json", "-q"]
    env = dict(os.environ, PATH=f"{pathlib.Path(given.python).parent}{os.pathsep}{os.environ['PATH']}")
    start = time.time()
    run = subprocess.run([*command, "-m", given.model, *given.rest], capture_output=True, text=True, env=env, check=False)
    said = run.stdout.splitlines()
    last = json.loads(said[-1]) if said else {"outcome": "failed"}
    changed = git(tree, "status", "--porcelain", "-uall").splitlines()
    files = [line[3:] for line in changed if line[3:].endswith(".py")]
    return last, time.time() - start, files


def plain(given, tree, file, name, module):
    """The file that one plain prompt gives, and what it cost."""
    function = find(ast.parse((tree / file).read_text()), name)
    source = ast.get_source_segment((tree / file).read_text(), function)
    line = f"from {module} import {name.split('.')[0]}"
    prompt = PLAIN.format(line=line, source=source)
    home = given.work / "config"
    for path, text in (
        ("roles/explainer.yaml", ROLE), ("prompts/plain/system.md", "You are a helpful assistant."),
        ("prompts/plain/task.md", "{{ question }}"),
    ):
        (home / "countersign" / path).parent.mkdir(parents=True, exist_ok=True)
        (home / "countersign" / path).write_text(text)
    env = dict(os.environ, XDG_CONFIG_HOME=str(home))
    start = time.time()
    command = [given.binary, "-C", str(tree), "ask", "--json", "-q", "-m", given.model, *given.rest, "--", prompt]
    run = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    text = next((answer for it in lines for answer in answers(it.get("event"))), "")
    return code_in(text), lines[-1] if lines else {}, time.time() - start


def answers(event):
    """The text of a recorded answer, in whatever way an event is tagged."""
    if isinstance(event, dict):
        if event.get("type") == "answered" or event.get("event") == "answered":
            yield event.get("text", "")
        for key, value in event.items():
            if key == "answered" and isinstance(value, dict):
                yield value.get("text", "")


def code_in(answer):
    found = re.search(r"```(?:python)?\n(.*?)(```|\Z)", answer, re.S)
    lines = (found.group(1) if found else answer).splitlines()
    while lines:
        try:
            ast.parse("\n".join(lines))
            break
        except SyntaxError:
            lines.pop()
    return "\n".join(lines) + "\n"


def main():
    given = options()
    suite = json.loads(given.functions.read_text())
    rows = []
    for repo, file, name in suite["functions"]:
        if given.only and name not in given.only:
            continue
        row = measured(given, suite["repositories"][repo], repo, file, name)
        rows.append(row)
        print(line_of(row), flush=True)
        if given.log:
            with given.log.open("a") as log:
                log.write(json.dumps(row) + "\n")
    total(rows)


def measured(given, about, repo, file, name):
    tree = given.work / name
    checked_out(given, repo, about, name, tree)
    source = tree / file
    changed = list(mutants(source.read_text(), name))
    module = re.sub(r"^(src|lib)/", "", file)[:-3].replace("/", ".")
    row = {"repo": repo, "name": name, "mutants": [words for _, words in changed]}
    last, seconds, files = ours(given, tree, file, name)
    row["ours"] = {"seconds": seconds, "last": last, "tests": 0, "passing": 0, "killed": [False] * len(changed)}
    if files:
        row["ours"].update(score(given, tree, files[0], source, changed), file=(tree / files[0]).read_text())
    if given.plain == "yes":
        checked_out(given, repo, about, name, tree)
        text, last, seconds = plain(given, tree, file, name, module)
        own = "tests/test_plain.py" if (tree / "tests").is_dir() else "test_plain.py"
        (tree / own).write_text(text)
        row["plain"] = {"seconds": seconds, "last": last, "file": text, **score(given, tree, own, source, changed)}
    return row


def cells(way):
    last = way.get("last", {})
    killed = f"{sum(way['killed'])} of {len(way['killed'])}"
    read, wrote = last.get("prompt_tokens_sent") or 0, last.get("completion_tokens") or 0
    return f"{way['passing']:3} of {way['tests']:<3} {killed:8} {way['seconds']:6.1f} s {read:5} {wrote:5}"


def line_of(row):
    text = f"{row['name']:22} {cells(row['ours'])}"
    return text + (f"   |  {cells(row['plain'])}" if "plain" in row else "")


def total(rows):
    for way in ("ours", "plain"):
        of = [row[way] for row in rows if way in row]
        if of:
            killed, all_ = sum(sum(it["killed"]) for it in of), sum(len(it["killed"]) for it in of)
            passing, tests = sum(it["passing"] for it in of), sum(it["tests"] for it in of)
            seconds = sum(it["seconds"] for it in of) / len(of)
            print(f"{way:6} tests that pass on the original {passing} of {tests}; mutants killed {killed} of {all_}; "
                  f"{seconds:.1f} s a function")


if __name__ == "__main__":
    sys.exit(main())
