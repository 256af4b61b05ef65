using System.IO.Compression;

namespace EvalHarness.Tests.Scripts;

/// <summary>
/// A fresh clone: what is tracked and counts for a build, without build outputs. It restores from the packages that this machine has
/// already, but for those that are withheld, and from a feed of its own; it asks no network, and leaves nothing behind.
/// </summary>
internal sealed class Clone : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <param name="withheld">Names of packages, in lower case.</param>
    internal Clone(params string[] withheld)
    {
        foreach (string folder in (string[])["feed", "packages", "tmp", "home", "machine"])
            Directory.CreateDirectory(_folder[folder]);
        Copy("src", "datasets/evalharness");
        string[] files =
        [
            "datasets/sources.yaml", "datasets/published-scores.yaml", "Directory.Build.props", "Directory.Packages.props", "global.json",
            ".editorconfig", "README.md", "run-eval.sh", "run-eval.ps1",
        ];
        foreach (string file in files)
            File.Copy(Path.Combine(Shared.Repository, file), this[file]);
        foreach (string package in Directory.EnumerateDirectories(MachinePackages).Where(p => !withheld.Contains(Path.GetFileName(p))))
            Directory.CreateSymbolicLink(Path.Combine(_folder["machine"], Path.GetFileName(package)), package);
        _folder.Write("clone/NuGet.config", $"""
            <configuration>
              <packageSources><clear /><add key="feed" value="{Feed}" /></packageSources>
              <fallbackPackageFolders><clear /><add key="machine" value="{_folder["machine"]}" /></fallbackPackageFolders>
            </configuration>
            """);
    }

    internal string this[string file] => Path.Combine(_folder["clone"], file);

    internal string Feed => _folder["feed"];

    private static string MachinePackages => Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    /// <summary>Builds leave no compiler servers running, and use a temporary folder that is deleted with the clone.</summary>
    private Dictionary<string, string?> Variables => Shell.Quiet(new Dictionary<string, string?>
    {
        ["NUGET_PACKAGES"] = _folder["packages"],
        ["TMPDIR"] = _folder["tmp"],
        ["DOTNET_CLI_HOME"] = _folder["home"],
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
        ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0",
        ["DOTNET_NOLOGO"] = "1",
        ["MSBUILDDISABLENODEREUSE"] = "1",
        ["UseSharedCompilation"] = "false",
    });

    internal (int ExitCode, string Output, string Error) Start(Shell shell, string arguments) =>
        shell.Run($"./{shell.Script} {arguments}", _folder["clone"], Variables);

    internal (int ExitCode, string Output, string Error) Dotnet(params string[] arguments) =>
        Dotnet(("DOTNET_CLI_UI_LANGUAGE", null), arguments);

    internal (int ExitCode, string Output, string Error) Dotnet((string Name, string? Value) variable, params string[] arguments) =>
        ExternalProgram.Run(
            "dotnet", arguments, _folder["clone"], new Dictionary<string, string?>(Variables) { [variable.Name] = variable.Value });

    /// <summary>Puts a package of this machine into the feed as its next patch version.</summary>
    /// <returns>The version.</returns>
    internal string AddNext(string package)
    {
        var known = Version.Parse(
            Path.GetFileName(Directory.EnumerateDirectories(Path.Combine(MachinePackages, package)).Max(StringComparer.Ordinal)!));
        string version = known.ToString(3), newVersion = new Version(known.Major, known.Minor, known.Build + 1).ToString(3);
        string file = Path.Combine(MachinePackages, package, version, $"{package}.{version}.nupkg");
        using ZipArchive from = ZipFile.OpenRead(file);
        using ZipArchive to = ZipFile.Open(Path.Combine(Feed, $"{package}.{newVersion}.nupkg"), ZipArchiveMode.Create);
        foreach (ZipArchiveEntry entry in from.Entries.Where(e => e.Name != ".signature.p7s"))
        {
            using Stream source = entry.Open(), target = to.CreateEntry(entry.FullName).Open();
            if (!entry.Name.EndsWith(".nuspec", StringComparison.Ordinal))
            {
                source.CopyTo(target);
                continue;
            }

            using var reader = new StreamReader(source);
            using var writer = new StreamWriter(target);
            writer.Write(
                reader.ReadToEnd().Replace($"<version>{version}</version>", $"<version>{newVersion}</version>", StringComparison.Ordinal));
        }

        return newVersion;
    }

    /// <summary>Puts a package into the feed that has no files, only a dependency.</summary>
    internal void AddEmpty(string package, string version, string dependency)
    {
        using ZipArchive archive = ZipFile.Open(Path.Combine(Feed, $"{package}.{version}.nupkg"), ZipArchiveMode.Create);
        using var writer = new StreamWriter(archive.CreateEntry($"{package}.nuspec").Open());
        writer.Write($"""
            <package><metadata>
              <id>{package}</id><version>{version}</version><authors>nobody</authors><description>Empty.</description>
              <dependencies><dependency id="{dependency}" version="{version}" /></dependencies>
            </metadata></package>
            """);
    }

    private void Copy(params string[] folders)
    {
        IEnumerable<string> files = folders
            .SelectMany(f => Directory.EnumerateFiles(Path.Combine(Shared.Repository, f), "*", SearchOption.AllDirectories))
            .Where(f => !f.Contains("node_modules", StringComparison.Ordinal));
        foreach (string file in files)
        {
            string target = this[Path.GetRelativePath(Shared.Repository, file)];
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    public void Dispose() => _folder.Dispose();
}
