using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Data;
using EvalHarness.Tasks;

namespace EvalHarness.Scoring;

/// <summary>
/// Grades with an external program. The program reads one JSON object per sample and line from standard input, with the keys
/// <c>id, doc, context, choices, target, answers, responses, log_likelihoods</c>, until the end of input. It writes one JSON object
/// per sample and line to standard output, in any order: <c>id</c> and <c>scores</c> (a number by metric), or <c>id</c> and
/// <c>error</c>. A sample that the program does not write about is errored.
/// </summary>
internal sealed class CommandGrader : IGrader
{
    public string Name => "command";

    public bool IsCostly => true;

    /// <summary>The files that a task's grader_command names, which decide its scores.</summary>
    internal static IEnumerable<string> Files(TaskDefinition task) => task.GraderCommand.Count == 0
        ? []
        : task.GraderCommand.Select(word => Path.Combine(FolderOf(task), word)).Where(File.Exists);

    private static string FolderOf(TaskDefinition task) => Path.GetDirectoryName(Path.GetFullPath(task.Source))!;

    public async Task<IReadOnlyList<Grade>> GradeAsync(GradingJob job, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> command = job.Task.GraderCommand;
        if (command.Count == 0)
        {
            throw new EvalException(
                ExitCode.Task,
                $"{job.Task.Source}: task {job.Task.Name}: grader command needs the key grader_command (program and arguments)");
        }

        using Process process = Start(job, command);
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
        Task writing = WriteAsync(process, job.Samples, cancellationToken);
        var grades = new Dictionary<long, Grade>();
        string? problem = null;
        try
        {
            while (await process.StandardOutput.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
            {
                if (line.Length > 0)
                    problem ??= Read(line, job, grades);
            }

            await writing.ConfigureAwait(false);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }

        string lastError = (await errors.ConfigureAwait(false)).TrimEnd().Split('\n')[^1].Trim();
        if (process.ExitCode != 0)
            problem = $"it ended with status {process.ExitCode}" + (lastError.Length > 0 ? $": {lastError}" : "");
        return [.. job.Samples.Select(s => grades.GetValueOrDefault(s.DocumentId)
            ?? Grade.Failed($"grader {command[0]}: {problem ?? "no line with this id"}"))];
    }

    private static Process Start(GradingJob job, IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = Encoding.UTF8,
        };
        // Paths in a task file are relative to the folder of that file.
        if (File.Exists(job.Task.Source))
            start.WorkingDirectory = FolderOf(job.Task);
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new EvalException(
                ExitCode.Environment,
                $"{job.Task.Source}: task {job.Task.Name}: grader_command {command[0]} does not start: {e.Message}",
                e);
        }
    }

    private static async Task WriteAsync(Process process, IReadOnlyList<Sample> samples, CancellationToken cancellationToken)
    {
        try
        {
            foreach (Sample sample in samples)
                await process.StandardInput.WriteLineAsync(ToJson(sample).AsMemory(), cancellationToken).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program has ended before it read all samples. Its exit status is reported, and the samples without a line are errored.
        }
    }

    private static string ToJson(Sample sample) => new JsonObject
    {
        ["id"] = sample.DocumentId,
        ["doc"] = Document.ToNode(sample.Document.Values),
        ["context"] = sample.Context,
        ["choices"] = Document.ToNode(sample.Choices.Cast<object?>().ToList()),
        ["target"] = Document.ToNode(sample.Target),
        ["answers"] = Document.ToNode(sample.Answers.Cast<object?>().ToList()),
        ["responses"] = Document.ToNode(sample.Responses.Select(r => (object?)r.Text).ToList()),
        ["log_likelihoods"] = Document.ToNode(sample.Responses.Select(r => (object?)r.LogLikelihood).ToList()),
    }.ToJsonString();

    /// <summary>Reads one line of the program's output into a grade.</summary>
    /// <returns>A description of what is wrong with the line, or null.</returns>
    private static string? Read(string line, GradingJob job, Dictionary<long, Grade> grades)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            long id = json.RootElement.GetProperty("id").GetInt64();
            if (json.RootElement.TryGetProperty("error", out JsonElement error))
            {
                grades[id] = Grade.Failed(error.GetString() ?? "error");
                return null;
            }

            Dictionary<string, double> scores = json.RootElement.GetProperty("scores")
                .EnumerateObject()
                .ToDictionary(s => s.Name, s => s.Value.GetDouble());
            string? missing = job.Task.Metrics.Select(m => m.Name).FirstOrDefault(m => !scores.ContainsKey(m));
            grades[id] = missing is null
                ? new Grade { Scores = scores }
                : Grade.Failed($"the grader gave no score for metric {missing}");
            return null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return $"wrote '{(line.Length > 80 ? line[..80] + "..." : line)}'; expected one JSON object with id and scores";
        }
    }
}
