"""
Part of a session with a task author's Python (session.py): how values travel between the harness and the interpreter. A value is JSON;
what JSON has no form for is {"$": kind, "v": ...}, so that a tuple arrives as a tuple and NaN as NaN. Reading makes no object of a class
that the sender chose.
"""
import base64
import datetime
import decimal
import json
import math

LONGEST_DECIMAL = 4000  # digits; a longer integer travels in hexadecimal, because the interpreter limits decimal texts to 4,300 digits
LEAST_LONG = 10 ** LONGEST_DECIMAL
DEEPEST = 100  # levels of lists and maps, below what either side's reader allows


class Unsendable(TypeError):
    """A value has no form outside the interpreter, such as a function or an image."""


def read_tagged(pairs):
    """The hook of the JSON reader for each map: the value that a tagged map stands for, else the map itself."""
    if "$" not in pairs:
        return pairs
    kind, value = pairs["$"], pairs.get("v")
    if kind == "tuple":
        return tuple(value)
    if kind in ("set", "frozenset"):
        return {"set": set, "frozenset": frozenset}[kind](value)
    if kind == "float":
        return float(value)
    if kind == "bytes":
        return base64.b64decode(value)
    if kind == "decimal":
        return decimal.Decimal(value)
    if kind in ("datetime", "date", "time"):
        return getattr(datetime, kind).fromisoformat(value)
    if kind == "int":
        return int(value, 16)
    if kind == "dict":
        return {key: item for key, item in value}
    if kind == "str":
        return b"".join(unit.to_bytes(2, "little") for unit in value).decode("utf-16-le", "surrogatepass")
    raise ValueError(f"a value of the unknown kind {kind!r}")


def tagged(kind, value):
    return {"$": kind, "v": value}


def sendable(value, depth=0):
    """The value in the form that the JSON writer takes. Raises Unsendable."""
    kind = type(value)
    if kind is str:
        return value if value.isascii() else sendable_text(value)
    if kind is int:
        return value if -LEAST_LONG < value < LEAST_LONG else tagged("int", format(value, "x"))
    if kind is float:
        return value if math.isfinite(value) else tagged("float", repr(value))
    if value is None or kind is bool:
        return value
    if depth >= DEEPEST:
        raise Unsendable(f"a value of more than {DEEPEST} levels")
    if kind is dict:
        if "$" in value or not all(type(key) is str and key.isascii() for key in value):
            return sendable_map(value, depth)
        return {key: sendable(item, depth + 1) for key, item in value.items()}
    if kind is list:
        return [sendable(item, depth + 1) for item in value]
    return sendable_other(value, depth)


def sendable_text(text):
    try:
        text.encode()
        return text
    except UnicodeEncodeError:
        units = text.encode("utf-16-le", "surrogatepass")
        return tagged("str", [units[i] | units[i + 1] << 8 for i in range(0, len(units), 2)])


def sendable_map(values, depth):
    """A map whose keys may be no texts, be the text that marks tags, or have no form in UTF-8."""
    keys = [sendable(key, depth + 1) for key in values]
    items = [sendable(item, depth + 1) for item in values.values()]
    if "$" not in keys and all(isinstance(key, str) for key in keys):
        return dict(zip(keys, items))
    return tagged("dict", [list(pair) for pair in zip(keys, items)])


def sendable_other(value, depth):
    """What has another class than the plain ones: their subclasses, other containers, and what numpy has for them."""
    # A member of an enumeration that is a text, or a number of numpy that is a float, is sent as what it is.
    if isinstance(value, int):
        return sendable(int.__int__(value), depth)
    if isinstance(value, float):
        return sendable(float.__float__(value), depth)
    if isinstance(value, str):
        return sendable(str.__getitem__(value, slice(None)), depth)
    if isinstance(value, tuple):
        return tagged("tuple", [sendable(item, depth + 1) for item in value])
    if isinstance(value, list):
        return [sendable(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return sendable(dict(value), depth)
    if isinstance(value, (set, frozenset)):
        kind = "set" if isinstance(value, set) else "frozenset"
        return tagged(kind, [sendable(item, depth + 1) for item in in_order(value)])
    if isinstance(value, (bytes, bytearray)):
        return tagged("bytes", base64.b64encode(value).decode())
    if isinstance(value, decimal.Decimal):
        return tagged("decimal", str(value))
    for kind in ("datetime", "date", "time"):
        if isinstance(value, getattr(datetime, kind)):
            return tagged(kind, value.isoformat())
    if hasattr(value, "tolist"):
        return sendable(value.tolist(), depth + 1)
    if hasattr(value, "to_list"):
        return sendable(value.to_list(), depth + 1)
    if hasattr(value, "__next__") or isinstance(value, (range, type({}.keys()), type({}.values()), type({}.items()))):
        return [sendable(item, depth + 1) for item in value]
    raise Unsendable(f"a value of the class {type(value).__name__}, which has no form outside Python")


def text_of_plain(value, encode):
    """
    The JSON text of a value that has no tuples and no keys but texts, which most often needs no tags; None where it needs some.
    """
    try:
        text = encode(value)
        text.encode()
        return None if '"$"' in text else text
    except (TypeError, ValueError):
        # A number that is none, a date, a surrogate.
        return None


def in_order(values):
    """The elements of a set in an order that does not depend on the run."""
    try:
        return sorted(values)
    except TypeError:
        return sorted(values, key=lambda item: (type(item).__name__, repr(item)))
