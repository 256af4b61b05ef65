using EvalHarness.Data;
using EvalHarness.Files;
using EvalHarness.Sandbox;
using EvalHarness.Tasks.Code;
using EvalHarness.Tests.Sandbox;

namespace EvalHarness.Tests.Tasks.Code;

/// <summary>A folder with one Python file, <c>utils.py</c>, whose functions run in boxes of one kind.</summary>
internal sealed class BoxedFunctions : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <param name="source">The text of utils.py.</param>
    /// <param name="backend">One of <see cref="TestBackends.Names"/>, or "none".</param>
    /// <param name="limits">Null for the usual limits.</param>
    /// <param name="settings">Null for the usual settings.</param>
    internal BoxedFunctions(string source, string backend = "bwrap", CodeLimits? limits = null, CodeSettings? settings = null)
    {
        BoxBackend box = backend == "none" ? BoxBackend.Named(backend)[0] : TestBackends.Require(backend);
        // Boxes that an ordinary user makes see only what that user may read.
        if (backend.Contains("ordinary", StringComparison.Ordinal))
            SetMode(_folder.Path, (UnixFileMode)0b111_101_101);
        _folder.Write("tasks/utils.py", source);
        Code = new BoxedCode([box], settings ?? new CodeSettings(), limits);
    }

    internal BoxedCode Code { get; }

    internal static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, mode);
    }

    internal string Folder => _folder["tasks"];

    internal FunctionReference this[string name] => new($"utils.{name}", Folder);

    internal string Write(string name, string text) => _folder.Write("tasks/" + name, text);

    internal IReadOnlyList<CallOutcome> Rows(string name, params object?[] rows) => Code.Rows(
        new CodeCall(CodeOperation.Fields, [this[name]], new Dictionary<string, object?>()),
        [.. rows.Select(row => new[] { row })],
        CancellationToken.None);

    internal object? Once(string name, params object?[] arguments) => Code.Once(this[name], arguments, CancellationToken.None);

    /// <summary>What a function makes of a split with one column, <c>x</c>: "row N" for an unchanged document, else its JSON.</summary>
    internal string[] Process(string name, params object?[] column)
    {
        using ICodeSplit split = Split(name, column);
        return Texts(split.Process(this[name]));
    }

    internal ICodeSplit Split(string name, params object?[] column)
    {
        ICodeSplit split = Code.OpenSplit(this[name], ["x"], CancellationToken.None);
        split.Add([.. column.Select(x => new Document(new Dictionary<string, object?> { ["x"] = x }))]);
        return split;
    }

    internal static string[] Texts(IEnumerable<ProcessedRow> documents) =>
        [.. documents.Select(d => d.Row is { } row ? $"row {row}" : d.Document!.ToJson())];

    public void Dispose()
    {
        Code.Dispose();
        _folder.Dispose();
    }
}
