using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Results;
using EvalHarness.Tasks;

namespace EvalHarness.Tests.Results;

/// <summary>A journal gives each request the answer that was recorded for it, or is refused with the line's number.</summary>
public sealed class JournalDamageTests : IDisposable
{
    private const string Whole =
        """{"task":"t","doc_id":0,"index":0,"context_sha256":"HASH","response":"4","finish_reason":"stop","ms":1}""";

    private static readonly JournalChecksum Checksum = new([1, 2, 3], required: true), Earlier = new([1, 2, 3], required: false);

    private readonly TemporaryFolder _folder = new();

    private string File => _folder["responses.jsonl"];

    private Task<Journal> OpenAsync(JournalChecksum checksum) =>
        Journal.OpenAsync(File, checksum, TimeProvider.System, CancellationToken.None);

    private static GenerateRequest Generate(int document) => new()
    {
        Key = new RequestKey("t", document, 0),
        Prompt = $"c{document}",
        Options = new GenerationOptions { Until = [] },
        Seed = 0,
    };

    private static LogLikelihoodRequest Score(int document) =>
        new() { Key = new RequestKey("t", document, 0), Prompt = $"c{document}", Continuation = " yes" };

    private static Response Text(int document, string text) =>
        new() { Key = new RequestKey("t", document, 0), FinishReason = FinishReason.Stop, Text = text };

    private async Task<byte[]> WriteAsync(int count)
    {
        using (Journal journal = await OpenAsync(Checksum))
        {
            for (int i = 0; i < count; i++)
                journal.Append(Generate(i), Text(i, $"é {i}"));
        }

        return await System.IO.File.ReadAllBytesAsync(File);
    }

    /// <summary>Reads the answers to the first documents, as a run does before it asks for others.</summary>
    private static Response[] Check(Journal journal, int count)
    {
        journal.CheckAsked((task, document) => task == "t" && document >= 0 && document < count);
        return [.. Enumerable.Range(0, count).SelectMany(i => journal.Finished("t", i, [Generate(i)]).Values)];
    }

    private async Task AssertRefusedAsync(JournalChecksum checksum, string fragment)
    {
        byte[] before = await System.IO.File.ReadAllBytesAsync(File);
        EvalException e = await Assert.ThrowsAsync<EvalException>(async () =>
        {
            using Journal journal = await OpenAsync(checksum);
            Check(journal, 3);
        });
        Assert.Equal(ExitCode.Output, e.ExitCode);
        Assert.Contains(fragment, e.Message, StringComparison.Ordinal);
        Assert.Contains("restore the file, or delete this line", e.Message, StringComparison.Ordinal);
        Assert.Equal(before, await System.IO.File.ReadAllBytesAsync(File));
    }

    /// <summary>Whichever byte changes, no answer is read that was not written.</summary>
    [Theory]
    [InlineData(0x01)]
    [InlineData(0x20)]
    [InlineData(0x80)]
    public async Task Open_AnyByteChanged_GivesNoOtherAnswer(int bit)
    {
        byte[] whole = await WriteAsync(2);
        int refused = 0;
        for (int at = 0; at < whole.Length; at++)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= (byte)bit;
            await System.IO.File.WriteAllBytesAsync(File, damaged);
            try
            {
                using Journal journal = await OpenAsync(Checksum);
                Assert.All(Check(journal, 2), r => Assert.Equal($"é {r.Key.Document}", r.Text));
                Assert.True(journal.FinishedCount < 2, $"byte {at} changed, and nothing was said");
            }
            catch (EvalException e)
            {
                Assert.Contains($"{File}:", e.Message, StringComparison.Ordinal);
                refused++;
            }
        }

        Assert.True(refused > whole.Length / 2);
    }

    [Fact]
    public async Task Open_LineOfARunWithAnotherIdentity_IsRefused()
    {
        await WriteAsync(2);
        await AssertRefusedAsync(new JournalChecksum([1, 2, 4], required: true), "responses.jsonl:1: its checksum does not fit");
    }

    [Fact]
    public async Task Open_LineWithoutChecksum_IsReadOnlyWhereNoneWasWritten()
    {
        await System.IO.File.WriteAllTextAsync(File, Line(Whole, 0) + "\n");
        await AssertRefusedAsync(Checksum, "responses.jsonl:1: has no checksum");
        using Journal journal = await OpenAsync(Earlier);
        Assert.Equal("4", Assert.Single(Check(journal, 2)).Text);
    }

    private static string Line(string line, int document) =>
        line.Replace("HASH", JournalLine.HashOf(Generate(document)), StringComparison.Ordinal);

    /// <summary>A journal of an earlier version, without checksums, has a good first line and then this one.</summary>
    [Theory]
    [InlineData("\"doc_id\":0", "\"doc_id\":1", ":2: answers another prompt than t, document 1, request 0 has: context_sha256 ")]
    [InlineData("\"doc_id\":0", "\"doc_id\":7", ":2: answers t, document 7, request 0, which this run does not ask")]
    [InlineData("\"doc_id\":0", "\"doc_id\":-1", ":2: answers t, document -1, request 0, which this run does not ask")]
    [InlineData("\"index\":0", "\"index\":1", ":2: answers t, document 0, request 1, which this run does not ask")]
    [InlineData("\"task\":\"t\"", "\"task\":\"T\"", ":2: answers T, document 0, request 0, which this run does not ask")]
    [InlineData("\"response\":\"4\"", "\"response\":\"5\"", ":2: answers t, document 0, request 0 otherwise than line 1")]
    public async Task Check_LineOfAnotherRequest_IsRefused(string written, string changed, string fragment)
    {
        string first = Line(Whole, 0);
        await System.IO.File.WriteAllTextAsync(File, $"{first}\n{first.Replace(written, changed, StringComparison.Ordinal)}\n");
        await AssertRefusedAsync(Earlier, fragment);
    }

    [Theory]
    [InlineData("\"response\":\"4\"", "\"sesponse\":\"4\"", "document 0, request 0 has no response text")]
    [InlineData("\"response\":\"4\"", "\"loglikelihood\":-1,\"is_greedy\":true", "has no response text")]
    [InlineData("\"response\":\"4\"", "\"response\":\"4\",\"loglikelihood\":-1", "has a log-likelihood, where")]
    [InlineData("\"response\":\"4\"", "\"response\":\"4\",\"continuation\":\" A\"", "scores another continuation than")]
    [InlineData("\"response\":\"4\"", "\"response\":\"4\",\"response\":\"5\"", "damaged, and lines follow")]
    [InlineData("\"ms\":1", "\"ms\":1,\"prompt_tokens\":-1", "has a negative number of tokens")]
    [InlineData("\"ms\":1", "\"ms\":1,\"token_logprobs\":[-0.5,1e400]", "has the log-probability of a token Infinity")]
    [InlineData("\"ms\":1", "\"ms\":-1e400", "has a time of -Infinity ms")]
    [InlineData("\"ms\":1", "\"ms\":NaN", "damaged, and lines follow")]
    [InlineData("\"stop\"", "\"error\"", "has the finish reason Error")]
    [InlineData("\"stop\"", "77", "has the finish reason 77")]
    [InlineData("\"task\":\"t\"", "\"task\":null", "damaged, and lines follow")]
    [InlineData("\"response\":\"4\"", "\"response\":\"\\ud83d\"", "damaged, and lines follow")]
    public async Task Check_NoAnswerToTheRequest_IsRefused(string written, string changed, string fragment)
    {
        string first = Line(Whole, 0), second = Line(Whole.Replace("\"doc_id\":0", "\"doc_id\":1", StringComparison.Ordinal), 1);
        await System.IO.File.WriteAllTextAsync(File, $"{first.Replace(written, changed, StringComparison.Ordinal)}\n{second}\n");
        await AssertRefusedAsync(Earlier, fragment);
    }

    [Theory]
    [InlineData("-1.5", "true", " yes", null)]
    [InlineData("2e-7", "true", " yes", null)]
    [InlineData("0.5", "true", " yes", "the log-likelihood 0.5; expected a finite number, 0 or less")]
    [InlineData("1e999", "true", " yes", "the log-likelihood Infinity")]
    [InlineData("-1e999", "true", " yes", "the log-likelihood -Infinity")]
    [InlineData("null", "true", " yes", "no log-likelihood")]
    [InlineData("-1.5", "null", " yes", "no is_greedy")]
    [InlineData("-1.5", "true", " no", "than t, document 0, request 0 has: \" no\", expected \" yes\"")]
    [InlineData("-1.5", "true", null, "has: none, expected \" yes\"")]
    public async Task Check_LogLikelihood_IsTakenOrRefused(string likelihood, string greedy, string? continuation, string? problem)
    {
        string answer = $"\"loglikelihood\":{likelihood},\"is_greedy\":{greedy}"
            + (continuation is null ? "" : $",\"continuation\":\"{continuation}\"");
        string line = Line(Whole, 0).Replace("\"response\":\"4\"", answer, StringComparison.Ordinal);
        await System.IO.File.WriteAllTextAsync(File, line.Replace("\"stop\"", "\"scored\"", StringComparison.Ordinal) + "\n");
        using Journal journal = await OpenAsync(Earlier);
        Exception? e = Record.Exception(() => journal.Finished("t", 0, [Score(0)]));
        Assert.Equal(problem is null, e is null);
        if (problem is not null)
            Assert.Contains(problem, Assert.IsType<EvalException>(e).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_SameLineTwice_CountsOnce()
    {
        byte[] whole = await WriteAsync(1);
        await System.IO.File.WriteAllBytesAsync(File, [.. whole, .. whole]);
        using Journal journal = await OpenAsync(Checksum);
        Assert.Equal(1, journal.FinishedCount);
        Assert.Equal(0, journal.DroppedBytes);
    }

    /// <summary>Windows line ends and a byte order mark change where lines begin; nothing is cut off for them.</summary>
    [Fact]
    public async Task Open_OtherLineEnds_LosesNothing()
    {
        string text = string.Concat(Enumerable.Range(0, 3).Select(i => Line(Whole, i)
            .Replace("\"doc_id\":0", $"\"doc_id\":{i}", StringComparison.Ordinal) + "\r\n"));
        await System.IO.File.WriteAllTextAsync(File, text);
        using (Journal journal = await OpenAsync(Earlier))
            Assert.Equal(3, Check(journal, 3).Length);
        Assert.Equal(text, await System.IO.File.ReadAllTextAsync(File));
        await System.IO.File.WriteAllBytesAsync(File, [0xEF, 0xBB, 0xBF, .. await System.IO.File.ReadAllBytesAsync(File)]);
        await AssertRefusedAsync(Earlier, "responses.jsonl:1: damaged, and lines follow");
    }

    /// <summary>Lines longer than what is read at once, and several of them.</summary>
    [Fact]
    public async Task Open_LongLines_AreReadWhole()
    {
        string[] texts = [.. Enumerable.Range(0, 3).Select(i => new string((char)('a' + i), 70_000 * (i + 1)))];
        using (Journal journal = await OpenAsync(Checksum))
        {
            for (int i = 0; i < texts.Length; i++)
                journal.Append(Generate(i), Text(i, texts[i]));
        }

        using Journal again = await OpenAsync(Checksum);
        Assert.Equal(texts, Check(again, 3).Select(r => r.Text));
    }

    public void Dispose() => _folder.Dispose();
}
