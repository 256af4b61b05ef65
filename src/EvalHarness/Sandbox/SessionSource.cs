using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace EvalHarness.Sandbox;

/// <summary>The Python that a session runs: the harness's own, and the modules that stand in for libraries.</summary>
internal static class SessionSource
{
    private const string ShimFolder = "shims/";

    /// <summary>The source that defines serve_session.</summary>
    internal static string Text { get; } =
        string.Join('\n', ((string[])["codec.py", "imports.py", "session.py"]).Select(BoxBackend.Resource));

    /// <summary>The sources of the modules that stand in for libraries, by the names of their files.</summary>
    internal static IReadOnlyDictionary<string, string> Shims { get; } = Assembly.GetExecutingAssembly().GetManifestResourceNames()
        .Where(name => name.StartsWith(ShimFolder, StringComparison.Ordinal))
        .Order(StringComparer.Ordinal)
        .ToDictionary(name => name[ShimFolder.Length..], BoxBackend.Resource);

    /// <summary>The SHA-256 of all of it, in lower-case hexadecimal: another one may give other numbers.</summary>
    internal static string Hash { get; } = Convert.ToHexStringLower(SHA256.HashData(
        Encoding.UTF8.GetBytes(string.Join('\0', [Text, .. Shims.Select(shim => $"{shim.Key}\0{shim.Value}")]))));
}
