using System.Text.RegularExpressions;

namespace EvalHarness.Data.Hub;

public enum HubKind
{
    Model,
    Dataset,
}

/// <summary>A repository of the hub at a revision.</summary>
/// <param name="Kind">Model or dataset.</param>
/// <param name="Name">ORG/NAME; of old datasets NAME alone, which the hub leads on.</param>
/// <param name="Revision">Branch, tag or commit.</param>
public sealed partial record HubRepository(HubKind Kind, string Name, string Revision)
{
    public const string DefaultRevision = "main";

    /// <param name="kind">Model or dataset.</param>
    /// <param name="text">ORG/NAME, or ORG/NAME@REVISION.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: it is neither.</exception>
    public static HubRepository Parse(HubKind kind, string text)
    {
        (string name, string revision) = text.Split('@', 2) is [var left, var right] ? (left, right) : (text, DefaultRevision);
        return NamePattern().IsMatch(name) && (kind == HubKind.Dataset || name.Contains('/', StringComparison.Ordinal)) && IsRevision(revision)
            ? new HubRepository(kind, name, revision)
            : throw new EvalException(ExitCode.Usage, $"{text}: expected ORG/NAME or ORG/NAME@REVISION");
    }

    /// <summary>Letters, digits and . _ - in parts that are no step upwards: a revision becomes a path in the cache.</summary>
    internal static bool IsRevision(string revision) => RevisionPattern().IsMatch(revision) && !revision.Split('/').Any(p => p is "" or "." or "..");

    internal static bool IsCommit(string revision) => CommitPattern().IsMatch(revision);

    /// <summary>models--ORG--NAME or datasets--ORG--NAME.</summary>
    public string Folder => $"{Plural}--{Name.Replace("/", "--", StringComparison.Ordinal)}";

    /// <summary>The word for its kind in addresses.</summary>
    internal string Plural => Kind == HubKind.Model ? "models" : "datasets";

    public override string ToString() => $"{(Kind == HubKind.Model ? "model" : "dataset")} {Name}@{Revision}";

    [GeneratedRegex(@"^([A-Za-z0-9][A-Za-z0-9_.-]*/)?[A-Za-z0-9][A-Za-z0-9_.-]*\z")]
    internal static partial Regex NamePattern();

    [GeneratedRegex(@"^[A-Za-z0-9_./-]{1,200}\z")]
    private static partial Regex RevisionPattern();

    [GeneratedRegex(@"^[0-9a-f]{40}\z")]
    private static partial Regex CommitPattern();
}

/// <summary>A file of a repository, as its listing has it.</summary>
/// <param name="Path">With forward slashes, and no way out of the repository.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Hash">SHA-256 of large files, git's SHA-1 of the others: lower-case hexadecimal. Also the name of the blob in the cache.</param>
public sealed partial record HubFile(string Path, long Size, string Hash)
{
    /// <summary>Large files are listed by what they contain.</summary>
    public bool IsSha256 => Hash.Length == 64;

    /// <exception cref="EvalException"><see cref="ExitCode.Hub"/>: the path leads out of the repository, or the hash is none.</exception>
    internal static HubFile Check(HubRepository repository, HubFile file)
    {
        bool inside = file.Path.Split('/').All(p => p is not ("" or "." or "..") && !p.EndsWith('.') && !p.EndsWith(' ')) && !file.Path.Any(c => c is '\\' or ':' || char.IsControl(c));
        if (!inside)
            throw new EvalException(ExitCode.Hub, $"{repository}: lists a file called {file.Path}, which would not lie in its folder; nothing of it is fetched");
        return HashPattern().IsMatch(file.Hash) && file.Size >= 0
            ? file
            : throw new EvalException(ExitCode.Hub, $"{repository}: lists {file.Path} with hash {file.Hash} and {file.Size} bytes; expected a SHA-1 or SHA-256 and a size");
    }

    [GeneratedRegex(@"^([0-9a-f]{40}|[0-9a-f]{64})\z")]
    private static partial Regex HashPattern();
}

/// <summary>What a revision is, and what it has.</summary>
public sealed record HubListing(HubRepository Repository, string Commit, IReadOnlyList<HubFile> Files);
