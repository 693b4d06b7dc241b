# Inputs near those that are known: each differs from a known call in one place.
import ast
import copy
import random

# Texts and numbers in which code often goes another way.
TELLING = ("Ünï cödé", "&amp; &#65; &#x41;", "1,000.5", "a-b_c.d", "x" * 20)
LARGE = (0.5, 0.001, 99, 1000, 10 ** 6, 10 ** 9, float("inf"), float("-inf"), float("nan"))


def constants(function):
    """The numbers and texts that a function speaks of, its documentation left out."""
    numbers, texts = {0, 1, 2}, {"", " ", "a", "A b"}
    document = ast.get_docstring(function, clean=False)
    for node in ast.walk(function):
        if isinstance(node, ast.Constant) and node.value != document:
            if type(node.value) is int and abs(node.value) < 10 ** 16:
                numbers |= {node.value - 1, node.value, node.value + 1}
                if 3 <= abs(node.value) <= 40:
                    numbers |= {10.0 ** node.value, 10.0 ** -node.value}
            elif type(node.value) is float:
                numbers |= {node.value}
            elif type(node.value) is str and len(node.value) < 30:
                texts.add(node.value)
    return sorted(numbers, key=lambda it: (abs(it), it)), sorted(texts)


def of_value(value, numbers, texts):
    """Values near a constant."""
    if value is None:
        return [0, 1, "", "a", True]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        near = [value + 1, value - 1, -value, 2 * value, value * 10, 10 * value + 1, value // 2, value + 0.5]
        return near + numbers + list(LARGE)
    if isinstance(value, float):
        whole = [int(value)] if abs(value) < 10 ** 15 else []
        near = [-value, value + 1, value - 1, value / 10, value * 10, value + 0.05, 0.0]
        return near + whole + numbers + list(LARGE)
    if isinstance(value, str):
        half = len(value) // 2
        near = [
            "", value.upper(), value.lower(), value.title(), value + value, value[:-1], value[1:], value[:1],
            value[::-1], " " + value, value + " ", value[:half] + " " + value[half:], value + "1", "-" + value,
            value + "é", value.replace(" ", ""), value + "\n", value.encode(), None, *TELLING,
        ]
        return near + texts + [value + it for it in texts] + [it + value for it in texts]
    return []


def of_node(node, numbers, texts):
    """Expressions near one, as syntax."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        for value in of_value(-node.operand.value, numbers, texts):
            yield constant(value)
    elif isinstance(node, ast.Constant):
        for value in of_value(node.value, numbers, texts):
            yield constant(value)
    elif isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        kind, items = type(node), node.elts
        yield (ast.Tuple if kind is ast.List else ast.List)(elts=items, ctx=ast.Load())
        rest = {} if kind is ast.Set else {"ctx": ast.Load()}
        if items:
            for some in (items[:-1], items[1:], items + items[:1], items[::-1], items + items, items[:1]):
                if some or kind is not ast.Set:
                    yield kind(elts=some, **rest)
            if kind is not ast.Set:
                yield kind(elts=[], **rest)
    elif isinstance(node, ast.Dict) and node.keys:
        yield ast.Dict(keys=[], values=[])
        yield ast.Dict(keys=node.keys[1:], values=node.values[1:])
        yield ast.Dict(keys=node.keys[:-1], values=node.values[:-1])
    elif isinstance(node, ast.Lambda):
        body = node.body
        yield ast.Lambda(args=node.args, body=ast.UnaryOp(op=ast.Not(), operand=body))
        yield ast.Lambda(args=node.args, body=ast.Constant(value=None))
    elif isinstance(node, ast.Call):
        yield from of_call(node)


def of_call(node):
    if node.args:
        together = ast.List(elts=node.args, ctx=ast.Load())
        yield ast.Call(func=node.func, args=[together], keywords=node.keywords)
    if len(node.args) > 1:
        yield ast.Call(func=node.func, args=node.args[:-1], keywords=node.keywords)
        yield ast.Call(func=node.func, args=[node.args[1], node.args[0], *node.args[2:]], keywords=node.keywords)
        yield ast.Call(func=node.func, args=[node.args[0], node.args[0], *node.args[2:]], keywords=node.keywords)
        rest = ast.List(elts=node.args[1:], ctx=ast.Load())
        yield ast.Call(func=node.func, args=[node.args[0], rest], keywords=node.keywords)
    for at in range(len(node.keywords)):
        yield ast.Call(func=node.func, args=node.args, keywords=node.keywords[:at] + node.keywords[at + 1:])


def constant(value):
    text = repr(value)
    return ast.parse(f"float('{text}')" if text in ("inf", "-inf", "nan") else text, mode="eval").body


def with_options(call, function, numbers, texts):
    """The call with one more of the arguments that have a default."""
    given = {it.arg for it in call.keywords}
    places = function.args.posonlyargs + function.args.args
    free = places[len(call.args) + (1 if places and places[0].arg in ("self", "cls") else 0):]
    defaults = dict(zip([it.arg for it in places[len(places) - len(function.args.defaults):]], function.args.defaults))
    defaults.update({it.arg: value for it, value in zip(function.args.kwonlyargs, function.args.kw_defaults) if value})
    for name in [it.arg for it in free + function.args.kwonlyargs if it.arg in defaults and it.arg not in given]:
        default = defaults[name]
        options = [default] if isinstance(default, ast.Constant) else []
        spoken = texts if options and isinstance(default.value, str) else []
        near = [constant(it) for it in spoken + of_value(default.value, numbers, texts)[:14]] if options else []
        if isinstance(default, ast.Constant) and default.value is None:
            near += [ast.parse(it, mode="eval").body for it in ("2", "['a']", "{'a': 1}", "('a', 'b')")]
        if isinstance(default, (ast.Tuple, ast.List)) and not default.elts:
            near += [ast.parse(it, mode="eval").body for it in ("['a']", "['a', 'b']", "[['a', 'b']]")]
        for value in near:
            yield ast.Call(func=call.func, args=call.args, keywords=call.keywords + [ast.keyword(arg=name, value=value)])


def neighbours(texts_of_calls, function, name, most, seed):
    """At most `most` calls near the given ones, each once, in an order that `seed` fixes."""
    numbers, texts = constants(function)
    chance = random.Random(seed)
    new = []
    for text in texts_of_calls:
        tree = ast.parse(text, mode="eval")
        for at, node in enumerate(ast.walk(tree)):
            if not isinstance(node, ast.expr):
                continue
            near = list(of_node(node, numbers, texts))
            if isinstance(node, ast.Call) and called(node) == name:
                near += with_options(node, function, numbers, texts)
            for other in near:
                changed = copy.deepcopy(tree)
                place = list(ast.walk(changed))[at]
                try:
                    new.append(ast.unparse(replaced(changed, place, copy.deepcopy(other))))
                except (ValueError, RecursionError):
                    continue
    new = [it for it in dict.fromkeys(new) if len(it) <= 160 and it not in texts_of_calls]
    chance.shuffle(new)
    return new[:most]


POOLS = {
    "int": ("0", "3", "-7", "12"), "float": ("0.0", "2.5", "-1.25"), "str": ("''", "'a'", "'One two-3'", "'1.2.3'"),
    "bool": ("True", "False"), "bytes": ("b'ab'", "b''"), "tuple": ("()", "(1, 2)", "('a', 'b')"),
    "timedelta": ("datetime.timedelta(days=3)", "datetime.timedelta(seconds=-90)", "datetime.timedelta(0)"),
    "iterable": ("[]", "[3, 1, 2]", "['a', 'b']"), "sequence": ("[]", "[3, 1, 2]", "['a', 'b']"), "list": ("[]", "[3, 1, 2]", "['a', 'b']"), "dict": ("{}", "{'a': 1}"),
}
SOME = ("2", "'Ab c'", "[3, 1, 2]", "{'a': 1, 'b': 2}", "0", "''", "-1.5", "None", "lambda x: x")


def guesses(function, name, skip=0):
    """Calls of a function of which no call is known, by what its parameters are said to be."""
    places = (function.args.posonlyargs + function.args.args)[skip:]
    needed = places[:max(len(places) - len(function.args.defaults), 0)] or places[:1]
    likely = []
    for it in needed:
        said = ast.unparse(it.annotation).lower() if it.annotation else ""
        likely.append([value for kind, pool in POOLS.items() if kind in said for value in pool] or list(SOME))
    chance, calls = random.Random(1), []
    for at in range(40):
        values = [pool[at % len(pool)] if len(likely) == 1 else chance.choice(pool) for pool in likely]
        calls.append(f"{name}({', '.join(values)})")
    return list(dict.fromkeys(calls))


def receivers(tree, kind):
    """Expressions that make an object of a class, as its documentation has them, or guessed."""
    holder = [it for it in ast.walk(tree) if isinstance(it, ast.ClassDef) and it.name == kind]
    if not holder:
        return []
    found = {}
    for node in ast.walk(holder[0]):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            for line in (ast.get_docstring(node) or "").splitlines():
                for call in calls_in(line.strip().removeprefix(">>> ")):
                    if kind in ast.unparse(call.func):
                        found[ast.unparse(call)] = None
    makers = [it for it in holder[0].body if isinstance(it, ast.FunctionDef) and it.name == "__init__"]
    return [*list(found)[:8], *(guesses(makers[0], kind, 1)[:20] if makers else [f"{kind}()"])]


def calls_in(text):
    try:
        return [it for it in ast.walk(ast.parse(text)) if isinstance(it, ast.Call)]
    except (SyntaxError, ValueError):
        return []


def called(call):
    return getattr(call.func, "id", None) or getattr(call.func, "attr", None)


class Replace(ast.NodeTransformer):
    def __init__(self, old, new):
        self.old, self.new = old, new

    def visit(self, node):
        return self.new if node is self.old else self.generic_visit(node)


def replaced(tree, old, new):
    return ast.fix_missing_locations(Replace(old, new).visit(tree))
