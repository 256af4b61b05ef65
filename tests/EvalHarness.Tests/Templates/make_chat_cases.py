"""Makes chat-cases.json and chat-drawn-cases.json: what Jinja2 3.1.6 renders in the environment of transformers' apply_chat_template.

Run it as `python3 make_chat_cases.py [--drawn COUNT] [--seed SEED] [--output FOLDER]` with Jinja2 installed.
"""
import argparse
import json
import random
import re
from datetime import datetime
from pathlib import Path

import jinja2
from jinja2.ext import Extension, loopcontrols
from jinja2.nodes import CallBlock
from jinja2.sandbox import ImmutableSandboxedEnvironment

NOW = datetime(2026, 3, 4, 15, 6, 7)


class Generation(Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return CallBlock(self.call_method("_text"), [], [], body).set_lineno(line)

    def _text(self, caller):
        return caller()


def refuse(message):
    raise jinja2.exceptions.TemplateError(message)


def environment():
    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
    env.filters["tojson"] = lambda x, ensure_ascii=False, indent=None, separators=None, sort_keys=False: json.dumps(
        x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
    env.globals["raise_exception"] = refuse
    env.globals["strftime_now"] = NOW.strftime
    return env


VARIABLES = {
    "messages": [
        {"role": "system", "content": "Be brief.\n"},
        {"role": "user", "content": "  What is 2+2? <b>\u00e9\U0001f600</b> "},
        {"role": "assistant", "content": [{"type": "text", "text": "four"}, {"type": "image"}], "reasoning_content": "hm"},
        {"role": "assistant", "content": None,
         "tool_calls": [{"type": "function", "function": {"name": "f", "arguments": {"x": 1, "y": [True, None, 1.5]}}}]},
        {"role": "tool", "content": "{\"a\": 'b'}", "name": "f"},
        {"role": "user", "content": ""},
    ],
    "tools": None,
    "bos_token": "<s>",
    "add_generation_prompt": True,
    "n": 7,
    "neg": -3,
    "pi": 3.14159,
    "big": 1e16,
    "half": 2.5,
    "flag": True,
    "nothing": None,
    "empty": "",
    "word": "hello World",
    "text": "  one two\tthree\n\nfour ",
    "csv": "a,b,,c",
    "uni": "na\u00efve \U0001f600 caf\u00e9",
    "quoted": "it's \"x\" & <y>",
    "numbers": [3, 1, 2, 3],
    "words": ["b", "A", "c", "a", "B"],
    "none_list": [],
    "nested": [[1, 2], [3], []],
    "tree": [{"name": "a", "children": [{"name": "b", "children": []}, {"name": "c", "children": [{"name": "d", "children": []}]}]}],
    "map": {"k": "v", "items": 5, "b": [1, 2], "A": {"x": None}},
    "rows": [{"q": "x", "a": 1, "g": "one"}, {"q": "Y", "a": 2, "g": "two"}, {"q": "z", "a": 3, "g": "One"}, {"a": 4, "g": "two"}],
}

CASES = Path(__file__).with_name("chat-templates.txt").read_text(encoding="utf-8").split("\n====\n")


def outcome(env, template):
    try:
        return env.from_string(template).render(**VARIABLES)
    except Exception:  # whatever Python raises is a refusal here
        return None


class Draw:
    """Draws templates. Most of them render; some are errors, which must be errors here too."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def one(self, *choices):
        choice = self.random.choice(choices)
        return choice() if callable(choice) else choice

    def name(self):
        return self.one("n", "neg", "pi", "half", "flag", "nothing", "empty", "word", "text", "csv", "uni", "quoted", "numbers", "words",
                        "none_list", "nested", "map", "rows", "missing", "messages", "tools", "messages[0]", "messages[2].content",
                        "messages[-1]['content']", "map.k", "map['b']", "map.nope", "rows[1].q", "bos_token", "big")

    def number(self):
        return self.one("0", "1", "2", "-1", "3", "n", "neg", "10", "2.5", "n - 3", "half", "true")

    def string(self):
        return self.one("''", "'a'", "' '", "'l'", "'o w'", "\",\"", "'\\n'", "word", "csv", "uni", "quoted", "empty", "'%s-%s'", "'{} {}'",
                        "'\\u00e9'", "messages[0].content", "messages[1]['content']", "text", "'<b>'", "missing")

    def sequence(self):
        return self.one("numbers", "words", "nested", "rows", "messages", "none_list", "range(4)", "range(1, 9, 3)", "(1, 'b', 2.5)", "map",
                        "map.items()", "map.values()", "word", "[n, neg, n]", "[1, 2, 3][::-1]", "missing", "words[1:]", "(1,)", "()",
                        "rows | map(attribute='a')", "words | reject('eq', 'A')", "numbers | unique", "'ab'", "{1: 2, 'x': none}")

    def expression(self, depth=0):
        if depth > 2:
            return self.one(self.name, self.number, self.string)
        e = lambda: self.expression(depth + 1)
        kind = self.random.randrange(26)
        if kind < 3:
            return self.one(self.name, self.number, self.string, self.sequence)
        if kind == 3:
            return f"({e()} {self.one('+', '-', '*', '/', '//', '%', '**', '~', '+', '~')} {self.number()})"
        if kind == 4:
            return f"({e()} {self.one('==', '!=', '<', '>', '<=', '>=', 'in', 'not in')} {e()})"
        if kind == 5:
            return f"({e()} {self.one('and', 'or')} {e()})"
        if kind == 6:
            return f"(not {e()})"
        if kind == 7:
            return f"({e()} if {e()} else {e()})" if self.random.random() < 0.7 else f"({e()} if {e()})"
        if kind == 8:
            # Jinja computes what is constant beforehand, and then a slice of a map is undefined instead of an error.
            sequence = self.sequence()
            return f"{'map' if sequence[0] == '{' else sequence}[{self.one('0', '-1', '1', '5', 'n', 'word', '1:', ':2', '::-1', '-2:', '::2', ':-1')}]"
        if kind in (9, 10, 11):
            return f"{self.string()}.{self.method()}"
        if kind in (12, 13, 14):
            return f"({self.sequence()} | {self.sequence_filter()})"
        if kind in (15, 16):
            return f"({self.string()} | {self.string_filter()})"
        if kind == 17:
            return f"({self.number()} | {self.number_filter()})"
        if kind == 18:
            return f"({e()} is {self.one('', 'not ')}{self.test()})"
        if kind == 19:
            return f"[{e()}, {e()}]" if self.random.random() < 0.5 else f"({e()}, {e()})"
        if kind == 20:
            return f"{{{self.string()}: {e()}, {self.number()}: {e()}}}"
        if kind == 21:
            options = self.one("", "(indent=2)", "(indent=4, ensure_ascii=true)", "(sort_keys=true)", "(separators=(',', ':'))", "(indent='\\t')")
            return f"({e()} | tojson{options})"
        if kind == 22:
            return f"({self.string()} % {self.one('(word, n)', 'n', 'word', '[1]', 'pi', '(1,)', 'map')})"
        if kind == 23:
            return f"'{self.one('%5d|', '%-6s|', '%05.1f', '%x', '%+d', '%e', '%g', '%s', '%r', '%.2f%%', '%c', '%3s')}' % ({e()},)"
        if kind == 24:
            return f"'{{:{self.one('>8', '<6', '^9', '*^9', '05d', '.2f', '+', ',', 'x', '.3', '10.1f', '%', 'e', 'g', 's')}}}|'.format({e()})"
        return f"({e()} ~ {e()})"

    def method(self):
        s, i = self.string, self.number
        return self.one("strip()", "upper()", "lower()", "title()", "capitalize()", "split()", "swapcase()", "splitlines()", "isdigit()",
                        "isupper()", "islower()", "isalpha()", "isalnum()", "isspace()", "istitle()", "rstrip()", "lstrip()", "casefold()",
                        lambda: f"strip({s()})", lambda: f"lstrip({s()})", lambda: f"rstrip({s()})", lambda: f"split({s()})",
                        lambda: f"split({s()}, {i()})", lambda: f"rsplit({s()}, 1)", lambda: f"split({s()})[-1]", lambda: f"split(maxsplit={i()})",
                        lambda: f"replace({s()}, {s()})", lambda: f"replace({s()}, {s()}, {i()})", lambda: f"startswith({s()})",
                        lambda: f"endswith({s()})", lambda: f"startswith(({s()}, {s()}))", lambda: f"find({s()})", lambda: f"find({s()}, {i()})",
                        lambda: f"rfind({s()})", lambda: f"index({s()})", lambda: f"count({s()})", lambda: f"count({s()}, 1, -1)",
                        lambda: f"join({self.sequence()})", lambda: f"partition({s()})", lambda: f"rpartition({s()})[0]",
                        lambda: f"zfill({i()})", lambda: f"ljust({i()}, '*')", lambda: f"center(n)", lambda: f"rjust(12)",
                        lambda: f"removeprefix({s()})", lambda: f"removesuffix({s()})", lambda: f"format({s()}, {i()})", "splitlines(true)",
                        "expandtabs(4)", "nope", "append(1)", "encode", lambda: f"startswith({s()}, 1)")

    def sequence_filter(self):
        s, i = self.string, self.number
        return self.one("list", "length", "first", "last", "join", "reverse | list", "sort", "unique | list", "min", "max", "sum", "count",
                        "tojson", "string", "items | list", "dictsort", "default('x')", "d('x', true)", "batch(2) | list", "slice(2) | list",
                        "select | list", "reject | list", "map('string') | list", "map('upper') | join('-')", "map('length') | list",
                        "sort(reverse=true)", "sort(case_sensitive=true)", "sort(attribute='a')", "map(attribute='q') | list",
                        "map(attribute='q', default='-') | join(',')", "selectattr('a') | list", "rejectattr('q', 'defined') | list",
                        "selectattr('a', 'gt', 1) | map(attribute='g') | list", "groupby('g')", "groupby('g') | map('first') | list",
                        "select('string') | list", "reject('number') | list", "select('in', [1, 2, 'a']) | list", "select('odd') | list",
                        "selectattr('role', 'equalto', 'user') | list | length", "selectattr('role', 'in', ['user', 'tool']) | map(attribute='content') | list",
                        "batch(3, 0) | list", "map(attribute=0) | list", "join(', ', attribute='a')", "first | string", "sum(attribute='a')",
                        "select('foo') | list", "map | list", "attr('k')", "unique(attribute='g') | map(attribute='a') | list", "list | tojson",
                        lambda: f"join({s()})", lambda: f"select('ne', {i()}) | list", lambda: f"sum(start={i()})", "min(attribute='a')")

    def string_filter(self):
        s, i = self.string, self.number
        return self.one("trim", "upper", "lower", "title", "capitalize", "length", "list", "first", "last", "reverse", "int", "float", "string",
                        "wordcount", "e", "safe", "escape | upper", "urlencode", "indent", "indent(2, true)", "indent(3, blank=true)",
                        "truncate(6)", "truncate(5, true, '')", "center(13)", "striptags", "forceescape", "default('q')", "replace('l', 'LL')",
                        "batch(2) | list", "sort | join", "tojson", "select('ne', 'l') | join", "map('upper') | list", "unique | join",
                        lambda: f"trim({s()})", lambda: f"replace({s()}, {s()})", lambda: f"format({s()}, {i()})", lambda: f"int({i()})",
                        "nosuchfilter", "trim(1, 2)", "indent(width='> ')", lambda: f"default({s()}, true)")

    def number_filter(self):
        return self.one("abs", "int", "float", "round", "round(1)", "round(1, 'floor')", "round(method='ceil')", "string", "tojson", "length",
                        "filesizeformat", "round(-1)", "upper", "default(1)", "list", "round | int")

    def test(self):
        return self.one("defined", "undefined", "none", "string", "number", "integer", "float", "boolean", "true", "false", "mapping",
                        "sequence", "iterable", "callable", "odd", "even", "lower", "upper", "divisibleby 2", "divisibleby(n)", "eq 1", "ne 'a'",
                        "in [1, 'a']", "in 'abc'", "lt 3", "gt(2)", "le n", "ge 1", "sameas true", "sameas none", "equalto word", "escaped",
                        "filter", "test", "greaterthan 1", "nosuchtest")

    def statement(self, depth=0):
        e = self.expression
        left, right = self.one("{%", "{%", "{%-", "{%+"), self.one("%}", "%}", "-%}", "+%}")
        body = lambda: self.body(depth + 1)
        tag = lambda text: f"{self.one('', '', '  ')}{left} {text} {right}{self.one('', chr(10), chr(10) + '  ')}"
        kind = self.random.randrange(15 if depth < 2 else 4)
        if kind < 2:
            return f"{self.one('{{', '{{', '{{-')} {e()} {self.one('}}', '}}', '-}}')}"
        if kind == 2:
            return tag(f"set {self.one('v', 'w', 'v', 'u', 'ns.x')} = {e()}") + self.one("{{ v }}", "{{ u }}", "")
        if kind == 3:
            return self.one("{# c #}", "{#- c -#}", "  {# c #}\n", "{% raw %} {{ x }} {% endraw %}", "{{ ns.x }}", "text\n", "{{ v }}{{ w }}")
        if kind in (4, 5):
            middle = self.one("", lambda: tag("else") + body(), lambda: tag(f"elif {e()}") + body())
            return tag(f"if {e()}") + body() + middle + tag("endif")
        if kind in (6, 7, 8):
            loop = self.one("{{ loop.index }}", "{{ loop.last }}", "{{ loop.previtem }}", "{{ loop.nextitem }}", "{{ loop.cycle('o', 'e') }}",
                            "{{ loop.changed(x) }}", "{{ loop.length }}", "{{ loop.revindex0 }}", "{{ loop.first }}", "{{ loop.depth }}", "",
                            "{% if loop.index > 2 %}{% break %}{% endif %}", "{% if not x %}{% continue %}{% endif %}", "{% set v = x %}",
                            "{% set ns.x = loop.index %}")
            condition = self.one("", "", " if x", " if x is string", " if x != n", " if not ns.x")
            ending = self.one("", "", lambda: tag("else") + body())
            return tag(f"for x in {self.sequence()}{condition}") + "{{ x }}" + loop + body() + ending + tag("endfor")
        if kind == 9:
            pairs = self.one("map.items()", "rows | groupby('g')", "nested", "map | dictsort", "[(1, 2), 'ab']", "map | items", "words")
            return tag(f"for k, x in {pairs}") + "{{ k }}={{ x }}" + body() + tag("endfor")
        if kind == 10:
            return (tag(f"macro m(a, b={e()})") + "[{{ a }}|{{ b }}]" + self.one("", "{{ caller() }}", "{{ varargs }}", "{{ kwargs }}") + body()
                    + tag("endmacro") + self.one("{{ m() }}", "{{ m(n) }}", "{{ m(1, 2) }}", "{{ m(b=n, a=word) }}", "{{ m(1, 2, 3) }}",
                                                 "{{ m(1, z=2) }}", "{% call m(1) %}in{{ n }}{% endcall %}", "{{ m(*numbers[:2]) }}", "{{ m }}"))
        if kind == 11:
            return tag(f"set v{self.one('', ' | upper', ' | trim | length')}") + body() + tag("endset") + "{{ v }}"
        if kind == 12:
            return tag(f"filter {self.one('upper', 'trim', 'replace(n, word)', 'length', 'indent')}") + body() + tag("endfilter")
        if kind == 13:
            return tag(f"with v = {e()}, x = v") + "{{ v }}{{ x }}" + body() + tag("endwith")
        return tag("generation") + body() + tag("endgeneration")

    def body(self, depth=0):
        return "".join(self.statement(depth) + self.one("", "", "\n", " ", "\n  ", "- ") for _ in range(self.random.choice((1, 1, 2, 3))))

    def template(self):
        return self.one("", "{% set ns = namespace(x=false) %}", "{%- set ns = namespace() -%}\n") + self.body()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--drawn", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=20261126)
    parser.add_argument("--output", type=Path, default=Path(__file__).parent)
    options = parser.parse_args()
    env = environment()
    source = f"Jinja2 {jinja2.__version__} in the environment of transformers' apply_chat_template, made by make_chat_cases.py"

    def write(name, cases, **more):
        # An address in memory is another one in every run.
        kept = [c for c in cases if c["output"] is None or not re.search(r" at 0x[0-9a-f]{6}|<built-in|<function|<bound|<generator|<class", c["output"], re.IGNORECASE)]
        text = json.dumps({"source": source, **more, "cases": kept}, ensure_ascii=True, indent=0)
        (options.output / name).write_text(text + "\n", encoding="utf-8")

    cases = [{"template": c, "output": outcome(env, c)} for c in CASES]
    write("chat-cases.json", cases, now=NOW.isoformat(), variables=VARIABLES)
    draw = Draw(options.seed)
    drawn = []
    while len(drawn) < options.drawn:
        template = draw.template()
        if len(template) > 600:
            continue
        output = outcome(env, template)
        # Within some kinds of if, Jinja looks up the names of filters and tests only when it comes to them.
        if "nosuch" in template:
            continue
        # The ends of a range that is a slice of another one are not kept.
        if output is not None and re.search(r"range\(-?\d+, -?\d+, -?\d+\)", output) and "[::" in template:
            continue
        # Errors are easily had; one in five is enough.
        if (output is not None and len(output) < 1500) or (output is None and draw.random.random() < 0.2):
            drawn.append({"template": template, "output": output})
    write("chat-drawn-cases.json", drawn)


if __name__ == "__main__":
    main()
