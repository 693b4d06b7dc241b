# Runs a project's tests in one process to find out which lines fail with them, and to try small
# changes: each in a fork of its own, by putting the changed code into the functions that are there.
#
# What it says goes to the first stdout as lines of JSON; whatever the tests print is dropped.
import __future__
import ast
import contextlib
import gc
import importlib
import json
import os
import signal
import sys
import threading
import time
import unittest

ROOT = os.path.realpath(os.getcwd())
TASK = json.loads(__TASK__)
OUT = os.fdopen(os.dup(1), "w")
# So many failing tests are counted; the others only have to pass in the end.
MOST_COUNTED = 12
FUTURES = 0
for feature in __future__.all_feature_names:
    FUTURES |= getattr(__future__, feature).compiler_flag


def say(**what):
    print(json.dumps(what), file=OUT, flush=True)


def inside(name):
    """The file of the project that code comes from, or nothing."""
    path = os.path.realpath(name)
    own = path.startswith(ROOT + os.sep) and path != os.path.realpath(__file__)
    if own and "site-packages" not in path:
        return path[len(ROOT) + 1:]
    return None


class Lines:
    """The lines of the project that ran."""

    def __init__(self):
        self.names = {}
        self.ran = set()

    def enter(self, frame, event, _):
        name = frame.f_code.co_filename
        if name not in self.names:
            self.names[name] = inside(name) if name.endswith(".py") else None
        if self.names[name] is None:
            return None
        self.ran.add((self.names[name], frame.f_lineno))
        return self.step

    def step(self, frame, event, _):
        if event == "line":
            self.ran.add((self.names[frame.f_code.co_filename], frame.f_lineno))
        return self.step

    def of(self, run):
        self.ran = set()
        threading.settrace(self.enter)
        sys.settrace(self.enter)
        try:
            return run(), self.ran
        finally:
            sys.settrace(None)
            threading.settrace(None)


def locate(cases):
    lines, counts, seen = Lines(), {}, []
    began = time.monotonic()
    for name, run in cases:
        # To watch takes long: past half of the time only what fails is watched.
        hurried = time.monotonic() - began > TASK["seconds"] / 2
        if time.monotonic() - began > TASK["seconds"]:
            break
        if not hurried or run() == "failed":
            seen.append((name, *lines.of(run)))
    every = [name for name, outcome, _ in seen if outcome == "failed"]
    failing = [name for name, outcome, ran in seen if outcome == "failed" and is_about(ran)]
    for name, outcome, ran in seen:
        if outcome == "passed" or name in failing:
            for place in ran:
                counts.setdefault(place, [0, 0])[outcome == "passed"] += 1
    # Where no failing test runs what the task is about, nothing is known of any of them.
    say(failing=failing, unrelated=[name for name in every if failing and name not in failing])
    failing = len(failing)
    rows = []
    for (path, line), (failed, passed) in counts.items():
        if failed:
            # Ochiai: how much a line keeps company with failing tests.
            score = failed / ((failing * (failed + passed)) ** 0.5)
            rows.append((round(score, 4), path, line))
    rows.sort(key=lambda row: (-row[0], row[1], row[2]))
    for score, path, line in rows[:TASK["most_lines"]]:
        say(path=path, line=line, score=score)


def is_about(ran):
    """Whether lines that ran are among those that the task is about; it may not say."""
    return not TASK["about"] or any(path == other and first <= line <= last
               for path, line in ran for other, first, last in TASK["about"])


def fork(work, cpu, wall):
    """Does work in a process of its own that ends after so many seconds, with what the work says.

    Tests may leave a state, so none ever runs in the first process.
    """
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            bounded(cpu, wall)
            code = work()
        except BaseException:
            pass
        finally:
            os._exit(code)
    return pid


def bounded(cpu, wall):
    """The process has so many seconds from now."""
    for number in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(number, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, cpu)
    signal.setitimer(signal.ITIMER_REAL, wall)


def unchanged(failing, others):
    """Those of the others that pass without a change, the seconds that the failing ones take, and all."""
    reader, writer = os.pipe()

    def scan():
        start = time.process_time()
        for _, run in failing:
            run()
        os.write(writer, b"%f\n" % (time.process_time() - start))
        for number, (_, run) in enumerate(others):
            if run() == "passed":
                os.write(writer, b"%d\n" % number)
        return 0

    began = time.monotonic()
    # Where there are too many of them, those that there was time for have to do.
    most = max(1, TASK["seconds"] / 4)
    pid = fork(scan, most, most)
    os.close(writer)
    with os.fdopen(reader, "rb") as said:
        took, *passed = said.read().split() or [b"1"]
    os.waitpid(pid, 0)
    return [others[int(number)] for number in passed], float(took), time.monotonic() - began


def attempts(cases):
    began = time.monotonic()
    failing = [case for case in cases if case[0] in TASK["failing"]]
    others, took, whole = unchanged(failing, [case for case in cases if case[0] not in TASK["failing"]])
    if not failing:
        return
    sources = {path: Source(path) for path in {path for path, *_ in TASK["changes"]}}
    gc.collect()
    gc.freeze()
    limit = min(TASK["limit"], 0.2 + 10 * took)

    def prepared(numbers):
        """What puts these changes in, if they can be made together."""
        places, found = {}, []
        for number in numbers:
            path, *change = TASK["changes"][number]
            places.setdefault(path, []).append(change)
        for path, changes in places.items():
            changes.sort()
            if any(one[1] > other[0] for one, other in zip(changes, changes[1:])):
                return []
            found += sources[path].changed(changes)
        return found

    def attempt(changed, most):
        """How many still fail, beginning with 2; 0 if none does, 1 if it is of no use."""
        for change in changed:
            change()
        left = sum(run() != "passed" for _, run in failing[:MOST_COUNTED])
        if left >= most:
            return 1
        bounded(1 + 3 * whole, 1 + 3 * whole)
        rest = failing[MOST_COUNTED:] if left == 0 else []
        if not all(run() == "passed" for _, run in rest + others):
            return 1
        return left + 1 if left else 0

    def search(chosen, most):
        """The change that leaves the fewest failing beside those that are chosen, and their number."""
        nonlocal tried, end
        at, best, patience = 0, None, end
        while True:
            now = time.monotonic()
            on = now < end and (now < patience or best and best[0] == 0) and at < len(TASK["changes"])
            if on and len(running) < side_by_side:
                changed = prepared(chosen + [at])
                if changed:
                    running[fork(lambda: attempt(changed, most), limit, 5 * limit)] = at
                at += 1
            elif running:
                pid, status = os.wait()
                number, code = running.pop(pid, None), os.waitstatus_to_exitcode(status)
                tried += 1
                if number is None or code == 1 or code < 0:
                    continue
                left = code - 1 if code else 0
                if left == 0:
                    say(passes=chosen + [number])
                    # Equally likely ones may pass as well.
                    end = min(end, time.monotonic() + TASK["seconds_after"])
                elif best is None:
                    # One that helps a little may lead astray: half of what is left is for one that is enough.
                    patience = (now + end) / 2
                if best is None or left < best[0]:
                    best = left, number
            else:
                return best

    def late(*_):
        """Ends what goes on past the end."""
        if time.monotonic() > end + 1:
            for pid in running:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, 1, 1)
    running = {}
    tried, chosen, best = 0, [], (min(len(failing), MOST_COUNTED), None)
    side_by_side = max(1, len(os.sched_getaffinity(0)))
    end = began + TASK["seconds"]
    while best is not None and best[0] > 0:
        best = search(chosen, best[0])
        chosen += [best[1]] if best else []
    if chosen and best is None or best and best[0] > 0:
        say(improves=chosen)
    say(tried=tried)


def work(cases):
    (locate if TASK["locate"] else attempts)(cases)


def with_pytest(arguments):
    import pytest
    from _pytest.outcomes import Exit, Skipped
    from _pytest.runner import CallInfo

    def phase(item, name, **more):
        hook = getattr(item.ihook, "pytest_runtest_" + name)
        call = lambda: hook(item=item, **more)
        said = CallInfo.from_call(call, when=name, reraise=(Exit, KeyboardInterrupt)).excinfo
        # A TestCase raises nothing: what was wrong is put aside.
        aside, item._excinfo = getattr(item, "_excinfo", None), None
        said = said or aside and aside[0]
        return said.value if said else None

    def case(item):
        def run():
            if hasattr(item, "_initrequest"):
                item._initrequest()
            unready = phase(item, "setup")
            wrong = phase(item, "call") if unready is None else None
            left = phase(item, "teardown", nextitem=None)
            if isinstance(unready or wrong, Skipped) or wrong and item.get_closest_marker("xfail"):
                return "passed"
            return "broken" if unready or left else "failed" if wrong else "passed"

        return item.nodeid, run

    class Plugin:
        @pytest.hookimpl(tryfirst=True)
        def pytest_runtestloop(self, session):
            work([case(item) for item in session.items])
            return True

    usual = ["-q", "-p", "no:cacheprovider", "--continue-on-collection-errors", *arguments]
    if pytest.main(list(usual), plugins=[Plugin()]) == pytest.ExitCode.USAGE_ERROR:
        # The project's own options may be for plugins that are not here.
        pytest.main(["-o", "addopts=", *usual], plugins=[Plugin()])


def with_unittest(arguments):
    def flat(suite):
        for test in suite:
            if isinstance(test, unittest.TestSuite):
                yield from flat(test)
            else:
                yield test

    def case(test):
        def run():
            result = unittest.TestResult()
            fresh = type(test)(test._testMethodName) if hasattr(test, "_testMethodName") else test
            # A suite sets up what the class and the module share.
            unittest.TestSuite([fresh]).run(result)
            # What goes wrong in that is no test's.
            shared = [it for it, _ in result.errors if not isinstance(it, unittest.TestCase)]
            return "passed" if result.wasSuccessful() else "broken" if shared else "failed"

        return test.id(), run

    names = [name[:-3].replace("/", ".") if name.endswith(".py") else name for name in arguments]
    suite = unittest.defaultTestLoader.loadTestsFromNames(names)
    work([case(test) for test in flat(suite)])


def with_examples():
    # In a process of its own what takes too long ends that one instead.
    signal.signal(signal.SIGALRM, stop)
    names = {"pytest": pytest, "raises": raises, "approx": pytest.approx}
    names.update(vars(importlib.import_module(TASK["module"])))

    def case(line):
        def run():
            return {"holds": "passed", "fails": "failed"}.get(try_out(line, names)[0], "broken")

        return line, run

    work([case(line) for line in TASK["lines"]])


def main():
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    os.dup2(null, 2)
    if TASK["tool"] == "examples":
        with_examples()
    elif TASK["tool"] == "pytest":
        with_pytest(sys.argv[1:])
    else:
        with_unittest(sys.argv[1:])


main()
