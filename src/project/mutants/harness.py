# Runs calls of one function on the code as it is and on its mutants, looks for calls that tell them
# apart, and prints what came of it as one line of JSON.
import ast
import contextlib
import io
import json
import sys
import time
import tokenize


def kills(rows, mutant):
    """The numbers of the rows that fail with a mutant; all of them where it cannot even be loaded."""
    def work():
        global mutated
        start, end, new = mutant
        mutated = SOURCE[:start] + new.encode() + SOURCE[end:]
        try:
            compile(mutated, TARGET, "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return {"invalid": True}
        return sound(rows)
    held = apart(work, A_RUN + 1)
    if isinstance(held, dict) and "invalid" in held:
        return None
    if not isinstance(held, list):
        return list(range(len(rows)))
    return [at for at, it in enumerate(held) if not it]


def search(rows, alive, until):
    """Further rows, near the known ones, that kill mutants that are still alive."""
    found_, generation = [], 0
    basis = [row["call"] for row in rows]
    while alive and basis and generation < 4 and time.monotonic() < until:
        new = neighbours(basis[:24], FUNCTION, LAST, MOST_NEAR, PLAN["seed"] + generation)
        known = {row["call"] for row in rows + found_}
        fresh = [{"call": it, "origin": "search", "said": None, "given": merged(rows)} for it in new if it not in known]
        near = judge(fresh)
        edges = [{"call": it, "origin": "search", "said": None, "given": merged(rows)} for it in boundaries(rows + near)]
        near = diverse(near + judge([it for it in edges if it["call"] not in known]))
        killers, paths = [], set()
        for at in list(alive):
            if time.monotonic() > until:
                break
            dead = kills(near, PLAN["mutants"][at])
            if dead:
                alive.remove(at)
                best = min(dead, key=lambda it: (near[it]["kind"] == "raises", len(near[it]["left"] + near[it]["expected"])))
                if near[best] not in killers:
                    killers.append(near[best])
        found_ += killers
        for row in near:
            if tuple(row["path"]) not in paths and len(paths) < 10:
                paths.add(tuple(row["path"]))
                killers.append(row)
        basis = [row["call"] for row in killers] + [row["call"] for row in near[:8]]
        generation += 1
    return found_


def boundaries(rows):
    """Calls on both sides of the places where a whole number makes the function go another way."""
    gap, by = repr("\0"), {}
    for row in rows:
        tree = ast.parse(row["call"], mode="eval")
        for node in [it for it in ast.walk(tree) if isinstance(it, ast.Constant) and type(it.value) is int]:
            value, node.value = node.value, "\0"
            by.setdefault(ast.unparse(tree), {})[value] = row["path"]
            node.value = value
    pairs = []
    for key, paths in by.items():
        order = sorted(paths)
        pairs += [(key, lo, hi) for lo, hi in zip(order, order[1:]) if hi - lo > 1 and paths[lo] != paths[hi]]

    def work():
        module, until, found_ = load(), time.monotonic() + A_RUN, []
        for key, lo, hi in pairs[:24]:
            here = by[key][lo]
            while hi - lo > 1 and time.monotonic() < until:
                middle = (lo + hi) // 2
                row = {"call": key.replace(gap, str(middle)), "origin": "search", "said": None, "given": merged(rows)}
                row = judged(row, module)
                if row is None:
                    break
                lo, hi = (middle, hi) if row["path"] == here else (lo, middle)
            found_ += [key.replace(gap, str(it)) for it in (lo, hi)]
        return found_
    found_ = apart(work, START + A_RUN) if pairs else []
    return list(dict.fromkeys(found_)) if isinstance(found_, list) else []


def merged(rows):
    return {name: line for row in rows for name, line in row["given"].items()}


def diverse(rows):
    """Rows of other ways through the function and other values first."""
    seen, first, rest = set(), [], []
    for row in sorted(rows, key=lambda it: len(it["left"])):
        key = (tuple(row["path"]), row["kind"], row["expected"])
        (rest if key in seen else first).append(row)
        seen.add(key)
    return (first + rest)[:MOST_ROWS]


def quoted(text):
    """The text with double quotes around its plain strings, where the project writes them so."""
    if not PLAN["double"]:
        return text
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, IndentationError, SyntaxError):
        return text
    for token in reversed(tokens):
        inner = token.string[1:-1]
        if token.type == tokenize.STRING and token.string[0] == "'" and token.string[:3] != "'''":
            if '"' not in inner and "\\'" not in inner:
                (_, start), (_, end) = token.start, token.end
                text = text[:start] + '"' + inner + '"' + text[end:]
    return text


def main():
    until = time.monotonic() + PLAN["seconds"]
    out = sys.stdout
    said = {"rows": [], "valid": [], "trouble": None}
    sys.stdout = io.StringIO()
    try:
        if FUNCTION is None:
            raise ImportError(f"`{PLAN['name']}` is no function")
        loaded_once()
        known = seeds()
        rows = judge(known)
        said["broken"] = len(known) - len(rows)
        if len(rows) < 4:
            more = {}
            for text in guessed():
                add(more, ast.parse(text, mode="eval").body, "search", None, {})
            rows += diverse(judge([it for it in more.values() if it["call"] not in {row["call"] for row in rows}]))[:40]
        alive, dead = [], {}
        for at, mutant in enumerate(PLAN["mutants"]):
            late = time.monotonic() > until
            it = [] if late else kills(rows, mutant)
            if it is None:
                continue
            said["valid"].append(at)
            dead[at] = it
            if not it:
                alive.append(at)
        more = search(rows, alive, until)
        for row in rows + more:
            row["kills"] = []
        for at, it in dead.items():
            for number in it:
                rows[number]["kills"].append(at)
        if more:
            for at in said["valid"]:
                if time.monotonic() > until + PLAN["seconds"] / 2:
                    break
                for number in kills(more, PLAN["mutants"][at]) or []:
                    more[number]["kills"].append(at)
        for row in rows + more:
            row["path"] = hash_of(row["path"])
            row["text"], row["value"] = quoted(row["left"]), quoted(row["expected"])
            said_ = row.pop("said")
            row["said"] = said_ and (f"raises {said_[1]}" if said_[0] == "raises" else said_[1])
            del row["given"]
        said["rows"] = [row for row in rows + more if row["kills"] or row["origin"] != "search"]
    except BaseException as error:
        said["trouble"] = f"{type(error).__name__}: {str(error)[:300]}"
    print(MARK + json.dumps(said), file=out)
    out.flush()


def loaded_once():
    """The module, loaded here once so that its code and what it needs are known to every process."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        load()


def hash_of(path):
    return ",".join(map(str, path))


if __name__ == "__main__":
    again() if sys.argv[1:] == ["again"] else main()
