# A file of the project as the process has it, and how changes of its text get into what was made from it:
# code of functions, defaults of arguments, names of modules and classes.
import ast
import functools
import gc
import os
import sys
import types


def definitions(code):
    """The code of all functions that have a name, in the order of the text."""
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            if not constant.co_name.startswith("<"):
                yield constant
            yield from definitions(constant)


class Source:
    """A file as it is, and what was made from it."""

    def __init__(self, path):
        self.name = os.path.join(ROOT, path)
        with open(self.name, "rb") as file:
            self.text = file.read()
        whole = compile(self.text, self.name, "exec", dont_inherit=True)
        self.flags = whole.co_flags & FUTURES
        starts = [0]
        for line in self.text.splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        # What stands in the file by itself: where it begins, its end in bytes, and its functions.
        self.parts = []
        for node in ast.parse(self.text).body:
            first = min([node.lineno] + [it.lineno for it in getattr(node, "decorator_list", [])])
            place = (first, starts[first - 1], starts[node.end_lineno])
            self.parts.append((*place, list(definitions(self.compiled(first, self.text[place[1]:place[2]])))))
        self.functions = {}
        for function in gc.get_objects():
            if isinstance(function, types.FunctionType):
                name = os.path.realpath(function.__code__.co_filename)
                if name == os.path.realpath(self.name):
                    self.functions.setdefault(key(function.__code__), []).append(function)

    def compiled(self, first, text):
        """Code that stands at this line of the file."""
        text = b"\n" * (first - 1) + text
        return compile(text, self.name, "exec", flags=self.flags, dont_inherit=True)

    def changed(self, changes):
        """What puts the changes into what was made from the file."""
        found = []
        for first, begin, stop, before in self.parts:
            own = [change for change in changes if begin <= change[0] and change[1] <= stop]
            if not own:
                continue
            pieces, at = [], begin
            for start, end, text in own:
                pieces += [self.text[at:start], text.encode()]
                at = end
            text = b"".join(pieces) + self.text[at:stop]
            try:
                after = list(definitions(self.compiled(first, text)))
                found += self.values(first, self.text[begin:stop], text)
            except (SyntaxError, ValueError):
                return []
            for old, code in zip(before, after) if len(before) == len(after) else ():
                for function in self.functions.get(key(old), []) if old != code else ():
                    if function.__code__.co_freevars == code.co_freevars:
                        found.append(functools.partial(setattr, function, "__code__", code))
        return found

    def values(self, first, *texts):
        """What gives the names of the file, of its classes and of arguments other values."""
        old, new = (ast.parse(b"\n" * (first - 1) + text).body for text in texts)
        if len(old) != 1 or len(new) != 1 or type(old[0]) is not type(new[0]):
            return []
        owner, (old, new) = None, (old[0], new[0])
        pairs = [(owner, old, new)]
        if isinstance(old, ast.ClassDef):
            pairs = [(old.name, *pair) for pair in zip(old.body, new.body)]
        found = []
        for owner, old, new in pairs:
            if assigned(old) and assigned(old) == assigned(new) and ast.dump(old) != ast.dump(new):
                found.append(lambda owner=owner, new=new: self.assign(owner, new))
            elif isinstance(old, FUNCTIONS) and isinstance(new, FUNCTIONS):
                if ast.dump(old.args) != ast.dump(new.args):
                    found.append(lambda old=old, new=new: self.default(old, new))
        return found

    def modules(self):
        own = (it for it in list(sys.modules.values()) if getattr(it, "__file__", None))
        return [it for it in own if os.path.realpath(it.__file__) == os.path.realpath(self.name)]

    def assign(self, owner, changed):
        """Carries out a changed assignment of the file or of a class in it, and those after it that use it."""
        body = ast.parse(self.text).body
        if owner:
            body = [it for node in body if getattr(node, "name", None) == owner for it in node.body]
        for module in self.modules():
            scope, names = vars(module), set()
            place = getattr(module, owner) if owner else module
            for node in body:
                node = changed if node.lineno == changed.lineno else node
                uses = {it.id for it in ast.walk(node) if isinstance(it, ast.Name)}
                if not assigned(node) or node is not changed and not uses & names:
                    continue
                space = dict(scope, **vars(place)) if owner else dict(scope)
                exec(compile(ast.Module([node], []), self.name, "exec", self.flags, True), space)
                names.add(assigned(node))
                replace(place, assigned(node), space[assigned(node)])

    def default(self, old, new):
        """Gives the functions that are made of a definition the other values of its arguments."""
        body = [ast.Pass(lineno=1, col_offset=0)]
        bare = type(new)(**{**vars(new), "decorator_list": [], "returns": None, "body": body})
        first = min([old.lineno] + [it.lineno for it in old.decorator_list])
        for function in self.functions.get((old.name, first), []):
            space = dict(function.__globals__)
            exec(compile(ast.Module([bare], []), self.name, "exec", self.flags, True), space)
            function.__defaults__ = space[old.name].__defaults__
            function.__kwdefaults__ = space[old.name].__kwdefaults__


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def assigned(node):
    """The one name that a statement gives a value."""
    targets = node.targets if isinstance(node, ast.Assign) else []
    if isinstance(node, ast.AnnAssign) and node.value:
        targets = [node.target]
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else None


def replace(place, name, new):
    """Gives a name of a module or a class another value, in the modules too that took it from there."""
    old = vars(place).get(name)
    if type(old) is type(new) and isinstance(old, (dict, list, set)):
        # Others may hold it.
        whole = new.copy()
        old.clear()
        old.extend(whole) if isinstance(old, list) else old.update(whole)
        return
    setattr(place, name, new)
    for module in list(sys.modules.values()):
        if isinstance(place, types.ModuleType) and inside(getattr(module, "__file__", None) or ""):
            if vars(module).get(name, place) is old:
                setattr(module, name, new)


def key(code):
    return (code.co_name, code.co_firstlineno)
