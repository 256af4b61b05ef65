namespace EvalHarness.Files;

/// <summary>What a task file names as <c>!function module.name</c>.</summary>
/// <param name="Name">As written, without quotes: <c>utils.process_docs</c>.</param>
/// <param name="Folder">Of the file that names it, with forward slashes; empty for built-in files.</param>
public sealed record FunctionReference(string Name, string Folder)
{
    /// <summary>The Python file that the reference would load.</summary>
    public string Module => $"{(Folder.Length == 0 ? "" : Folder + "/")}{Name[..Math.Max(0, Name.LastIndexOf('.'))].Replace('.', '/')}.py";

    public override string ToString() => $"!function {Name}";
}
