using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Results;

namespace EvalHarness.Tests.Results;

public sealed class JournalTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static readonly JournalChecksum Checksum = new([1, 2, 3], required: true);

    private string File => _folder["responses.jsonl"];

    private Task<Journal> OpenAsync() => OpenAsync(Checksum);

    private Task<Journal> OpenAsync(JournalChecksum checksum) =>
        Journal.OpenAsync(File, checksum, TimeProvider.System, CancellationToken.None);

    private static LogLikelihoodRequest Request(long id) =>
        new() { Key = new RequestKey("t", id, 0), Prompt = $"c{id}", Continuation = " é\n\"x" };

    private static Response Response(long id) => new()
    {
        Key = new RequestKey("t", id, 0),
        FinishReason = FinishReason.Scored,
        PromptTokens = 3,
        CompletionTokens = 2,
        LogLikelihood = -1.0 / 3,
        IsGreedy = true,
        TokenLogProbabilities = [-0.1, -0.2333333333333333],
        Milliseconds = 1.5,
    };

    private async Task WriteAsync(int count)
    {
        using Journal journal = await OpenAsync();
        for (int id = 0; id < count; id++)
            journal.Append(Request(id), Response(id));
    }

    [Fact]
    public async Task Open_Written_ReadsTheSameBack()
    {
        await WriteAsync(3);
        using Journal journal = await OpenAsync();
        Assert.Equal(3, journal.FinishedCount);
        Response read = journal.Finished("t", 1, [Request(1)])[0];
        Assert.Equal(Response(1) with { TokenLogProbabilities = [] }, read with { TokenLogProbabilities = [] });
        Assert.Equal(Response(1).TokenLogProbabilities, read.TokenLogProbabilities);
    }

    /// <summary>Wherever the last line is cut, opening the journal succeeds and gives only whole responses.</summary>
    [Fact]
    public async Task Open_TornLastLine_IsDroppedAndTheRestKept()
    {
        await WriteAsync(2);
        byte[] whole = await System.IO.File.ReadAllBytesAsync(File);
        int second = Array.IndexOf(whole, (byte)'\n') + 1;
        for (int length = second; length < whole.Length; length++)
        {
            await System.IO.File.WriteAllBytesAsync(File, whole[..length]);
            using (Journal journal = await OpenAsync())
            {
                Assert.Equal(1, journal.FinishedCount);
                Assert.Equal(length - second, journal.DroppedBytes);
                journal.Append(Request(1), Response(1));
            }

            Assert.Equal(whole, await System.IO.File.ReadAllBytesAsync(File));
        }
    }

    [Fact]
    public async Task Open_ZerosAtTheEnd_AreDropped()
    {
        await WriteAsync(1);
        await System.IO.File.AppendAllTextAsync(File, new string('\0', 500));
        using Journal journal = await OpenAsync();
        Assert.Equal(1, journal.FinishedCount);
        Assert.Equal(500, journal.DroppedBytes);
    }

    [Fact]
    public async Task Open_DamagedInTheMiddle_IsRefused()
    {
        await WriteAsync(3);
        string[] lines = await System.IO.File.ReadAllLinesAsync(File);
        await System.IO.File.WriteAllLinesAsync(File, [lines[0], lines[1][..20], lines[2]]);
        EvalException e = await Assert.ThrowsAsync<EvalException>(OpenAsync);
        Assert.Contains("responses.jsonl:2: damaged, and lines follow", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_ErroredResponse_IsTriedAgain()
    {
        using (Journal journal = await OpenAsync())
            journal.Append(Request(0), EvalHarness.Engines.Response.Failed(new RequestKey("t", 0, 0), "out of memory"));
        using Journal again = await OpenAsync();
        Assert.Equal(0, again.FinishedCount);
    }

    /// <summary>The check of other tests that a journal holds no answer twice sees one that does.</summary>
    [Theory]
    [InlineData(0, true)]
    [InlineData(2, true)]
    [InlineData(null, false)]
    public async Task AssertEachOnce_PlantedDuplicate_Fails(int? planted, bool fails)
    {
        await WriteAsync(3);
        string[] lines = await System.IO.File.ReadAllLinesAsync(File);
        if (planted is { } line)
            await System.IO.File.AppendAllLinesAsync(File, [lines[line]]);
        Exception? e = Record.Exception(() => JournalAnswers.AssertEachOnce(File));
        Assert.Equal(fails, e is not null);
        if (fails)
            Assert.Contains($"is answered 2 times in {File}", e!.Message, StringComparison.Ordinal);
    }

    /// <summary>Choices of one document are answers of their own, and no duplicates.</summary>
    [Fact]
    public void AssertEachOnce_ChoicesOfOneDocument_Passes()
    {
        const string line = """{"task": "t", "doc_id": 0, "index": 0, "context_sha256": "", "finish_reason": "scored"}""";
        JournalAnswers.AssertEachOnce(
            _folder.Write("two.jsonl", $"{line}\n{line.Replace("\"index\": 0", "\"index\": 1", StringComparison.Ordinal)}"));
        Assert.ThrowsAny<Exception>(
            () => JournalAnswers.AssertEachOnce(_folder.Write("old.jsonl", line.Replace("index", "choice", StringComparison.Ordinal))));
    }

    public void Dispose() => _folder.Dispose();
}
