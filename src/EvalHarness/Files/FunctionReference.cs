namespace EvalHarness.Files;

/// <summary>A Python function that a task file refers to as <c>!function module.name</c>.</summary>
/// <param name="Name">The name as the task file writes it, for example <c>utils.process_docs</c>.</param>
/// <param name="Folder">The folder of the task file, with forward slashes; empty for built-in task files.</param>
internal sealed record FunctionReference(string Name, string Folder)
{
    /// <summary>The path of the Python file from which lm-evaluation-harness would load the function.</summary>
    public string Module =>
        $"{(Folder.Length == 0 ? "" : Folder + "/")}{Name[..Math.Max(0, Name.LastIndexOf('.'))].Replace('.', '/')}.py";

    public override string ToString() => $"!function {Name}";
}
