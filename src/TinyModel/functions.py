"""Small Python functions: a signature with a docstring, a body, and a test that runs the body's own results against a candidate."""
from split import is_test

NUMBERS = [("a", "b"), ("x", "y"), ("first", "second"), ("m", "n"), ("p", "q"), ("left", "right")]
LISTS = "items values numbers data xs entries".split()
TEXTS = "text word s name line".split()

TWO = [("add", "the sum of {a} and {b}", "{a} + {b}"), ("subtract", "{a} minus {b}", "{a} - {b}"), ("multiply", "the product of {a} and {b}", "{a} * {b}"),
       ("larger", "the larger of {a} and {b}", "max({a}, {b})"), ("smaller", "the smaller of {a} and {b}", "min({a}, {b})"), ("distance", "the distance between {a} and {b}", "abs({a} - {b})"),
       ("same", "whether {a} equals {b}", "{a} == {b}"), ("above", "whether {a} is greater than {b}", "{a} > {b}")]
AFTER = [("doubled", "twice", "({e}) * 2"), ("squared", "the square of", "({e}) ** 2"), ("next", "one more than", "({e}) + 1"), ("negated", "the negative of", "-({e})")]
FROM_LIST = [("total", "the sum of {a}", "sum({a})"), ("count", "the number of items in {a}", "len({a})"), ("biggest", "the largest item of {a}", "max({a})"), ("least", "the smallest item of {a}", "min({a})"),
             ("head", "the first item of {a}", "{a}[0]"), ("tail", "the last item of {a}", "{a}[-1]")]
TO_LIST = [("reverse", "{a} in reverse order", "{a}[::-1]"), ("order", "{a} in ascending order", "sorted({a})"), ("evens", "the even items of {a}", "[x for x in {a} if x % 2 == 0]"),
           ("odds", "the odd items of {a}", "[x for x in {a} if x % 2 == 1]"), ("double", "the items of {a} times two", "[x * 2 for x in {a}]"), ("square", "the squares of the items of {a}", "[x * x for x in {a}]"),
           ("positive", "the positive items of {a}", "[x for x in {a} if x > 0]"), ("distinct", "the distinct items of {a}", "list(dict.fromkeys({a}))"), ("skip", "{a} without its first item", "{a}[1:]")]
FROM_TEXT = [("upper", "{a} in upper case", "{a}.upper()"), ("lower", "{a} in lower case", "{a}.lower()"), ("length", "the length of {a}", "len({a})"), ("backwards", "{a} backwards", "{a}[::-1]"),
             ("words", "the words of {a}", "{a}.split()"), ("start", "the first letter of {a}", "{a}[0]"), ("strip", "{a} without spaces around it", "{a}.strip()"), ("twice", "{a} twice in a row", "{a} * 2")]

CASES = {"numbers": [(3, 4), (10, 2), (-5, 7), (0, 0), (8, 8)], "list": [([3, 1, 2],), ([5, -2, 8, 5, 0, 7],), ([4, 4, 9],), ([-1, 6, 11, 2],)], "text": [("Hello",), ("a b",), (" Blue Sky ",), ("xyz",)]}


def draw(r):
    """Name, arguments, docstring, body lines and the kind of cases."""
    which = r.random()
    if which < .2:
        name, says, code = r.choice(TWO)
        a, b = r.choice(NUMBERS)
        return name, [a, b], f"Return {says.format(a=a, b=b)}.", [f"return {code.format(a=a, b=b)}"], "numbers"
    if which < .4:
        name, says, code = r.choice(TWO[:6])
        after, then, wrap = r.choice(AFTER)
        a, b = r.choice(NUMBERS)
        return f"{name}_{after}", [a, b], f"Return {then} {says.format(a=a, b=b)}.", [f"result = {code.format(a=a, b=b)}", f"return {wrap.format(e='result').replace('(result)', 'result')}"], "numbers"
    if which < .55:
        name, says, code = r.choice(FROM_LIST + TO_LIST)
        a = r.choice(LISTS)
        return name, [a], f"Return {says.format(a=a)}.", [f"return {code.format(a=a)}"], "list"
    if which < .85:
        first, takes, code = r.choice(TO_LIST)
        name, says, last = r.choice([f for f in FROM_LIST + TO_LIST if f[0] != first])
        a = r.choice(LISTS)
        return f"{first}_{name}", [a], f"Take {takes.format(a=a)}, then return {says.format(a='the result')}.", [f"result = {code.format(a=a)}", f"return {last.format(a='result')}"], "list"
    name, says, code = r.choice(FROM_TEXT)
    a = r.choice(TEXTS)
    return name, [a], f"Return {says.format(a=a)}.", [f"return {code.format(a=a)}"], "text"


def function(r, test):
    """Prompt, body and entry point of one side of the split."""
    while True:
        name, arguments, doc, body, kind = draw(r)
        suffix = r.choice(["", "_of", "_all", "_it", "_them", "_value", "_values", "_fast", "_now", "_two"])
        entry = name + suffix
        prompt = f'def {entry}({", ".join(arguments)}):\n    """{doc}"""\n'
        if is_test("function", prompt) == test:
            return prompt, "".join(f"    {line}\n" for line in body), entry, kind


def check(prompt, body, entry, kind):
    """A HumanEval test for the function: its own results, where it gives any."""
    scope = {}
    exec(prompt + body, scope)  # our own text, not a model's
    lines = ["def check(candidate):"]
    for case in CASES[kind]:
        try:
            expected = scope[entry](*case)
        except (ValueError, IndexError):
            continue
        lines.append(f"    assert candidate({', '.join(map(repr, case))}) == {expected!r}")
    return "\n".join(lines) + "\n"
