"""Makes task-drawn-cases.json, format-cases.json, literal-cases.json and text-cases.json: what Python and Jinja2 give for drawn inputs.

Run it as `python3 make_task_cases.py [--seed SEED] [--count COUNT] [--output FOLDER]` with Jinja2 3.1.6 installed. The environment of the
templates is that of lm-evaluation-harness's apply_template. An output of null stands for an error.
"""
import argparse
import ast
import json
import random
import re
from pathlib import Path

from jinja2 import BaseLoader, Environment, StrictUndefined

from make_chat_cases import Draw, VARIABLES, outcome

ADDRESS = re.compile(r" at 0x[0-9a-f]{6}|<built-in|<function|<bound|<generator|<class|<method", re.IGNORECASE)

DOCUMENT = {
    **{name: value for name, value in VARIABLES.items() if name != "bos_token"},
    "bos_token": "<s>",
    "huge": 12345678901234567890123,
    "least": -9223372036854775808,
    "most": 9223372036854775807,
    "greek": "\u039f\u0394\u039f\u03a3 \u0391\u03a3 \u00df \u0130 \ufb01 \u01c6",
    "people": [{"n": {"first": "Bo", "last": "Ek"}, "age": 41, "tags": ["x", "Y"]}, {"n": {"first": "al", "last": "Ek"}, "age": 5, "tags": ["y"]},
               {"n": {"first": "Cy", "last": "ab"}, "age": 41, "tags": ["X", "z"]}, {"n": {"first": "Al", "last": "Zu"}, "age": 7.5, "tags": ["a"]}],
}


class DrawTask(Draw):
    """Draws what tasks of numbers, formats and sorts need besides what chat templates have."""

    def number(self):
        return self.one(super().number, super().number, "huge", "least", "most", "2 ** 70", "-huge", "12345678901234567890", "most + 1", "1e22",
                        "0xFFFFFFFFFFFFFFFFFF", "1_000", "-7", "0.1")

    def name(self):
        return self.one(super().name, super().name, "huge", "least", "greek", "people", "people[1].n.first")

    def string(self):
        return self.one(super().string, super().string, "greek", "'-42'", "'+7'", "'0x1F'", "'1_0'", "' 12 '", "'123456789012345678901'", "'3.7'",
                        "'\u0663'", "'\u01c6z'", "'\u2163 \u2173'", "'\u00b2'")

    def sequence_filter(self):
        s, i = self.string, self.number
        return self.one(super().sequence_filter, lambda: f"sum(start={i()})", "sort(reverse=true)", "max", "min", "map('abs') | list",
                        "map('int') | list", "map('float') | list", "map('round', 1) | list", "map('string') | map('length') | list")

    def number_filter(self):
        return self.one(super().number_filter, "abs", "int", "float", "round(-2)", "round(2, 'ceil')", "string", "tojson", "pprint",
                        "filesizeformat(true)", "int | string | length", "round(method='floor')")

    def string_filter(self):
        return self.one(super().string_filter, "int(0, 16)", "int(5, 8)", "int(base=2)", "int(default=-1)", "float(0.5)", "int(0, 36)", "int(0, 0)",
                        "upper", "lower", "title", "capitalize", "int | abs", "length")

    def rows(self):
        """An expression over the maps in people."""
        attribute = lambda: self.one("n.first", "n.last", "age", "tags.0", "n.last,age", "age,n.first", "n.first,n.last,age", "tags", "n")
        one = lambda: self.one("n.first", "n.last", "age", "tags.0", "tags", "nope", "n.nope")
        case = lambda: self.one("", ", case_sensitive=true", ", case_sensitive=false")
        source = self.one("people", "people", "people | reverse | list", "people[1:]", "people | selectattr('age', 'gt', 6) | list")
        how = self.one(lambda: f"sort(attribute='{attribute()}'{case()})", lambda: f"sort(true, attribute='{attribute()}'{case()})",
                       lambda: f"sort(reverse=true, attribute='{attribute()}'{case()})", lambda: f"groupby('{one()}'{case()})",
                       lambda: f"groupby('{one()}', default='-')", lambda: f"unique(attribute='{one()}'{case()}) | list",
                       lambda: f"min(attribute='{one()}'{case()})", lambda: f"max(attribute='{one()}'{case()})",
                       lambda: f"sum(attribute='{one()}')", lambda: f"map(attribute='{one()}') | list", lambda: f"join(', ', attribute='{one()}')",
                       lambda: f"map(attribute='{one()}', default=0) | list", lambda: f"selectattr('{one()}') | map(attribute='age') | list",
                       lambda: f"rejectattr('{one()}', 'defined') | list | length", lambda: f"selectattr('{one()}', 'in', ['Ek', 41]) | list | length")
        tail = self.one("", " | map(attribute='n.first') | list", " | list | length", " | first", " | last")
        return f"({source} | {how}{tail})"

    def maps(self):
        source = self.one("{'b': 2, 'A': 1, 'c': 0}", "people[0].n", "map", "{2: 'x', 10: 'y', 1: 'Z'}", "dict(a=3, B='x')", "{'a': 'B', 'b': 'a'}")
        how = self.one("dictsort", "dictsort(true)", "dictsort(by='value')", "dictsort(false, 'value')", "dictsort(reverse=true)", "items | list",
                       "dictsort(true, 'value', true)", "tojson", "list", "length", "dictsort | map('first') | join", "string")
        return f"({source} | {how})"

    def expression(self, depth=0):
        kind = self.random.randrange(12)
        if kind == 0:
            return self.rows()
        if kind == 1:
            return self.maps()
        if kind == 2 and depth < 3:
            return f"({self.number()} {self.one('+', '-', '*', '/', '//', '%', '==', '<', '>=')} {self.number()})"
        return super().expression(depth)


def environment():
    env = Environment(loader=BaseLoader, undefined=StrictUndefined, keep_trailing_newline=True)
    env.filters["regex_replace"] = lambda string, pattern, repl, count=0: re.sub(pattern, repl, string, count=count)
    return env


def task_cases(seed, count):
    draw, env, cases, errors = DrawTask(seed), environment(), [], 0
    VARIABLES.clear()
    VARIABLES.update(DOCUMENT)
    while len(cases) < count:
        template = "{{ " + draw.expression() + " }}" if draw.random.random() < 0.8 else draw.template()
        # Some filters are not made here, and an append changes the document.
        if len(template) > 400 or re.search(r"nosuch|pprint|generation|break|continue|append|\.encode|random", template):
            continue
        output = outcome(env, template)
        # The ends of a range that is a slice of another one are not kept.
        if output is not None and (ADDRESS.search(output) or len(output) > 900 or (re.search(r"range\(-?\d+, -?\d+, -?\d+\)", output) and "::" in template)):
            continue
        if output is None and errors > len(cases) / 5:
            continue
        errors += output is None
        cases.append({"template": template, "output": output})
    return {"document": DOCUMENT, "cases": cases}


VALUES = [0, 1, -1, 7, -42, 255, 1000, 1234567, -1234567, 2**53 + 1, 2**63, -2**63 - 1, 10**25, 97, 0x10ffff, True, False, 0.0, -0.0, 1.0, 0.5,
          2.5, -2.5, 1.005, 123456.789, -1234567.891, 1e16, 1e-5, 1.5e300, 5e-324, 0.1, 1 / 3, 99.995, 12345678.9, 1e22, float("inf"), float("-inf"),
          float("nan"), "", "a", "abc", "na\u00efve \U0001f600", "it's", None, [1, "a"], {"k": 1}]


def format_cases(seed, count):
    """Each case is the kind, the format, the value in the form of Python's repr, and the result."""
    draw, cases = random.Random(seed), []
    one = draw.choice
    while len(cases) < count:
        value = one(VALUES)
        if draw.random() < 0.55:
            spec = (one(["", "", "", "<", ">", "^", "=", "*<", "0>", "x^", "\U0001f600>", "0=", " ="]) + one(["", "", "", "+", "-", " "])
                    + one(["", "", "", "", "z", "#", "#"]) + one(["", "", "", "0"]) + one(["", "", "1", "8", "12", "25"])
                    + one(["", "", "", ",", "_"]) + one(["", "", "", ".0", ".1", ".2", ".3", ".10", ".20"])
                    + one(["", "", "d", "f", "g", "e", "s", "x", "b", "o", "X", "E", "G", "F", "%", "c", "n", "q"]))
            kind, text, apply = "format", spec, lambda: format(value, spec)
        else:
            spec = ("%" + "".join(draw.sample("#0- +", draw.randrange(3))) + one(["", "", "", "1", "8", "12"]) + one(["", "", "", ".0", ".2", ".5", ".", ".12"])
                    + one(["", "", "", "l", "h"]) + one(list("diouxXeEfFgGcrsa%sdfg") + ["q"]))
            kind, text, apply = "percent", spec, lambda: spec % (value,)
        try:
            result = apply()
        except Exception:  # whatever Python raises is a refusal here
            if draw.random() < 0.75:
                continue
            result = None
        cases.append([kind, text, repr(value), result])
    return {"cases": cases}


def literal(draw, depth=0):
    one = draw.choice
    if depth < 3 and draw.random() < 0.45:
        items = [literal(draw, depth + 1) for _ in range(draw.randrange(4))]
        space = lambda: one(["", "", " ", "\n  ", " # note\n", "\t"])
        inner = ("," + space()).join(items) + (one(["", ","]) if items else "")
        kind = draw.randrange(4)
        if kind == 0:
            return "[" + space() + inner + space() + "]"
        if kind == 1:
            return "(" + inner + space() + ")"
        return "{" + space() + ", ".join(f"{literal(draw, 3)}: {item}" for item in items) + "}"
    return one(["1", "-1", "+3", "- 2", "--1", "0", "00", "012", "1_000", "1__0", "0x1F", "0b101", "0o17", "1e5", "1.", ".5", "-.5e-3", "1_0.0_1", "1e400",
                "12345678901234567890", "-9223372036854775808", "True", "False", "None", "true", "null", "x", "1j", "1 + 2j", "...", "set()", "{1, 2}",
                "'a'", '"it\'s"', "'it\\'s'", "'''three\nlines 'q' '''", '"""x"y"""', "''", "'a' 'b'", "r'\\n'", "R'\\''", "u'\\u00e9'", "'\\x41\\101\\n\\q'",
                "b'x'", "f'x'", "'open", "'\\N{BULLET}'", "'\\U0001f600'", "'\\x4'", "'line\nbreak'", "'back\\\nslash'", "\u0663", "1 2", "1abc", "[1][0]",
                "()", "(1)", "(1,)", "-True", "not True", "1 + 2", "'caf\u00e9'", "'" + "y" * 30 + "'"])


def literal_cases(seed, count):
    """Each case is a text and the repr of what it is: null for no literal, false for one that is refused by name."""
    draw, cases, seen = random.Random(seed), [], set()

    def refused(value):
        if isinstance(value, (set, bytes, complex)) or value is ...:
            return True
        parts = [*value.keys(), *value.values()] if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else []
        return any(refused(part) for part in parts)

    while len(cases) < count:
        text = literal(draw) if draw.random() < 0.5 else "[" + ", ".join(literal(draw, 1) for _ in range(draw.randrange(4))) + draw.choice(["", ","]) + "]"
        text = draw.choice(["", "", "", " ", "\n", "\n "]) + text + draw.choice(["", "", "", " ", "\n", ",", " # end"])
        if text in seen or len(text) > 300:
            continue
        seen.add(text)
        try:
            value = ast.literal_eval(text)
            if re.search(r"[0-9]j", text) and not refused(value):
                continue  # a later value of the same key has taken its place
            cases.append([text, False if refused(value) or "\\N" in text else repr(value)])
        except (SyntaxError, ValueError):
            # Where a literal is wrong, it may be another fault that is found first.
            if "\\N" not in text and not re.search(r"\bj|\.\.\.|set\(\)|\{[^:}]*\}|b'|[0-9]j", text) and draw.random() < 0.4:
                cases.append([text, None])
        except TypeError:
            pass
    return {"cases": cases}


def text_cases():
    """For every method, a hash over its results for all characters, and results for some texts."""
    import hashlib
    names = ["upper", "lower", "title", "capitalize", "swapcase", "casefold", "isupper", "islower", "istitle", "isalpha", "isdigit", "isdecimal",
             "isnumeric", "isalnum", "isspace", "isprintable", "isidentifier", "isascii"]
    characters = [chr(code) for code in range(0x110000) if not 0xd800 <= code < 0xe000]
    digests = {name: hashlib.sha256("".join(str(getattr(text, name)()) for c in characters for text in (c, "a" + c, c + "\u03a3")).encode()).hexdigest()
               for name in names}
    texts = ["\u039f\u0394\u039f\u03a3", "\u03a3", "A\u03a3B", "\u0391\u03a3.", "\u0391\u03a3'\u0391", "\u0391\u0301\u03a3", "Stra\u00dfe", "\u0130stanbul",
             "\ufb01ne \ufb03", "\u01c4 \u01c5 \u01c6", "it's 3rd o'clock", "\u1e9e", "\u1fb3 \u1f80", "mixed-CASE words_here", "\u00b5\u017f", "\u10d0\u10d1",
             "\u24d0\u2170", "\u02b0x \u00aaB", "", "1a", "\u0345\u03b1"]
    return {"digests": digests, "texts": [[text, {name: getattr(text, name)() for name in names}] for text in texts]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=20261126)
    parser.add_argument("--count", type=int, default=1500)
    parser.add_argument("--output", type=Path, default=Path(__file__).parent)
    options = parser.parse_args()
    for name, cases in [("task-drawn-cases", task_cases(options.seed, options.count)), ("format-cases", format_cases(options.seed, options.count)),
                        ("literal-cases", literal_cases(options.seed, options.count)), ("text-cases", text_cases())]:
        lists = {key: "[" + ",\n".join(json.dumps(item) for item in value) + "]" if isinstance(value, list) else json.dumps(value)
                 for key, value in {"source": "Python 3.11 and Jinja2 3.1.6, made by make_task_cases.py", **cases}.items()}
        text = "{" + ",\n".join(f"{json.dumps(key)}: {value}" for key, value in lists.items()) + "}\n"
        (options.output / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
