namespace EvalHarness.Engines;

/// <summary>Names of models that a server has.</summary>
internal static class ModelNames
{
    /// <summary>Names of devices on Windows have colons, and folders have slashes; results are kept in a folder of this name.</summary>
    private const string NotInNames = "\\:*?\"<>|";

    /// <summary>The last part of a model's id, which is the name of the model in tables and of its folder of results.</summary>
    internal static string Short(string id) =>
        string.Concat(id.Split('/')[^1].Select(c => NotInNames.Contains(c, StringComparison.Ordinal) || char.IsControl(c) ? '-' : c));

    /// <summary>Whether an id gives a name that a folder can have.</summary>
    internal static bool CanName(string id) => !id.Any(char.IsControl) && id.Split('/')[^1].Trim() is not ("" or "." or "..");
}
