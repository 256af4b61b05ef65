"""
Second part of the box: how values travel between a program and its tests, which run in two processes. A value is JSON; what JSON has no form
for is a list that begins with a kind, such as ["t", 1, 2] for a tuple. Reading never makes an object of a class that the sender chose, as
pickle would: an object without a kind stays in its process, and the other one gets something that stands for it (remote.py).
"""
import array
import base64
import builtins
import collections
import datetime
import decimal
import fractions
import re
import sys
import types

PLAIN = {type(None), bool, float, str}
DIGITS = 4000  # A longer integer travels in hexadecimal, because the interpreter limits decimal texts to 4,300 digits.
SEQUENCES = {"l": list, "t": tuple, "s": set, "S": frozenset, "q": collections.deque, "B": bytearray}
DICTIONARIES = {"d": dict, "O": collections.OrderedDict, "C": collections.Counter, "D": collections.defaultdict}
KINDS = {made: kind for kind, made in {**SEQUENCES, **DICTIONARIES}.items()}
TIMES = {
    datetime.date: ("year", "month", "day"), datetime.time: ("hour", "minute", "second", "microsecond"),
    datetime.datetime: ("year", "month", "day", "hour", "minute", "second", "microsecond"),
    datetime.timedelta: ("days", "seconds", "microseconds"),
}
TIMES_BY_NAME = {made.__name__: made for made in TIMES}
VIEWS = {type({}.keys()): "keys", type({}.items()): "items"}
CONSTANTS = {"Ellipsis": Ellipsis, "NotImplemented": NotImplemented}
# By identity of which the functions of the module dataclasses tell fields apart.
FIELD_KINDS = "_FIELD", "_FIELD_CLASSVAR", "_FIELD_INITVAR", "MISSING"
BUILT_IN = {name: value for name, value in vars(builtins).items() if isinstance(value, type)}
NUMPY_TYPE = re.compile(r"[<>|=][biufcSUmM]\d+(\[\w+\])?")
IMMUTABLE = (int, float, complex, str, bytes, tuple, frozenset)
BASES = (*IMMUTABLE, list, dict, set, bytearray, collections.deque)


class Broken(Exception):
    """The other process sent something that is not a value."""


class Table:
    """
    The mutable containers of one call, which both processes number in the same order, so that a container that occurs twice arrives as
    one, and a result that is one of the arguments comes back as that argument.
    """

    def __init__(self):
        self.containers, self.numbers = [], {}

    def add(self, container):
        self.numbers[id(container)] = len(self.containers)
        self.containers.append(container)
        return container


def contents(container):
    """The elements in a flat list; a dictionary's keys and values take turns, and an array of numpy is one element, its bytes."""
    if hasattr(container, "dtype"):
        return [container.tobytes()] if not container.dtype.hasobject else container.ravel().tolist()
    return [part for item in container.items() for part in item] if isinstance(container, dict) else list(container)


def fill(container, parts):
    """Makes the elements of a container those of a flat list."""
    if hasattr(container, "dtype"):
        import numpy
        values = parts if container.dtype.hasobject else numpy.frombuffer(parts[0], container.dtype)
        container[...] = numpy.array(values, container.dtype).reshape(container.shape)
        return
    if isinstance(container, array.array):
        container[:] = array.array(container.typecode, parts)
        return
    container.clear()
    if isinstance(container, dict):
        for key, value in zip(parts[::2], parts[1::2]):
            container[key] = value
    elif isinstance(container, set):
        container.update(parts)
    else:
        container.extend(parts)


def same(before, after):
    return len(before) == len(after) and all(a is b or type(a) is bytes and a == b for a, b in zip(before, after))


def base_of(made):
    """The built-in class that a class inherits from; None if it is one itself or inherits from none."""
    return None if made in BASES else next((base for base in BASES if issubclass(made, base)), None)


def base_value(value, base):
    """The value of an object of a class that inherits from a built-in one, without the methods of that class."""
    if base is dict:
        return {key: dict.__getitem__(value, key) for key in dict.__iter__(value)}
    if hasattr(base, "__iter__") and base is not str:
        return base(base.__iter__(value))
    return {int: int.__int__, float: float.__float__, str: str.__str__}.get(base, lambda v: base.__add__(v, 0))(value)


class Codec:
    def encode(self, value, table):
        kind = type(value)
        if kind in PLAIN:
            return value
        if kind is int:
            return value if value.bit_length() < 3 * DIGITS else ["i", hex(value)]
        if kind in KINDS:
            return self.encode_container(value, kind, table)
        if kind is bytes:
            return ["b", value.decode("latin-1")]
        if kind is complex:
            return ["c", value.real, value.imag]
        if kind is range or kind is slice:
            return [kind.__name__, *[self.encode(v, table) for v in (value.start, value.stop, value.step)]]
        if kind is decimal.Decimal:
            return ["decimal", str(value)]
        if kind is fractions.Fraction:
            return ["fraction", self.encode(value.numerator, table), self.encode(value.denominator, table)]
        if kind in TIMES and getattr(value, "tzinfo", None) is None:
            return ["time", kind.__name__, *[getattr(value, field) for field in TIMES[kind]]]
        if kind is array.array:
            return self.known_container(value, table) or ["array", value.typecode, *[self.encode(v, table) for v in value]]
        if kind in VIEWS:
            return [VIEWS[kind], *[self.encode(v, table) for v in value]]
        if value is Ellipsis or value is NotImplemented:
            return ["constant", str(value)]
        if getattr(kind, "__module__", None) == "dataclasses" and kind.__name__ in ("_FIELD_BASE", "_MISSING_TYPE"):
            return ["field", getattr(value, "name", "MISSING")]
        if isinstance(value, type) and BUILT_IN.get(value.__name__) is value:
            return ["T", value.__name__]
        if kind is types.ModuleType and is_known(value):
            return ["M", value.__name__]
        if isinstance(value, BaseException):
            named = {k: v for k, v in vars(value).items() if not k.startswith("__")}
            return ["e", self.encode(kind, table), [self.encode(v, table) for v in value.args], self.encode(named, table)]
        return self.encode_array(value, table) or self.encode_object(value, table)

    def encode_container(self, value, kind, table):
        if kind not in (tuple, frozenset) and (known := self.known_container(value, table)):
            return known
        extra = [value.maxlen] if kind is collections.deque else []
        if kind is collections.defaultdict:
            extra = [self.encode(value.default_factory, table)]
        return [KINDS[kind], *extra, *[v if type(v) in PLAIN else self.encode(v, table) for v in contents(value)]]

    def known_container(self, value, table):
        """A reference to a container that the table has; None if it has it from now on."""
        if id(value) in table.numbers:
            return ["r", table.numbers[id(value)]]
        table.add(value)
        return None

    def encode_array(self, value, table):
        """An array or number of numpy; None if the value is none."""
        numpy = sys.modules.get("numpy")
        if numpy is None or not (type(value) is numpy.ndarray or isinstance(value, numpy.generic)):
            return None
        shape = None if isinstance(value, numpy.generic) else list(value.shape)
        is_sent = NUMPY_TYPE.fullmatch(value.dtype.str) or value.dtype.hasobject and value.dtype.names is None
        if is_sent and shape is not None and (known := self.known_container(value, table)):
            return known
        if NUMPY_TYPE.fullmatch(value.dtype.str):
            return ["numpy", value.dtype.str, shape, base64.b64encode(numpy.ascontiguousarray(value).tobytes()).decode()]
        if value.dtype.hasobject and value.dtype.names is None:
            return ["numpy objects", shape, *[self.encode(v, table) for v in value.ravel().tolist()]]
        return None

    def decode(self, form, table):
        if type(form) in PLAIN or type(form) is int:
            return form
        if type(form) is not list or not form or type(form[0]) is not str:
            raise Broken("a value without a kind")
        kind, parts = form[0], form[1:]
        if kind in SEQUENCES or kind in DICTIONARIES:
            return self.decode_container(kind, parts, table)
        if kind == "r":
            return table.containers[parts[0]]
        if kind in ("range", "slice", "fraction"):
            return {"range": range, "slice": slice, "fraction": fractions.Fraction}[kind](*[self.decode(v, table) for v in parts])
        if kind in ("keys", "items", "array"):
            values = [self.decode(v, table) for v in parts]
            return table.add(array.array(values[0], values[1:])) if kind == "array" else dict.fromkeys(values).keys() if kind == "keys" else dict(values).items()
        if kind == "e":
            return self.decode_exception(*parts, table)
        if kind == "numpy" or kind == "numpy objects":
            return self.decode_array(kind, parts, table)
        if kind == "M":
            return self.module(parts[0])
        if kind == "field" and parts[0] in FIELD_KINDS:
            return getattr(self.module("dataclasses"), parts[0])
        if kind in self.SIMPLE:
            return self.SIMPLE[kind](*parts)
        return self.decode_object(kind, parts, table)

    SIMPLE = {
        "i": lambda text: int(text, 16), "b": lambda text: text.encode("latin-1"), "c": complex, "decimal": decimal.Decimal,
        "time": lambda name, *fields: TIMES_BY_NAME[name](**dict(zip(TIMES[TIMES_BY_NAME[name]], fields))),
        "constant": lambda name: CONSTANTS[name], "T": lambda name: BUILT_IN[name],
    }

    def module(self, name):
        """A module of the standard library, or numpy."""
        first = name.split(".")[0]
        if name not in sys.modules:
            if first not in STANDARD_LIBRARY or first != "dataclasses" and not self.may_import(first):
                raise Broken("a module that the tests do not name")
            __import__(name)
        return sys.modules[name]

    def may_import(self, name):
        return True

    def decode_container(self, kind, parts, table):
        if kind in ("t", "S"):
            return SEQUENCES[kind]([self.decode(v, table) for v in parts])
        if kind == "q":
            value = table.add(collections.deque((), parts.pop(0)))
        else:
            # In the table before it is filled, because it may contain itself.
            value = table.add({**SEQUENCES, **DICTIONARIES}[kind]())
        if kind == "D":
            value.default_factory = self.decode(parts.pop(0), table)
        fill(value, [v if type(v) in PLAIN else self.decode(v, table) for v in parts])
        return value

    def decode_exception(self, made, arguments, named, table):
        made = self.decode(made, table)
        if not (isinstance(made, type) and issubclass(made, BaseException)):
            raise Broken("an exception of a class that is none")
        arguments, named = [self.decode(v, table) for v in arguments], self.decode(named, table)
        try:
            value = made(*arguments)
        except TypeError:
            value = made.__new__(made, *arguments)
        value.args = tuple(arguments)
        if type(named) is not dict or any(type(name) is not str or name.startswith("__") for name in named):
            raise Broken("attributes that no exception has")
        vars(value).update(named)
        return value

    def decode_array(self, kind, parts, table):
        import numpy
        if kind == "numpy":
            if not NUMPY_TYPE.fullmatch(parts[0]):
                raise Broken("a type of array")
            values = numpy.frombuffer(base64.b64decode(parts[2]), numpy.dtype(parts[0]))
            return values[0] if parts[1] is None else table.add(values.reshape(parts[1]).copy())
        values = numpy.empty(len(parts) - 1, object)
        values = table.add(values.reshape(parts[0]))
        values.ravel()[:] = [self.decode(v, table) for v in parts[1:]]
        return values


def is_known(module):
    name = getattr(module, "__name__", "")
    return sys.modules.get(name) is module and name.split(".")[0] in STANDARD_LIBRARY


STANDARD_LIBRARY = set(getattr(sys, "stdlib_module_names", sys.builtin_module_names)) | {"numpy"}
