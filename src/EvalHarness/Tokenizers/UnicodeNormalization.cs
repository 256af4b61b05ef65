using System.Text;

namespace EvalHarness.Tokenizers;

/// <summary>
/// Unicode normalization as Hugging Face's library does it, which has the data of Unicode 9.0. It is not string.Normalize, which does
/// nothing where the program runs with invariant globalization, as this one does.
/// </summary>
internal static class UnicodeNormalization
{
    /// <summary>
    /// The normalized text. It is the same object where nothing changes. Surrogates that stand alone stay as they are.
    /// </summary>
    /// <param name="form">NFC, NFD, NFKC or NFKD.</param>
    /// <param name="text">Any text.</param>
    /// <param name="starts">
    /// Where a list is given, it is filled with one index for each UTF-16 unit of the result: where in the text the character begins
    /// that the unit's character comes from. The library counts characters: where marks change places, the first of the result gets the
    /// index of the first of the text. Both units of a surrogate pair have the index of the pair's first.
    /// </param>
    internal static string Apply(NormalizationForm form, string text, List<int>? starts = null)
    {
        bool compatible = form is NormalizationForm.FormKC or NormalizationForm.FormKD;
        bool composing = form is NormalizationForm.FormC or NormalizationForm.FormKC;
        // Below these, no character is changed or has an effect on another.
        int plain = composing && !compatible ? 0x300 : compatible ? 0xA0 : 0xC0;

        starts?.Clear();
        StringBuilder? result = null;
        int copied = 0, starter = 0;
        Segment? segment = null;
        for (int i = 0; i < text.Length;)
        {
            if (text[i] < plain)
            {
                starter = i++;
                continue;
            }
            segment ??= new Segment(compatible, composing);
            int code = CodeAt(text, i, out int length);
            if (segment.IsPlain(code))
            {
                starter = i;
                i += length;
                continue;
            }
            // What changes begins with the character before, which the next may compose with, and ends before the next plain one.
            int end = i + length;
            while (end < text.Length && !(text[end] < plain || segment.IsPlain(CodeAt(text, end, out length))))
                end += CodeAt(text, end, out length) > 0xFFFF ? 2 : 1;
            int begin = Math.Max(starter, copied);
            result ??= new StringBuilder(text.Length + 16);
            result.Append(text, copied, begin - copied);
            AddStarts(text, copied, begin, starts);
            segment.Normalize(text, begin, end, result, starts);
            copied = i = starter = end;
        }
        AddStarts(text, copied, text.Length, starts);
        if (result is null)
            return text;
        string normalized = result.Append(text, copied, text.Length - copied).ToString();
        return normalized == text ? text : normalized;
    }

    private static int CodeAt(string text, int index, out int length)
    {
        bool pair = char.IsHighSurrogate(text[index]) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]);
        length = pair ? 2 : 1;
        return pair ? char.ConvertToUtf32(text[index], text[index + 1]) : text[index];
    }

    private static void AddStarts(string text, int begin, int end, List<int>? starts)
    {
        for (int i = begin; starts is not null && i < end; i++)
            starts.Add(i > begin && char.IsLowSurrogate(text[i]) && char.IsHighSurrogate(text[i - 1]) ? i - 1 : i);
    }

    /// <summary>
    /// A part of a text that is normalized apart from the rest. Each character of the result carries a change: 0 where it replaces a
    /// character of the text, 1 where it is one more, and -n where it replaces n + 1.
    /// </summary>
    private sealed class Segment(bool compatible, bool composing)
    {
        private readonly List<int> _parts = [], _indices = [];
        private readonly List<(int Code, int Class, int Change)> _characters = [];

        /// <summary>Whether a character is not changed, does not compose with the one before and does not change places.</summary>
        internal bool IsPlain(int code)
        {
            if (NormalizationData.CombiningClass(code) != 0 || composing && NormalizationData.MayFollow(code))
                return false;
            _parts.Clear();
            NormalizationData.Decompose(code, compatible, _parts);
            if (_parts.Count == 1)
                return _parts[0] == code;
            if (!composing || NormalizationData.CombiningClass(_parts[0]) != 0 || NormalizationData.MayFollow(_parts[0]))
                return false;
            int composed = _parts[0];
            for (int i = 1; i < _parts.Count && composed >= 0; i++)
                composed = NormalizationData.Compose(composed, _parts[i]);
            return composed == code;
        }

        internal void Normalize(string text, int begin, int end, StringBuilder result, List<int>? starts)
        {
            _characters.Clear();
            _indices.Clear();
            for (int i = begin, length; i < end; i += length)
            {
                _indices.Add(i);
                _parts.Clear();
                NormalizationData.Decompose(CodeAt(text, i, out length), compatible, _parts);
                for (int k = 0; k < _parts.Count; k++)
                    _characters.Add((_parts[k], NormalizationData.CombiningClass(_parts[k]), k > 0 ? 1 : 0));
            }
            SortMarks();
            if (composing)
                Compose();

            int consumed = 0;
            foreach ((int code, _, int change) in _characters)
            {
                int start = _indices[change > 0 ? Math.Max(consumed - 1, 0) : consumed];
                if (change <= 0)
                    consumed += 1 - change;
                int before = result.Length;
                if (code > 0xFFFF)
                    result.Append(char.ConvertFromUtf32(code));
                else
                    result.Append((char)code);
                for (int i = before; starts is not null && i < result.Length; i++)
                    starts.Add(start);
            }
        }

        /// <summary>Puts each run of marks in the order of their combining classes; those of the same class keep their order.</summary>
        private void SortMarks()
        {
            for (int i = 0, end; i < _characters.Count; i = end)
            {
                bool sorted = true;
                for (end = i + 1; end < _characters.Count && _characters[end].Class > 0; end++)
                    sorted &= _characters[end - 1].Class <= _characters[end].Class;
                int first = _characters[i].Class == 0 ? i + 1 : i;
                if (sorted || end - first < 2)
                    continue;
                var marks = _characters[first..end].OrderBy(m => m.Class).ToList();
                for (int k = 0; k < marks.Count; k++)
                    _characters[first + k] = marks[k];
            }
        }

        private void Compose()
        {
            int starter = -1, last = -1, kept = 0;
            for (int i = 0; i < _characters.Count; i++)
            {
                (int code, int order, int change) = _characters[i];
                // 'last' is the class of the last character that stayed behind the starter, which blocks those of its class and lower.
                if (starter >= 0 && (last < 0 || last < order) && NormalizationData.Compose(_characters[starter].Code, code) is var composed
                    && composed >= 0)
                {
                    _characters[starter] = (composed, 0, _characters[starter].Change + change - 1);
                    continue;
                }
                if (order == 0)
                    (starter, last) = (kept, -1);
                else
                    last = order;
                _characters[kept++] = _characters[i];
            }
            _characters.RemoveRange(kept, _characters.Count - kept);
        }
    }
}
