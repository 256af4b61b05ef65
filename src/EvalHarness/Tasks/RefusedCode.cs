using EvalHarness.Files;
using EvalHarness.Tasks.Code;

namespace EvalHarness.Tasks;

/// <summary>Stands for the functions of tasks that are only described: whoever calls one is told how to allow it.</summary>
internal sealed class RefusedCode : ITaskCode
{
    public void Load(FunctionReference function) => throw TaskCodeUse.Refusal(function, place: null);

    public IReadOnlyList<CallOutcome> Rows(
        CodeCall call, IReadOnlyList<IReadOnlyList<object?>> rows, CancellationToken cancellationToken) =>
        throw TaskCodeUse.Refusal(call.Functions[0], place: null);

    public ICodeSplit OpenSplit(FunctionReference file, IReadOnlyList<string> columns, CancellationToken cancellationToken) =>
        throw TaskCodeUse.Refusal(file, place: null);

    public object? Once(FunctionReference function, IReadOnlyList<object?> arguments, CancellationToken cancellationToken) =>
        throw TaskCodeUse.Refusal(function, place: null);
}
