using EvalHarness.Files;
using EvalHarness.Tasks.Code;
using EvalHarness.Tasks.Functions;

namespace EvalHarness.Tasks;

/// <summary>A process_docs in Python, which sees all rows of a split and returns the documents.</summary>
/// <param name="Function">The function.</param>
/// <param name="Code">Runs it.</param>
internal sealed record SplitFunction(FunctionReference Function, ITaskCode Code) : DocumentsFunction;
