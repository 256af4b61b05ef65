using System.CommandLine;
using EvalHarness.Data;
using EvalHarness.Data.Hub;
using EvalHarness.Tasks;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness fetch</c>.</summary>
internal static class FetchCommand
{
    internal static Command Create(TextWriter output, TextWriter error)
    {
        var tasks = new Option<string[]>("--for-tasks")
        {
            Description = "Fetch the dataset splits that these tasks read: names, groups, tags or globs, separated by commas",
            HelpName = "NAMES",
        };
        Option<string[]> includePaths = CommonOptions.IncludePath();
        var quiet = new Option<bool>("--quiet") { Description = "Print only the folders", Recursive = true };
        var command = new Command(
            "fetch",
            $"""
            Downloads datasets and models from the Hugging Face hub into the hub's cache, which Python tools use too, and prints their
            folders.
            An interrupted download continues where it stopped, and every file is verified. The environment variables HF_TOKEN, HF_ENDPOINT,
            HF_HOME, HF_HUB_CACHE, HF_HUB_OFFLINE and the proxy settings have the same meaning as in huggingface_hub.

            Examples:
              {Invocation.Command} fetch --for-tasks mmlu,gsm8k
              {Invocation.Command} fetch dataset cais/mmlu@c30699e8356da336a370243923dbaf21066bb9fe --include 'all/*'
              {Invocation.Command} fetch model microsoft/Phi-3-mini-4k-instruct-onnx --include 'cpu_and_mobile/*'
            """) { tasks, includePaths, quiet };
        command.Subcommands.Add(Repository(HubKind.Dataset, quiet, output, error));
        command.Subcommands.Add(Repository(HubKind.Model, quiet, output, error));
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(tasks) is not { Length: > 0 } names)
            {
                throw new EvalException(
                    ExitCode.Usage,
                    "fetch: expected --for-tasks NAMES, dataset ORG/NAME or model ORG/NAME. "
                    + $"See '{Invocation.Command} fetch --help'.");
            }

            TaskSelection selection = TaskCatalog
                .Load(parsed.GetValue(includePaths) ?? [], code: TaskCodeUse.Described)
                .Select(names);
            using HubFetch hub = Open(error, parsed.GetValue(quiet));
            IReadOnlyList<DatasetName> splits = HubDatasets.Of(selection.Runs(numFewShot: null, seed: 0));
            foreach (string folder in await hub.DatasetsAsync(splits, cancellationToken).ConfigureAwait(false))
                await output.WriteLineAsync(folder).ConfigureAwait(false);
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static HubFetch Open(TextWriter error, bool quiet) =>
        new(text => Terminal.Say(error, quiet, text), HubFetch.ProgressOn(error, quiet));

    private static Command Repository(HubKind kind, Option<bool> quiet, TextWriter output, TextWriter error)
    {
        (string word, string example) = kind == HubKind.Model
            ? ("model", "microsoft/Phi-3-mini-4k-instruct-onnx --include 'cpu_and_mobile/*'")
            : ("dataset", "openai/gsm8k --include 'main/*'");
        var name = new Argument<string>("name")
        {
            Description = "ORG/NAME or ORG/NAME@REVISION (default revision: main)",
            HelpName = "NAME",
        };
        var include = new Option<string[]>("--include")
        {
            Description = "Download only the files that this glob matches; * also matches slashes",
            HelpName = "GLOB",
        };
        var command = new Command(
            word,
            $"""
            Downloads a {word} repository, or some of its files, and prints the folder.

            Examples:
              {Invocation.Command} fetch {word} {example}
            """) { name, include };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var repository = HubRepository.Parse(kind, parsed.GetValue(name)!);
            using HubFetch hub = Open(error, parsed.GetValue(quiet));
            string folder = await hub.FilesAsync(repository, parsed.GetValue(include) ?? [], cancellationToken).ConfigureAwait(false);
            await output.WriteLineAsync(folder).ConfigureAwait(false);
            return (int)ExitCode.Success;
        });
        return command;
    }
}
