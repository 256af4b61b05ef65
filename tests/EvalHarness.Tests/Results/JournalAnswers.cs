using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Files;
using EvalHarness.Prompts;
using EvalHarness.Results;

namespace EvalHarness.Tests.Results;

/// <summary>Reads a journal's lines as the journal itself does, so that a field that it does not have is an error here.</summary>
internal static class JournalAnswers
{
    /// <summary>The request that each line of <c>responses.jsonl</c> answers, in the order of the lines.</summary>
    internal static RequestKey[] Keys(string journal) =>
        [.. File.ReadLines(journal).Select(ResultsJson.Read<JournalLine>).SelectMany(line => line.Answers.Select(line.KeyOf))];

    /// <summary>An object for each request that <c>responses.jsonl</c> answers, with the fields of a line that has one response.</summary>
    internal static IEnumerable<JsonElement> Each(string journal)
    {
        foreach (JsonObject line in File.ReadLines(journal).Select(l => JsonNode.Parse(l)!.AsObject()))
        {
            JsonObject[] choices = [.. line["choices"]?.AsArray().Select(c => c!.DeepClone().AsObject()) ?? [line]];
            foreach (JsonObject choice in choices)
            {
                foreach (string shared in (string[])["task", "doc_id", "context_sha256"])
                    choice[shared] = line[shared]!.DeepClone();
                yield return JsonSerializer.Deserialize<JsonElement>(choice);
            }
        }
    }

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
