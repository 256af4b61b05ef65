using EvalHarness.Data;
using EvalHarness.Files;
using EvalHarness.Pythonic;
using EvalHarness.Tasks.Code;

namespace EvalHarness.Tests.Tasks;

/// <summary>Stands for the interpreter: functions in C# by the names that they would have in Python, and a note of each exchange.</summary>
internal sealed class FakeCode : ITaskCode
{
    /// <summary>Functions of a row, by their name without the module.</summary>
    internal Dictionary<string, Func<IReadOnlyList<object?>, object?>> OfRows { get; } = [];

    /// <summary>Functions of a split.</summary>
    internal Dictionary<string, Func<IReadOnlyList<Document>, IEnumerable<ProcessedRow>>> OfSplits { get; } = [];

    /// <summary>Each exchange, such as "rows text,target 16" or "add 60".</summary>
    internal List<string> Notes { get; } = [];

    private static string Name(FunctionReference function) => function.Name[(function.Name.LastIndexOf('.') + 1)..];

    public void Load(FunctionReference function) => Notes.Add($"load {Name(function)}");

    public IReadOnlyList<CallOutcome> Rows(
        CodeCall call, IReadOnlyList<IReadOnlyList<object?>> rows, CancellationToken cancellationToken)
    {
        string[] names = [.. call.Functions.Select(Name)];
        Notes.Add($"rows {string.Join(',', names)} {rows.Count}");
        return [.. rows.SelectMany(row => names.Select(name => Call(OfRows[name], row)))];
    }

    private static CallOutcome Call(Func<IReadOnlyList<object?>, object?> function, IReadOnlyList<object?> row)
    {
        try
        {
            return new CallOutcome(function(row), null);
        }
        catch (FunctionException e)
        {
            return new CallOutcome(null, e.Message);
        }
    }

    public ICodeSplit OpenSplit(FunctionReference file, IReadOnlyList<string> columns, CancellationToken cancellationToken) =>
        new FakeSplit(this, columns);

    public object? Once(FunctionReference function, IReadOnlyList<object?> arguments, CancellationToken cancellationToken)
    {
        Notes.Add($"once {Name(function)}");
        return OfRows[Name(function)](arguments);
    }

    private sealed class FakeSplit : ICodeSplit
    {
        private readonly FakeCode _code;
        private readonly List<Document> _rows = [];

        internal FakeSplit(FakeCode code, IReadOnlyList<string> columns)
        {
            _code = code;
            _code.Notes.Add($"open {string.Join(',', columns)}");
        }

        public void Add(IReadOnlyList<Document> rows)
        {
            _code.Notes.Add($"add {rows.Count}");
            _rows.AddRange(rows);
        }

        public IEnumerable<ProcessedRow> Process(FunctionReference function)
        {
            _code.Notes.Add($"process {Name(function)}");
            return _code.OfSplits[Name(function)](_rows);
        }

        public void Dispose() => _code.Notes.Add("drop");
    }
}
