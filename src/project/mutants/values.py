# What a call gives, as an assertion that a test can make: a literal that reads back as the value, the
# text of it, or the error that it raises.
import ast
import builtins
import collections
import collections.abc
import datetime
import decimal
import fractions
import functools
import itertools
import math
import operator
import pathlib
import re
import string

# Modules whose names a test may use without the code having them.
KNOWN = {it.__name__: it for it in (
    datetime, decimal, fractions, collections, pathlib, functools, itertools, operator, math, re, string,
)}
LONGEST = 240
MOST_ITEMS = 40
# Errors that say that a call was nonsense, unless the code raises them itself.
INCIDENTAL = (TypeError, AttributeError, NameError, RecursionError, MemoryError, SyntaxError)


class Unsayable(Exception):
    """There is no assertion for it."""


def literal(value):
    """The text of a literal that is `value`; sets in a fixed order."""
    kind = type(value)
    if value is None or kind in (bool, int, str, bytes):
        return repr(value)
    if kind is float and math.isfinite(value):
        return repr(value)
    if kind is list:
        return "[" + ", ".join(map(literal, value)) + "]"
    if kind is tuple:
        return "(" + ", ".join(map(literal, value)) + ("," if len(value) == 1 else "") + ")"
    if kind in (set, frozenset):
        inner = ", ".join(sorted(map(literal, value)))
        plain = "{" + inner + "}" if value else "set()"
        return plain if kind is set else f"frozenset({plain if value else ''})"
    if isinstance(value, dict):
        inner = {literal(key): literal(value[key]) for key in value}
        return "{" + ", ".join(f"{key}: {inner[key]}" for key in inner) + "}"
    raise Unsayable(kind.__name__)


def said_of(text, value, names):
    """How an assertion says what the call `text` gave: its left side, its kind, what is expected."""
    if isinstance(value, collections.abc.Iterator):
        items = list(itertools.islice(value, MOST_ITEMS + 1))
        if len(items) > MOST_ITEMS:
            text, items = f"list(itertools.islice({text}, 5))", items[:5]
        else:
            text = f"list({text})"
        value = items
    elif isinstance(value, (collections.abc.KeysView, collections.abc.ValuesView, collections.abc.ItemsView, range)):
        text, value = f"list({text})", list(value)
    if value is None or value is True or value is False:
        return text, "is", repr(value)
    if type(value) is float and math.isfinite(value):
        return text, "equal" if len(repr(value)) < 7 else "approx", repr(value)
    try:
        expected = literal(value)
        if eval(expected) == value:
            return text, "equal", expected
    except Unsayable:
        pass
    expected = repr(value)
    try:
        if not callable(value) and eval(expected, dict(names)) == value and type(value) is not type:
            return text, "equal", expected
    except Exception:
        pass
    own = type(value).__str__ is not object.__str__ and not isinstance(value, (Exception, type))
    if own and not callable(value) and " at 0x" not in str(value):
        return f"str({text})", "equal", repr(str(value))
    raise Unsayable(type(value).__name__)


def holds(row, names):
    """Whether the assertion of a row is so; what raises what it should not is not."""
    left = compile(row["left"], "<call>", "eval")
    if row["kind"] == "raises":
        error = eval(row["expected"], names)
        try:
            eval(left, names)
        except error:
            return True
        except Exception:
            pass
        return False
    try:
        is_, should = eval(left, names), eval(row["expected"], names)
        if row["kind"] == "is":
            return is_ is should
        if row["kind"] == "approx":
            return abs(is_ - should) <= max(1e-6 * abs(should), 1e-12)
        return bool(is_ == should)
    except Exception:
        return False


def own_names(node):
    """Names that an expression binds itself: parameters of lambdas, targets of comprehensions."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.arg):
            yield inner.arg
        elif isinstance(inner, ast.Name) and not isinstance(inner.ctx, ast.Load):
            yield inner.id


def resolve(text, module, given):
    """The names that a text needs, with their values and the imports that a test of it needs."""
    node = ast.parse(text, mode="eval")
    own, names, imports = set(own_names(node)), {}, set()
    attributes = {id(it.value): it.attr for it in ast.walk(node) if isinstance(it, ast.Attribute)}
    for it in ast.walk(node):
        if not isinstance(it, ast.Name) or it.id in own or it.id in names:
            continue
        value, line = found(it.id, attributes.get(id(it)), module, given)
        if line is not None:
            imports.add(line)
        names[it.id] = value
    return names, sorted(imports)


def found(name, attribute, module, given):
    """What a name is, and the import that a test of it needs."""
    if name in given:
        return given[name]
    if name in vars(module):
        value = vars(module)[name]
        if isinstance(value, type(module)):
            real = value.__name__
            return value, f"import {real}" if real == name else f"import {real} as {name}"
        return value, f"from {module.__name__} import {name}"
    if hasattr(builtins, name):
        return getattr(builtins, name), None
    if name == module.__name__.split(".")[0]:
        return __import__(name), f"import {name}"
    if name in KNOWN and (attribute is None or hasattr(KNOWN[name], attribute)):
        return KNOWN[name], f"import {name}"
    for holder in KNOWN.values():
        if not name.startswith("_") and hasattr(holder, name):
            return getattr(holder, name), f"from {holder.__name__} import {name}"
    raise NameError(name)
