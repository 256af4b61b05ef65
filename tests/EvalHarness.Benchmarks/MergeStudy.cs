using System.Globalization;
using System.Text;
using System.Text.Json;
using EvalHarness.Engines;
using EvalHarness.Results;

namespace EvalHarness.Benchmarks;

/// <summary>
/// What joining a thousand parts costs by the number of samples. The parts are made of a run in one piece: part K has every thousandth
/// document from the K-th on, so that the rows of all parts have to be put in order, which is the dearest way to cut a run.
/// </summary>
internal static class MergeStudy
{
    private const int Parts = 1_000, PartsAtOnce = 100, RowsPerGroup = 1_000;

    private static readonly int[] Sizes = [100_000, 1_000_000];

    /// <param name="program">The program's dll; null for that of this build.</param>
    internal static async Task RunAsync(string? program)
    {
        program ??= Path.GetFullPath(
            Path.Combine(AppContext.BaseDirectory, "..", "..", "EvalHarness.Cli", "release", "evalharness.dll"));
        Console.WriteLine($"{Environment.ProcessorCount} cores, {Parts} parts\n\n| Samples | CPU, s | Times | Elapsed, s | Peak, MiB "
            + "| Of the smaller |\n|---:|---:|---:|---:|---:|---:|");
        Measurement? smaller = null;
        foreach (int rows in Sizes)
        {
            string folder = Path.Combine(Path.GetTempPath(), $"merge-{Environment.ProcessId}");
            try
            {
                await MakeAsync(program, folder, rows).ConfigureAwait(false);
                Measurement merge = await MeasuredProgram.RunAsync(
                    program, ["merge", Path.Combine(folder, "parts"), "--output", Path.Combine(folder, "whole"), "--quiet"])
                    .ConfigureAwait(false);
                Require(merge);
                string times = smaller is null ? "" : Format($"{merge.Seconds / smaller.Seconds:0.00}");
                string memory = smaller is null ? "" : Format($"{merge.Mebibytes / smaller.Mebibytes:0.00}");
                Console.WriteLine(Format(
                    $"| {rows} | {merge.Seconds:0.0} | {times} | {merge.Elapsed.TotalSeconds:0.0} | {merge.Mebibytes:0} | {memory} |"));
                smaller = merge;
            }
            finally
            {
                if (Directory.Exists(folder))
                    Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static async Task MakeAsync(string program, string folder, int rows)
    {
        FlatWorkload workload = FlatWorkloads.All.First(w => w.Name == "choices");
        var data = new FlatData(folder, workload, rows);
        await data.WriteAsync().ConfigureAwait(false);
        string run = Path.Combine(folder, "run");
        Require(await MeasuredProgram.RunAsync(
            program,
            [
                "run", "--model", $"replay:{data.Recording}", "--tasks", workload.Name, "--include-path", data.Tasks,
                "--datasets", data.Datasets, "--output", run, "--quiet",
            ]).ConfigureAwait(false));
        var whole = RunFolder.Open(run);
        for (int first = 0; first < Parts; first += PartsAtOnce)
            await SplitAsync(whole, workload.Name, Path.Combine(folder, "parts"), first).ConfigureAwait(false);
    }

    /// <summary>Makes some of the parts, which are in memory meanwhile.</summary>
    private static async Task SplitAsync(RunFolder whole, string task, string folder, int first)
    {
        var lines = new StringBuilder[PartsAtOnce];
        var rows = new List<SampleRow>[PartsAtOnce];
        for (int i = 0; i < PartsAtOnce; i++)
            (lines[i], rows[i]) = (new StringBuilder(), []);
        foreach (string line in File.ReadLines(whole.JournalFile))
        {
            using var json = JsonDocument.Parse(line);
            if (Place(json.RootElement.GetProperty("doc_id").GetInt64(), first) is { } place)
                lines[place].Append(line).Append('\n');
        }

        await foreach (SampleRow row in whole.StreamSamplesAsync(task, columns: null, CancellationToken.None).ConfigureAwait(false))
        {
            if (Place(row.DocumentId, first) is { } place)
                rows[place].Add(row);
        }

        Manifest manifest = whole.ReadManifest();
        for (int i = 0; i < PartsAtOnce; i++)
        {
            var part = new RunFolder(Path.Combine(folder, $"{first + i + 1}"));
            foreach (SampleRow[] block in rows[i].Chunk(RowsPerGroup))
                await part.WriteSamplesAsync(task, block, CancellationToken.None).ConfigureAwait(false);
            await File.WriteAllTextAsync(part.JournalFile, lines[i].ToString()).ConfigureAwait(false);
            RunSession session = manifest.Sessions[^1] with
            {
                Files = await ModelFiles.HashAsync(part.SamplesFile(task), CancellationToken.None).ConfigureAwait(false),
                Outcome = new PartOutcome(rows[i].Count, Errored: 0),
            };
            var named = new RunPart(first + i + 1, Parts);
            await part.WriteManifestAsync(manifest with
            {
                Options = manifest.Options with { Shard = $"{named}" },
                Part = named.Of(manifest),
                Sessions = [session],
            }).ConfigureAwait(false);
        }
    }

    /// <summary>The part of a document among those that are made now; null where it is in another one.</summary>
    private static int? Place(long document, int first) =>
        document % Parts - first is >= 0 and < PartsAtOnce and var place ? (int)place : null;

    private static void Require(Measurement measured)
    {
        if (measured.ExitCode != 0)
            throw new InvalidOperationException(measured.Error);
    }
}
