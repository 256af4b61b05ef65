namespace EvalHarness.Data;

/// <summary>
/// Lists the files under a folder, links to files and folders among them. A link to a folder that it lies in is not followed. A link
/// inside a linked folder is followed only to a folder that has not been listed, because links to each other make endlessly many paths.
/// </summary>
internal sealed class FolderFiles
{
    /// <summary>Hidden files too, and links, which are what the hub's cache consists of.</summary>
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = true };

    private readonly List<string> _files = [];
    private readonly HashSet<string> _listed = [];

    private FolderFiles()
    {
    }

    /// <summary>All files under a folder, relative to it and with forward slashes, in the order of their characters' numbers.</summary>
    internal static IReadOnlyList<string> In(string folder)
    {
        var found = new FolderFiles();
        found.List(Real(Path.GetFullPath(folder)), "", [], isLinked: false);
        return [.. found._files.Order(StringComparer.Ordinal)];
    }

    /// <param name="folder">The folder, without links in its path.</param>
    /// <param name="prefix">Its path as it is shown, with a slash at the end; empty at the top.</param>
    /// <param name="outer">The folders that the path goes through, without links in their paths.</param>
    /// <param name="isLinked">Whether the path goes through a link.</param>
    private void List(string folder, string prefix, HashSet<string> outer, bool isLinked)
    {
        if (!outer.Add(folder))
            return;
        _listed.Add(folder);
        foreach (FileSystemInfo entry in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", Everything).OrderBy(
            entry => entry.LinkTarget is not null).ThenBy(entry => entry.Name, StringComparer.Ordinal))
        {
            if (entry is not DirectoryInfo)
                _files.Add(prefix + entry.Name);
            else if (entry.LinkTarget is null)
                List(entry.FullName, $"{prefix}{entry.Name}/", outer, isLinked);
            else if (Real(entry.FullName) is var target && !(isLinked && _listed.Contains(target)))
                List(target, $"{prefix}{entry.Name}/", outer, isLinked: true);
        }

        outer.Remove(folder);
    }

    /// <summary>The path of a folder that is there, with every link in it replaced.</summary>
    private static string Real(string folder)
    {
        if (Path.GetDirectoryName(folder) is not { } parent)
            return folder;
        string path = Path.Combine(Real(parent), Path.GetFileName(folder));
        return new DirectoryInfo(path).ResolveLinkTarget(returnFinalTarget: false) is { } target ? Real(target.FullName) : path;
    }
}
