using System.Globalization;

namespace EvalHarness.Tokenizers;

/// <summary>
/// A pattern in Oniguruma's syntax, read into the parts of a pattern of .NET: texts that both have, and sets of code points, which
/// <see cref="CodePointRegex"/> writes. What cannot be expressed so is refused by its name.
/// </summary>
internal sealed partial class OnigurumaPattern
{
    private readonly string _pattern;
    private readonly List<Part> _parts = [];
    private int _at;

    internal OnigurumaPattern(string pattern)
    {
        _pattern = pattern;
        try
        {
            ReadAlternatives(default);
        }
        catch (NotSupportedException error)
        {
            throw Refused(error.Message);
        }
        if (_at < pattern.Length)
            throw Refused("a ')' without a '('");
    }

    /// <summary>In the order in which they are written.</summary>
    internal IReadOnlyList<Part> Parts => _parts;

    private bool AtEnd => _at >= _pattern.Length;

    /// <summary>A part of a pattern of .NET, or a set of code points where there is one.</summary>
    internal readonly record struct Part(string Text, CodePointSet? Set = null);

    /// <summary>What (?imx) turn on: case does not matter, '.' means newlines too, and spaces in the pattern mean nothing.</summary>
    private readonly record struct Options(bool IgnoreCase, bool DotAll, bool Extended);

    private NotSupportedException Refused(string construct) => new(
        $"the regular expression '{_pattern}' has {construct} before or at its character {Math.Min(_at, _pattern.Length)}, "
        + "which cannot be matched as the tokenizers library does");

    private void ReadAlternatives(Options options)
    {
        while (!AtEnd && _pattern[_at] != ')')
        {
            if (TryRead("|"))
                Add("|");
            else
                ReadRepeated(options);
        }
    }

    private void ReadRepeated(Options options)
    {
        int start = _parts.Count, before = _at;
        if (!ReadAtom(options))
            return;
        bool repeated = false;
        while (true)
        {
            if (options.Extended)
                SkipSpaces();
            if (ReadQuantifier(out bool mayBePossessive) is not { } quantifier)
                return;
            if (_parts.Count == start || _pattern[before] is '^' or '$')
                throw new NotSupportedException("a repetition of what has no width");
            if (repeated || _parts.Count - start > 1)
                Wrap(start, "(?:");
            repeated = true;
            if (TryRead("?"))
            {
                // 'a{2}?' is not lazy but the optional 'a{2}'.
                bool optional = quantifier.Length > 1 && !quantifier.Contains(',');
                if (optional)
                    Wrap(start, "(?:", quantifier);
                Add(optional ? "?" : quantifier + "?");
            }
            else if (mayBePossessive && TryRead("+"))
                Wrap(start, "(?>", quantifier);
            else
                Add(quantifier);
        }
    }

    /// <summary>Reads what may be repeated. It is false for what is no part of the pattern, such as a comment.</summary>
    private bool ReadAtom(Options options)
    {
        if (options.Extended && SkipSpaces())
            return false;
        int code = Next();
        switch (code)
        {
            case '(':
                return ReadGroup(options);
            case '[':
                Add(ReadClass(options));
                return true;
            case '.':
                Add(options.DotAll ? CodePointSet.Any : NotNewline);
                return true;
            case '^':
                AddLook("(?:\\A|(?<=", Newline, ")(?!\\z))");
                return true;
            case '$':
                AddLook("(?=", Newline, "|\\z)");
                return true;
            case '\\':
                return ReadEscape(options);
            case '*' or '+' or '?':
                throw new NotSupportedException($"a '{(char)code}' that repeats nothing");
            default:
                AddCharacter(code, options);
                return true;
        }
    }

    private static CodePointSet Newline { get; } = CodePointSet.Of('\n');

    private static CodePointSet NotNewline { get; } = Newline.Complement();

    /// <summary>Adds a code point, and under (?i) its variants.</summary>
    private void AddCharacter(int code, Options options)
    {
        CodePointSet set = CodePointSet.Of(code);
        if (options.IgnoreCase)
        {
            set = Cased(set, negated: false);
            int next = AtEnd ? -1 : char.ConvertToUtf32(_pattern + "\uFFFD", _at);
            if (next >= 0 && CaseVariants.MayFoldTogether(code, next))
                throw new NotSupportedException($"'{char.ConvertFromUtf32(code)}{char.ConvertFromUtf32(next)}' under (?i)");
        }
        Add(set);
    }

    private static CodePointSet Cased(CodePointSet set, bool negated) => !negated && CaseVariants.HasLongFolds(set)
        ? throw new NotSupportedException("a letter under (?i) that also stands for several letters")
        : CaseVariants.Close(set);

    private bool ReadGroup(Options options)
    {
        if (TryRead("?#"))
        {
            int end = _pattern.IndexOf(')', _at);
            _at = end < 0 ? throw new NotSupportedException("a comment without its end") : end + 1;
            return false;
        }
        string open = "(?:";
        if (TryRead("?"))
        {
            if (((string[])[":", "=", "!", ">", "<=", "<!"]).FirstOrDefault(TryRead) is { } kind)
                open = "(?" + kind;
            else if (Peek() is '<' or '\'')
            {
                int end = _pattern.IndexOf(Peek() == '<' ? '>' : '\'', _at + 1);
                _at = end < 0 ? throw new NotSupportedException("a group's name without its end") : end + 1;
            }
            else if (ReadOptions(ref options))
            {
                // Options without a group hold to the end of the group around them, alternatives included.
                Add("(?:");
                ReadAlternatives(options);
                Add(")");
                return false;
            }
        }
        Add(open);
        ReadAlternatives(options);
        if (!TryRead(")"))
            throw new NotSupportedException("a '(' without its ')'");
        Add(")");
        return true;
    }

    /// <summary>Reads the options of a group, after its '?'. It is true where they end with ')' and not with ':'.</summary>
    private bool ReadOptions(ref Options options)
    {
        for (bool on = true; ;)
        {
            int code = AtEnd ? -1 : Next();
            switch (code)
            {
                case '-':
                    on = false;
                    break;
                case 'i':
                    options = options with { IgnoreCase = on };
                    break;
                case 'm':
                    options = options with { DotAll = on };
                    break;
                case 'x':
                    options = options with { Extended = on };
                    break;
                case ':' or ')':
                    return code == ')';
                default:
                    throw new NotSupportedException("a group of an unknown kind, or of a kind that is not supported");
            }
        }
    }

    /// <summary>
    /// Reads '*', '+', '?' or '{1,3}' as .NET writes it; null where there is none. A '{' that is no repetition is a character.
    /// </summary>
    private string? ReadQuantifier(out bool mayBePossessive)
    {
        mayBePossessive = Peek() is '*' or '+' or '?';
        if (mayBePossessive)
            return ((char)Next()).ToString();
        if (Peek() != '{' || _pattern.IndexOf('}', _at) is var end && end < 0)
            return null;
        string[] limits = _pattern[(_at + 1)..end].Split(',');
        if (limits.Length > 2 || limits.All(l => l.Length == 0) || limits.Any(l => l.Any(c => !char.IsAsciiDigit(c)) || l.Length > 6))
            return null;
        int least = limits[0].Length == 0 ? 0 : int.Parse(limits[0], CultureInfo.InvariantCulture);
        if (limits[^1].Length > 0 && int.Parse(limits[^1], CultureInfo.InvariantCulture) < least)
            throw new NotSupportedException("a repetition whose most is below its least");
        _at = end + 1;
        return limits.Length == 1 ? $"{{{least}}}" : $"{{{least},{limits[1]}}}";
    }

    /// <summary>Skips spaces and comments of (?x).</summary>
    private bool SkipSpaces()
    {
        int start = _at;
        while (!AtEnd && (char.IsWhiteSpace(_pattern[_at]) || _pattern[_at] == '#'))
            _at = _pattern[_at] == '#' && _pattern.IndexOf('\n', _at) is var end ? (end < 0 ? _pattern.Length : end + 1) : _at + 1;
        return _at > start;
    }

    private int Peek() => AtEnd ? -1 : _pattern[_at];

    /// <summary>Takes a code point.</summary>
    private int Next()
    {
        if (AtEnd)
            throw new NotSupportedException("an end in the middle of a construct");
        int code = char.IsHighSurrogate(_pattern[_at]) && _at + 1 < _pattern.Length ? char.ConvertToUtf32(_pattern, _at) : _pattern[_at];
        _at += code > 0xFFFF ? 2 : 1;
        return code;
    }

    private bool TryRead(string text)
    {
        bool found = string.CompareOrdinal(_pattern, _at, text, 0, text.Length) == 0;
        if (found)
            _at += text.Length;
        return found;
    }

    private void Add(string text) => _parts.Add(new Part(text));

    private void Add(CodePointSet set) => _parts.Add(new Part("", set));

    private void AddLook(string before, CodePointSet set, string after)
    {
        Add(before);
        Add(set);
        Add(after);
    }

    /// <summary>Puts what was added since a point into a group, and inside it a quantifier behind.</summary>
    private void Wrap(int start, string open, string quantifier = "")
    {
        _parts.Insert(start, new Part(open));
        Add(quantifier + ")");
    }
}
