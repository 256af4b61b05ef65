using System.Text;
using System.Text.Json;

namespace EvalHarness.Tokenizers;

/// <summary>
/// Reads the model of a tokenizer.json. It has hundreds of thousands of strings, so that it is read as a stream of tokens of JSON, in which
/// vocabulary and merges may stand in any order.
/// </summary>
internal static class BytePairReader
{
    /// <summary>The values of an object of JSON, by key: where each stands in the bytes. Of two equal keys the later counts.</summary>
    /// <exception cref="JsonException">The bytes are not JSON.</exception>
    internal static Dictionary<string, Range> Values(ReadOnlySpan<byte> bytes, Range range)
    {
        var values = new Dictionary<string, Range>();
        int offset = range.Start.Value;
        var reader = new Utf8JsonReader(bytes[range]);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new FormatException("expected an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            int start = offset + (int)reader.TokenStartIndex;
            reader.Skip();
            values[key] = start..(offset + (int)reader.BytesConsumed);
        }

        // Reading to the end finds what stands behind the object.
        while (reader.Read())
        {
        }

        return values;
    }

    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: the model is not supported, or not written as it must be.</exception>
    internal static (Vocabulary Vocabulary, BytePairMerges Merges, BytePairOptions Options) Read(string file, byte[] bytes, Range model)
    {
        Dictionary<string, Range> values = Values(bytes, model);
        TokenizerPart part = Small(file, bytes, values);
        bool hasBoth = values.ContainsKey("vocab") && values.ContainsKey("merges");
        // Files from before the models had names are known by what they have.
        if (part.Has("type") ? part.Type != "BPE" : !hasBoth)
            throw part.Unsupported("BPE");
        if (!hasBoth)
            throw part.Wrong("vocab or merges is missing; expected both");
        if (part.Has("dropout") && !part.IsZero("dropout"))
            throw part.Wrong("dropout is not supported, because it makes the tokens random; expected null or 0");
        var options = new BytePairOptions
        {
            UnknownToken = part.Has("unk_token") ? part.Text("unk_token") : null,
            FusesUnknown = part.Flag("fuse_unk", otherwise: false),
            FallsBackToBytes = part.Flag("byte_fallback", otherwise: false),
            IgnoresMerges = part.Flag("ignore_merges", otherwise: false),
            ContinuingPrefix = part.Has("continuing_subword_prefix") ? part.Text("continuing_subword_prefix") : "",
            EndSuffix = part.Has("end_of_word_suffix") ? part.Text("end_of_word_suffix") : "",
        };
        Vocabulary vocabulary = ReadVocabulary(part, bytes.AsSpan()[values["vocab"]]);
        return (vocabulary, ReadMerges(part, bytes.AsSpan()[values["merges"]], vocabulary, options.ContinuingPrefix), options);
    }

    /// <summary>The model without its vocabulary and merges.</summary>
    private static TokenizerPart Small(string file, byte[] bytes, Dictionary<string, Range> values)
    {
        IEnumerable<string> members = values
            .Where(v => v.Key is not ("vocab" or "merges"))
            .Select(v => $"{JsonSerializer.Serialize(v.Key)}:{Encoding.UTF8.GetString(bytes.AsSpan()[v.Value])}");
        using JsonDocument json = JsonDocument.Parse($"{{{string.Join(',', members)}}}");
        return new TokenizerPart(file, "model", json.RootElement.Clone());
    }

    private static Vocabulary ReadVocabulary(TokenizerPart model, ReadOnlySpan<byte> bytes)
    {
        var reader = new Utf8JsonReader(bytes);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw model.Wrong("vocab is no object; expected tokens and their ids");
        var ids = new Dictionary<string, int>(bytes.Length / 20, StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string token = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out int id) || id is < 0 or > Vocabulary.HighestId)
                throw model.Wrong($"the id of the token \"{token}\" is no whole number from 0 to {Vocabulary.HighestId}");
            ids[token] = id;
        }

        return new Vocabulary(ids);
    }

    private static BytePairMerges ReadMerges(TokenizerPart model, ReadOnlySpan<byte> bytes, Vocabulary vocabulary, string prefix)
    {
        var merges = new BytePairMerges();
        var reader = new Utf8JsonReader(bytes);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
            throw model.Wrong("merges is no list; expected pairs of tokens");
        char[] text = new char[1024];
        for (int rank = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; rank++)
        {
            int left, length;
            if (reader.TokenType == JsonTokenType.String)
            {
                length = Copy(ref reader, ref text, 0);
                if (text.AsSpan(0, length).StartsWith("#version"))
                {
                    rank--;
                    continue;
                }

                left = text.AsSpan(0, length).IndexOf(' ');
                if (left < 0 || text.AsSpan(left + 1, length - left - 1).Contains(' '))
                    throw model.Wrong($"merges[{rank}] is \"{text.AsSpan(0, length)}\"; expected two tokens with a space between them");
                text.AsSpan(left + 1, length - left - 1).CopyTo(text.AsSpan(left));
                length--;
            }
            else
            {
                left = reader.TokenType == JsonTokenType.StartArray && reader.Read() && reader.TokenType == JsonTokenType.String
                    ? Copy(ref reader, ref text, 0)
                    : throw model.Wrong($"merges[{rank}] is no pair of strings");
                length = reader.Read() && reader.TokenType == JsonTokenType.String
                    ? Copy(ref reader, ref text, left)
                    : throw model.Wrong($"merges[{rank}] is no pair of strings");
                if (!reader.Read() || reader.TokenType != JsonTokenType.EndArray)
                    throw model.Wrong($"merges[{rank}] has more than two strings");
            }

            Add(text.AsSpan(0, length), left, rank);
        }

        return merges;

        void Add(Span<char> pair, int left, int rank)
        {
            int leftId = Id(pair[..left], rank), rightId = Id(pair[left..], rank);
            if (prefix.Length > 0)
            {
                if (!pair[left..].StartsWith(prefix))
                    throw model.Wrong($"merges[{rank}] has \"{pair[left..]}\" behind another token; expected that it begins with {prefix}");
                pair[(left + prefix.Length)..].CopyTo(pair[left..]);
                pair = pair[..^prefix.Length];
            }

            merges.Add(leftId, rightId, rank, Id(pair, rank), pair);
        }

        int Id(ReadOnlySpan<char> token, int rank) =>
            vocabulary.TryGetId(token, out int id) ? id : throw model.Wrong($"merges[{rank}] needs \"{token}\", which is not in vocab");
    }

    /// <summary>Copies a string of JSON behind the first characters of a buffer, which grows as it must.</summary>
    /// <returns>Where the string ends in the buffer.</returns>
    private static int Copy(ref Utf8JsonReader reader, ref char[] buffer, int start)
    {
        if (buffer.Length < start + reader.ValueSpan.Length)
            Array.Resize(ref buffer, Math.Max(buffer.Length * 2, start + reader.ValueSpan.Length));
        return start + reader.CopyString(buffer.AsSpan(start));
    }
}
