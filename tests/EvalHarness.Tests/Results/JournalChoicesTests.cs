using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Results;

namespace EvalHarness.Tests.Results;

/// <summary>Choices that share their context stand in one line of a journal.</summary>
public sealed class JournalChoicesTests : IDisposable
{
    private static readonly JournalChecksum Checksum = new([1, 2, 3], required: true);

    private readonly TemporaryFolder _folder = new();

    private string File => _folder["responses.jsonl"];

    private Task<Journal> OpenAsync() => Journal.OpenAsync(File, Checksum, TimeProvider.System, CancellationToken.None);

    private static LogLikelihoodRequest[] Requests(long document)
    {
        Prompt prompt = $"context {document}";
        return
        [
            .. Enumerable.Range(0, 3).Select(i => new LogLikelihoodRequest
            {
                Key = new RequestKey("t", document, i),
                Prompt = prompt,
                Continuation = $" {i}",
            }),
        ];
    }

    private static Response Answer(LogLikelihoodRequest request) => new()
    {
        Key = request.Key,
        FinishReason = FinishReason.Scored,
        PromptTokens = 7,
        CompletionTokens = 1 + request.Key.Index,
        LogLikelihood = -1.0 / (3 + request.Key.Index),
        IsGreedy = request.Key.Index == 1,
        TokenLogProbabilities = [-0.25],
        Milliseconds = 0.5,
    };

    private static (LogLikelihoodRequest Request, Response Response)[] Answered(long document, params int[] choices)
    {
        LogLikelihoodRequest[] requests = Requests(document);
        return [.. choices.Select(i => (requests[i], Answer(requests[i])))];
    }

    private static void AssertEqual(Response expected, Response actual)
    {
        Assert.Equal(expected with { TokenLogProbabilities = [] }, actual with { TokenLogProbabilities = [] });
        Assert.Equal(expected.TokenLogProbabilities, actual.TokenLogProbabilities);
    }

    [Fact]
    public async Task Append_Choices_AreOneLineAndReadBackTheSame()
    {
        using Journal journal = await OpenAsync();
        foreach (long document in (long[])[4, 2, 9])
            journal.Append(Answered(document, 0, 1, 2));
        string[] lines = await ReadLinesAsync();
        Assert.Equal(3, lines.Length);
        Assert.Contains("\"context_sha256\":", lines[0], StringComparison.Ordinal);
        Assert.Equal(2, lines[0].Split("\"context_sha256\":").Length);
        foreach (long document in (long[])[2, 4, 9])
        {
            Response[] read = journal.Responses("t", document, 3);
            foreach ((LogLikelihoodRequest request, Response response) in Answered(document, 0, 1, 2))
                AssertEqual(response, read[request.Key.Index]);
        }

        // Nothing of it is an answer of an earlier start.
        Assert.Empty(journal.Finished("t", 4, Requests(4)));
    }

    private async Task<string[]> ReadLinesAsync()
    {
        using var stream = new FileStream(File, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>A choice that errored is asked again; the line that then comes has that choice alone.</summary>
    [Fact]
    public async Task Open_PartOfTheChoices_IsFinished()
    {
        LogLikelihoodRequest[] requests = Requests(0);
        using (Journal journal = await OpenAsync())
        {
            journal.Append([.. Answered(0, 0, 2), (requests[1], Response.Failed(requests[1].Key, "out of memory", promptTokens: 7))]);
            Assert.Equal("out of memory", journal.Responses("t", 0, 3)[1].Error);
        }

        using Journal again = await OpenAsync();
        Assert.Equal(2, again.FinishedCount);
        Assert.Equal(new TokenCount(7 + 1 + 7 + 3, 0, 0), again.FinishedTokens);
        Assert.Equal([0, 2], again.Finished("t", 0, requests).Keys);
        again.Append(Answered(0, 1));
        Assert.All(again.Responses("t", 0, 3), r => Assert.Null(r.Error));
        Assert.Equal([0, 2], again.Finished("t", 0, requests).Keys);
        Assert.Equal("the engine gave no response", again.Responses("t", 1, 1)[0].Error);
    }

    /// <summary>Versions before this one wrote a line for each choice.</summary>
    [Fact]
    public async Task Open_LineForEachChoice_IsReadAsBefore()
    {
        using (Journal journal = await OpenAsync())
        {
            foreach ((LogLikelihoodRequest request, Response response) in Answered(0, 0, 1, 2))
                journal.Append(request, response);
        }

        using Journal again = await OpenAsync();
        Assert.Equal(3, again.FinishedCount);
        Assert.Equal([0, 1, 2], again.Finished("t", 0, Requests(0)).Keys);
    }

    [Theory]
    [InlineData("\"index\":2", "\"index\":1", "damaged, and lines follow")]
    [InlineData("\"index\":2", "\"index\":3", "answers t, document 0, request 3, which this run does not ask")]
    [InlineData("\" 1\"", "\" 7\"", "scores another continuation than t, document 0, request 1 has: \" 7\", expected \" 1\"")]
    [InlineData("\"index\":2,", "", "damaged, and lines follow")]
    [InlineData("\"choices\":[", "\"index\":0,\"choices\":[", "damaged, and lines follow")]
    [InlineData("context_sha256\":\"", "context_sha256\":\"0", "answers another prompt than t, document 0")]
    public async Task Open_ChangedChoice_IsRefused(string written, string changed, string problem)
    {
        using (Journal journal = await OpenAsync())
        {
            journal.Append(Answered(0, 0, 1, 2));
            journal.Append(Answered(1, 0, 1, 2));
        }

        string[] lines = await ReadLinesAsync();
        string[] unsealed = [.. lines.Select(l => l[..l.IndexOf(",\"checksum\"", StringComparison.Ordinal)] + "}")];
        int at = unsealed[0].IndexOf(written, StringComparison.Ordinal);
        unsealed[0] = unsealed[0][..at] + changed + unsealed[0][(at + written.Length)..];
        await System.IO.File.WriteAllLinesAsync(File, unsealed);
        var earlier = new JournalChecksum([1, 2, 3], required: false);
        EvalException e = await Assert.ThrowsAsync<EvalException>(async () =>
        {
            using Journal journal = await Journal.OpenAsync(File, earlier, TimeProvider.System, CancellationToken.None);
            journal.Finished("t", 0, Requests(0));
        });
        Assert.Contains($"responses.jsonl:1: {problem}", e.Message, StringComparison.Ordinal);
    }

    /// <summary>The places of lines are found again in whatever order documents were answered.</summary>
    [Fact]
    public void Index_AddedInAnyOrder_FindsEachLineInTheOrderOfTheFile()
    {
        var index = new JournalIndex();
        long[] documents = [5, 1, 5, 1_000_000_000_000_000, 0, 1, 5];
        for (int i = 0; i < documents.Length; i++)
            index.Add(documents[i], 100 * i);
        index.Sort();
        Assert.Equal([0, 1, 5, 1_000_000_000_000_000], index.Documents());
        Assert.Equal([0, 200, 600], index.Find(5).ToArray());
        Assert.Equal([100, 500], index.Find(1).ToArray());
        Assert.Equal([300], index.Find(1_000_000_000_000_000).ToArray());
        Assert.Empty(index.Find(2).ToArray());
    }

    public void Dispose() => _folder.Dispose();
}
