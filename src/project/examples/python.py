# Tries lines of code on a module, and says of each in one line of JSON what came of it: it holds, it fails
# (and why), or it is broken and says nothing of the module.
import importlib
import io
import json
import sys

MODULE, LINES = __ARGUMENTS__


def main():
    signal.signal(signal.SIGALRM, stop)
    out = sys.stdout
    sys.stdout = io.StringIO()
    names = {"pytest": pytest, "raises": raises, "approx": pytest.approx}
    try:
        module = importlib.import_module(MODULE)
        names.update(vars(module))
    except BaseException as error:
        why = f"{type(error).__name__}: {short(str(error))}"
        results = [("fails", f"the module cannot be imported: {why}") for _ in LINES]
    else:
        results = [try_out(line, names) for line in LINES]
    for number, (result, why) in enumerate(results):
        print(json.dumps({"example": number, "result": result, "why": why}), file=out)
    out.flush()


main()
