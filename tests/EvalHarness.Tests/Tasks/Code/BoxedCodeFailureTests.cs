using EvalHarness.Sandbox;
using EvalHarness.Tasks.Code;
using EvalHarness.Tests.Sandbox;

namespace EvalHarness.Tests.Tasks.Code;

/// <summary>What comes of Python that ends its interpreter, or is wrong in another way: one line, and never a wait without end.</summary>
public sealed class BoxedCodeFailureTests
{
    private const string Functions = """
        import os, time
        def leaves(doc):
            if doc["x"] == 7: os._exit(5)
            return doc["x"]
        def killed(doc):
            import signal
            os.kill(os.getpid(), signal.SIGKILL)
        def exits(doc): raise SystemExit("bye")
        def loops(doc):
            while doc["x"] == 3: pass
            return doc["x"]
        def spin():
            while True: pass
        def stubborn(doc):
            while True:
                try:
                    spin()
                except BaseException as error:
                    if doc["x"] == 0: return 0
                    doc["x"] -= 1
        def sleeps(doc):
            time.sleep(1000)
        def hungry(doc):
            return len([b"x" * (1 << 20) for _ in range(doc["x"])])
        def rubbish(doc):
            for end in range(3, 30):
                try: os.write(end, doc["x"].encode())
                except OSError: pass
            return 1
        def forged(doc):
            text = b'{"part":[{"v":1},{"v":2},{"v":3}]}'
            os.write(4, len(text).to_bytes(4, "big") + text)
            return 1
        def closes(doc): os.closerange(3, 30)
        def says(doc):
            os.write(2, b"out of luck")
            os._exit(1)
        def split_leaves(dataset): os._exit(6)
        def forks(doc):
            if os.fork() == 0: time.sleep(1000)
            return 1
        """;

    private static readonly CodeLimits Short = new() { Row = TimeSpan.FromSeconds(3), Whole = TimeSpan.FromSeconds(3) };

    private static Dictionary<string, object?> Row(object? x) => BoxedCodeTests.Row(x);

    private static object?[] Numbers(int count) => [.. Enumerable.Range(1, count).Select(i => Row((long)i))];

    [SkippableTheory]
    [MemberData(nameof(TestBackends.NamesAndNone), MemberType = typeof(TestBackends))]
    public void Row_ThatEndsTheInterpreter_IsTheOnlyOneThatErrs(string backend)
    {
        using var functions = new BoxedFunctions(Functions, backend);
        IReadOnlyList<CallOutcome> outcomes = functions.Rows("leaves", Numbers(10));
        Assert.Equal([1L, 2L, 3L, 4L, 5L, 6L, null, 8L, 9L, 10L], outcomes.Select(o => o.Value));
        Assert.Equal("the interpreter ended itself with exit status 5, as os._exit and the end of the process do", outcomes[6].Error);
        Assert.All(outcomes.Where((_, i) => i != 6), o => Assert.Null(o.Error));
    }

    [SkippableFact]
    public void Row_ThatLoops_ErrsAloneAfterItsProcessorTime()
    {
        using var functions = new BoxedFunctions(Functions, limits: new CodeLimits { RowProcessorTime = TimeSpan.FromSeconds(0.2) });
        IReadOnlyList<CallOutcome> outcomes = functions.Rows("loops", Numbers(5));
        Assert.Equal([1L, 2L, null, 4L, 5L], outcomes.Select(o => o.Value));
        Assert.Equal("utils.py:10: loops: took more than 0.2 s of processor time for one row", outcomes[2].Error);
        Assert.Equal([0L], functions.Rows("stubborn", Row(2L)).Select(o => o.Get()));
    }

    [SkippableTheory]
    [InlineData("killed", "was ended by signal 9")]
    [InlineData("closes", "ended itself with exit status")]
    [InlineData("says", "ended itself with exit status 1, as os._exit and the end of the process do; it wrote last: out of luck")]
    [InlineData("forged", "sent something that is no answer")]
    public void Row_ThatEndsTheInterpreterInAnotherWay_SaysWhich(string name, string expected)
    {
        using var functions = new BoxedFunctions(Functions);
        Assert.Contains(expected, functions.Rows(name, Row(1L)).Single().Error, StringComparison.Ordinal);
        Assert.Equal([1L], functions.Rows("leaves", Row(1L)).Select(o => o.Get()));
    }

    /// <summary>Writes to the interpreter's pipe: no frame, half a frame, one of too many bytes, no JSON, no answer.</summary>
    [SkippableTheory]
    [InlineData("rubbish and more of it")]
    [InlineData("\0\0\0\u0004abcd")]
    [InlineData("\0\0\0\u0002{}")]
    [InlineData("\0\0\0\u0010{\"part\":[[[[1]]")]
    [InlineData("\0\0\0\u007fx")]
    public void Row_ThatWritesToThePipe_Errs(string text)
    {
        using var functions = new BoxedFunctions(Functions, limits: Short);
        string error = functions.Rows("rubbish", Row(text)).Single().Error!;
        Assert.True(
            error.Contains("sent something that is no answer", StringComparison.Ordinal)
                || error.Contains("gave no answer within 3 s", StringComparison.Ordinal),
            error);
        Assert.Equal([1L], functions.Rows("leaves", Row(1L)).Select(o => o.Get()));
    }

    [SkippableTheory]
    [MemberData(nameof(TestBackends.NamesAndNone), MemberType = typeof(TestBackends))]
    public void Row_ThatSleeps_IsEndedInTime(string backend)
    {
        using var functions = new BoxedFunctions(Functions, backend, Short);
        Assert.Equal("the interpreter gave no answer within 3 s", functions.Rows("sleeps", Row(1L)).Single().Error);
        Assert.Equal([1L], functions.Rows("leaves", Row(1L)).Select(o => o.Get()));
    }

    [SkippableFact]
    public void Row_ThatNeedsTooMuchMemory_Errs()
    {
        using var functions = new BoxedFunctions(
            Functions, limits: new CodeLimits { Session = new CodeLimits().Session with { TotalMemory = 256 << 20 } });
        IReadOnlyList<CallOutcome> outcomes = functions.Rows("hungry", Row(8L), Row(2000L), Row(9L));
        Assert.Equal([8L, null, 9L], outcomes.Select(o => o.Value));
        Assert.Contains("needed more memory than", outcomes[1].Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Rows_ThreeThatEndTheInterpreter_EndTheTask()
    {
        using var functions = new BoxedFunctions(Functions);
        var end = Assert.Throws<EvalException>(() => functions.Rows("killed", Numbers(10)));
        Assert.Equal(ExitCode.Task, end.ExitCode);
        Assert.Equal(
            $"!function utils.killed ({functions["killed"].Module}): 3 rows ended the interpreter; the last one was ended by signal 9",
            end.Message);
    }

    [SkippableFact]
    public void Row_ThatExitsOrForks_IsAnErrorOfItsOwn()
    {
        using var functions = new BoxedFunctions(Functions);
        Assert.Equal(["utils.py:8: exits: SystemExit: bye"], functions.Rows("exits", Row(1L)).Select(o => o.Error));
        Assert.Equal([1L], functions.Rows("forks", Row(1L)).Select(o => o.Get()));
    }

    [SkippableFact]
    public void Split_WhoseFunctionEndsTheInterpreter_IsOneLine()
    {
        using var functions = new BoxedFunctions(Functions);
        var end = Assert.Throws<EvalException>(() => functions.Process("split_leaves", 1L, 2L));
        Assert.Equal(ExitCode.Task, end.ExitCode);
        Assert.Contains("the interpreter ended itself with exit status 6", end.Message, StringComparison.Ordinal);
        using var hasty = new BoxedFunctions(Functions, limits: Short);
        var late = Assert.Throws<EvalException>(() => hasty.Once("sleeps", 1L));
        Assert.Contains("the interpreter gave no answer within 3 s", late.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Load_OfWhatIsNotThere_SaysSo()
    {
        using var functions = new BoxedFunctions("import os\nraise ValueError('no \x1b[31m luck')\n");
        var fails = Assert.Throws<EvalException>(() => functions.Code.Load(functions["f"]));
        Assert.Equal($"!function utils.f ({functions["f"].Module}): utils.py:2: f: ValueError: no \ufffd[31m luck", fails.Message);
        Assert.Equal("call", Assert.IsType<CodeFailure>(fails.InnerException).Kind);
        functions.Write("utils.py", "def g(): pass\n");
        Assert.Equal(
            "no-function",
            Assert.IsType<CodeFailure>(Assert.Throws<EvalException>(() => functions.Code.Load(functions["f"])).InnerException).Kind);
        Assert.Equal(
            ExitCode.Task,
            Assert.Throws<EvalException>(() => functions.Code.Load(functions["f"] with { Name = "other.f" })).ExitCode);
    }

    [SkippableFact]
    public async Task Cancelling_EndsTheInterpreter()
    {
        using var functions = new BoxedFunctions(Functions);
        using var cancelled = new CancellationTokenSource();
        Task<IReadOnlyList<CallOutcome>> rows = Task.Run(() => functions.Code.Rows(
            new CodeCall(CodeOperation.Fields, [functions["sleeps"]], new Dictionary<string, object?>()), [[1L]], cancelled.Token));
        await Task.Delay(500);
        cancelled.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => rows.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [SkippableFact]
    public void File_ThatChangesMeanwhile_IsRefused()
    {
        using var functions = new BoxedFunctions(Functions);
        functions.Code.Load(functions["leaves"]);
        functions.Write("utils.py", Functions + "\n");
        var changed = Assert.Throws<EvalException>(() => functions.Rows("killed", Numbers(2)));
        Assert.Equal(ExitCode.Data, changed.ExitCode);
        Assert.Contains("was changed while its functions were in use", changed.Message, StringComparison.Ordinal);
    }
}
