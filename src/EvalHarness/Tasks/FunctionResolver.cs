using System.Security.Cryptography;
using EvalHarness.Data;
using EvalHarness.Files;
using EvalHarness.Tasks.Code;
using EvalHarness.Tasks.Functions;

namespace EvalHarness.Tasks;

/// <summary>
/// Finds what runs for each Python function that a task file names: an equivalent in C#, what can be read out of the Python file, or the
/// function itself in the sandbox. An equivalent of another version of the file comes last where the function itself may run.
/// </summary>
/// <param name="use">Whether functions without an equivalent run.</param>
internal sealed class FunctionResolver(TaskCodeUse use)
{
    /// <summary>With which the name of a module begins that the reference imports from its own folder of tasks.</summary>
    private const string ReferenceTasks = "lm_eval/tasks/";

    private readonly List<BoxedCall> _boxed = [];

    /// <summary>The functions that run in the sandbox, as far as they have been resolved.</summary>
    internal IReadOnlyList<BoxedCall> Boxed => _boxed;

    /// <summary>Starts the fields of a task, or those of its few-shot examples.</summary>
    internal FieldCode Fields() => new(use);

    /// <summary>Finds a field function.</summary>
    /// <param name="written">As the task file names it.</param>
    /// <param name="key">The key, such as doc_to_text.</param>
    /// <param name="place">The file, line and key.</param>
    /// <param name="fields">The fields that see a document together.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: it is refused, or is not there.</exception>
    internal FieldFunction Field(FunctionReference written, string key, string place, FieldCode fields) =>
        Resolve<FieldFunction>(
            written, key, place, function => new BoxedCall(function, "fields"), (_, function) => fields.Add(function));

    /// <summary>Finds a process_docs.</summary>
    /// <inheritdoc cref="Field"/>
    internal DocumentsFunction Documents(FunctionReference written, string key, string place) => Resolve<DocumentsFunction>(
        written,
        key,
        place,
        function => new BoxedCall(function, "process"),
        (code, function) => new SplitFunction(function, code),
        PythonRowFilter.Read);

    /// <summary>Finds a process_results.</summary>
    /// <inheritdoc cref="Field"/>
    internal ResultsFunction Results(FunctionReference written, string key, string place) =>
        Resolve<ResultsFunction>(
            written,
            key,
            place,
            function => new BoxedCall(function, "results"),
            (code, function) => new BoxedScoring(code).Results(function));

    /// <summary>Finds a filter.</summary>
    /// <inheritdoc cref="Field"/>
    internal AnswersFunction Answers(FunctionReference written, string place, IReadOnlyDictionary<string, object?> options) =>
        Resolve<AnswersFunction>(
            written,
            key: null,
            place,
            function => new BoxedCall(function, "filter")
            {
                Options = options,
            },
            (code, function) => new BoxedScoring(code).Answers(function));

    /// <summary>Finds a metric.</summary>
    /// <inheritdoc cref="Field"/>
    internal MetricFunction Metric(FunctionReference written, string place, IReadOnlyDictionary<string, object?> options) =>
        Resolve<MetricFunction>(
            written,
            key: null,
            place,
            function => new BoxedCall(function, "metric")
            {
                Options = options,
            },
            (code, function) => new BoxedScoring(code).Metric(function));

    /// <summary>Finds an aggregation.</summary>
    /// <inheritdoc cref="Field"/>
    internal AggregationFunction Aggregation(FunctionReference written, string place, string metric) =>
        Resolve<AggregationFunction>(
            written,
            key: null,
            place,
            function => new BoxedCall(function, "aggregation")
            {
                Metric = metric,
            },
            (code, function) => Placed(new BoxedScoring(code).Aggregation(function), place));

    /// <summary>An aggregation whose failures say which task file names it.</summary>
    private static AggregationFunction Placed(AggregationFunction function, string place) => function with
    {
        Aggregate = items =>
        {
            try
            {
                return function.Aggregate(items);
            }
            catch (EvalException e)
            {
                throw new EvalException(e.ExitCode, $"{place}: {e.Message}", e);
            }
        },
    };

    /// <summary>Finds the few-shot examples that a function lists.</summary>
    /// <inheritdoc cref="Field"/>
    internal IReadOnlyList<Document> Samples(FunctionReference written, string place)
    {
        FunctionReference function = Found(written, "samples");
        if (PythonSamples.Read(function, place) is { } list)
            return list;
        Load(new BoxedCall(function, "samples"), place);
        return new CodeSamples(function, use, place);
    }

    private T Resolve<T>(
        FunctionReference written,
        string? key,
        string place,
        Func<FunctionReference, BoxedCall> call,
        Func<ITaskCode, FunctionReference, T> boxed,
        Func<FunctionReference, T?>? read = null)
        where T : TaskFunction
    {
        FunctionReference function = Found(written, key);
        var equivalent = FunctionCatalog.Find(function) as T;
        if (equivalent is not null && (use.Code is null || IsKnown(function)))
            return equivalent;
        if (read?.Invoke(function) is { } readable)
            return readable;
        return boxed(Load(call(function), place), function);
    }

    /// <summary>Whether a Python file is one of the versions that its equivalents were checked against, or is not there.</summary>
    internal static bool IsKnown(FunctionReference function) =>
        FunctionCatalog.KnownVersions(function) is not { Count: > 0 } known
        || !File.Exists(function.Module)
        || known.Contains(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(function.Module))));

    private ITaskCode Load(BoxedCall call, string place)
    {
        FunctionReference function = call.Function;
        ITaskCode code = use.Code ?? throw TaskCodeUse.Refusal(function, place);
        bool isLoaded = _boxed.Exists(b => b.Function == function);
        _boxed.Add(call);
        if (isLoaded || !use.Runs)
            return code;
        if (!File.Exists(function.Module))
        {
            throw new EvalException(
                ExitCode.Task, $"{place}: {function}: there is no file {function.Module}; expected the Python file that has the function");
        }

        try
        {
            code.Load(function);
            return code;
        }
        catch (EvalException e) when (e.ExitCode == ExitCode.Task)
        {
            throw new EvalException(e.ExitCode, $"{place}: {e.Message}", e);
        }
    }

    /// <summary>
    /// The function where it stands. <c>!function my.py</c> is the function of the file my.py that has the name of the key. A module that
    /// does not stand beside the task file, and that is named by its path in lm-evaluation-harness, is the one of the folder lm_eval around
    /// the task file, which the reference imports.
    /// </summary>
    private static FunctionReference Found(FunctionReference written, string? key)
    {
        if (key is not null
            && written.Name.EndsWith(".py", StringComparison.Ordinal)
            && File.Exists(Path.Combine(written.Folder, written.Name)))
        {
            return new FunctionReference($"{written.Name[..^3]}.{key}", written.Folder);
        }

        if (File.Exists(written.Module))
            return written;
        int dot = written.Name.LastIndexOf('.');
        string module = dot < 0 ? "" : written.Name[..dot].Replace('.', '/');
        if (!module.StartsWith(ReferenceTasks, StringComparison.Ordinal))
            return written;
        for (string? folder = written.Folder; !string.IsNullOrEmpty(folder); folder = Path.GetDirectoryName(folder))
        {
            string path = $"{folder.Replace('\\', '/').TrimEnd('/')}/{module}.py";
            if (File.Exists(path))
            {
                string name = $"{Path.GetFileNameWithoutExtension(path)}{written.Name[dot..]}";
                return new FunctionReference(name, path[..path.LastIndexOf('/')]);
            }
        }

        return written;
    }
}
