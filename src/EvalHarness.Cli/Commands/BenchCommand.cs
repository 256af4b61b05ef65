using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EvalHarness.Files;
using EvalHarness.OnnxRuntimeGenAI.Bench;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Reports;
using EvalHarness.Results;
using EvalHarness.Sandbox;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness bench</c>.</summary>
internal static class BenchCommand
{
    private static readonly BenchOptions Defaults = new();

    internal static Command Create(TextWriter output)
    {
        var model = new Option<string?>("--model", "-m") { Description = "A folder with genai_config.json", HelpName = "DIR" };
        var run = RunArguments.Only("--device");
        Option<string> lengths = Numbers("--prompt-lengths", "Prompt lengths in tokens, separated by commas", Defaults.PromptLengths);
        Option<string> batches = Numbers("--batch-sizes", "Numbers of sequences in a batch, separated by commas", Defaults.BatchSizes);
        Option<int> generate = Number("--generate", "Tokens generated after each prompt", Defaults.Generate);
        Option<int> repeat = Number("--repeat", "Measurements per setting, after one warm-up that is not counted", Defaults.Repeat);
        var sandbox = new Option<string?>("--sandbox")
        {
            Description = "Measure this sandbox instead of a model: auto, bwrap, unshare or container",
            HelpName = "NAME",
        };
        Option<bool> json = CommonOptions.Json("Print JSON with every measurement instead of a table");
        var command = new Command(
            "bench",
            $"""
            Measures a model on this machine: prefill and decode rates, time to the first token, load time, sizes, and energy if the machine
            reports it. With --sandbox, measures how many programs per second a sandbox runs, compared with a plain interpreter, and how
            much memory it holds.

            Examples:
              {Invocation.Command} bench --model models/phi-4-mini-int4
              {Invocation.Command} bench --model models/phi-4-mini-int4 --prompt-lengths 128,1024 --batch-sizes 1,4,16 --json
              {Invocation.Command} bench --sandbox auto
            """) { model, sandbox, run.All.Single(), lengths, batches, generate, repeat, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var options = new BenchOptions
            {
                PromptLengths = ReadNumbers("--prompt-lengths", parsed.GetValue(lengths)!),
                BatchSizes = ReadNumbers("--batch-sizes", parsed.GetValue(batches)!),
                Generate = parsed.GetValue(generate),
                Repeat = parsed.GetValue(repeat),
            };
            if (parsed.GetValue(sandbox) is { } name && parsed.GetValue(model) is null)
            {
                return await BenchSandboxAsync(name, options.Repeat, parsed.GetValue(json), output, cancellationToken)
                    .ConfigureAwait(false);
            }

            if (parsed.GetValue(sandbox) is not null || parsed.GetValue(model) is null)
                throw new EvalException(ExitCode.Usage, "bench measures one thing at a time: expected --model DIR or --sandbox NAME");
            GenAiOptions engine = EngineFactory.OnDevice(run.Read(parsed));
            BenchReport report =
                await ModelBench.RunAsync(parsed.GetValue(model)!, engine, options, cancellationToken).ConfigureAwait(false);
            Machine machine = await Machine.DescribeAsync(cancellationToken).ConfigureAwait(false);
            await output.WriteAsync(parsed.GetValue(json)
                ? JsonSerializer.Serialize(new { Machine = machine, Report = report }, ResultsJson.Indented) + "\n"
                : Table(report, machine)).ConfigureAwait(false);
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static async Task<int> BenchSandboxAsync(
        string name, int repeat, bool json, TextWriter output, CancellationToken cancellationToken)
    {
        IReadOnlyList<SandboxRate> rates = await SandboxBench.RunAsync(name, repeat, cancellationToken).ConfigureAwait(false);
        Machine machine = await Machine.DescribeAsync(cancellationToken).ConfigureAwait(false);
        if (json)
        {
            string text = JsonSerializer.Serialize(new { Machine = machine, Rates = rates }, ResultsJson.Indented);
            await output.WriteAsync(text + "\n").ConfigureAwait(false);
            return (int)ExitCode.Success;
        }

        var table = new TextTable(
            ("Programs", false), ("a second", true), ("ms each", true), ("against plain", true), ("MiB held", true));
        Measured plain = Measured.Of([.. rates[0].PerSecond]);
        foreach (SandboxRate rate in rates)
        {
            Measured programs = Measured.Of([.. rate.PerSecond]);
            table.Add(
                rate.What,
                Text(programs, 1, "0"),
                string.Create(CultureInfo.InvariantCulture, $"{1000 * machine.Cores / programs.Median:0.0}"),
                string.Create(CultureInfo.InvariantCulture, $"{programs.Median / plain.Median:0.00} x"),
                rate.Memory is { } bytes ? $"{bytes >> 20}" : "");
        }

        string note = $"median (lowest to highest); one program at a time on each of {machine.Cores} cores; {machine.Cpu}\n";
        await output.WriteAsync($"{table}{note}").ConfigureAwait(false);
        return (int)ExitCode.Success;
    }

    private static Option<int> Number(string name, string description, int value) =>
        new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => value };

    private static Option<string> Numbers(string name, string description, IReadOnlyList<int> defaults) =>
        new(name) { Description = description, HelpName = "N,N", DefaultValueFactory = _ => string.Join(',', defaults) };

    internal static List<int> ReadNumbers(string name, string text) =>
    [
        .. text.Split(',').Select(part =>
            int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
                ? number
                : throw new EvalException(ExitCode.Usage, $"{name} {text}: expected numbers above 0, separated by commas")),
    ];

    private static string Table(BenchReport report, Machine machine)
    {
        var table = new TextTable(
            ("Prompt", true),
            ("Batch", true),
            ("Prefill tokens/s", true),
            ("First token ms", true),
            ("Decode tokens/s", true),
            ("mJ/token", true));
        foreach (BenchRow row in report.Rows)
        {
            table.Add(
                row.PromptLength.ToString(CultureInfo.InvariantCulture),
                row.BatchSize.ToString(CultureInfo.InvariantCulture),
                Text(row.Prefill, 1, "0"),
                Text(row.FirstToken, 1000, "0.00"),
                Text(row.Decode, 1, "0"),
                row.Energy is { } energy ? Text(energy, 1000, "0.00") : "n/a");
        }

        string model = string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Model.ModelName} on {report.Model.Device}: {report.DiskBytes / 1e6:0.0} MB on disk, "
            + $"loaded in {report.LoadSeconds:0.00} s, peak memory {report.PeakMemory >> 20} MiB");
        string hardware = $"{machine.Cpu}, {machine.Cores} cores{(machine.Gpu is null ? "" : $", {machine.Gpu}")}";
        return $"{table}\nmedian (lowest to highest); {model}\n"
            + $"energy: {report.EnergySource ?? "not reported by this machine"}; {hardware}\n";
    }

    private static string Text(Measured value, double scale, string format)
    {
        string Scaled(double number) => (number * scale).ToString(format, CultureInfo.InvariantCulture);
        return $"{Scaled(value.Median)} ({Scaled(value.Low)} to {Scaled(value.High)})";
    }
}
