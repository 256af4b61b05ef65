using EvalHarness.OnnxRuntimeGenAI.Parity;

namespace EvalHarness.Tests.Engines;

/// <summary>Small comparisons on the model that comes with the program; planted faults of many kinds have tests of their own.</summary>
public sealed class ParityCheckTests : IDisposable
{
    private static readonly ParityForm[] Compared =
        [.. Enum.GetValues<ParityForm>().Where(f => f != ParityForm.Greedy)];

    private readonly TemporaryFolder _folder = new();

    internal static string Text { get; } = string.Concat(
        Enumerable.Range(0, 60).Select(i => $"Lily had {i * 7919 % 1000} apples and gave {i} to Tom. They were very happy. "));

    internal static string Tiny(string precision) => Path.Combine(Shared.Repository, "src", "TinyModel", "models", $"tiny-{precision}");

    private static ParityReport Run(ParitySide left, ParitySide right, int context = 64, double seconds = 600, bool profile = false) =>
        ParityCheck.Run(left, right, FrozenTokens.Of(Text, left, right) with
        {
            MaxContext = context,
            Seconds = seconds,
            Profile = profile,
        });

    [Fact]
    public void Run_OtherThreadsAndOptimizations_AreParityInEveryForm()
    {
        var left = new ParitySide { Folder = Tiny("fp32") };
        ParityReport report = Run(left, left with
        {
            Threads = 1,
            SessionOptions = new Dictionary<string, string> { ["graph_optimization_level"] = "ORT_DISABLE_ALL" },
        });
        Assert.Equal((ParityVerdict.Parity, ""), (report.Verdict, string.Join('\n', report.Failures)));
        ParityProbe[] candidate = [.. report.Probes.Where(p => !p.OfBase)];
        foreach (int length in (int[])[16, 64])
            Assert.Equal(Compared, candidate.Where(p => p.Length == length).Select(p => p.Form).Distinct().Order());
        Assert.Equal([2, 4], candidate.Where(p => p.Form == ParityForm.BatchSteps).Select(p => p.Batch).Distinct());
        // Kernels for one token and for many differ by rounding: forms that came out equal to the last bit would be one form.
        Assert.InRange(report.Share, 1e-6, 1);
        Assert.All(report.Probes, p => Assert.Null(p.FirstDiverging));
        Assert.Contains(report.Probes, p => p is { OfBase: true, Form: ParityForm.Steps });
        Assert.Empty(report.NotTried);
    }

    [Fact]
    public void Run_OneMatrixOffByAPercent_IsNotParityFromTheFirstPosition()
    {
        string folder = ScaledModel.Write(
            Tiny("fp32"), "layers.3.down.weight", 1.01f, Path.Combine(_folder.Path, "scaled"));
        ParityReport report = Run(new ParitySide { Folder = Tiny("fp32") }, new ParitySide { Folder = folder }, context: 16);
        Assert.Equal(ParityVerdict.NotParity, report.Verdict);
        Assert.Contains(report.Failures, f => f.StartsWith("as a whole, at 16 tokens: logits differ by", StringComparison.Ordinal));
        Assert.Equal(0, report.Probes.First(p => p.Form == ParityForm.Whole).FirstDiverging);
        Assert.All(report.Probes.Where(p => p.OfBase), p => Assert.InRange(p.Share, 0, 1));
    }

    [Fact]
    public void Run_OtherWeights_GivesFiguresAndNoVerdict()
    {
        ParityReport report = Run(new ParitySide { Folder = Tiny("fp32") }, new ParitySide { Folder = Tiny("int4") }, context: 16);
        Assert.Equal((ParityVerdict.OtherWeights, ""), (report.Verdict, string.Join('\n', report.Failures)));
        Assert.True(report.Share > 1);
        Assert.Equal(("", "MatMulNBits 4 bits"), (report.Base.Precision.QuantizedAs, report.Candidate.Precision.Weights));
    }

    /// <summary>
    /// A model of other weights may go on with other tokens than the base, which is no failure. Its batches are compared with itself.
    /// </summary>
    [Fact]
    public void Run_OtherWeights_JudgesTheCandidatesBatchesByItself()
    {
        ParitySide left = new() { Folder = Tiny("fp32") }, right = new() { Folder = Tiny("int4") };
        ParityReport others = Run(left, right, (job, rows) => rows with
        {
            Probes = [.. rows.Probes.Select(p => job.IsBase ? p with { Chosen = [.. p.Chosen.Select(t => t + 1)] } : p)],
        });
        // The base's own batches are not computed, so that its tokens matter to the candidate alone.
        Assert.Equal((ParityVerdict.OtherWeights, ""), (others.Verdict, string.Join('\n', others.Failures)));

        ParityReport mixed = Run(left, right, (job, rows) => job.IsBase ? rows : MixedUp(rows));
        Assert.Equal(ParityVerdict.NotParity, mixed.Verdict);
        Assert.Contains(mixed.Failures, f => f.StartsWith(
            "the candidate does not agree with its own plain form: as prompts of a batch of 2, at 16 tokens: ", StringComparison.Ordinal));
    }

    /// <summary>The last right position lies before the first wrong one, also where other rows of the batch are right there.</summary>
    [Fact]
    public void Run_RowsOfABatchMixedUp_AreRightBeforeTheyDiverge()
    {
        var side = new ParitySide { Folder = Tiny("fp32") };
        ParityReport report = Run(side, side, (job, rows) => job.IsBase ? rows : MixedUp(rows));
        ParityProbe batch = report.Probes.First(p => p is { OfBase: false, Form: ParityForm.Batch });
        Assert.Equal((ParityVerdict.NotParity, (int?)1, (int?)0), (report.Verdict, batch.FirstDiverging, batch.LastRight));
    }

    /// <summary>Every row of a batch is the row of its first sequence at that position.</summary>
    private static ParityRows MixedUp(ParityRows rows)
    {
        ProbeRows FirstOf(ProbeRows probe) =>
            rows.Probes.First(p => (p.Form, p.Length, p.Batch) == (probe.Form, probe.Length, probe.Batch));
        return rows with
        {
            Probes = [.. rows.Probes.Select(p => p.Form == ParityForm.Batch ? p with { FirstRow = FirstOf(p).FirstRow } : p)],
        };
    }

    [Fact]
    public void Run_ABuildThatMakesOtherSequences_IsRefused()
    {
        var side = new ParitySide { Folder = Tiny("fp32") };
        EvalException e = Assert.Throws<EvalException>(() => ParityCheck.Run(
            side,
            side,
            FrozenTokens.Of(Text, side, side) with { MaxContext = 16 },
            runner: (job, _, token) => SideRun.Compute(job with { Sequences = "others" }, _ => { }, computed: null, token)));
        Assert.Equal(ExitCode.Environment, e.ExitCode);
        Assert.Contains("computes other sequences of tokens", e.Message, StringComparison.Ordinal);
    }

    private static ParityReport Run(ParitySide left, ParitySide right, Func<ParityJob, ParityRows, ParityRows> edit) => ParityCheck.Run(
        left,
        right,
        FrozenTokens.Of(Text, left, right) with
        {
            MaxContext = 16,
            Profile = false,
        },
        runner: (job, _, token) => edit(job, SideRun.Compute(job, _ => { }, computed: null, token)));

    /// <summary>The shortest length is always computed; the others are named with the reason why they were not.</summary>
    [Fact]
    public void Run_WithoutTime_SaysWhichLengthsWereNotTried()
    {
        var side = new ParitySide { Folder = Tiny("fp32") };
        ParityReport report = Run(side, side, context: 1024, seconds: 1e-3);
        Assert.All(report.Probes, p => Assert.Equal(16, p.Length));
        Assert.Equal(Compared, report.Probes.Where(p => !p.OfBase).Select(p => p.Form).Distinct().Order());
        Assert.Equal(["64", "256", "1024"], report.NotTried.Select(n => n.Split(' ')[0]));
        Assert.Contains("s are left", report.NotTried[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Run_Profile_NamesTheProviderOfTheNodes()
    {
        var side = new ParitySide { Folder = Tiny("fp32") };
        ParityReport report = Run(side, side, context: 16, profile: true);
        Assert.Equal(ParityVerdict.Parity, report.Verdict);
        foreach (ParitySideReport found in (ParitySideReport[])[report.Base, report.Candidate])
        {
            Assert.All(found.Providers, p => Assert.Equal("CPUExecutionProvider", p.Provider));
            Assert.Contains(found.Providers, p => p is { Operation: "MatMul", Nodes: > 6, Seconds: > 0 });
            Assert.Contains(found.Providers, p => p is { Operation: "GroupQueryAttention", Nodes: 6 });
        }
    }

    [SharedFact]
    public void FrozenTokens_OtherTokenizer_CannotBeCompared()
    {
        EvalException e = Assert.Throws<EvalException>(() => FrozenTokens.Of(
            Text, new ParitySide { Folder = Tiny("fp32") }, new ParitySide { Folder = Shared.Model("fp32") }));
        Assert.Equal(ExitCode.Incomparable, e.ExitCode);
        Assert.Contains("split the text differently from token", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1024, new int[0], new[] { 16, 64, 256, 1024 })]
    [InlineData(8192, new int[0], new[] { 16, 64, 256, 1024, 4096, 8192 })]
    [InlineData(1000, new[] { 128 }, new[] { 16, 64, 256, 261, 1000 })]
    [InlineData(200, new[] { 4096 }, new[] { 16, 64, 200 })]
    [InlineData(12, new int[0], new[] { 12 })]
    public void Lengths_ReachTheContextAndBehindWindows(int context, int[] windows, int[] expected) =>
        Assert.Equal(expected, ParityCheck.Lengths(context, windows));

    [Theory]
    [InlineData(16, 1536)]
    [InlineData(64, 200_000)]
    [InlineData(256, 200_000)]
    [InlineData(131_072, 32_000)]
    public void Positions_OfALength_HaveItsBeginningAndTheStepsAtItsEnd(int length, int vocabulary)
    {
        int[] positions = new ParitySequences(new ParityPlan { Tokens = [1, 2, 3] }, vocabulary, []).Positions(length);
        Assert.Equal(positions.Distinct().Order(), positions);
        Assert.Equal((0, length - 1), (positions[0], positions[^1]));
        Assert.Contains(length - 2, positions);
        // Over a hundred probes of as many rows stay near the gigabyte that a side may write.
        Assert.InRange((long)positions.Length * vocabulary * sizeof(float) * 80, 0, 2L << 30);
    }

    public void Dispose() => _folder.Dispose();
}
