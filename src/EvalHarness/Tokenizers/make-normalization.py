"""Writes normalization.bin, the data of UnicodeNormalization.cs: Unicode 9.0, which the Rust library 'tokenizers' normalizes with.

    python3 make-normalization.py FILE

Unicode never changes the normalization of a character once it is assigned, so any newer Python gives Unicode 9.0 when the characters
that came later are left out. LATER lists those up to Unicode 15.1.
The file is a sequence of 32-bit little-endian words: the number of combining classes, and for each of them 'code point << 8 | class';
then until the end records 'code point << 8 | kind << 6 | length', each followed by that many code points. The kinds are 0, the whole
canonical decomposition; 1, the whole compatibility decomposition where it is another one; 2, the two characters that compose to it.
"""
import struct
import sys
import unicodedata

LATER = """
    7fd 898-89f 8ca-8d3 9fe c3c d3b-d3c eba 1715 1abf-1ace 1df6-1dfa 32ff a7f2-a7f4 a82c ab69 10781-10785 10787-107b0
    107b2-107ba 10d24-10d27 10eab-10eac 10efd-10eff 10f46-10f50 10f82-10f85 11070 1133b 1145e 11839-1183a 11938 1193d-1193e
    11943 119e0 11a34 11a47 11a99 11d42 11d44-11d45 11d97 11f41-11f42 16ff0-16ff1 1e030-1e06d 1e08f 1e130-1e136 1e2ae
    1e2ec-1e2ef 1e4ec-1e4ef 1f16c 1fbf0-1fbf9
"""

HANGUL = range(0xAC00, 0xAC00 + 11172)


def later():
    for item in LATER.split():
        first, _, last = item.partition("-")
        yield from range(int(first, 16), int(last or first, 16) + 1)


def record(code, kind, text):
    return [code << 8 | kind << 6 | len(text), *map(ord, text)]


def main():
    version = tuple(map(int, unicodedata.unidata_version.split(".")))
    if not (9, 0) <= version[:2] <= (15, 1):
        sys.exit(f"found Unicode {unicodedata.unidata_version}, expected 9.0 to 15.1; add the newer characters to LATER")
    left_out = {*later(), *HANGUL, *range(0xD800, 0xE000)}
    classes, records = [], []
    for code in range(0x80, 0x110000):
        if code in left_out:
            continue
        char = chr(code)
        if unicodedata.combining(char):
            classes.append(code << 8 | unicodedata.combining(char))
        canonical, compatible = (unicodedata.normalize(form, char) for form in ("NFD", "NFKD"))
        if canonical != char:
            records += record(code, 0, canonical)
        if compatible != canonical:
            records += record(code, 1, compatible)
        pair = unicodedata.decomposition(char).split()
        if len(pair) == 2 and not pair[0].startswith("<") and unicodedata.normalize("NFC", char) == char:
            records += record(code, 2, "".join(chr(int(part, 16)) for part in pair))
    words = [len(classes), *classes, *records]
    with open(sys.argv[1], "wb") as file:
        file.write(struct.pack(f"<{len(words)}I", *words))


main()
