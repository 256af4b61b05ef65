"""Makes csv.goldens.jsonl: what pandas' read_csv makes of small CSV texts, as a template would see it.

Run with Debian's python3-pandas (1.5.3): /usr/bin/python3 make_csv_goldens.py > csv.goldens.jsonl
Missing values are null, as pyarrow gives them. "None" is a missing value since pandas 2 and stands in no case here.
"""
import io
import json
import math
import random

import numpy as np
import pandas as pd

random.seed(20)
CASES = []


def case(text, **options):
    CASES.append((text, options))


def column(*values, **options):
    case("c\n" + "\n".join(values) + "\n", **options)


case("a,b,c\n1,2.5,x\n2,3.0,y\n")
case("a,b\r\n1,x\r\n2,y\r\n")
case("a,b\r1,x\r2,y\r")
case("a,b\n1,x\n2,y")
case("\ufeffa,b\n1,x\n")
case('\ufeff"a","b"\n1,x\n')
case('a,b\n"x, y","line one\nline two"\n"say ""hi""",z\n')
case('a,b\n"x"tail,y"z\n')
case('a,b\n"x"y"z",1\n')
case('a,b\n"one\r\ntwo",1\n')
case("a,b\n\n1,x\n   \n\t\n2,y\n\n")
case("a,b,c\n1,2\n3\n4,5,6\n")
case("a,a,b,a\n1,2,3,4\n")
case("a,a.1,a\n1,2,3\n")
case("a,,c,\n1,2,3,4\n")
case(" a , b \n 1 , x \n")
case("a\tb\n1\tx y\n", sep="\t")
case("a;b\n1;x\n", sep=";")
case("a|b\n1|x\n", delimiter="|")
case("1,x\n2,y\n", header=None)
case("1,x\n2,y\n", header=None, names=["n", "t"])
case("a,b\n2,y\n", names=["n", "t"])
case("a,b\n2,y\n", header=0, names=["n", "t"])
case("title\n\na,b\n2,y\n", header=1)
case("# note\na,b\n2,y\n", skiprows=1)
case("a,b\n'x, y',1\n", quotechar="'")
case('a,b\n"x,y"\n', quoting=3)
case('a,b\nx\\,y,1\n', escapechar="\\")
case('a,b\n"x\\"y",1\n', escapechar="\\")
case("a, b\n1, x\n", skipinitialspace=True)
case('a,b\n1, "x, y"\n', skipinitialspace=True)
case("a\n\nx\n", skip_blank_lines=False)
case("a\n007\n008\n")
case("a\nyes\nno\n")
case("a\nyes\nno\n", true_values=["yes"], false_values=["no"])
case("a,b\n,x\n1,\n")
case("a,b\n,x\n1,\n", keep_default_na=False)
case("a,b\n-,x\n1,-\n", na_values=["-"])
case("a,b\n-,x\n1,NA\n", na_values="-", keep_default_na=False)
case("a,b\nNA,x\n1,null\n", na_filter=False)
case("a,b\n007,NA\n08,x\n", dtype="str")
case("a,b\n007,1\n08,2\n", dtype={"a": "str"})
case("a\n1\n2\n", dtype="float")
case("a,b,c\n")
for word in ["NA", "N/A", "n/a", "NaN", "nan", "-nan", "-NaN", "null", "NULL", "<NA>", "#N/A", "#NA", "#N/A N/A", "1.#IND", "-1.#QNAN", '""']:
    case(f"a,b\n{word},x\n1,y\n")
    case(f"a,b\n{word},x\nt,y\n")
for word in ["Na", "none", "Null", "n.a.", "-", "?", "nil", "NONE", "Nan"]:
    case(f"a,b\n{word},x\n1,y\n")
column("1", "2.5")
column("1", "x")
column("1", "")
case("c,d\n1,x\n,y\n3,z\n")
case("c,d\nTrue,x\n,y\nFalse,z\n")
column("True", "False")
column("TRUE", "false")
column("tRuE", "FALSE")
column("True", "1")
column("1", "True")
column("True", "x")
column("1e3", "2")
column("1E-3", "+2")
column("1.", ".5")
column("+1", "-2")
column("- 1", "2")
column("1e", "2")
column("e1", "2")
column(".", "1")
column("1_000", "2")
column("0x10", "2")
column("inf", "-inf")
column("Infinity", "1")
column("+Inf", "1")
column("-INFINITY", "2")
column("infinite", "2")
column("1d5", "2")
column("9223372036854775807", "-9223372036854775808")
column("9223372036854775808", "1")
column("18446744073709551615", "0")
column("18446744073709551616", "1")
column("9223372036854775808", "-1")
column("-9223372036854775809", "1")
case("c,d\n9223372036854775808,x\n,y\n")
column("9223372036854775808", "1.5")
column("1.5", "99999999999999999999")
column("99999999999999999999", "1.5")
column("99999999999999999999", "x")
column("99999999999999999999.5", "1")
case("c,d\n9007199254740993,x\n,y\n")
column("9007199254740993", "1.5")
column("00", "-0")
column("-0.0", "0")
column("1e400", "1")
column("1e-400", "1")
column("4.9e-324", "1")
column("2.2250738585072014e-308", "1e-310")
column("1.7976931348623157e308", "1")
column("2024-01-31", "2024-02-01")
column("12:30", "13:00")
column("5%", "6%")
column("$5", "$6")
column(" 5", "6 ")
column(" 5.5 ", "6")
column("\t5", "6")
column(" True", "False")
column(" x", "y ")
column("é", "日本")
column('"1"', '"2"')
column('"1 "', '"2"')
for n in range(60):
    digits = random.randint(1, 19)
    column(*[
        ("-" if random.random() < 0.3 else "")
        + str(random.randint(0, 10 ** random.randint(1, 6))) + "." + "".join(random.choice("0123456789") for _ in range(digits))
        + (f"e{random.randint(-320, 300)}" if random.random() < 0.3 else "")
        for _ in range(20)
    ])
for n in range(20):
    column(*[repr(random.uniform(-1, 1) * 10 ** random.randint(-30, 30)) for _ in range(20)])


def plain(value):
    if value is None or value is pd.NaT or (isinstance(value, (float, np.floating)) and math.isnan(value)):
        return None
    if isinstance(value, (bool, np.bool_)):
        return {"bool": bool(value)}
    if isinstance(value, (int, np.integer)):
        return {"int": str(int(value))}
    if isinstance(value, (float, np.floating)):
        return {"float": repr(float(value))}
    return {"text": str(value)}


for text, options in CASES:
    frame = pd.read_csv(io.BytesIO(text.encode()), **options)
    rows = [[plain(v) for v in row] for row in frame.astype(object).values.tolist()] if len(frame) else []
    columns = [frame.iloc[:, i] for i in range(len(frame.columns))]
    rows = [[plain(c.iloc[r]) for c in columns] for r in range(len(frame))]
    print(json.dumps({"text": text, "options": options, "columns": [str(c) for c in frame.columns], "rows": rows}, ensure_ascii=False))
