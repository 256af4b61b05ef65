using System.Security.Cryptography;

namespace EvalHarness.Engines;

/// <summary>Hashes a model's files, so that a result says exactly which weights gave it.</summary>
public static class ModelFiles
{
    public static async Task<IReadOnlyList<ModelFile>> HashAsync(string path, CancellationToken cancellationToken)
    {
        string[] files = File.Exists(path) ? [path] : [.. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
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
