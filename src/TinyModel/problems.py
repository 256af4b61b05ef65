"""Word problems with worked steps, written as GSM8K writes them: <<calculation=result>> and a last line "#### n"."""
from words import DAYS, ITEMS, NAMES
from split import is_test


def step(a, op, b):
    """"a op b = <<a op b=c>>c" and c."""
    value = {"+": a + b, "-": a - b, "*": a * b, "/": a // b}[op]
    return f"{a} {op} {b} = <<{a}{op}{b}={value}>>{value}", value


def buys(r, n, m, it):
    a, b = r.randint(2, 60), r.randint(2, 39)
    s, v = step(a, "+", b)
    return f"{n} has {a} {it} and buys {b} more. How many {it} does {n} have now?", [f"{n} has {s} {it}."], v


def gives(r, n, m, it):
    a = r.randint(5, 80)
    b = r.randint(1, a - 1)
    s, v = step(a, "-", b)
    return f"{n} has {a} {it} and gives {b} of them to {m}. How many {it} are left?", [f"{n} has {s} {it} left."], v


def bags(r, n, m, it):
    a, b = r.randint(2, 9), r.randint(2, 12)
    s, v = step(a, "*", b)
    return f"{n} has {a} bags with {b} {it} in each. How many {it} does {n} have?", [f"There are {s} {it}."], v


def shares(r, n, m, it):
    b, each = r.randint(2, 9), r.randint(2, 12)
    s, v = step(b * each, "/", b)
    return f"{n} shares {b * each} {it} equally among {b} friends. How many {it} does each friend get?", [f"Each friend gets {s} {it}."], v


def bags_lost(r, n, m, it):
    a, b = r.randint(2, 9), r.randint(3, 10)
    c = r.randint(1, a * b - 1)
    s, v = step(a, "*", b)
    t, w = step(v, "-", c)
    return f"{n} fills {a} boxes with {b} {it} each and then loses {c} {it}. How many {it} are left?", [f"At first there are {s} {it}.", f"Then {t} {it} are left."], w


def bags_more(r, n, m, it):
    a, b, c = r.randint(2, 9), r.randint(3, 10), r.randint(2, 30)
    s, v = step(a, "*", b)
    t, w = step(v, "+", c)
    return f"{n} buys {a} packs of {b} {it} and finds {c} more. How many {it} does {n} have?", [f"The packs hold {s} {it}.", f"Together that is {t} {it}."], w


def days(r, n, m, it):
    a, b, c = r.randint(2, 40), r.randint(2, 30), r.randint(2, 25)
    d = r.sample(DAYS, 3)
    s, v = step(a, "+", b)
    t, w = step(v, "+", c)
    return f"{n} sells {a} {it} on {d[0]}, {b} on {d[1]} and {c} on {d[2]}. How many {it} does {n} sell in all?", [f"On the first two days {n} sells {s} {it}.", f"In all that is {t} {it}."], w


def more_than(r, n, m, it):
    a, b = r.randint(3, 40), r.randint(2, 30)
    s, v = step(a, "+", b)
    t, w = step(a, "+", v)
    return f"{n} has {a} {it}. {m} has {b} more than {n}. How many {it} do they have together?", [f"{m} has {s} {it}.", f"Together they have {t} {it}."], w


def times(r, n, m, it):
    a, b = r.randint(3, 12), r.randint(2, 6)
    s, v = step(a, "*", b)
    t, w = step(v, "-", a)
    return f"{n} has {a} {it}. {m} has {b} times as many. How many more {it} does {m} have than {n}?", [f"{m} has {s} {it}.", f"That is {t} {it} more."], w


def change(r, n, m, it):
    a, b = r.randint(2, 8), r.randint(2, 9)
    c = a * b + r.randint(1, 40)
    s, v = step(a, "*", b)
    t, w = step(c, "-", v)
    return f"{n} buys {a} {it} for {b} dollars each and pays with {c} dollars. How many dollars does {n} get back?", [f"The {it} cost {s} dollars.", f"{n} gets back {t} dollars."], w


def left_shared(r, n, m, it):
    b, each, c = r.randint(2, 6), r.randint(2, 9), r.randint(2, 20)
    a = b * each + c
    s, v = step(a, "-", c)
    t, w = step(v, "/", b)
    return f"{n} has {a} {it}, eats {c} of them and puts the rest on {b} plates, the same number on each. How many {it} are on a plate?", [f"There are {s} {it} left.", f"On each plate are {t} {it}."], w


MAKERS = [buys, gives, bags, shares, bags_lost, bags_more, days, more_than, times, change, left_shared]


def problem(r, test):
    """Question and answer of one side of the split."""
    while True:
        n, m = r.sample(NAMES, 2)
        question, steps, value = r.choice(MAKERS)(r, n, m, r.choice(ITEMS))
        if is_test("problem", question) == test:
            return question, "\n".join([*steps, f"#### {value}"])


def render(question, answer=""):
    return f"Question: {question}\nAnswer:" + (f" {answer}" if answer else "")
