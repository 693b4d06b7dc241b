#!/usr/bin/env python3
"""Asks the questions of fixtures/questions of real repositories, and counts right citations.

    benches/ask.py --repos FOLDER [--binary PATH] [--model NAME] [--every N] [-- OPTION...]

FOLDER holds a clone of each repository that a file names, by the file's name, at its commit:
FOLDER/toolz for fixtures/questions/toolz.json. What stands behind `--` goes to `countersign ask`.

A question counts as answered where a citation lies in the lines that its file names; the place counts
as shown where the model was shown such a line. Every citation is looked up in the file: one that does
not say what the file says is `false`, and there must be none.
"""

import argparse
import itertools
import json
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent.parent


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repos", type=pathlib.Path, required=True)
    parser.add_argument("--binary", default=str(HERE / "target/release/countersign"))
    parser.add_argument("--model", default="qwen2.5-coder-1.5b")
    parser.add_argument("--every", type=int, default=1, help="only every N-th question")
    parser.add_argument("--log", type=pathlib.Path, help="where to write the last lines")
    parser.add_argument("rest", nargs="*")
    return parser.parse_args()


def checked_out(folder, commit):
    """Whether the clone stands at the commit that the line numbers are of."""
    head = subprocess.run(["git", "-C", folder, "rev-parse", "HEAD"], capture_output=True, text=True)
    return head.stdout.strip() == commit


def ask(given, folder, question):
    """The last line of a stream, which says what came of a question."""
    command = [given.binary, "-C", str(folder), "ask", "--json", "-q", "-m", given.model]
    command += ["-c", "model.threads=1", *given.rest, question]
    said = subprocess.run(command, capture_output=True, text=True).stdout.splitlines()
    return json.loads(said[-1]) if said else {"outcome": "failed"}


def within(places, path, start, end):
    """Whether lines `start` to `end` of `path` have one that counts as right."""
    return any(
        place["path"] == path and any(start <= last and first <= end for first, last in place["lines"])
        for place in places
    )


def is_false(folder, citation):
    """Whether the file does not say this in this line."""
    lines = (folder / citation["path"]).read_text(errors="replace").splitlines()
    at = citation["line"] - 1
    return not (0 <= at < len(lines) and lines[at] == citation["text"])


def main():
    given = options()
    rows = []
    for folder, question in questions(given):
        row = asked(folder, question, ask(given, folder, question["question"]))
        rows.append(row)
        mark = "right" if row["right"] else "shown" if row["shown"] else "-"
        seconds = row["last"].get("seconds", 0)
        print(f"{mark:6} {row['kind']:9} {seconds:6.1f} s  {question['question']}", flush=True)
        if given.log:
            with given.log.open("a") as log:
                log.write(json.dumps(row) + "\n")
    tell(rows)


def questions(given):
    """Every question with the clone that it is about, the repositories taking turns."""
    files = []
    for path in sorted((HERE / "fixtures/questions").glob("*.json")):
        file, folder = json.loads(path.read_text()), given.repos / path.stem
        if not checked_out(folder, file["commit"]):
            sys.exit(f"{folder} is no clone of {file['repo']} at {file['commit']}")
        files.append([(folder, question) for question in file["questions"][:: given.every]])
    return [pair for turn in itertools.zip_longest(*files) for pair in turn if pair]


def asked(folder, question, last):
    """What came of a question, measured by what counts as right."""
    places, cited = question["places"], last.get("citations", [])
    lines = [(it["path"], it["line"], it["line"]) for it in cited]
    shown = [(it["path"], it["start_line"], it["end_line"]) for it in last.get("shown", [])]
    return {
        "repo": folder.name,
        "kind": question["kind"],
        "question": question["question"],
        "right": any(within(places, *line) for line in lines),
        "shown": any(within(places, *span) for span in shown),
        "false": sum(is_false(folder, it) for it in cited),
        "dropped": len(last.get("dropped", [])),
        "last": last,
    }


def tell(rows):
    print()
    for kind in ["all", *dict.fromkeys(row["kind"] for row in rows)]:
        of = [row for row in rows if kind in ("all", row["kind"])]
        right, shown = (sum(row[key] for row in of) for key in ("right", "shown"))
        print(f"{kind:9} right {right} of {len(of)}, place shown {shown}")
    figure = lambda key: statistics.median(row["last"].get(key) or 0 for row in rows)
    print(f"false citations {sum(row['false'] for row in rows)}")
    print(f"dropped citations {sum(row['dropped'] for row in rows)}")
    print(f"median: {figure('seconds'):.1f} s, read {figure('prompt_tokens_sent'):.0f} tokens, "
          f"wrote {figure('completion_tokens'):.0f}")


if __name__ == "__main__":
    main()
