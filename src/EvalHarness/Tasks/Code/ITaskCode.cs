using EvalHarness.Data;
using EvalHarness.Files;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Code;

/// <summary>
/// Runs functions of the Python files that task files name. Values are those of documents: text, numbers, booleans, null, lists, tuples
/// (<see cref="PythonSequence"/>) and maps. Calls block, and come from one thread at a time for each task.
/// </summary>
internal interface ITaskCode
{
    /// <summary>Loads the Python file of a function, if it is not loaded yet, and finds the function in it.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Task"/>: there is no such file or function, or the file fails when it is loaded.
    /// <see cref="ExitCode.Environment"/>: no sandbox works on this machine.
    /// </exception>
    void Load(FunctionReference function);

    /// <summary>Calls functions with each of some rows.</summary>
    /// <param name="call">What is called.</param>
    /// <param name="rows">The arguments of each call, as <see cref="CodeOperation"/> says.</param>
    /// <param name="cancellationToken">Stops between rows.</param>
    /// <returns>An outcome for each row and function, the functions of the first row first.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: the interpreter ended three times in one task.</exception>
    IReadOnlyList<CallOutcome> Rows(CodeCall call, IReadOnlyList<IReadOnlyList<object?>> rows, CancellationToken cancellationToken);

    /// <summary>Begins to hand over the rows of a split, for functions such as process_docs that see all of them.</summary>
    /// <param name="file">A function of the Python file whose functions will see the rows.</param>
    /// <param name="columns">The columns of the split in their order.</param>
    /// <param name="cancellationToken">Stops between chunks of rows, also later.</param>
    ICodeSplit OpenSplit(FunctionReference file, IReadOnlyList<string> columns, CancellationToken cancellationToken);

    /// <summary>Calls a function once, such as an aggregation or the function that lists few-shot examples.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Task"/>: the function fails; the message has file, line and what Python says.
    /// </exception>
    object? Once(FunctionReference function, IReadOnlyList<object?> arguments, CancellationToken cancellationToken);
}

/// <summary>The rows of a split in the interpreter.</summary>
internal interface ICodeSplit : IDisposable
{
    /// <summary>Hands over the next rows. All must be there before the first function is called.</summary>
    void Add(IReadOnlyList<Document> rows);

    /// <summary>Calls a function with the whole split, and gives its documents in their order while they arrive.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: the function fails, or returns no documents.</exception>
    IEnumerable<ProcessedRow> Process(FunctionReference function);
}

/// <summary>A document that process_docs returned.</summary>
/// <param name="Row">The number of the row of the split that it is, unchanged, from 0; null for a changed or new one.</param>
/// <param name="Document">The document; null where it is an unchanged row.</param>
internal readonly record struct ProcessedRow(long? Row, Document? Document);

/// <summary>What is done with each row.</summary>
internal enum CodeOperation
{
    /// <summary>
    /// doc_to_text, doc_to_target and doc_to_choice. The row is one document, which all functions of the call see in turn.
    /// </summary>
    Fields,

    /// <summary>process_results. The row is a document and the list of its results.</summary>
    Results,

    /// <summary>A metric. The row is the list of references and the list of predictions; the options are keyword arguments.</summary>
    Metric,

    /// <summary>A filter. The row is the list of responses and a document; the options are those of its constructor.</summary>
    Filter,
}

/// <summary>Functions that are called with rows.</summary>
/// <param name="Operation">What is done.</param>
/// <param name="Functions">The functions of one Python file; one, but for <see cref="CodeOperation.Fields"/>.</param>
/// <param name="Options">The options of a metric or filter, as the task file has them.</param>
internal sealed record CodeCall(
    CodeOperation Operation, IReadOnlyList<FunctionReference> Functions, IReadOnlyDictionary<string, object?> Options);

/// <summary>What a call returned, or why it failed.</summary>
/// <param name="Value">The value; null also where the call failed.</param>
/// <param name="Error">File, line and what Python says; null where the call returned.</param>
internal readonly record struct CallOutcome(object? Value, string? Error)
{
    /// <exception cref="FunctionException">The call failed.</exception>
    internal object? Get() => Error is null ? Value : throw new FunctionException(Error);
}
