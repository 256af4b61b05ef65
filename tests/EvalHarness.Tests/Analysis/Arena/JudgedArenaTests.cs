using System.Text.Json.Nodes;
using EvalHarness.Analysis.Arena;
using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Scoring.Statistics;
using EvalHarness.Tests.Scoring.Judging;

namespace EvalHarness.Tests.Analysis.Arena;

/// <summary>Answers of runs that a judge compares in pairs: the judge's card, battles without a verdict, and going on.</summary>
public sealed class JudgedArenaTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Of 40 answers, the good model has 32 right and the bad one 16; which of them is the longer one says nothing.</summary>
    private async Task<ArenaRun> TwoRunsAsync()
    {
        var run = new ArenaRun(_folder);
        await run.AddAsync("good", i => Answer(i, isRight: i % 5 != 0, words: i * 7 % 6));
        await run.AddAsync("bad", i => Answer(i, isRight: i % 5 is 1 or 2, words: i * 5 % 7));
        return run;
    }

    private static string Answer(int i, bool isRight, int words) =>
        $"{(isRight ? 2 * i : 1 + (2 * i))}{string.Concat(Enumerable.Repeat(" indeed", words))}";

    [Fact]
    public async Task RightJudge_HasACardWithoutLeanings()
    {
        ArenaRun run = await TwoRunsAsync();
        ArenaStandings standings = await run.RateAsync(ArenaRun.Judge(ArenaRun.Right), "bad", "good");
        Assert.Equal(["replay-good", "replay-bad"], standings.Models.Select(m => m.Model));
        Assert.Equal((80L, 40L), (standings.Battles, standings.Documents));
        PairJudgeCard card = standings.Judge!;
        Assert.Equal((40, 40, 1.0), (card.Pairs, card.Same, card.SameShare));
        Assert.InRange(card.SameInterval!.Value.Low, 0.9, 0.95);
        Assert.Equal(0.5, card.FirstShare!.Value, 12);
        Assert.InRange(card.FirstInterval!.Value.Low, 0.3, 0.49);
        Assert.InRange(0, card.Length!.EffectInterval.Low, card.Length.EffectInterval.High);
        Assert.Empty(card.Notes);
        Assert.Equal((0, 0, 0), (card.Errored, card.OtherDocuments, card.Unanswered));
    }

    [Theory]
    [InlineData("A", 1, "The judge leans to the answer that stands first: it won 100% of decided battles.")]
    [InlineData("B", 0, "The judge leans to the answer that stands second: it won 100% of decided battles.")]
    public async Task PositionBias_IsOnTheCard(string always, double share, string note)
    {
        ArenaRun run = await TwoRunsAsync();
        PairJudgeCard card = (await run.RateAsync(ArenaRun.Judge((_, _, _) => always), "bad", "good")).Judge!;
        Assert.Equal((0, 0.0, share), (card.Same, card.SameShare, card.FirstShare));
        Assert.StartsWith(note, card.Notes[0], StringComparison.Ordinal);
        Interval place = card.FirstInterval!.Value;
        Assert.True(share == 1 ? place is { Low: > 0.9, High: 1 } : place is { Low: 0, High: < 0.1 });
    }

    [Fact]
    public async Task LikingForLength_IsOnTheCard()
    {
        ArenaRun run = await TwoRunsAsync();
        AnsweringEngine judge = ArenaRun.Judge((_, a, b) => a.Length == b.Length ? "TIE" : a.Length > b.Length ? "A" : "B");
        PairJudgeCard card = (await run.RateAsync(judge, "bad", "good")).Judge!;
        Assert.Equal(0.5, card.FirstShare!.Value, 12);
        Assert.Equal(40, card.Same);
        Assert.True(card.Length!.EffectInterval.Low > 0);
        Assert.StartsWith("The judge leans to longer answers", Assert.Single(card.Notes), StringComparison.Ordinal);
    }

    /// <summary>A judge that cuts its answer, refuses, speaks in prose, says another word, or fails.</summary>
    [Fact]
    public async Task BattlesWithoutVerdict_AreErroredWithTheReason()
    {
        ArenaRun run = await TwoRunsAsync();
        var judge = new AnsweringEngine("judge", Answer);
        ArenaStandings standings = await run.RateAsync(judge, "bad", "good");
        PairJudgeCard card = standings.Judge!;
        Assert.Equal((75L, 5), (standings.Battles, card.Errored));
        const string first = "sums 0, replay-bad and replay-good: the judge gave no grade: its answer was cut off";
        Assert.StartsWith(first, card.FirstError, StringComparison.Ordinal);
        string[] errored = [.. File.ReadAllLines(_folder["arena/errored.jsonl"]).Select(l => (string)JsonNode.Parse(l)!["error"]!)];
        string[] reasons =
            ["limit of 512 tokens", "it refused: 'no'", "has no grade: 'Both are fine.'", "'C' is none of A, B, TIE", "out of order"];
        Assert.Equal(5, errored.Length);
        Assert.All(reasons, reason => Assert.Single(errored, e => e.Contains(reason, StringComparison.Ordinal)));
        // What can be rated again has none of them.
        Assert.Equal(75, File.ReadAllLines(_folder["arena/battles.jsonl"]).Length);

        static Response Answer(GenerateRequest request) => (request.Key.Document, request.Key.Index) switch
        {
            (0, 0) => AnsweringEngine.Ended(request, "VERDICT: A", FinishReason.Length),
            (1, 0) => AnsweringEngine.Ended(request, "no", FinishReason.Refusal),
            (2, 1) => AnsweringEngine.Ended(request, "Both are fine."),
            (3, 0) => AnsweringEngine.Ended(request, "VERDICT: C"),
            (4, 0) => Response.Failed(request.Key, "out of order"),
            _ => AnsweringEngine.Ended(request, $"VERDICT: {(request.Key.Document % 3 == 0 ? "tie" : "**b**")}"),
        };
    }

    [Fact]
    public async Task StoppedJudge_GoesOnAndAsksNothingTwice()
    {
        ArenaRun run = await TwoRunsAsync();
        ArenaStandings whole = await run.RateAsync(ArenaRun.Judge(ArenaRun.Right), "bad", "good");
        byte[] journal = await File.ReadAllBytesAsync(_folder["arena/judge.jsonl"]);
        await File.WriteAllBytesAsync(_folder["arena/judge.jsonl"], journal[..(journal.Length / 2)]);
        int kept = journal[..(journal.Length / 2)].Count(b => b == '\n');
        AnsweringEngine again = ArenaRun.Judge(ArenaRun.Right);
        ArenaStandings continued = await run.RateAsync(again, "bad", "good");
        Assert.Equal(80 - kept, again.Asked.Count);
        Assert.Equivalent(whole, continued, strict: true);
        AnsweringEngine idle = ArenaRun.Judge(ArenaRun.Right);
        await run.RateAsync(idle, "bad", "good");
        Assert.Empty(idle.Asked);
    }

    [Fact]
    public async Task OtherJudgeRubricOrRuns_AreRefused()
    {
        ArenaRun run = await TwoRunsAsync();
        await run.AddAsync("third", i => $"{i}");
        await run.RateAsync(ArenaRun.Judge(ArenaRun.Right), "bad", "good");
        EvalException judge = await Assert.ThrowsAsync<EvalException>(
            () => run.RateAsync(ArenaRun.Judge(ArenaRun.Right, "another"), "bad", "good"));
        Assert.Equal(ExitCode.ResumeRefused, judge.ExitCode);
        Assert.Contains("judge's name differs: the folder has judge, now it is another", judge.Message, StringComparison.Ordinal);
        EvalException runs = await Assert.ThrowsAsync<EvalException>(
            () => run.RateAsync(ArenaRun.Judge(ArenaRun.Right), "bad", "good", "third"));
        Assert.Equal(ExitCode.ResumeRefused, runs.ExitCode);
    }

    [Fact]
    public async Task OtherDocumentsAndErrors_AreLeftOut()
    {
        var run = new ArenaRun(_folder);
        await run.AddAsync("x", i => i == 3 ? null : $"{2 * i} yes");
        await run.AddAsync("y", i => $"{2 * i} no", number: i => i is 7 or 8 ? -1 : i);
        AnsweringEngine judge = ArenaRun.Judge((_, a, _) => a.EndsWith("yes", StringComparison.Ordinal) ? "A" : "TIE");
        ArenaStandings standings = await run.RateAsync(judge, "x", "y");
        Assert.Equal((2, 1, 37), (standings.Judge!.OtherDocuments, standings.Judge.Unanswered, standings.Judge.Pairs));
    }

    /// <summary>The text of a chat template is no question: the judge reads the user's last turn.</summary>
    [Fact]
    public async Task Conversations_AreShownByTheirLastTurn()
    {
        var run = new ArenaRun(_folder) { Rows = 2 };
        string models = Path.Combine(Shared.Repository, "src", "TinyModel", "models");
        await run.AddChatAsync("int8", Path.Combine(models, "tiny-int8"));
        await run.AddChatAsync("int4", Path.Combine(models, "tiny-int4"));
        AnsweringEngine judge = ArenaRun.Judge((_, _, _) => "TIE");
        ArenaStandings standings = await run.RateAsync(judge, "int8", "int4");
        string[] asked = [.. judge.Asked.Select(r => ArenaRun.Part(r.Context, "asked"))];
        Assert.Equal(["Twice 0?", "Twice 0?", "Twice 1?", "Twice 1?"], asked);
        Assert.DoesNotContain(standings.Judge!.Notes, n => n.Contains("whole prompt", StringComparison.Ordinal));
    }

    /// <summary>Three runs are three pairs; each is judged in both orders, and the verdicts of a document go together.</summary>
    [Fact]
    public async Task ThreeRuns_MeetEachOther()
    {
        ArenaRun run = await TwoRunsAsync();
        await run.AddAsync("worst", i => Answer(i, isRight: i % 9 == 0, words: i * 3 % 5));
        ArenaStandings standings = await run.RateAsync(ArenaRun.Judge(ArenaRun.Right), "worst", "bad", "good");
        Assert.Equal((240L, 40L, 3), (standings.Battles, standings.Documents, standings.Pairs.Count));
        Assert.Equal((120, 120), (standings.Judge!.Pairs, standings.Judge.Same));
        Assert.Equal("replay-good", standings.Models[0].Model);
    }

    public void Dispose() => _folder.Dispose();
}
