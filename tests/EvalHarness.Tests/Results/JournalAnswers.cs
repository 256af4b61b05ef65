using EvalHarness.Files;
using EvalHarness.Prompts;
using EvalHarness.Results;

namespace EvalHarness.Tests.Results;

/// <summary>Reads a journal's lines as the journal itself does, so that a field that it does not have is an error here.</summary>
internal static class JournalAnswers
{
    /// <summary>The request that each line of <c>responses.jsonl</c> answers, in the order of the lines.</summary>
    internal static RequestKey[] Keys(string journal) =>
        [.. File.ReadLines(journal).Select(line => ResultsJson.Read<JournalLine>(line).Key)];

    /// <summary>Fails if there is no answer, or if a request has more than one.</summary>
    internal static void AssertEachOnce(string journal)
    {
        RequestKey[] keys = Keys(journal);
        Assert.NotEmpty(keys);
        string[] duplicates =
            [.. keys.GroupBy(k => k).Where(g => g.Count() > 1).Select(g => $"{g.Key} is answered {g.Count()} times in {journal}")];
        Assert.True(duplicates.Length == 0, string.Join('\n', duplicates));
    }
}
