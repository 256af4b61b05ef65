using System.Text.RegularExpressions;

namespace EvalHarness.Data.Hub;

internal enum HubKind
{
    Model,
    Dataset,
}

/// <summary>A repository of the hub at a revision.</summary>
/// <param name="Kind">Whether the repository contains a model or a dataset.</param>
/// <param name="Name">ORG/NAME. Old datasets are also known as NAME alone, from which the hub redirects.</param>
/// <param name="Revision">The name of a branch or tag, or a commit.</param>
internal sealed partial record HubRepository(HubKind Kind, string Name, string Revision)
{
    public const string DefaultRevision = "main";

    /// <param name="kind">Whether the text names a model or a dataset.</param>
    /// <param name="text">ORG/NAME or ORG/NAME@REVISION; for a dataset, NAME alone is allowed too.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: the text has another form.</exception>
    public static HubRepository Parse(HubKind kind, string text)
    {
        (string name, string revision) = text.Split('@', 2) is [var left, var right] ? (left, right) : (text, DefaultRevision);
        return NamePattern().IsMatch(name)
            && (kind == HubKind.Dataset || name.Contains('/', StringComparison.Ordinal))
            && IsRevision(revision)
            ? new HubRepository(kind, name, revision)
            : throw new EvalException(ExitCode.Usage, $"{text}: expected ORG/NAME or ORG/NAME@REVISION");
    }

    /// <summary>
    /// Whether a revision is safe to use as a path in the cache: it has only letters, digits, slashes and the characters . _ -, and no
    /// part of it is empty, "." or "..".
    /// </summary>
    internal static bool IsRevision(string revision) =>
        RevisionPattern().IsMatch(revision) && !revision.Split('/').Any(p => p is "" or "." or "..");

    /// <summary>Whether a text is ORG/NAME, which some datasets of the hub and no model are without.</summary>
    internal static bool IsFullName(string name) => name.Contains('/', StringComparison.Ordinal) && NamePattern().IsMatch(name);

    internal static bool IsCommit(string revision) => CommitPattern().IsMatch(revision);

    /// <summary>The repository's folder in the cache, <c>models--ORG--NAME</c> or <c>datasets--ORG--NAME</c>.</summary>
    public string Folder => $"{Plural}--{Name.Replace("/", "--", StringComparison.Ordinal)}";

    /// <summary>The word for this kind of repository in the hub's addresses and in the cache's folder names.</summary>
    internal string Plural => Kind == HubKind.Model ? "models" : "datasets";

    public override string ToString() => $"{(Kind == HubKind.Model ? "model" : "dataset")} {Name}@{Revision}";

    [GeneratedRegex(@"^([A-Za-z0-9][A-Za-z0-9_.-]*/)?[A-Za-z0-9][A-Za-z0-9_.-]*\z")]
    internal static partial Regex NamePattern();

    [GeneratedRegex(@"^[A-Za-z0-9_./-]{1,200}\z")]
    private static partial Regex RevisionPattern();

    [GeneratedRegex(@"^[0-9a-f]{40}\z")]
    private static partial Regex CommitPattern();
}

/// <summary>A file of a repository, as the hub lists it.</summary>
/// <param name="Path">The path in the repository, with forward slashes.</param>
/// <param name="Size">The size in bytes.</param>
/// <param name="Hash">
/// The SHA-256 of a large file, or git's SHA-1 of a small one, in lower-case hexadecimal. It is also the name of the blob in the cache.
/// </param>
internal sealed partial record HubFile(string Path, long Size, string Hash)
{
    /// <summary>Whether the hash is a SHA-256, which the hub lists for large files. Otherwise it is git's SHA-1 of a blob.</summary>
    public bool IsSha256 => Hash.Length == 64;

    /// <summary>Returns the file if its entry in a listing is safe and valid.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Hub"/>: the path leads out of the repository, or the hash or the size is invalid.
    /// </exception>
    internal static HubFile Check(HubRepository repository, HubFile file)
    {
        bool inside = file.Path.Split('/').All(p => p is not ("" or "." or "..") && !p.EndsWith('.') && !p.EndsWith(' '))
            && !file.Path.Any(c => c is '\\' or ':' || char.IsControl(c));
        if (!inside)
        {
            throw new EvalException(
                ExitCode.Hub,
                $"{repository}: lists a file called {file.Path}, which would not lie in its folder; "
                + "no file of this repository is downloaded");
        }

        return HashPattern().IsMatch(file.Hash) && file.Size >= 0
            ? file
            : throw new EvalException(
                ExitCode.Hub,
                $"{repository}: lists {file.Path} with hash {file.Hash} and {file.Size} bytes; expected a SHA-1 or SHA-256 and a size");
    }

    [GeneratedRegex(@"^([0-9a-f]{40}|[0-9a-f]{64})\z")]
    private static partial Regex HashPattern();
}

/// <summary>The files of a repository at one commit.</summary>
/// <param name="Repository">The repository with the revision that was asked for.</param>
/// <param name="Commit">The commit that the revision stood for when it was listed.</param>
/// <param name="Files">All files of the repository at this commit.</param>
internal sealed record HubListing(HubRepository Repository, string Commit, IReadOnlyList<HubFile> Files);
