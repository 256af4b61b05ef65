using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EvalHarness.Nightly;

/// <summary>Tells whether files are still those that a run began with, without reading gigabytes.</summary>
internal static class FileState
{
    /// <param name="path">A folder, for example with a model, or a file.</param>
    /// <returns>
    /// A hash over the names, sizes and times of change of its files; empty where there is nothing at the path, as for an endpoint.
    /// </returns>
    internal static string Of(string path)
    {
        FileInfo[] files = File.Exists(path) ? [new FileInfo(path)]
            : Directory.Exists(path) ? new DirectoryInfo(path).GetFiles("*", SearchOption.AllDirectories)
            : [];
        if (files.Length == 0)
            return "";
        var text = new StringBuilder();
        foreach (FileInfo file in files.OrderBy(f => f.FullName, StringComparer.Ordinal))
        {
            // The hub's cache has links to files that it names by their hashes.
            FileSystemInfo target = file.ResolveLinkTarget(returnFinalTarget: true) ?? file;
            string name = Path.GetRelativePath(path, file.FullName);
            long length = target is FileInfo { Exists: true } real ? real.Length : -1;
            text.Append(CultureInfo.InvariantCulture, $"{name} {length} {target.LastWriteTimeUtc.Ticks}\n");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
