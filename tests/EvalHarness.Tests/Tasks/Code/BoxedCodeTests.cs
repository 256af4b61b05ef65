using System.Numerics;
using EvalHarness.Pythonic;
using EvalHarness.Tasks.Code;
using EvalHarness.Tests.Sandbox;

namespace EvalHarness.Tests.Tasks.Code;

/// <summary>What <see cref="ITaskCode"/> promises, in every kind of box that the machine can make.</summary>
public sealed class BoxedCodeTests
{
    private const string Functions = """
        import datetime, decimal, math, os, random

        def same(x): return x
        def kind(x): return type(x).__name__
        def double(doc): return doc["x"] * 2
        def fails(doc): return 1 / doc["x"]
        def loud(doc):
            print("hello")
            os.write(1, b"hello")
            return doc["x"]
        def sort(doc):
            doc["x"].sort()
            return len(doc["x"])
        def first(doc): return doc["x"][0]
        def pair(doc, results): return {"acc": results[0] == doc["x"], "both": (results[0], doc["x"])}
        def agree(references, predictions, bonus=0): return float(references[0] == predictions[0]) + bonus
        def upper(resps, docs): return [[r.upper() for r in resp] for resp in resps]
        def values(): return [(1, 2), {1.5, 0.5}, float("nan"), float("-inf"), b"\0\xff", 10 ** 5000, "\ud800x", {1: "a", (2, 3): None},
            {"$": 1}, decimal.Decimal("2.50"),
            datetime.datetime(2024, 1, 31, 1, 2, 3), datetime.date(2024, 1, 31), datetime.time(1, 2, 3), 1.0, 2 ** 70]
        def total(items): return math.fsum(items)
        def draw(doc): return random.random()
        def even(dataset): return dataset.filter(lambda doc: doc["x"] % 2 == 0)
        def square(dataset): return dataset.map(lambda doc: {"x": doc["x"] ** 2})
        def listed(dataset): return [{"x": doc["x"], "n": len(dataset)} for doc in dataset]
        def nothing(dataset): return None
        """;

    [SkippableTheory]
    [MemberData(nameof(TestBackends.NamesAndNone), MemberType = typeof(TestBackends))]
    public void Rows_SplitsAndSingleCalls_InEveryKindOfBox(string backend)
    {
        using var functions = new BoxedFunctions(Functions, backend);
        functions.Code.Load(functions["double"]);
        Assert.Equal([2L, 4L, "abab"], functions.Rows("double", Row(1L), Row(2L), Row("ab")).Select(o => o.Get()));
        Assert.Empty(functions.Rows("double"));
        Assert.Equal(["row 1", "row 3"], functions.Process("even", 1L, 2L, 3L, 4L));
        Assert.Equal(["{\"x\":4}", "{\"x\":9}"], functions.Process("square", 2L, 3L));
        Assert.Equal(0.6, functions.Once("total", (object)new object?[] { 0.1, 0.2, 0.3 }));
        Assert.Equal(["tasks/utils.py"], functions.Code.Record.Files.Select(f => f.Name));
        Assert.Equal(
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(functions["x"].Module))),
            functions.Code.Record.Files[0].Sha256);
        Assert.Matches(@"^3\.\d+\.\d+$", functions.Code.Python);
        Assert.StartsWith(backend.Split(' ')[0], functions.Code.Description, StringComparison.Ordinal);
    }

    /// <summary>A box has neither a network nor a way to write where the task files are; without a box there is no such promise.</summary>
    [SkippableTheory]
    [MemberData(nameof(TestBackends.Names), MemberType = typeof(TestBackends))]
    public void Network_AndWriting_AreRefused(string backend)
    {
        const string source = """
            import os, socket
            here = os.path.dirname(os.path.abspath(__file__))
            def listing(doc): return sorted(os.listdir(here)), os.listdir("/proc"), sorted(os.listdir("/"))
            def network(doc): socket.socket()
            def write(doc): open(os.path.join(here, "written"), "w")
            """;
        using var functions = new BoxedFunctions(source, backend);
        var listed = (PythonSequence)functions.Rows("listing", Row(1L)).Single().Get()!;
        Assert.Equal(["utils.py"], (IReadOnlyList<object?>)listed[0]!);
        Assert.Empty((IReadOnlyList<object?>)listed[1]!);
        Assert.DoesNotContain("root", (IReadOnlyList<object?>)listed[2]!);
        Assert.Contains("PermissionError", functions.Rows("network", Row(1L)).Single().Error, StringComparison.Ordinal);
        Assert.Contains("OSError: [Errno 30]", functions.Rows("write", Row(1L)).Single().Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(functions.Folder, "written")));
    }

    /// <summary>Of a folder that only its owner may read, a box with a user of its own has a copy.</summary>
    [SkippableTheory]
    [MemberData(nameof(TestBackends.NamesAndNone), MemberType = typeof(TestBackends))]
    public void Folder_ThatOnlyItsOwnerMayRead_IsSeen(string backend)
    {
        Skip.If(backend.Contains("ordinary", StringComparison.Ordinal), "its user is not the owner");
        using var functions = new BoxedFunctions(
            "import os\nhere = os.path.dirname(__file__)\ndef data(doc): return open(here + '/sub/data.txt').read()\n"
            + "def write(doc): open(here + '/written', 'w')\n",
            backend);
        BoxedFunctions.SetMode(functions.Write("sub/data.txt", "42"), UnixFileMode.UserRead);
        BoxedFunctions.SetMode(functions.Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.Equal("42", functions.Rows("data", Row(1L)).Single().Get());
        functions.Code.CompleteRecord([functions["data"]]);
        Assert.Equal(["tasks/sub/data.txt", "tasks/utils.py"], functions.Code.Record.Files.Select(f => f.Name));
        if (backend != "none")
            Assert.Contains("OSError: [Errno 30]", functions.Rows("write", Row(1L)).Single().Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Values_OfAllKinds_ThereAndBack()
    {
        using var functions = new BoxedFunctions(Functions);
        var values = (IReadOnlyList<object?>)functions.Once("values")!;
        Assert.Equal("(1, 2)", Python.Repr(values[0]));
        Assert.Equal([0.5, 1.5], (IReadOnlyList<object?>)values[1]!);
        Assert.Equal(
            [
                double.NaN, double.NegativeInfinity, new PythonBytes([0, 255]), BigInteger.Pow(10, 5000), "\ud800x",
                "{1: 'a', (2, 3): None}", "{'$': 1}", "Decimal('2.50')", "datetime.datetime(2024, 1, 31, 1, 2, 3)", "2024-01-31",
                "datetime.time(1, 2, 3)", 1.0, BigInteger.Pow(2, 70),
            ],
            values.Skip(2).Select(v =>
                v is PythonDict or IReadOnlyDictionary<string, object?> or PythonDecimal or PythonTimestamp or PythonTime
                    ? Python.Repr(v)
                    : v));
        object?[] sent =
        [
            null, true, 1L, -0.0, 1.0, 1e300, double.NaN, "text \u00e9\U0001F600", "\udc00", BigInteger.Pow(-10, 4199),
            new PythonBytes([7]),
            PythonSequence.Tuple([1L, "a"]), new object?[] { 1L, new List<object?>() }, new PythonTimestamp(-1, isUtc: false),
            new PythonTimestamp(1_700_000_000_123_456, isUtc: true), new PythonTime(1), new PythonDecimal(-250, 2),
            PythonDict.Of([KeyValuePair.Create((object?)1L, (object?)"x")]), new Dictionary<string, object?> { ["$"] = 1L, ["v"] = null },
        ];
        foreach (object? value in sent)
        {
            object? back = functions.Once("same", value);
            Assert.Equal(Python.Repr(value), Python.Repr(back));
            Assert.Equal(value is long, back is long);
        }

        string[] kinds = ["NoneType", "bool", "int", "float", "float", "float", "float", "str", "str", "int", "bytes", "tuple", "list"];
        Assert.Equal(kinds, sent.Take(kinds.Length).Select(v => functions.Once("kind", v)));
    }

    [SkippableFact]
    public void Operations_AreCalledAsTheReferenceDoes()
    {
        using var functions = new BoxedFunctions(Functions);
        object? Call(CodeOperation operation, string name, IReadOnlyList<object?> row, Dictionary<string, object?>? options = null) =>
            functions.Code.Rows(new CodeCall(operation, [functions[name]], options ?? []), [row], CancellationToken.None).Single().Get();
        Assert.Equal("{'acc': True, 'both': (1, 1)}", Python.Repr(Call(CodeOperation.Results, "pair", [Row(1L), new object?[] { 1L }])));
        Assert.Equal(3.5, Call(CodeOperation.Metric, "agree", [new object?[] { "a" }, new object?[] { "a" }], new() { ["bonus"] = 2.5 }));
        Assert.Equal(["A", "B"], (IReadOnlyList<object?>)Call(CodeOperation.Filter, "upper", [new object?[] { "a", "b" }, Row(1L)])!);
        // The functions of one call see the same document, one after the other.
        IReadOnlyList<CallOutcome> fields = functions.Code.Rows(
            new CodeCall(
                CodeOperation.Fields, [functions["first"], functions["sort"], functions["first"]], new Dictionary<string, object?>()),
            [[Row(new object?[] { 3L, 1L })], [Row(new object?[] { 2L })]],
            CancellationToken.None);
        Assert.Equal([3L, 2L, 1L, 2L, 1L, 2L], fields.Select(o => o.Get()));
    }

    [SkippableFact]
    public void Rows_OneOrManyAtATime_AreTheSame()
    {
        using var functions = new BoxedFunctions(Functions);
        object?[] rows = [.. Enumerable.Range(0, 300).Select(i => Row((long)(i % 7)))];
        CallOutcome[] together = [.. functions.Rows("fails", rows)], apart = [.. rows.Select(row => functions.Rows("fails", row).Single())];
        Assert.Equal(together, apart);
        Assert.Equal("utils.py:6: fails: ZeroDivisionError: division by zero", together[0].Error);
        Assert.Equal(1 / 3.0, together[3].Value);
        Assert.Equal([.. functions.Rows("draw", rows)], rows.Select(row => functions.Rows("draw", row).Single()));
        Assert.Equal([5L], functions.Rows("loud", Row(5L)).Select(o => o.Get()));
    }

    /// <summary>The same draws in a session that is used again, in another one, and with the same seed; others with another seed.</summary>
    [SkippableFact]
    public void Draws_DoNotDependOnTheSession()
    {
        object?[] Draw(long seed)
        {
            using var functions = new BoxedFunctions(Functions, settings: new CodeSettings { RandomSeed = seed });
            return [.. functions.Rows("draw", Row(1L), Row(1L)).Concat(functions.Rows("draw", Row(1L))).Select(o => o.Get())];
        }

        Assert.Equal(Draw(0), Draw(0));
        // random.Random(0).random()
        Assert.All(Draw(0), drawn => Assert.Equal(0.8444218515250481, drawn));
        Assert.NotEqual(Draw(0), Draw(1));
    }

    [SkippableFact]
    public void Split_SeveralFunctionsAndManyRows()
    {
        using var functions = new BoxedFunctions(Functions);
        using ICodeSplit split = functions.Split("even", [.. Enumerable.Range(0, 20_000).Select(i => (object?)(long)i)]);
        // Taken in part only, and others asked meanwhile.
        Assert.Equal(["row 0", "row 2"], BoxedFunctions.Texts(split.Process(functions["even"]).Take(2)));
        IEnumerator<ProcessedRow> documents = split.Process(functions["listed"]).GetEnumerator();
        Assert.True(documents.MoveNext());
        Assert.Equal("{\"x\":0,\"n\":20000}", documents.Current.Document!.ToJson());
        Assert.Equal([4L], functions.Rows("double", Row(2L)).Select(o => o.Get()));
        documents.Dispose();
        Assert.Equal(10_000, split.Process(functions["even"]).Count());
        var wrong = Assert.Throws<EvalException>(() => split.Process(functions["nothing"]).ToList());
        Assert.Equal(ExitCode.Task, wrong.ExitCode);
        Assert.Contains("utils.py: nothing returned NoneType", wrong.Message, StringComparison.Ordinal);
        Assert.Equal(20_000, split.Process(functions["square"]).Count());
    }

    [SkippableFact]
    public void Probe_CallsWithAMadeUpRow()
    {
        using var functions = new BoxedFunctions(Functions);
        IReadOnlyDictionary<string, object?> found = functions.Code.Probe(
            functions["double"], "fields", new Dictionary<string, object?>(), CancellationToken.None);
        Assert.Equal(true, found["made_up"]);
        Assert.Equal(["x"], ((IReadOnlyDictionary<string, object?>)found["columns"]!).Keys);
    }

    [SkippableFact]
    public async Task Threads_EachHaveASessionOfTheirOwn()
    {
        using var functions = new BoxedFunctions(Functions);
        long[][] results = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => Enumerable.Range(0, 20).Select(
            j => (long)functions.Rows("double", Row((long)(i * 100 + j))).Single().Get()!).ToArray())));
        Assert.All(Enumerable.Range(0, 4), i => Assert.Equal(Enumerable.Range(0, 20).Select(j => 2L * (i * 100 + j)), results[i]));
    }

    internal static Dictionary<string, object?> Row(object? x) => new() { ["x"] = x };
}
