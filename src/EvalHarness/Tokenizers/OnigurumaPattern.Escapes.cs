namespace EvalHarness.Tokenizers;

/// <content>What follows a backslash: classes, properties, anchors and characters by their number.</content>
internal sealed partial class OnigurumaPattern
{
    private bool ReadEscape(Options options)
    {
        if (AtEnd)
            throw new NotSupportedException("a '\\' at its end");
        switch (Peek())
        {
            case 'b' or 'B':
                bool inside = Next() == 'B';
                AddLook("(?:(?<=", CodePointProperties.Word, inside ? ")(?=" : ")(?!");
                AddLook("", CodePointProperties.Word, ")|(?<!");
                AddLook("", CodePointProperties.Word, inside ? ")(?!" : ")(?=");
                AddLook("", CodePointProperties.Word, "))");
                return true;
            case 'A' or 'z':
                Add("\\" + (char)Next());
                return true;
            case 'Z':
                _at++;
                AddLook("(?=", Newline, "?\\z)");
                return true;
            case 'R':
                _at++;
                AddLook("(?>", CodePointSet.Of('\r'), "");
                AddLook("", Newline, "|");
                AddLook("", CodePointSet.Range('\n', '\r').Union(CodePointSet.Of(0x85, 0x2028, 0x2029)), ")");
                return true;
            case 'N':
                _at++;
                Add(NotNewline);
                return true;
            case 'O':
                _at++;
                Add(CodePointSet.Any);
                return true;
        }
        if (ReadNamedSet(inClass: false) is { } set)
            Add(set);
        else
            AddCharacter(ReadEscapedCharacter(inClass: false), options);
        return true;
    }

    /// <summary>Reads \d, \p{L} and the like, after the '\'; null where it is something else. (?i) does not matter for them.</summary>
    private CodePointSet? ReadNamedSet(bool inClass)
    {
        int code = Peek();
        CodePointSet? set = code switch
        {
            'd' or 'D' => CodePointProperties.Digits,
            'h' or 'H' => CodePointProperties.HexDigits,
            's' or 'S' => CodePointProperties.Space,
            'w' or 'W' => inClass ? CodePointProperties.Posix("word") : CodePointProperties.Word,
            _ => null,
        };
        if (set is not null)
        {
            _at++;
            return code is >= 'A' and <= 'Z' ? set.Complement() : set;
        }
        if (code is not ('p' or 'P') || _at + 1 >= _pattern.Length || _pattern[_at + 1] != '{')
            return null;
        int end = _pattern.IndexOf('}', _at);
        if (end < 0)
            throw new NotSupportedException("a property without its '}'");
        string name = _pattern[(_at + 2)..end];
        bool negated = code == 'P' ^ name.StartsWith('^');
        set = CodePointProperties.Named(name.TrimStart('^'));
        // Outside a class, \p{Word} has what \w has.
        if (!inClass && ReferenceEquals(set, CodePointProperties.Named("word")))
            set = CodePointProperties.Word;
        _at = end + 1;
        return negated ? set.Complement() : set;
    }

    /// <summary>Reads a character that is written with a '\', after it.</summary>
    private int ReadEscapedCharacter(bool inClass)
    {
        int code = AtEnd ? throw new NotSupportedException("a '\\' at its end") : Next();
        switch (code)
        {
            case 't':
                return '\t';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 'f':
                return '\f';
            case 'v':
                return '\v';
            case 'a':
                return '\a';
            case 'e':
                return 27;
            case 'b' when inClass:
                return '\b';
            case 'u':
                return ReadNumber(4, 4, 16);
            case 'x' when TryRead("{"):
                code = ReadNumber(1, 8, 16);
                return TryRead("}") ? code : throw new NotSupportedException("a list of code points in \\x{}");
            case 'x':
                // From 0x80 on it is a byte of UTF-8 and not a character.
                code = ReadNumber(1, 2, 16);
                return code < 0x80 ? code : throw new NotSupportedException("a byte of UTF-8 written as \\x");
            case '0':
                _at--;
                return ReadNumber(1, 3, 8);
            default:
                return char.IsAsciiLetterOrDigit((char)code) && code < 0x80 ? throw new NotSupportedException($"\\{(char)code}") : code;
        }
    }

    private int ReadNumber(int least, int most, int radix)
    {
        int start = _at;
        while (!AtEnd && _at - start < most && (radix == 16 ? char.IsAsciiHexDigit(_pattern[_at]) : Peek() is >= '0' and <= '7'))
            _at++;
        if (_at - start < least)
            throw new NotSupportedException("a code point with too few digits");
        long number = Convert.ToInt64(_pattern[start.._at], radix);
        return number < CodePointSet.End ? (int)number : throw new NotSupportedException("a code point beyond U+10FFFF");
    }
}
