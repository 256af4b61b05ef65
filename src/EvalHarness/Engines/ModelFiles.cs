using System.Security.Cryptography;

namespace EvalHarness.Engines;

/// <summary>Hashes the files of a model, so that the results record exactly which weights produced them.</summary>
internal static class ModelFiles
{
    /// <summary>Hashes one file, or every file of a folder and its subfolders in ordinal order of their paths.</summary>
    public static async Task<IReadOnlyList<ModelFile>> HashAsync(string path, CancellationToken cancellationToken)
    {
        string[] files = File.Exists(path)
            ? [path]
            : [.. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        string root = File.Exists(path) ? Path.GetDirectoryName(Path.GetFullPath(path))! : path;
        var hashed = new List<ModelFile>();
        foreach (string file in files)
        {
            using FileStream stream = File.OpenRead(file);
            byte[] hash = await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false);
            hashed.Add(new ModelFile(Path.GetRelativePath(root, file).Replace('\\', '/'), stream.Length, Convert.ToHexStringLower(hash)));
        }

        return hashed;
    }
}
