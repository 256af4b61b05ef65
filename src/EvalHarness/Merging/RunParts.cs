using EvalHarness.Results;

namespace EvalHarness.Merging;

/// <summary>A part of a run. Of its manifest only what differs from part to part is kept.</summary>
/// <param name="Folder">Its run folder.</param>
/// <param name="Number">From 1.</param>
/// <param name="Sessions">Its starts.</param>
internal sealed record FoundPart(RunFolder Folder, int Number, IReadOnlyList<RunSession> Sessions)
{
    internal bool IsFinished => Sessions is [.., { End: RunSession.Finished, Outcome: not null }];

    /// <summary>What it has; only a part that is finished says it.</summary>
    internal PartOutcome Outcome => Sessions[^1].Outcome!;

    /// <summary>Whether it has graded a task: all that it has of it, or all so far where it is not finished.</summary>
    internal bool HasGraded(string task) => File.Exists(Folder.SamplesFile(task))
        && (IsFinished || Sessions.SelectMany(s => s.Files).Any(f => f.Name == Path.GetFileName(Folder.SamplesFile(task))));
}

/// <summary>The parts of a run, found in folders and looked at: whether they are parts of one run, and which are missing.</summary>
internal sealed class RunParts
{
    private const int Named = 10;

    private RunParts(Manifest whole, IReadOnlyList<FoundPart> parts) => (Whole, Parts) = (whole, parts);

    /// <summary>The manifest of the first part without what only the part has, so that it is that of the whole run.</summary>
    internal Manifest Whole { get; }

    /// <summary>The parts that are there, in the order of their numbers.</summary>
    internal IReadOnlyList<FoundPart> Parts { get; }

    /// <summary>The number of parts that the run was cut into.</summary>
    internal int Count { get; private init; }

    /// <summary>Why parts are not there: one line for all that are missing, and one for each that is not finished.</summary>
    internal IReadOnlyList<string> Lacking { get; private init; } = [];

    /// <param name="paths">Folders of parts, or folders that hold parts.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.MergeRefused"/>: there is no part, one is there twice, they are parts of different runs, or a manifest is
    /// damaged.
    /// </exception>
    internal static RunParts Read(IReadOnlyList<string> paths)
    {
        (RunFolder Folder, Manifest Manifest)? first = null;
        var parts = new SortedDictionary<int, FoundPart>();
        var lacking = new List<string>();
        foreach (RunFolder folder in paths.SelectMany(Find))
        {
            Manifest manifest = Read(folder);
            if (manifest.Part is not { } part)
                throw Refused($"{folder.Name}: is no part of a run: it was not started with --shard");
            first ??= (folder, manifest);
            CheckSame(first.Value, (folder, manifest));
            var found = new FoundPart(folder, part.Number, manifest.Sessions);
            if (!parts.TryAdd(part.Number, found))
                throw Refused($"part {part.Number} is there twice: {parts[part.Number].Folder.Name} and {folder.Name}; give one of them");
            if (!found.IsFinished)
            {
                lacking.Add($"{folder.Name}: part {part.Number} is not finished; continue it with: "
                    + $"{Invocation.Command} run --resume {folder.Name}");
            }
        }

        (_, Manifest any) = first!.Value;
        int[] missing = [.. Enumerable.Range(1, any.Part!.Of).Except(parts.Keys)];
        if (missing.Length > 0)
            lacking.Insert(0, Missing(missing, any));
        Manifest whole = any with
        {
            Options = any.Options with { Shard = null },
            Part = null,
            Sessions = [],
        };
        return new RunParts(whole, [.. parts.Values])
        {
            Count = any.Part.Of,
            Lacking = lacking,
        };
    }

    internal static EvalException Refused(string problem) => new(ExitCode.MergeRefused, problem);

    private static Manifest Read(RunFolder folder)
    {
        try
        {
            return folder.ReadManifest();
        }
        catch (EvalException e)
        {
            throw new EvalException(ExitCode.MergeRefused, $"{e.Message}; restore the file, or compute this part again", e);
        }
    }

    private static string Missing(int[] missing, Manifest any)
    {
        int of = any.Part!.Of;
        IReadOnlyList<string> arguments = (any.Options with { Shard = $"{new RunPart(missing[0], of)}" }).ToArguments();
        string more = missing.Length > Named ? $" and {missing.Length - Named} more" : "";
        return $"{(missing.Length == 1 ? "part" : "parts")} {string.Join(", ", missing.Take(Named))}{more} of {of} "
            + $"{(missing.Length == 1 ? "is" : "are")} missing; compute {(missing.Length == 1 ? "it" : "each")} with: "
            + $"{Invocation.Command} run {Invocation.Words(arguments)} --output DIR";
    }

    private static IEnumerable<RunFolder> Find(string path)
    {
        if (!Directory.Exists(path))
            throw Refused($"{path}: there is no such folder; expected the folder of a part, or one that holds parts");
        bool isRun = File.Exists(new RunFolder(path).ManifestFile);
        if (isRun && Read(new RunFolder(path)).Part is not null)
            return [new RunFolder(path)];
        // The folder of the whole run may hold its parts.
        RunFolder[] inside = [.. Inside(path), .. Inside(Path.Combine(path, RunFolder.PartsName))];
        if (inside.Length > 0)
            return inside;
        throw Refused(isRun
            ? $"{path}: is no part of a run: it was not started with --shard"
            : $"{path}: has no manifest.json, and no folder in it has one; expected the folder of a part, or one that holds parts");
    }

    private static IEnumerable<RunFolder> Inside(string path) => !Directory.Exists(path) ? [] : Directory.GetDirectories(path)
        .Order(StringComparer.Ordinal)
        .Select(folder => new RunFolder(Path.Combine(path, Path.GetFileName(folder))))
        .Where(folder => File.Exists(folder.ManifestFile));

    /// <summary>Whether two parts are of one run, and whether they were computed where its numbers are the same.</summary>
    private static void CheckSame((RunFolder Folder, Manifest Manifest) first, (RunFolder Folder, Manifest Manifest) other)
    {
        if (first.Manifest.Part == other.Manifest.Part || first.Manifest.Part!.Whole == other.Manifest.Part!.Whole)
        {
            if (first.Manifest.Part!.Of != other.Manifest.Part!.Of)
                throw Differ("the number of parts", $"{first.Manifest.Part.Of}", $"{other.Manifest.Part.Of}");
        }

        if (Resumption.Difference(Identity(first.Manifest), Identity(other.Manifest)) is { } different)
            throw Differ(different.Key, different.Was, different.IsNow);
        if (first.Manifest.Part!.Whole != other.Manifest.Part!.Whole)
            throw Differ("what decides the numbers", first.Manifest.Part.Whole, other.Manifest.Part.Whole);

        EvalException Differ(string what, string was, string isHere) => Refused(
            $"{what} differs: {first.Folder.Name} has {was}, {other.Folder.Name} has {isHere}; only parts of one run can be joined");
    }

    private static IEnumerable<KeyValuePair<string, string>> Identity(Manifest manifest) =>
        manifest.Options.Deciding().Concat(manifest.Identity()).Append(KeyValuePair.Create("processor", Processor(manifest)));

    /// <summary>What computed the numbers: another kind of it can round otherwise. Nothing where the answers come from elsewhere.</summary>
    private static string Processor(Manifest manifest) => manifest.Model.Device switch
    {
        "cpu" => manifest.Machine.Cpu,
        "cuda" or "directml" => string.Join(", ", (manifest.Machine.Gpu ?? "").Split('\n').Select(g => g.Trim()).Distinct()),
        _ => "",
    };
}
