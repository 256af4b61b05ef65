"""
Third part of the box: the objects that stand for those of the other process. What is done to them is done there (peer.py).
"""
import copy

BINARY = ["add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "divmod", "pow", "lshift", "rshift", "and", "xor", "or"]
# Operations that compare or combine an object with another value. Whoever does them decides what the tests find out.
DECIDING = {f"__{name}__" for name in ["eq", "ne", "lt", "le", "gt", "ge", "contains"] + BINARY + [p + b for p in "ri" for b in BINARY]}
OPERATIONS = DECIDING | {f"__{name}__" for name in (
    "call getitem setitem delitem len length_hint iter next reversed bool repr str format hash enter exit int float index complex bytes neg "
    "pos abs invert round trunc floor ceil").split()}
ACTIONS = {
    "getattr": getattr, "setattr": setattr, "delattr": delattr, "copy": copy.copy, "deepcopy": copy.deepcopy, "list": list,
    "getitem": lambda value, key: value[key], "await": lambda value: __import__("asyncio").run(value),
    "value": lambda value: base_value(value, base_of(type(value))),
}
# Of the names that the language and libraries give a meaning to, those that only describe. Others let an object take part in what a library
# does with it: by __array_function__, for example, it would answer numpy's comparisons itself.
DESCRIBING = {f"__{name}__" for name in (
    "name qualname module doc annotations defaults kwdefaults code dict slots bases mro wrapped members dataclass_fields dataclass_params "
    "match_args").split()}
LANGUAGE_TYPES = {**{made.__name__: made for made in vars(types).values() if isinstance(made, type)}, **BUILT_IN}
MALFORMED = Broken, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, ImportError


def get_attribute(remote, name):
    if name.startswith("__") and name.endswith("__") and name not in DESCRIBING:
        raise AttributeError(name)
    return Remote.peer.request("getattr", remote, name)


class RemoteType(type):
    """A class of the other process. Calling it makes an object there."""

    def __call__(cls, *arguments, **named):
        return cls.peer.request("call", cls, arguments, named)

    def __getattr__(cls, name):
        return get_attribute(cls, name)

    def __setattr__(cls, name, value):
        cls.peer.request("setattr", cls, name, value)

    def __iter__(cls):
        return iter(cls.peer.request("list", cls))

    def __len__(cls):
        return len(cls.peer.request("list", cls))

    def __getitem__(cls, key):
        return cls.peer.request("getitem", cls, key)


class Remote(metaclass=RemoteType):
    """An object of the other process."""

    peer, base = None, None

    def __getattr__(self, name):
        return get_attribute(self, name)

    def __setattr__(self, name, value):
        self.peer.request("setattr", self, name, value)

    def __delattr__(self, name):
        self.peer.request("delattr", self, name)

    def __copy__(self):
        return self.peer.request("copy", self)

    def __deepcopy__(self, _):
        return self.peer.request("deepcopy", self)


def forwarded(name):
    """The method of a remote object that does an operation in the other process."""
    def act(self, *operands, **named):
        if name == "__exit__":
            # The last operand is a traceback, which has no meaning in the other process.
            operands = *operands[:2], None
        return self.peer.request("call", self, operands, named) if name == "__call__" else self.peer.request(name, self, *operands)

    def decide(self, *operands):
        if self.peer.lets_decide(self, operands):
            return act(self, *operands)
        if type(self).base:
            return plain(self, name, operands)
        return any(e is operands[0] or e == operands[0] for e in self) if name == "__contains__" else NotImplemented
    return decide if name in DECIDING else act


def plain(remote, name, operands):
    """An operation on the value of an object that inherits from a built-in class. The method is that class's, whatever the program sends."""
    base = next(b for b in BASES if b.__name__ == type(remote).base)
    value = Remote.peer.request("value", remote)
    if type(value) is not base:
        Remote.peer.broken(f"a value that is no {base.__name__}")
    method = getattr(base, name, None)
    return method(value, *operands) if method else NotImplemented


FORWARDED = {name: forwarded(name) for name in OPERATIONS}


def remote_class(name, bases, operations, base=None):
    members = {o: FORWARDED[o] for o in operations if o in FORWARDED}
    known_as = base or name
    if known_as in LANGUAGE_TYPES:
        # For isinstance, such as with types.GeneratorType.
        members["__class__"] = property(lambda _: LANGUAGE_TYPES[known_as])
    return RemoteType(name, tuple(bases) or (Remote,), {**members, "base": base})


def operations_of(made):
    return [name for name in OPERATIONS if any(name in vars(c) for c in made.__mro__[:-1])]


# Made before any program starts, because nearly every program needs it.
RemoteFunction = remote_class("function", [], operations_of(types.FunctionType))
