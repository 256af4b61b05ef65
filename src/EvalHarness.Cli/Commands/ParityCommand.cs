using System.CommandLine;
using System.Text;
using System.Text.Json;
using EvalHarness.Cli.Processes;
using EvalHarness.Files;
using EvalHarness.OnnxRuntimeGenAI.Parity;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Results;
using EvalHarness.Running;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness parity</c>.</summary>
internal static class ParityCommand
{
    /// <summary>The tasks that come with the program: their documents are the text where no other is given.</summary>
    private static readonly RunOptions Documents = new()
    {
        Model = "",
        Tasks = ["quick_gsm8k", "quick_mmlu", "quick_humaneval"],
    };

    internal static Command Create(TextWriter output, TextWriter error)
    {
        RunArguments model = RunArguments.Only("--model", "--device", "--threads");
        var baseModel = new Option<string?>("--base-model") { Description = "Model of the base, else --model", HelpName = "DIR" };
        Option<string?> baseDevice = BaseDevice.Option("cpu");
        var baseThreads = new Option<int?>("--base-threads") { Description = "Threads of the base, else --threads", HelpName = "N" };
        var baseProgram = new Option<string?>("--base-program")
        {
            Description = "Another build of EvalHarness (its program or evalharness.dll) that computes the base: another version of the "
                + "engine or of the runtime",
            HelpName = "FILE",
        };
        Option<string[]> session =
            KeyValues.Option("--session-option", "Option of ONNX Runtime's session, such as graph_optimization_level");
        Option<string[]> baseSession = KeyValues.Option("--base-session-option", "The same of the base");
        Option<string[]> provider = KeyValues.Option("--provider-option", "Option of the device's execution provider, such as use_tf32");
        Option<string[]> baseProvider = KeyValues.Option("--base-provider-option", "The same of the base");
        var text = new Option<string?>("--text")
        {
            Description = "UTF-8 text that both sides read; by default the documents of the tasks that come with the program",
            HelpName = "FILE",
        };
        var context = new Option<int?>("--max-context")
        {
            Description = "The longest sequence in tokens; by default the model's context",
            HelpName = "N",
        };
        var seconds = new Option<int>("--seconds")
        {
            Description = "Time for computing, without loading; lengths that would take longer are named and left out",
            HelpName = "N",
            DefaultValueFactory = _ => 60,
        };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "parity",
            $"""
            Says whether a model computes the same on two devices, or with two builds, numbers of threads or settings of the runtime. Both
            sides compute the same tokens; the candidate does so in every form that the engine uses. Verdict and bounds come from the
            precision of the graph. Exit code 0 is parity, 19 is none, and 10 says that tokens or weights are not the same.

            Examples:
              {Invocation.Command} parity --model models/phi-4-mini-cuda --base-device cpu --device cuda
              {Invocation.Command} parity --model models/phi-4-mini-int4 --base-threads 1 --threads 8
              {Invocation.Command} parity --base-model models/phi-4-mini-fp32 --model models/phi-4-mini-fp16
            """)
        {
            baseModel, baseDevice, baseThreads, baseProgram, session, baseSession, provider, baseProvider, text, context, seconds, json,
        };
        foreach (Option option in model.All)
            command.Options.Add(option);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            RunOptions run = model.ReadWhole(parsed);
            GenAiOptions engine = EngineFactory.OnDevice(run);
            var candidate = new ParitySide
            {
                Folder = FolderOf(run.Model),
                Device = engine.Device,
                DeviceId = engine.DeviceId,
                Threads = run.Threads,
                SessionOptions = KeyValues.ReadSession(session, parsed),
                ProviderOptions = KeyValues.Read(provider, parsed),
            };
            GenAiOptions baseEngine = BaseDevice.Read(parsed, baseDevice, "cpu");
            var left = new ParitySide
            {
                Folder = parsed.GetValue(baseModel) is { } folder ? FolderOf(folder) : candidate.Folder,
                Device = baseEngine.Device,
                DeviceId = baseEngine.DeviceId,
                Threads = Whole(parsed, baseThreads) ?? run.Threads,
                SessionOptions = KeyValues.ReadSession(baseSession, parsed),
                ProviderOptions = KeyValues.Read(baseProvider, parsed),
            };
            Provider.Check(candidate.Device, candidate.ProviderOptions);
            string? program = Program(parsed.GetValue(baseProgram));
            if (program is null)
                Provider.Check(left.Device, left.ProviderOptions, "--base-");
            string content = await TextAsync(parsed.GetValue(text), cancellationToken).ConfigureAwait(false);
            ParityPlan plan = FrozenTokens.Of(content, left, candidate) with
            {
                MaxContext = Whole(parsed, context, low: ParityCheck.Shortest),
                Seconds = parsed.GetValue(seconds) is >= 1 and var time
                    ? time
                    : throw new EvalException(ExitCode.Usage, $"--seconds {parsed.GetValue(seconds)}: expected 1 or more"),
            };
            var progress = new LiveProgress(new LiveLine(Console.IsErrorRedirected ? null : error));
            var processes = new ParityProcess(program);
            ParityReport report;
            try
            {
                report = await Task.Run(
                    () => ParityCheck.Run(left, candidate, plan, progress, processes.Compute, cancellationToken), cancellationToken)
                    .ConfigureAwait(false);
            }
            finally
            {
                progress.End();
            }

            await output.WriteAsync(parsed.GetValue(json)
                ? JsonSerializer.Serialize(report, ResultsJson.Indented) + "\n"
                : ParityTable.Of(report)).ConfigureAwait(false);
            return (int)CodeOf(report.Verdict);
        });
        return command;
    }

    private static string FolderOf(string model) => EngineFactory.HasLogits(model)
        ? EngineFactory.FolderOf(model)
        : throw new EvalException(
            ExitCode.Usage,
            $"{model}: parity compares logits, which recorded answers, endpoints and GGUF files do not give here; expected the folder of "
            + "an ONNX Runtime GenAI model");

    private static ExitCode CodeOf(ParityVerdict verdict) => verdict switch
    {
        ParityVerdict.Parity => ExitCode.Success,
        ParityVerdict.OtherWeights => ExitCode.Incomparable,
        _ => ExitCode.NotParity,
    };

    private static async Task<string> TextAsync(string? file, CancellationToken cancellationToken)
    {
        if (file is null)
            return await TaskText.ReadAsync(Documents, cancellationToken).ConfigureAwait(false);
        if (!File.Exists(file))
            throw new EvalException(ExitCode.Data, $"--text {file}: there is no such file; expected UTF-8 text");
        try
        {
            var strict = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
            string text = await File.ReadAllTextAsync(file, strict, cancellationToken).ConfigureAwait(false);
            return text.Length > 0
                ? text
                : throw new EvalException(ExitCode.Data, $"--text {file}: is empty; expected UTF-8 text");
        }
        catch (DecoderFallbackException e)
        {
            throw new EvalException(ExitCode.Data, $"--text {file}: is no UTF-8 text: {EvalException.OneLine(e.Message)}", e);
        }
    }

    private static string? Program(string? file) => file is null || File.Exists(file)
        ? file
        : throw new EvalException(
            ExitCode.Environment,
            $"--base-program {file}: there is no such file; expected the program or evalharness.dll of another build");

    private static int? Whole(ParseResult parsed, Option<int?> option, int low = 1) => parsed.GetValue(option) is { } value && value < low
        ? throw new EvalException(ExitCode.Usage, $"{option.Name} {value}: expected {low} or more")
        : parsed.GetValue(option);

    private sealed class LiveProgress(LiveLine line) : IProgress<string>
    {
        public void Report(string value) => line.Show(value);

        internal void End() => line.Clear();
    }
}
