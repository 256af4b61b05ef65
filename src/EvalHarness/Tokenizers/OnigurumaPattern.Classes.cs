namespace EvalHarness.Tokenizers;

/// <content>Sets in brackets, with ranges, intersections and the names of POSIX.</content>
internal sealed partial class OnigurumaPattern
{
    /// <summary>Reads a class, after its '['.</summary>
    private CodePointSet ReadClass(Options options)
    {
        bool negated = TryRead("^");
        CodePointSet all = CodePointSet.Any, set = CodePointSet.Empty;
        for (bool first = true; ; first = false)
        {
            if (AtEnd)
                throw new NotSupportedException("a '[' without its ']'");
            if (!first && TryRead("]"))
                break;
            if (TryRead("&&"))
            {
                all = all.Intersect(set);
                set = CodePointSet.Empty;
                continue;
            }
            set = set.Union(ReadClassItem(options));
        }
        set = all.Intersect(set);
        if (options.IgnoreCase)
            set = Cased(set, negated);
        return negated ? set.Complement() : set;
    }

    private CodePointSet ReadClassItem(Options options)
    {
        CodePointSet? named = null;
        int first = Next();
        if (first == '[')
            named = ReadPosixBracket() ?? ReadClass(options);
        else if (first == '\\' && !AtEnd)
            named = ReadNamedSet(inClass: true);
        if (first == '\\' && named is null)
            first = ReadEscapedCharacter(inClass: true);

        if (AtEnd || Peek() != '-' || _at + 1 >= _pattern.Length || _pattern[_at + 1] == ']')
            return named ?? CodePointSet.Of(first);
        if (named is not null)
            throw new NotSupportedException("a range that begins with a set");
        _at++;
        int last = Next();
        if (last == '[' || last == '\\' && !AtEnd && ReadNamedSet(inClass: true) is not null || last == '&' && Peek() == '&')
            throw new NotSupportedException("a range that ends with a set");
        if (last == '\\')
            last = ReadEscapedCharacter(inClass: true);
        if (last < first)
            throw new NotSupportedException("a range whose end is before its start");
        if (Peek() == '-' && _at + 1 < _pattern.Length && _pattern[_at + 1] != ']')
            throw new NotSupportedException("a '-' after a range");
        return CodePointSet.Range(first, last);
    }

    /// <summary>Reads [:alpha:] and the like, after the first '['; null where it is a class.</summary>
    private CodePointSet? ReadPosixBracket()
    {
        int end = Peek() == ':' ? _pattern.IndexOf(":]", _at + 1, StringComparison.Ordinal) : -1;
        if (end < 0)
            return null;
        string name = _pattern[(_at + 1)..end];
        CodePointSet set = CodePointProperties.Posix(name.TrimStart('^')) ?? throw new NotSupportedException($"[:{name}:]");
        _at = end + 2;
        return name.StartsWith('^') ? set.Complement() : set;
    }
}
