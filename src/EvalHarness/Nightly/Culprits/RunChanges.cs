using EvalHarness.Data;
using EvalHarness.Data.Hub;
using EvalHarness.Engines;
using EvalHarness.Results;
using EvalHarness.Tasks;

namespace EvalHarness.Nightly.Culprits;

/// <summary>
/// What differs between the manifests of two runs, as far as it can change answers, and how each difference is set back alone.
/// </summary>
/// <param name="before">The base's manifest.</param>
/// <param name="after">The candidate's.</param>
/// <param name="places">Where to look for what the base had.</param>
internal sealed partial class RunChanges(Manifest before, Manifest after, CulpritPlaces places)
{
    /// <summary>Options that are part of a task's definition.</summary>
    private static readonly string[] OfDefinitions = ["--gen-kwargs", "--metadata", "--repeats"];

    private readonly RunOptions _before = WithDay(before), _after = WithDay(after);

    /// <summary>Whether data changed of which only the base's own task files know where they are.</summary>
    private bool _dataIsBesideTasks;

    /// <summary>Whether a run with these changes set back has the definitions of one of the two runs, by which it can be checked.</summary>
    internal bool HasKnownDefinitions(IReadOnlyList<RunChange> back)
    {
        bool areOptionsTheSame = OfDefinitions.All(name =>
            RunOptions.Named(name).Texts(_before).SequenceEqual(RunOptions.Named(name).Texts(_after)));
        return areOptionsTheSame || !back.Any(c => c.Kind == ChangeKind.Tasks || OfDefinitions.Contains(c.Name));
    }

    /// <summary>The candidate's options, with the day that its chat template saw as today.</summary>
    internal RunOptions Candidate => _after with { LmEvalOutput = null };

    private bool TaskFilesMoved =>
        !_before.Tasks.SequenceEqual(_after.Tasks) || !_before.IncludePaths.SequenceEqual(_after.IncludePaths);

    /// <summary>
    /// What differs, the most usual culprits first. Folders with the base's datasets are made below <see cref="CulpritPlaces.Folder"/>.
    /// </summary>
    internal async Task<IReadOnlyList<RunChange>> FindAsync(CancellationToken cancellationToken) =>
    [
        .. await ModelAsync(cancellationToken).ConfigureAwait(false),
        .. await DataAsync(cancellationToken).ConfigureAwait(false),
        .. Tasks(),
        .. Options(),
        .. Programs(),
        .. Computer(),
    ];

    private async Task<IReadOnlyList<RunChange>> ModelAsync(CancellationToken cancellationToken)
    {
        bool sameFiles = Hashes(before.Model.Files).SequenceEqual(Hashes(after.Model.Files));
        bool isElsewhere = before.Model.Files.Count == 0 && after.Model.Files.Count == 0;
        if (sameFiles && !(isElsewhere && _before.Model != _after.Model))
            return [];
        string path = places.Model ?? _before.Model;
        if (path == _after.Model)
        {
            // A new revision of a model of the hub does not take the place of the old one.
            var cache = new HubCache(HubSettings.FromEnvironment().Cache);
            path = await EarlierModel.FindAsync(before, cache, cancellationToken).ConfigureAwait(false) ?? path;
        }

        string? stays = path == _after.Model
            ? $"the base's files were at {path} too, where the candidate's are now; --base-model DIR names a copy of them"
            : null;
        return
        [
            new RunChange
            {
                Kind = ChangeKind.Model,
                Name = "model",
                Base = Shown(before),
                Candidate = Shown(after),
                Stays = stays,
                SetBack = stays is null ? options => options.For(path) : null,
            },
        ];

        static string Shown(Manifest manifest) => manifest.Model.Files.Count == 0
            ? manifest.Options.Model
            : $"{manifest.Model.ModelName} {Short(manifest.Model.Files.MaxBy(f => f.Bytes)!.Sha256)}";
    }

    private async Task<IReadOnlyList<RunChange>> DataAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<(DatasetRecord Before, DatasetRecord After)> splits = EarlierData.ChangedSplits(before, after);
        string[] roots = [.. places.Datasets, .. DatasetRoots.Of(_before.Datasets), .. DatasetRoots.Of(_after.Datasets)];
        var folders = new Dictionary<string, string>();
        foreach (string path in splits.Select(s => s.Before.Path).Distinct())
        {
            if (await EarlierData.FindAsync(before, path, roots, cancellationToken).ConfigureAwait(false) is { } folder)
                folders[path] = folder;
        }

        // Files beside a task file come with it, if the base's task files are elsewhere.
        int all = splits.Count;
        if (TaskFilesMoved)
            splits = [.. splits.Where(s => folders.ContainsKey(s.Before.Path))];
        _dataIsBesideTasks = splits.Count < all;
        if (splits.Count == 0)
            return [];
        string? stays = splits.FirstOrDefault(s => !folders.ContainsKey(s.Before.Path)) is { Before.Path: var missing }
            ? $"the base's files of {missing} are in none of {string.Join(", ", roots.Distinct())}; "
                + "--base-datasets ROOT names a folder that has them"
            : null;
        string root = Path.Combine(places.Folder, "datasets");
        if (stays is null)
            EarlierData.Gather(root, folders);
        return
        [
            new RunChange
            {
                Kind = ChangeKind.Data,
                Name = "data",
                Base = string.Join(", ", splits.Select(s => Shown(s.Before, s.After))),
                Candidate = string.Join(", ", splits.Select(s => Shown(s.After, s.Before))),
                Stays = stays,
                SetBack = stays is null
                    ? options => options with { Datasets = [root, .. DatasetRoots.Of(options.Datasets)] }
                    : null,
            },
        ];

        static string Shown(DatasetRecord split, DatasetRecord other)
        {
            DatasetShard changed = split.Shards.FirstOrDefault(s => other.Shards.All(o => o.Sha256 != s.Sha256)) ?? split.Shards[0];
            return $"{changed.File} {Short(changed.Sha256)}";
        }
    }

    /// <summary>
    /// Task files are compared by the definitions that they give with the base's options: some options, such as those of generation, are
    /// part of a definition, and are changes of their own.
    /// </summary>
    private IEnumerable<RunChange> Tasks()
    {
        Dictionary<string, string> earlier = before.Tasks.ToDictionary(t => t.Name, t => t.Sha256);
        Dictionary<string, string> here = Definitions(_before with { Tasks = _after.Tasks, IncludePaths = _after.IncludePaths });
        string[] changed = [.. earlier.Keys.Where(name => here.TryGetValue(name, out string? sha) && sha != earlier[name])];
        if (changed.Length == 0 && !_dataIsBesideTasks)
            yield break;
        string names = string.Join(", ", changed);
        string? stays = TaskFilesMoved ? null : $"the definition of {names} changed where it stands, and a run keeps no copy of it";
        yield return new RunChange
        {
            Kind = ChangeKind.Tasks,
            Name = "task files",
            Base = stays is null ? Places(_before) : Short(earlier[changed[0]]),
            Candidate = stays is null ? Places(_after) : Short(here[changed[0]]),
            Stays = stays,
            SetBack = stays is null ? options => options with { Tasks = _before.Tasks, IncludePaths = _before.IncludePaths } : null,
        };

        static string Places(RunOptions options) => string.Join(", ", options.Tasks.Concat(options.IncludePaths));
    }

    /// <summary>The hash of each task's definition, as the task files are now.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: a task is unknown now, or its file is wrong.</exception>
    private static Dictionary<string, string> Definitions(RunOptions options) => TaskCatalog
        .Load(options.IncludePaths, options.GenerationSettings, options.Metadata, options.Repeats)
        .Select(options.Tasks)
        .Tasks.ToDictionary(t => t.Name, t => t.Sha256);

    /// <summary>Options that name the day which the template wrote: without it, a run of today would have other prompts.</summary>
    private static RunOptions WithDay(Manifest manifest) => manifest.Options.Whole() with
    {
        TemplateDate = manifest.TemplateDay,
    };

    internal static IEnumerable<string> Hashes(IEnumerable<ModelFile> files) =>
        files.Select(f => f.Sha256).Order(StringComparer.Ordinal);

    private static string Short(string sha256) => sha256[..Math.Min(12, sha256.Length)];
}

/// <summary>Where a search looks for what the base had, and where it puts its own runs.</summary>
/// <param name="Folder">The folder of the search's runs.</param>
/// <param name="Model">The base's model; null for the place that its manifest names.</param>
/// <param name="Datasets">Folders of datasets, looked at before those that the manifests name.</param>
internal sealed record CulpritPlaces(string Folder, string? Model, IReadOnlyList<string> Datasets);
