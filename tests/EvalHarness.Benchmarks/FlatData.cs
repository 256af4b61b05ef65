using System.Globalization;
using Parquet;
using Parquet.Serialization;

namespace EvalHarness.Benchmarks;

/// <summary>
/// Makes the files of a workload: shards in a hub's layout with row groups of 1,000 rows, as the datasets library writes them, the task
/// file, and a recording of answers. One row group is in memory at a time.
/// </summary>
internal sealed class FlatData(string folder, FlatWorkload workload, int rows)
{
    private const int RowsPerGroup = 1_000, Seed = 20_261_127;

    internal string Datasets => Path.Combine(folder, "data");

    internal string Tasks => Path.Combine(folder, "tasks");

    internal string Recording => Path.Combine(folder, "recording.jsonl");

    internal async Task WriteAsync()
    {
        Directory.CreateDirectory(Tasks);
        await File.WriteAllTextAsync(Path.Combine(Tasks, $"{workload.Name}.yaml"), workload.TaskFile).ConfigureAwait(false);
        var random = new Random(Seed);
        StageBenchmarks.Row[] shots = [.. Enumerable.Range(0, workload.Shots).Select(_ => workload.MakeRow(random))];
        if (shots.Length > 0)
            await WriteShardAsync("dev", 0, 1, [shots]).ConfigureAwait(false);
        StreamWriter recording = new(Recording) { NewLine = "\n" };
        await using (recording.ConfigureAwait(false))
        {
            int shards = (rows + workload.RowsPerShard - 1) / workload.RowsPerShard;
            for (int shard = 0; shard < shards; shard++)
            {
                int first = shard * workload.RowsPerShard, end = Math.Min(rows, first + workload.RowsPerShard);
                await WriteShardAsync("test", shard, shards, Groups(random, shots, recording, first, end)).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Makes rows, and writes the answers to each while it is there.</summary>
    private IEnumerable<StageBenchmarks.Row[]> Groups(
        Random random, StageBenchmarks.Row[] shots, StreamWriter recording, int first, int end)
    {
        for (int id = first; id < end;)
        {
            var group = new StageBenchmarks.Row[Math.Min(RowsPerGroup, end - id)];
            for (int i = 0; i < group.Length; i++, id++)
            {
                group[i] = workload.MakeRow(random);
                workload.WriteAnswer(recording, id, group[i], workload.Context(group[i], shots), random);
            }

            yield return group;
        }
    }

    private async Task WriteShardAsync(string split, int shard, int shards, IEnumerable<StageBenchmarks.Row[]> groups)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{split}-{shard:00000}-of-{shards:00000}.parquet");
        string file = Path.Combine(Datasets, "flat", workload.Name, "main", name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        FileStream stream = File.Create(file);
        await using (stream.ConfigureAwait(false))
        {
            bool append = false;
            foreach (StageBenchmarks.Row[] group in groups)
            {
                var options = new ParquetOptions
                {
                    CompressionMethod = CompressionMethod.Snappy,
                    RowGroupSize = RowsPerGroup,
                    Append = append,
                };
                await ParquetSerializer.SerializeAsync(group, stream, options).ConfigureAwait(false);
                append = true;
            }
        }
    }
}
