#!/usr/bin/env python3
"""Kills `propose` at random moments, goes on with `resume`, and checks that nothing is done twice.

    benches/resume.py [--binary PATH] [--model NAME] [--points N] [--longest SECONDS] [--seed N]

Each session is a task in a small repository whose test fails. A process that works on it is killed with
all that it started (SIGKILL) after a random time, no longer than an undisturbed run takes; the process
that goes on is killed too, at most KILLS times, and the last one is left to come to the end. Then there
have to be: one proposal and one record of it, a work tree that is as it was, an intact journal in which
no answer was asked for twice that had come to its end, and nothing that was applied.
"""

import argparse
import collections
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent.parent
KILLS = 4

FILES = {
    "stock.py": '''"""What is in a small shop."""


def reorder(stock, sold, least=5):
    """Return how many to order, in boxes of six, so that `least` are left after `sold` were taken."""
    left = stock + sold
    if left >= least:
        return 0
    return least - left


def label(name, count):
    """Return the words on a shelf."""
    return f"{name} ({count})"
''',
    "test_stock.py": '''import unittest

import stock


class Reorder(unittest.TestCase):
    def test_enough(self):
        self.assertEqual(stock.reorder(9, 2), 0)

    def test_too_few(self):
        self.assertEqual(stock.reorder(6, 3), 6)

    def test_two_boxes(self):
        self.assertEqual(stock.reorder(2, 4), 12)


unittest.main()
''',
}
# More than the small model manages in a round, so that there is something to go on with.
TASK = "`reorder` in stock.py has to take what is sold off the stock, and to order whole boxes of six"
TEST = "python3 test_stock.py"


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=str(HERE / "target/release/countersign"))
    parser.add_argument("--model", default="qwen2.5-coder-0.5b")
    parser.add_argument("--points", type=int, default=50)
    parser.add_argument("--longest", type=float, help="seconds before a kill, at most; measured by default")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


class Session:
    """One task in a repository of its own."""

    def __init__(self, given, folder, number):
        self.given, self.number = given, number
        self.root = folder / f"repo-{number}"
        self.root.mkdir()
        for name, text in FILES.items():
            (self.root / name).write_text(text)
        self.environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
        self.git("init", "--quiet")
        self.git("add", "--all")
        who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
        self.git(*who, "commit", "--quiet", "-m", "start")

    def git(self, *arguments):
        command = ["git", "-C", str(self.root), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def start(self, *arguments):
        """A process that works on the task, in a group of its own."""
        model = ["-q", "-m", self.given.model, "-c", "model.threads=1"]
        command = [self.given.binary, "-C", str(self.root), *model, *arguments]
        silent = subprocess.DEVNULL
        return subprocess.Popen(
            command, stdin=silent, stdout=silent, stderr=silent, env=self.environment, start_new_session=True
        )

    def propose(self):
        settings = ["-c", "model.max_tokens=120", "-c", "propose.attempts=2", "--candidates", "3"]
        return self.start("propose", *settings, "--seed", str(self.number), "--test", TEST, TASK)

    def events(self, *kinds):
        journal = self.root / ".git/countersign/journal.jsonl"
        lines = journal.read_text().splitlines(keepends=True) if journal.exists() else []
        events = [json.loads(line)["event"] for line in lines if line.endswith("\n")]
        return [event for event in events if event["type"] in kinds]

    def wrong(self):
        """What is not as it has to be at the end."""
        proposals = self.git("for-each-ref", "refs/countersign").splitlines()
        given = [it for it in self.events("answered") if it["stop"] != "cancelled" and not it.get("recorded")]
        twice = [n for n in collections.Counter(it["asked"] for it in given).values() if n > 1]
        verify = [self.given.binary, "-C", str(self.root), "journal", "verify"]
        ends = self.events("task_ended")
        expected = sum(it["outcome"].startswith("proposed") for it in ends[-1:])
        checks = {
            "proposals": len(proposals) == expected,
            "records of it": len(self.events("proposed")) == expected,
            "ends": len(ends) == 1,
            "tasks": len(self.events("task_started")) == 1,
            "files": all((self.root / name).read_text() == text for name, text in FILES.items()),
            "work tree": not self.git("status", "--porcelain"),
            "asked twice": not twice,
            "applied": not self.events("applied"),
            "journal": subprocess.run(verify, capture_output=True).returncode == 0,
        }
        return [name for name, is_right in checks.items() if not is_right]


def killed(process, seconds):
    """Whether it still ran after that time; then it is killed, with its children."""
    try:
        process.wait(seconds)
        return False
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True


def main():
    given = options()
    dice = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder).resolve()
        whole = given.longest or [undisturbed(given, folder, number) for number in (0, 1)][-1]
        figures, number = collections.Counter(), 1
        while figures["kills"] < given.points:
            number += 1
            session = Session(given, folder, number)
            run(session, dice, whole, given.points, figures)
    print()
    for name, count in figures.items():
        print(f"{name}: {count}")
    sys.exit(1 if figures["sessions with something wrong"] else 0)


def undisturbed(given, folder, number):
    """How long a task takes that nobody kills; the second finds in the cache what it reads."""
    session, began = Session(given, folder, number), time.monotonic()
    code = session.propose().wait()
    seconds = time.monotonic() - began
    print(f"undisturbed: {seconds:.1f} s, exit code {code}, wrong: {session.wrong() or 'nothing'}", flush=True)
    return seconds


def run(session, dice, whole, points, figures):
    process, kills = session.propose(), 0
    while kills < KILLS and figures["kills"] < points and killed(process, dice.uniform(0, whole)):
        kills += 1
        figures["kills"] += 1
        if session.events("task_started"):
            process = session.start("resume")
        else:
            figures["of them before the task was recorded"] += 1
            process = session.propose()
    code = process.wait()
    wrong = session.wrong()
    resumed = session.events("task_resumed")
    figures["sessions"] += 1
    figures["sessions with something wrong"] += bool(wrong)
    figures["of them with a proposal"] += len(session.events("proposed"))
    figures["of these with one that passes its test"] += code == 0
    figures["processes that went on"] += len(resumed)
    figures["answers that were not asked for again"] += sum(event["answers"] for event in resumed)
    figures["runs of the test that were not run again"] += sum(event["runs"] for event in resumed)
    print(f"{kills} kills, exit code {code}, wrong: {', '.join(wrong) or 'nothing'}", flush=True)


if __name__ == "__main__":
    main()
