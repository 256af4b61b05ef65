using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace EvalHarness.Files;

/// <summary>
/// Refuses YAML that nests deeper than any file here does, because whoever builds values from it calls itself once a level, and a stack
/// that overflows ends the process.
/// </summary>
internal static class YamlNesting
{
    private const int Deepest = 64;

    /// <exception cref="YamlException">The text is no YAML, or nests too deep.</exception>
    internal static void Check(string text)
    {
        var parser = new Parser(new StringReader(text));
        int depth = 0;
        while (MoveNext(parser))
        {
            depth += parser.Current switch
            {
                MappingStart or SequenceStart => 1,
                MappingEnd or SequenceEnd => -1,
                _ => 0,
            };
            if (depth > Deepest)
                throw new YamlException(parser.Current!.Start, parser.Current.End, $"lists and maps nest more than {Deepest} deep");
        }
    }

    // YamlDotNet's scanner throws other exceptions as well for texts that are no YAML.
    private static bool MoveNext(Parser parser)
    {
        try
        {
            return parser.MoveNext();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            Mark place = parser.Current?.End ?? Mark.Empty;
            throw new YamlException(place, place, e.Message, e);
        }
    }
}
