using System.CommandLine;
using EvalHarness.Data.Hub;
using EvalHarness.Tasks;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness fetch</c>.</summary>
internal static class FetchCommand
{
    internal static Command Create(TextWriter output, TextWriter error)
    {
        var tasks = new Option<string[]>("--for-tasks") { Description = "Names, groups, tags or globs, separated by commas: the splits that they read", HelpName = "NAMES" };
        var includePaths = new Option<string[]>("--include-path") { Description = "Folder with task files of your own", HelpName = "DIR" };
        var quiet = new Option<bool>("--quiet") { Description = "Nothing but the folders", Recursive = true };
        var command = new Command(
            "fetch",
            $"""
            Fetches datasets and models from the Hugging Face hub into its own cache, which Python tools share: resumed where it was cut off, every
            file verified. HF_TOKEN, HF_ENDPOINT, HF_HOME, HF_HUB_CACHE, HF_HUB_OFFLINE and proxies count as there. Prints the folders.

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
                throw new EvalException(ExitCode.Usage, $"fetch: expected --for-tasks NAMES, dataset ORG/NAME or model ORG/NAME. See '{Invocation.Command} fetch --help'.");
            TaskSelection selection = TaskCatalog.Load(parsed.GetValue(includePaths) ?? []).Select(names);
            using var hub = new HubFetch(text => Terminal.Say(error, parsed.GetValue(quiet), text), HubFetch.ProgressOn(error, parsed.GetValue(quiet)));
            foreach (string folder in await hub.DatasetsAsync(HubDatasets.Of(selection.Runs(numFewShot: null, seed: 0)), cancellationToken).ConfigureAwait(false))
                await output.WriteLineAsync(folder).ConfigureAwait(false);
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static Command Repository(HubKind kind, Option<bool> quiet, TextWriter output, TextWriter error)
    {
        string word = kind == HubKind.Model ? "model" : "dataset";
        var name = new Argument<string>("name") { Description = "ORG/NAME or ORG/NAME@REVISION (default: main)", HelpName = "NAME" };
        var include = new Option<string[]>("--include") { Description = "Only files that this glob fits; a * also stands for slashes", HelpName = "GLOB" };
        var command = new Command(word, $"Fetches a {word} repository, or some of its files.\n\nExamples:\n  {Invocation.Command} fetch {word} {(kind == HubKind.Model ? "microsoft/Phi-3-mini-4k-instruct-onnx --include 'cpu_and_mobile/*'" : "openai/gsm8k --include 'main/*'")}") { name, include };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var repository = HubRepository.Parse(kind, parsed.GetValue(name)!);
            using var hub = new HubFetch(text => Terminal.Say(error, parsed.GetValue(quiet), text), HubFetch.ProgressOn(error, parsed.GetValue(quiet)));
            await output.WriteLineAsync(await hub.FilesAsync(repository, parsed.GetValue(include) ?? [], cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
            return (int)ExitCode.Success;
        });
        return command;
    }
}
