# The calls that are known: of the documentation, of tests, of a model; and guesses where there are none.
import ast
import doctest


def documented():
    """Names that the examples of the documentation set, with what they stand for, and the calls in them."""
    set_, calls = {}, []
    try:
        examples = doctest.DocTestParser().get_examples(ast.get_docstring(FUNCTION) or "")
        trees = [ast.parse(example.source) for example in examples]
    except (ValueError, SyntaxError):
        return set_, calls
    for node in [node for tree in trees for node in tree.body]:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            set_[node.targets[0].id] = node.value
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for name in node.names:
                set_[name.asname or name.name] = (f"from {node.module} import {name.name}", name.name)
        elif isinstance(node, ast.Expr):
            calls.append(node.value)
    return set_, calls


class Inline(ast.NodeTransformer):
    def __init__(self, values):
        self.values = values

    def visit_Name(self, node):
        value = self.values.get(node.id)
        return value if isinstance(value, ast.expr) else node


def parsed(line):
    """A line as a call and what it is said to give; nothing where it is no assertion of this function."""
    try:
        node = ast.parse(line.strip()).body[0]
    except (SyntaxError, ValueError, IndexError):
        return None
    said = None
    if isinstance(node, ast.With) and len(node.body) == 1 and isinstance(node.body[0], ast.Expr):
        raising = node.items[0].context_expr
        if isinstance(raising, ast.Call) and raising.args:
            said, node = ("raises", ast.unparse(raising.args[0])), node.body[0]
    elif isinstance(node, ast.Assert):
        test = node.test
        if isinstance(test, ast.Compare) and len(test.ops) == 1:
            if isinstance(test.ops[0], (ast.Eq, ast.Is)):
                said = ("value", ast.unparse(test.comparators[0]))
            node = ast.Expr(test.left)
        elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            said, node = ("value", "False"), ast.Expr(test.operand)
        else:
            said, node = ("value", "True"), ast.Expr(test)
    if not isinstance(node, ast.Expr):
        return None
    call = node.value
    while isinstance(call, ast.Call) and called(call) in ("list", "tuple", "set", "sorted", "dict") and len(call.args) == 1:
        call = call.args[0]
    return call, said


def of_this(call):
    return any(isinstance(it, ast.Call) and called(it) == LAST for it in ast.walk(call))


def seeds():
    """The calls that are known: of the documentation, of tests, of the model; each once."""
    set_, calls = documented()
    rows = {}
    for call in calls:
        add(rows, call, "docs", None, set_)
    for origin in ("tests", "model"):
        for line in PLAN[origin]:
            it = parsed(line)
            if it:
                add(rows, it[0], origin, it[1], set_)
    for text in PLAN["calls"]:
        add(rows, ast.parse(text, mode="eval").body, "search", None, {})
    return list(rows.values())


def guessed():
    """Calls that nobody thought of: few are known."""
    if "." not in PLAN["name"]:
        return guesses(FUNCTION, LAST)
    bound = not any(ast.unparse(it) == "staticmethod" for it in FUNCTION.decorator_list)
    calls = guesses(FUNCTION, LAST, 1 if bound else 0)
    kind = PLAN["name"].split(".")[-2]
    if not bound or any(ast.unparse(it) == "classmethod" for it in FUNCTION.decorator_list):
        return [f"{kind}.{call}" for call in calls]
    made = receivers(ast.parse(SOURCE), kind)
    return [f"{it}.{call}" for it in made for call in calls[:1 + 60 // len(made)]]


def add(rows, call, origin, said, set_):
    for _ in range(3):
        call = Inline(set_).visit(call)
    call = ast.fix_missing_locations(call)
    text = ast.unparse(call)
    if of_this(call) and len(text) <= LONGEST and text not in rows:
        imports = {name: line for name, line in set_.items() if isinstance(line, tuple)}
        used = {it.id for it in ast.walk(call) if isinstance(it, ast.Name)}
        rows[text] = {
            "call": text, "origin": origin, "said": said,
            "given": {name: line for name, line in imports.items() if name in used},
        }
