"""Writes characters.bin, the data of PythonCharacters.cs: what Python's strings know of every character.

    python3 make-characters.py FILE

The file is a sequence of 32-bit little-endian words: the number of runs of characters with the same properties, and for each of them
'first code point << 11 | properties'; then until the end records 'code point << 8 | kind << 6 | length', each followed by that many code
points. The kinds are 0, the upper case; 1, the lower case; 2, the title case; 3, the folded case, each where it is another text.
"""
import struct
import sys
import unicodedata

CASES = [str.upper, str.lower, str.title, str.casefold]


def is_final(text):
    return text.lower()[-1] == "\u03c2"


def properties(char):
    # A capital sigma becomes a final one after a letter, and characters that are ignored may stand between.
    ignored = is_final("A" + char + "\u03a3") and not is_final("1" + char + "\u03a3")
    flags = [char.isalpha(), char.isdecimal(), char.isdigit(), char.isnumeric(), char.islower(), char.isupper(),
             unicodedata.category(char) == "Lt", char.isprintable(), char.isidentifier(), ("a" + char).isidentifier(), ignored]
    return sum(flag << i for i, flag in enumerate(flags))


def main():
    runs, records, last = [], [], None
    for code in range(0x110000):
        char = chr(code)
        now = properties(char)
        if now != last:
            runs.append(code << 11 | now)
            last = now
        for kind, case in enumerate(CASES):
            if case(char) != char:
                text = case(char)
                records += [code << 8 | kind << 6 | len(text), *map(ord, text)]
    words = [len(runs), *runs, *records]
    with open(sys.argv[1], "wb") as file:
        file.write(struct.pack(f"<{len(words)}I", *words))
    print(f"Unicode {unicodedata.unidata_version}: {len(runs)} runs, {4 * len(words)} bytes")


main()
