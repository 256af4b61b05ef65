namespace EvalHarness.Tests;

/// <summary>A folder that is deleted at the end of its test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("evalharness-test-");

    internal string Path => _folder.FullName;

    internal string this[string name] => System.IO.Path.Combine(Path, name);

    internal string Write(string name, string text)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(this[name])!);
        File.WriteAllText(this[name], text);
        return this[name];
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
