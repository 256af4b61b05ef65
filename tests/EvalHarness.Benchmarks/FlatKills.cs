using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace EvalHarness.Benchmarks;

/// <summary>Kills a run at random moments, resumes it, and compares its files with those of a run that was left alone.</summary>
internal static class FlatKills
{
    internal const string Head = "| Round | Killed after | Journal, share of the whole | Files |\n|---:|---:|---:|---|";

    private const int Rounds = 10, Seed = 24;

    /// <param name="program">The program's dll.</param>
    /// <param name="run">Given a folder, returns the arguments of a run into it.</param>
    /// <param name="whole">The folder of the run that is left alone.</param>
    /// <param name="folder">The folder of those that are killed.</param>
    internal static async Task RunAsync(string program, Func<string, string[]> run, string whole, string folder)
    {
        Measurement measured = await MeasuredProgram.RunAsync(program, run(whole)).ConfigureAwait(false);
        if (measured.ExitCode != 0)
            throw new InvalidOperationException(measured.Error);
        var random = new Random(Seed);
        for (int round = 1; round <= Rounds; round++)
        {
            TimeSpan moment = measured.Elapsed * random.NextDouble();
            long started = TimeProvider.System.GetTimestamp();
            Measurement killed = await MeasuredProgram
                .RunAsync(program, run(folder), kill: () => TimeProvider.System.GetElapsedTime(started) >= moment)
                .ConfigureAwait(false);
            double share = Length(folder) / Length(whole);
            // A run that was killed before it began has nothing to resume, and its folder is free.
            bool begun = File.Exists(Path.Combine(folder, "manifest.json"));
            Measurement resumed = await MeasuredProgram
                .RunAsync(program, begun ? ["run", "--resume", folder, "--quiet"] : run(folder))
                .ConfigureAwait(false);
            string files = resumed.ExitCode != 0 ? $"exit code {resumed.ExitCode}: {resumed.Error}" : Difference(whole, folder);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {round} | {(killed.ExitCode == 0 ? "not" : $"{moment.TotalSeconds:0.0} s")} | {share:0.000} | {files} |"));
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    private static double Length(string run) =>
        new FileInfo(Path.Combine(run, "responses.jsonl")) is { Exists: true } journal ? journal.Length : 0;

    private static string Difference(string expected, string actual)
    {
        string[] wrong =
        [
            .. Results(expected) == Results(actual) ? (string[])[] : ["results.json"],
            .. Directory.GetFiles(Path.Combine(expected, "samples"))
                .Select(f => Path.Combine("samples", Path.GetFileName(f)))
                .Where(f => Hash(Path.Combine(expected, f)) != Hash(Path.Combine(actual, f))),
        ];
        return wrong.Length == 0 ? "equal" : $"different: {string.Join(", ", wrong)}";
    }

    /// <summary>Replayed answers take no time, so that all bytes of samples must be the same.</summary>
    private static string Hash(string file)
    {
        using FileStream stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>Without what says when a run was and how long it took, and what work it did, which a kill makes more.</summary>
    private static string Results(string run)
    {
        JsonNode results = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "results.json")))!;
        foreach (string key in (string[])["date", "total_evaluation_time_seconds"])
            results.AsObject().Remove(key);
        foreach (string key in (string[])["seconds", "usage", "work"])
            results["evalharness"]!.AsObject().Remove(key);
        return results.ToJsonString();
    }
}
