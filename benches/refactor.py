#!/usr/bin/env python3
"""Carries out the tasks of fixtures/refactor in real repositories, and counts what ends with all tests passing.

    benches/refactor.py --repos FOLDER [--binary PATH] [--python PATH] [--kinds rename,move] [--log FILE] [-- OPTION...]

FOLDER holds a clone of each repository that a file names, by the file's name, at its commit:
FOLDER/toolz for fixtures/refactor/toolz.json. Each clone is copied, and its `setup` run once in the copy;
FOLDER itself stays as it is. What stands behind `--` goes to `countersign propose`.

A task is done if the repository's whole test suite passes with what was applied, the task's own check of
its goal passes, and no file is changed that the task does not need (`may_touch`). The suite has to pass
before as well, or nothing is measured. `$PYTHON` is the interpreter with pytest; `$GOCODE` is a folder of
Go packages, as Debian's `golang-*-dev` packages install them, for machines without a module proxy.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent.parent


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repos", type=pathlib.Path, required=True)
    parser.add_argument("--binary", default=str(HERE / "target/release/countersign"))
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--gocode", default="/usr/share/gocode/src")
    parser.add_argument("--kinds", default="rename,move,thread")
    parser.add_argument("--only", help="only the task of this name")
    parser.add_argument("--log", type=pathlib.Path, help="where to write a line for each task")
    parser.add_argument("rest", nargs="*")
    return parser.parse_args()


def shell(given, folder, line, limit=600):
    """Whether a command line ended well, and what it said."""
    environment = {**os.environ, "PYTHON": given.python, "GOCODE": given.gocode, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(["bash", "-c", line], cwd=folder, env=environment, capture_output=True,
                          text=True, errors="replace", timeout=limit)
    return done.returncode == 0, done.stdout + done.stderr


def git(folder, *arguments):
    return subprocess.run(["git", "-C", folder, *arguments], capture_output=True, text=True, check=True).stdout


def prepared(given, path, file, scratch):
    """A copy of the clone in which the tests pass, committed."""
    clone, folder = given.repos / path.stem, scratch / path.stem
    if git(clone, "rev-parse", "HEAD").strip() != file["commit"]:
        sys.exit(f"{clone} is no clone of {file['repo']} at {file['commit']}")
    git(clone, "clone", "--quiet", ".", str(folder))
    for line in file["setup"]:
        passed, said = shell(given, folder, line)
        if not passed:
            sys.exit(f"{path.stem}: `{line}` failed\n{said[-2000:]}")
    git(folder, "add", "--all")
    git(folder, "-c", "user.name=bench", "-c", "user.email=bench@example.com", "commit", "--quiet",
        "--allow-empty", "-m", "setup")
    passed, said = shell(given, folder, file["test"])
    if not passed:
        sys.exit(f"{path.stem}: the tests do not pass as they are\n{said[-2000:]}")
    return folder


def carried_out(given, folder, task):
    """The last line of the stream that `propose` ends with."""
    command = [given.binary, "-C", str(folder), "propose", "--json", "-q", "--apply", "-c", "model.threads=1", *given.rest, task["task"]]
    said = subprocess.run(command, capture_output=True, text=True, errors="replace")
    lines = [line for line in said.stdout.splitlines() if line.startswith("{")]
    return json.loads(lines[-1]) if lines else {"outcome": "failed", "why": said.stderr[-500:]}


def judged(given, folder, file, task):
    started = time.time()
    last = carried_out(given, folder, task)
    seconds = time.time() - started
    touched = [line[3:] for line in git(folder, "status", "--porcelain", "-uall").splitlines()]
    suite, said = shell(given, folder, file["test"])
    goal, why = shell(given, folder, task["check"])
    row = {
        "id": task["id"], "kind": task["kind"], "outcome": last.get("outcome"),
        "asked": last.get("requests"), "seconds": round(seconds, 2), "touched": touched,
        "outside": [path for path in touched if path not in task["may_touch"]],
        "suite": suite, "goal": goal, "exit_code": last.get("exit_code"),
    }
    if not suite or not goal:
        row["said"] = (said if not suite else why)[-1500:]
    row["done"] = bool(touched) and suite and goal and not row["outside"]
    git(folder, "reset", "--quiet", "--hard")
    git(folder, "clean", "--quiet", "-fd")
    return row


def main():
    given = options()
    rows = []
    with tempfile.TemporaryDirectory(prefix="refactor-") as scratch:
        for path in sorted((HERE / "fixtures/refactor").glob("*.json")):
            file = json.loads(path.read_text())
            tasks = [it for it in file["tasks"] if it["kind"] in given.kinds.split(",")]
            tasks = [it for it in tasks if given.only in (None, it["id"])]
            if not tasks:
                continue
            folder = prepared(given, path, file, pathlib.Path(scratch))
            for task in tasks:
                row = judged(given, folder, file, task)
                rows.append(row)
                mark = "done" if row["done"] else "-"
                print(f"{mark:5} {row['id']:10} {row['seconds']:7.2f} s  model asked {row['asked']} times, "
                      f"{len(row['touched'])} files, {len(row['outside'])} outside  {task['task'][:60]}", flush=True)
                if given.log:
                    with given.log.open("a") as log:
                        log.write(json.dumps(row) + "\n")
            shutil.rmtree(folder, ignore_errors=True)
    print()
    for kind in ["all", *dict.fromkeys(row["kind"] for row in rows)]:
        of = [row for row in rows if kind in ("all", row["kind"])]
        print(f"{kind:7} done {sum(row['done'] for row in of)} of {len(of)}, "
              f"files outside the need {sum(len(row['outside']) for row in of)}")


if __name__ == "__main__":
    main()
