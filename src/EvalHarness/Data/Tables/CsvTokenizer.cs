using System.Text;

namespace EvalHarness.Data.Tables;

/// <summary>One record of a CSV file.</summary>
/// <param name="Line">The number of the line on which it begins, from 1.</param>
/// <param name="Fields">Its fields as they are written, without quotes.</param>
internal readonly record struct CsvRecord(long Line, IReadOnlyList<string> Fields);

/// <summary>
/// Splits a CSV file into records as pandas' parser does: a quote is one only at the beginning of a field, text after the closing quote
/// belongs to the field, lines of nothing but blanks are left out, and a line ends with LF, CRLF or CR.
/// </summary>
/// <param name="reader">The text, whose byte order mark is already gone.</param>
/// <param name="file">The path of the file, for messages.</param>
/// <param name="options">How it is read.</param>
/// <param name="separator">The character between fields.</param>
internal sealed class CsvTokenizer(TextReader reader, string file, CsvOptions options, char separator)
{
    private readonly char[] _buffer = new char[1 << 14];
    private readonly StringBuilder _field = new();
    private int _position, _length;
    private long _line = 1;

    /// <summary>Whether the last field began with a quote.</summary>
    private bool _quoted;

    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: the file ends within quotes.</exception>
    internal IEnumerable<CsvRecord> Read()
    {
        if (Peek() == '\uFEFF')
            Next();
        for (int i = 0; i < options.SkipRows; i++)
            SkipLine();
        while (Peek() >= 0)
        {
            if (ReadRecord() is { } record)
                yield return record;
        }
    }

    /// <returns>The next character, which stays; -1 at the end.</returns>
    private int Peek()
    {
        if (_position == _length)
            (_position, _length) = (0, reader.Read(_buffer, 0, _buffer.Length));
        return _length == 0 ? -1 : _buffer[_position];
    }

    private int Next()
    {
        int c = Peek();
        _position += c < 0 ? 0 : 1;
        return c;
    }

    private void SkipLine()
    {
        while (Next() is var c && c >= 0)
        {
            if (IsEnd(c))
                return;
        }
    }

    /// <summary>Whether a character ends the line; of CRLF both are taken.</summary>
    private bool IsEnd(int c)
    {
        if (c is not ('\n' or '\r'))
            return false;
        if (c == '\r' && Peek() == '\n')
            Next();
        _line++;
        return true;
    }

    /// <returns>The next record; null for a blank line.</returns>
    private CsvRecord? ReadRecord()
    {
        long first = _line;
        var fields = new List<string>();
        while (ReadField(fields))
        {
        }

        bool isBlank = options.SkipBlankLines && fields is [var only] && !_quoted && only.All(c => c is ' ' or '\t');
        return isBlank ? null : new CsvRecord(first, fields);
    }

    /// <returns>Whether another field follows.</returns>
    private bool ReadField(List<string> fields)
    {
        _field.Clear();
        _quoted = false;
        int c = Next();
        while (options.SkipInitialSpace && c == ' ')
            c = Next();
        if (c >= 0 && c == options.Quote)
        {
            _quoted = true;
            ReadQuoted();
            c = Next();
        }

        while (c >= 0 && c != separator && !IsEnd(c))
        {
            _field.Append(c == options.Escape ? Escaped() : (char)c);
            c = Next();
        }

        fields.Add(_field.ToString());
        return c == separator;
    }

    /// <summary>Reads what stands between quotes, with the closing one.</summary>
    private void ReadQuoted()
    {
        long opened = _line;
        while (true)
        {
            int c = Next();
            if (c < 0)
            {
                throw new EvalException(
                    ExitCode.Data,
                    $"{file}:{opened}: a quote {options.Quote} opens here and is never closed; close it, or say quoting: 3 in "
                    + "dataset_kwargs if quotes mean nothing in this file");
            }

            if (c == options.Escape)
            {
                _field.Append(Escaped());
                continue;
            }

            if (c == options.Quote)
            {
                if (!options.DoubleQuote || Peek() != options.Quote)
                    return;
                Next();
            }

            if (c == '\n' || (c == '\r' && Peek() != '\n'))
                _line++;
            _field.Append((char)c);
        }
    }

    private char Escaped() => Next() is var c and >= 0
        ? (char)c
        : throw new EvalException(ExitCode.Data, $"{file}:{_line}: the file ends after the escape character {options.Escape}");
}
