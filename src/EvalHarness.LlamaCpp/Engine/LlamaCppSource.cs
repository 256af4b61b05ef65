using EvalHarness.Engines;
using EvalHarness.LlamaCpp.Runtime;
using EvalHarness.Results;
using EvalHarness.Running;
using EvalHarness.Tokens;

namespace EvalHarness.LlamaCpp.Engine;

/// <summary>Opens GGUF files. The program finds this class, as it finds those of every plugin.</summary>
public sealed class LlamaCppSource : IEngineSource
{
    public bool Opens(string model) => model.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public async Task<IEngine> OpenAsync(
        RunOptions options, EngineDescription? earlier, Action<string> announce, CancellationToken cancellationToken)
    {
        Check(options);
        string? date = options.TemplateDate ?? earlier?.Settings.GetValueOrDefault(EngineDescription.TemplateDate);
        var own = new LlamaCppOptions
        {
            Threads = options.Threads,
            MaxLength = options.MaxLength,
            PrefixReuse = !options.NoPrefixReuse,
            TruncateLeft = options.Truncation == "left",
            AddBosToken = options.AddBosToken,
            ThinkEndToken = options.ThinkEndToken,
            ChatTemplate = options.ChatTemplateName,
            Conversations = new ConversationOptions
            {
                Template = options.ChatTemplateName,
                Arguments = TemplateArguments.Of(options),
                Date = date is null ? null : TemplateArguments.Date(date),
                Announce = announce,
            },
            Announce = announce,
        };
        return await LlamaCppEngine.LoadAsync(options.Model, own, cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: an option asks for what this engine does not have.</exception>
    private static void Check(RunOptions options)
    {
        if (options.Device != "cpu")
            throw Unfit(options, $"--device {options.Device}", "it computes on the CPU alone; use --device cpu");
        if (options.BatchSize is not 1)
        {
            string size = options.BatchSize is { } number ? $"{number}" : "auto";
            throw Unfit(options, $"--batch-size {size}", "it computes completions one by one; leave the option out");
        }

        if (options.Workers != 1)
            throw Unfit(options, $"--workers {options.Workers}", "all threads compute one sequence; use --threads");
        if (options.Tokenizer != "auto")
            throw Unfit(options, $"--tokenizer {options.Tokenizer}", "the file has its own vocabulary; leave the option out");
    }

    private static EvalException Unfit(RunOptions options, string option, string why) =>
        new(ExitCode.Usage, $"{option}: does not fit the engine for GGUF files, which --model {options.Model} takes: {why}");
}
