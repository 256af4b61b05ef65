using System.CommandLine;
using EvalHarness.Cli.Processes;
using EvalHarness.Results;
using EvalHarness.Running;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness run</c>.</summary>
internal sealed class RunCommand
{
    private readonly RunArguments _options = RunArguments.Whole();
    private readonly Option<string?> _output = CommonOptions.Output("Run folder (default: results/MODEL/UTC-TIME)");
    private readonly Option<string?> _resume = new("--resume")
    { Description = "Continue the run in this folder with the options that it has", HelpName = "DIR" };
    private readonly Option<string?> _config = new("--config")
    {
        Description = "YAML file with options, as lm-evaluation-harness has it; the command line wins over it",
        HelpName = "FILE",
    };
    private readonly Option<int?> _processes = new(PartsStart.Option)
    {
        Description = "Processes that compute the run together, each a part of it, 1 to 64; they share the cores and the devices, are "
            + "started again where the system ends them, and their parts are merged",
        HelpName = "N",
    };
    private readonly Option<bool> _writeOut = new("--write-out")
    { Description = "Print the prompt and the target of each task's first document, and load no model" };
    private readonly Option<bool> _download = CommonOptions.Download();
    private readonly Option<bool> _json = CommonOptions.Json("Print results.json instead of the table");
    private readonly Option<bool> _quiet = CommonOptions.Quiet();
    private readonly TextWriter _outputWriter;
    private readonly TextWriter _error;
    private readonly string[] _arguments;
    private RunConfiguration? _configuration;

    private RunCommand(TextWriter output, TextWriter error, string[] arguments) =>
        (_outputWriter, _error, _arguments) = (output, error, arguments);

    internal static Command Create(TextWriter output, TextWriter error, string[] arguments)
    {
        var run = new RunCommand(output, error, arguments);
        var command = new Command(
            "run",
            $"""
            Evaluates a model on tasks, prints a table of scores, and writes a run folder with every sample. Several models are evaluated
            one after another and compared with the first, and so are a model's adapters with the model.

            Examples:
              {Invocation.Command} run --model models/phi-4-mini-int4 --tasks mmlu,gsm8k
              {Invocation.Command} run --model models/phi-4-mini-int4 --tasks 'mmlu_college_*' --num-fewshot 5 --limit 20
              {Invocation.Command} run --model models/phi-4-mini-int4 --tasks humaneval --allow-code-execution
              {Invocation.Command} run --model models/phi-4-mini-int4 --tasks mmlu --processes 4
              {Invocation.Command} run --model models/phi-4-mini-cuda --tasks mmlu --device cuda:0,cuda:1 --batch-size 8
              {Invocation.Command} run --model models/phi-4-mini-fp32 --model models/phi-4-mini-int4 --tasks mmlu,gsm8k --output results/phi
              {Invocation.Command} run --model models/phi-4-mini-int4 --adapter law.onnx_adapter,code.onnx_adapter --tasks mmlu,gsm8k
              {Invocation.Command} run --resume results/phi-4-mini-int4/2026-05-12T01-00-00Z
              {Invocation.Command} run --model replay:answers.jsonl --tasks gsm8k
            """);
        Option[] own = [run._output, run._resume, run._config, run._processes, run._writeOut, run._download, run._json, run._quiet];
        foreach (Option option in run._options.All.Concat(own))
            command.Options.Add(option);
        command.SetAction(run.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string? resume = parsed.GetValue(_resume);
        bool quiet = parsed.GetValue(_quiet);
        if (resume is not null && parsed.GetValue(_output) is not null)
        {
            throw new EvalException(
                ExitCode.Usage, "--resume and --output together: --resume continues in the folder it names; leave --output out");
        }

        _configuration = parsed.GetValue(_config) is { } file ? RunConfiguration.Read(file) : null;
        if (parsed.GetValue(_writeOut) || _configuration?.WriteOut == true)
            return await WriteOutAsync(parsed, quiet, cancellationToken).ConfigureAwait(false);
        Dictionary<string, IReadOnlyList<string>> given = _options.Given(parsed, _configuration);
        using PartsFolder? parts = await OpenPartsAsync(parsed, given, resume).ConfigureAwait(false);
        if (parts is not null)
        {
            await DownloadAsync(parsed, parts.Options, quiet, cancellationToken).ConfigureAwait(false);
            return await new PartsRun(parts)
                .ExecuteAsync(parsed.GetValue(_json), quiet, _outputWriter, _error, cancellationToken)
                .ConfigureAwait(false);
        }

        MatrixFolder? several = await OpenMatrixAsync(parsed, given, resume, quiet, cancellationToken).ConfigureAwait(false);
        if (several is { HasAdapters: true })
        {
            return await new AdapterRuns(several, _arguments)
                .ExecuteAsync(parsed.GetValue(_json), quiet, _outputWriter, _error, cancellationToken)
                .ConfigureAwait(false);
        }

        if (several is not null)
        {
            string[] more = parsed.GetValue(_download) ? ["--download"] : [];
            return await new MatrixRun(several, more)
                .ExecuteAsync(parsed.GetValue(_json), brief: false, quiet, _outputWriter, _error, cancellationToken)
                .ConfigureAwait(false);
        }

        using RunFolder? resumed = resume is null ? null : RunFolder.Continue(resume);
        Manifest? earlier = resumed?.ReadManifest();
        RunOptions options = _options.ReadWhole(parsed, earlier?.Options, _configuration);
        if (earlier is not null)
        {
            Resumption.CheckOptions(resumed!.Name, earlier.Options, options);
            Resumption.CheckPart(resumed.Name, earlier.Options, options);
        }

        await DownloadAsync(parsed, options, quiet, cancellationToken).ConfigureAwait(false);
        EvaluationRun run = await EvaluationRun.PrepareAsync(options, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        await using (run.ConfigureAwait(false))
        {
            var one = new OneRun(run, parsed.GetValue(_json), quiet, _outputWriter, _error, _arguments);
            return await one.ExecuteAsync(OutputFolder(parsed), resumed, earlier, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task DownloadAsync(ParseResult parsed, RunOptions options, bool quiet, CancellationToken cancellationToken)
    {
        if (!parsed.GetValue(_download))
            return;
        TextWriter? progress = HubFetch.ProgressOn(_error, quiet);
        await HubFetch.ForRunAsync(options, text => Note(quiet, text), progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Creates or resumes a run in several processes; null if the command line asks for one.</summary>
    private async Task<PartsFolder?> OpenPartsAsync(ParseResult parsed, Dictionary<string, IReadOnlyList<string>> given, string? resume)
    {
        var start = new PartsStart(parsed.GetValue(_processes), given);
        if (resume is not null)
            return start.Resume(resume);
        if (start.Asked is null)
        {
            if (OutputFolder(parsed) is { } output)
                PartsFolder.RemoveIdle(output);
            return null;
        }

        RunOptions options = _options.ReadWhole(parsed, configuration: _configuration);
        int count = start.Count(options);
        string folder = OutputFolder(parsed) ?? Path.Combine(
            "results",
            EngineFactory.NamesOf(options.Model, options.Device).Model,
            TimeProvider.System.GetUtcNow().ToString(OneRun.FolderTime, null));
        return await PartsFolder.CreateAsync(folder, options, count).ConfigureAwait(false);
    }

    private string? OutputFolder(ParseResult parsed) => parsed.GetValue(_output) ?? _configuration?.OutputFolder;

    private async Task<int> WriteOutAsync(ParseResult parsed, bool quiet, CancellationToken cancellationToken)
    {
        RunOptions options = _options.Read(parsed, configuration: _configuration);
        if (options.Tasks.Count == 0)
            throw new EvalException(ExitCode.Usage, "--write-out: --tasks is missing: names separated by commas");
        if (parsed.GetValue(_processes) is { } processes)
        {
            throw new EvalException(
                ExitCode.Usage, $"--write-out and {PartsStart.Option} {processes} together: nothing is computed; leave one of them out");
        }

        await DownloadAsync(parsed, options, quiet, cancellationToken).ConfigureAwait(false);
        (string text, int errored) = await FirstPrompts.ReadAsync(options, cancellationToken).ConfigureAwait(false);
        await _outputWriter.WriteAsync(string.Join('\n', text.Split('\n').Select(Terminal.Visible))).ConfigureAwait(false);
        return errored == 0
            ? (int)ExitCode.Success
            : throw new EvalException(
                ExitCode.SamplesErrored, $"the first documents of {errored} tasks have no prompt; the output says why in their places");
    }

    /// <summary>The folder of runs of several models or adapters; null if the command line asks for a run of one model alone.</summary>
    private async Task<MatrixFolder?> OpenMatrixAsync(
        ParseResult parsed,
        Dictionary<string, IReadOnlyList<string>> given,
        string? resume,
        bool quiet,
        CancellationToken cancellationToken)
    {
        string Parent() => OutputFolder(parsed)
            ?? Path.Combine("results", TimeProvider.System.GetUtcNow().ToString(OneRun.FolderTime, null));
        if (given.GetValueOrDefault("--model") is { Count: > 1 } models)
        {
            if (resume is not null)
            {
                throw new EvalException(
                    ExitCode.Usage,
                    "--resume and several --model together: --resume continues with the models it began with; leave --model out");
            }

            RunOptions first = _options.ReadWhole(parsed, configuration: _configuration);
            RunOptions[] options = [.. models.Select(first.For)];
            return await MatrixFolder.CreateAsync(Parent(), options).ConfigureAwait(false);
        }

        if (resume is null && given.ContainsKey(RunOptions.AdapterOption))
        {
            RunOptions options = _options.ReadWhole(parsed, configuration: _configuration);
            await DownloadAsync(parsed, options, quiet, cancellationToken).ConfigureAwait(false);
            AdapterRuns.Check(options);
            return await MatrixFolder.CreateAsync(Parent(), AdapterRuns.Of(options)).ConfigureAwait(false);
        }

        if (resume is null || !MatrixFolder.IsIn(resume))
            return null;
        string? fixedOption = ((string[])["--model", RunOptions.AdapterOption]).FirstOrDefault(given.ContainsKey);
        if (fixedOption is null)
        {
            var runs = MatrixFolder.Open(resume, given);
            try
            {
                if (given.ContainsKey("--model-id"))
                {
                    string one = Path.Combine(resume, runs.Entries[0].Folder);
                    throw new EvalException(
                        ExitCode.Usage,
                        $"--resume {resume} and --model-id together: one name is of one model, and the folder has runs of several models "
                        + $"or adapters; name one of its runs: --resume {one} --model-id ORG/NAME");
                }

                if (runs.HasAdapters)
                    await DownloadAsync(parsed, runs.Entries[0].Options, quiet, cancellationToken).ConfigureAwait(false);
                return runs;
            }
            catch
            {
                runs.Dispose();
                throw;
            }
        }

        throw new EvalException(
            ExitCode.Usage,
            $"--resume {resume} and {fixedOption} together: the folder has runs of several models or adapters; leave {fixedOption} out");
    }

    private void Note(bool quiet, string text)
    {
        if (!quiet)
            _error.WriteLine(Terminal.Visible(text));
    }
}
