namespace EvalHarness.Analysis.Arena;

/// <summary>
/// What of an answer's looks is held equal: each control is the difference of a count between the two answers over its sum, (a - b) / (a +
/// b), and 0 where neither has any.
/// </summary>
/// <remarks>
/// Source: Li, Angelopoulos and Chiang 2024, "Does style matter? Disentangling style and substance in Chatbot Arena",
/// https://lmsys.org/blog/2024-08-28-style-control: length, headings, bold and lists. There lengths are tokens, and here characters, which
/// need no tokenizer; and a control's mean is not subtracted here, as <see cref="Scoring.Statistics.BattleTable.Scale"/> says.
/// </remarks>
internal sealed class ArenaControls
{
    private static readonly (string Group, string Name, Func<AnswerStyle, int> Count)[] Known =
    [
        ("length", "length", style => style.Characters),
        ("markdown", "headings", style => style.Headings),
        ("markdown", "bold", style => style.Bold),
        ("markdown", "list items", style => style.ListItems),
    ];

    private readonly Func<AnswerStyle, int>[] _counts;

    private ArenaControls(IEnumerable<string> groups)
    {
        (string Group, string Name, Func<AnswerStyle, int> Count)[] chosen = [.. Known.Where(k => groups.Contains(k.Group))];
        Names = [.. chosen.Select(c => c.Name)];
        _counts = [.. chosen.Select(c => c.Count)];
    }

    internal static ArenaControls None { get; } = new([]);

    /// <summary>The name of each control.</summary>
    internal IReadOnlyList<string> Names { get; }

    /// <param name="text"><c>length</c>, <c>markdown</c>, or both with a comma between.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: another word.</exception>
    internal static ArenaControls Read(string text)
    {
        string[] groups = [.. text.Split(',').Select(g => g.Trim())];
        return groups.All(g => Known.Any(k => k.Group == g))
            ? new ArenaControls(groups)
            : throw new EvalException(ExitCode.Usage, $"--controls {text}: expected length, markdown, or both with a comma between");
    }

    /// <summary>The controls of a battle, as <see cref="Names"/> has them: above 0 where the first answer has more.</summary>
    internal void Fill(Span<float> controls, AnswerStyle first, AnswerStyle second)
    {
        for (int i = 0; i < _counts.Length; i++)
        {
            double a = _counts[i](first), b = _counts[i](second);
            controls[i] = a + b == 0 ? 0 : (float)((a - b) / (a + b));
        }
    }
}
