using System.Globalization;
using System.Text.Json.Serialization;
using EvalHarness.Results;
using EvalHarness.Tasks;
using Settings = EvalHarness.Tasks.GenerationSettings;

namespace EvalHarness.Analysis.Published;

/// <summary>How a published score is measured here.</summary>
internal sealed record PublishedProtocol
{
    /// <summary>How to get tasks that are not built in, in words that end no sentence.</summary>
    public const string WhereTasksAre =
        "the files of such tasks come with lm-evaluation-harness: 'git clone https://github.com/EleutherAI/lm-evaluation-harness', then "
        + "--include-path lm-evaluation-harness/lm_eval/tasks";

    /// <summary>What <see cref="IsFolder"/> takes, in words.</summary>
    internal const string FolderRule = "letters, digits, '-', '_' and '.', not beginning with '.'";

    public required string Id { get; init; }

    public required string Tasks { get; init; }

    public required int NumFewshot { get; init; }

    public required string Metric { get; init; }

    public string Filter { get; init; } = "none";

    /// <summary>"METRIC,FILTER", the key of the score in results.</summary>
    [JsonIgnore]
    public string Score => $"{Metric},{Filter}";

    public bool ApplyChatTemplate { get; init; }

    public string? SystemInstruction { get; init; }

    /// <summary>Whether shots are turns of the conversation; null for what <c>--fewshot-as-multiturn</c> does by default.</summary>
    public bool? FewshotAsMultiturn { get; init; }

    /// <summary>Settings of generation over the tasks' own, as <c>--gen-kwargs</c> takes them; null for the tasks' own alone.</summary>
    public string? GenKwargs { get; init; }

    /// <summary>Whether prompts begin with the beginning-of-text token; null for what the model's tokenizer does.</summary>
    public bool? AddBosToken { get; init; }

    /// <summary>What the task does, as far as the keys above do not say it. A departure from a source is found by comparing.</summary>
    public PublishedSetting Setting { get; init; } = new();

    /// <summary>In what the protocol differs from what its sources did, where their settings do not show it.</summary>
    public IReadOnlyList<string> Departures { get; init; } = [];

    /// <param name="common">Options that no protocol decides, such as the model and its device.</param>
    /// <returns>The options of the run that measures this protocol.</returns>
    public RunOptions Of(RunOptions common) => common with
    {
        Tasks = [Tasks],
        NumFewShot = NumFewshot,
        ApplyChatTemplate = ApplyChatTemplate,
        SystemInstruction = SystemInstruction,
        FewShotAsMultiturn = FewshotAsMultiturn,
        // What the user asks for wins, and is said to be a departure.
        AddBosToken = common.AddBosToken ?? AddBosToken,
        GenerationSettings = Over(common.GenerationSettings),
        // They change what a template writes.
        ChatTemplateArguments = ApplyChatTemplate ? common.ChatTemplateArguments : null,
        EnableThinking = ApplyChatTemplate ? common.EnableThinking : null,
        TemplateDate = ApplyChatTemplate ? common.TemplateDate : null,
    };

    /// <summary>What the protocol does, in the terms in which sources say what they did; null for what it does not tell.</summary>
    /// <param name="run">The file of the task that a run of it used, which knows better; null where there was none.</param>
    public PublishedSetting Does(TaskConfig? run = null) => Setting with
    {
        Shots = NumFewshot,
        ShotsAsTurns = ApplyChatTemplate && NumFewshot > 0 ? FewshotAsMultiturn ?? true : null,
        ChatTemplate = ApplyChatTemplate,
        SystemPrompt = SystemInstruction ?? "none",
        BeginningOfText = AddBosToken,
        MaxTokens = int.TryParse(run?.MaxTokens, NumberStyles.None, CultureInfo.InvariantCulture, out int tokens)
            ? tokens
            : Setting.MaxTokens,
    };

    /// <returns>Whether the catalog has the protocol's task or group.</returns>
    public bool IsIn(TaskCatalog catalog) => catalog.TaskNames.Contains(Tasks) || catalog.GroupNames.Contains(Tasks);

    /// <returns>
    /// The scores that a task of the protocol gives in the place of the protocol's own; null if all of them may give that. Only tasks whose
    /// answers are generated and graded without Python are looked at: of others the file does not say which scores they will have.
    /// </returns>
    internal IReadOnlyList<string>? OtherScores(TaskCatalog catalog)
    {
        try
        {
            return catalog.Select([Tasks]).Tasks
                .Where(task => task.OutputType == OutputType.GenerateUntil && task.ProcessResults is null)
                .Where(task => !task.MayGive(Metric) || task.Filters.All(filter => filter.Name != Filter))
                .Select(task => task.Filters.SelectMany(filter => task.Metrics.Select(metric => $"{metric.Name},{filter.Name}")).ToArray())
                .FirstOrDefault();
        }
        catch (EvalException)
        {
            // The run says what is wrong with the task, or that it needs permission.
            return null;
        }
    }

    /// <summary>Refuses what no run could have.</summary>
    /// <param name="source">The file, for error messages.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>.</exception>
    internal void Check(string source)
    {
        string what = $"{source}: protocol {Id}";
        if (GenKwargs is { } settings)
            _ = Settings.Parse(settings, $"{what}: gen_kwargs");
        string? problem = !IsFolder(Id) ? $": expected an id of {FolderRule}, because the folder of its run has that name"
            : !IsFolder(Tasks) ? $": tasks: '{Tasks}': expected the name of one task or group"
            : NumFewshot < 0 ? $": num_fewshot: {NumFewshot}: expected 0 or more"
            : this is { FewshotAsMultiturn: true, ApplyChatTemplate: false }
                ? " has fewshot_as_multiturn: true, which needs apply_chat_template: true; set both or neither"
            : Setting is { Shots: null, ShotsAsTurns: null, ChatTemplate: null, SystemPrompt: null, BeginningOfText: null } ? null
            : ": setting: shots, shots_as_turns, chat_template, system_prompt and beginning_of_text follow from the protocol's own keys; "
                + "leave them out";
        if (problem is not null)
            throw new EvalException(ExitCode.Usage, what + problem);
    }

    /// <returns>Whether a folder may have the name on every system.</returns>
    internal static bool IsFolder(string name) =>
        name.Length > 0 && name[0] != '.' && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    /// <returns>The user's settings over those of the protocol, key by key; null where there are none.</returns>
    private string? Over(string? own)
    {
        if (GenKwargs is null)
            return own;
        IReadOnlyDictionary<string, object?> settings = Settings.Parse(GenKwargs);
        return Settings.ToJson(own is null ? settings : Settings.Joined(settings, Settings.Parse(own)));
    }
}
