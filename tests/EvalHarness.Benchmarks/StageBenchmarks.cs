using BenchmarkDotNet.Attributes;
using EvalHarness.Data;
using EvalHarness.Engines;
using EvalHarness.Planning;
using EvalHarness.Prompts;
using EvalHarness.Scoring;
using EvalHarness.Tasks;
using EvalHarness.Templates;
using Parquet.Serialization;

namespace EvalHarness.Benchmarks;

/// <summary>Times each stage of a run on 1,000 generated documents with four choices each.</summary>
[MemoryDiagnoser]
public class StageBenchmarks
{
    private const int Count = 1000;

    private readonly string _root = Path.Combine(Path.GetTempPath(), $"evalharness-benchmarks-{Environment.ProcessId}");
    private readonly Template _template = Template.Parse(
        "{{question.strip()}}\nA. {{choices[0]}}\nB. {{choices[1]}}\nC. {{choices[2]}}\nD. {{choices[3]}}\nAnswer:");
    private readonly float[] _row = [.. Enumerable.Range(0, 151_936).Select(i => (float)Math.Sin(i) * 10)];
    private TaskDefinition _task = null!;
    private List<Document> _documents = null!;
    private PlannedSequence[] _sequences = null!;
    private GradingJob _job = null!;

    /// <summary>A row of the generated dataset. Its properties have the names of the Parquet columns.</summary>
    public sealed record Row(string question, List<string> choices, long answer);

    [GlobalSetup]
    public void Setup()
    {
        string shard = Path.Combine(_root, "org", "name", "main", "test-00000-of-00001.parquet");
        Directory.CreateDirectory(Path.GetDirectoryName(shard)!);
        IEnumerable<Row> rows = Enumerable.Range(0, Count).Select(i => new Row(
            $"Which of these numbers is twice {i}, given that {i} is a whole number? ",
            [$"{i}", $"{2 * i}", $"{3 * i}", $"{4 * i}"],
            1));
        using (FileStream stream = File.Create(shard))
            ParquetSerializer.SerializeAsync(rows, stream).GetAwaiter().GetResult();
        string tasks = Path.Combine(_root, "tasks");
        Directory.CreateDirectory(tasks);
        File.WriteAllText(
            Path.Combine(tasks, "bench.yaml"),
            """
            task: bench
            dataset_path: org/name
            dataset_name: main
            test_split: test
            output_type: multiple_choice
            doc_to_text: "{{question.strip()}}\nA. {{choices[0]}}\nB. {{choices[1]}}\nC. {{choices[2]}}\nD. {{choices[3]}}\nAnswer:"
            doc_to_target: answer
            doc_to_choice: ["A", "B", "C", "D"]
            """);
        _task = TaskCatalog.Load([tasks]).Select(["bench"]).Tasks[0];
        _documents = ReadShard().GetAwaiter().GetResult();
        var builder = new PromptBuilder(new TaskRun(_task, NumFewShot: 0, Seed: 1234));
        PreparedDocument[] prepared = [.. _documents.Select((d, i) => builder.Prepare(new NumberedDocument(i, d)))];
        var random = new Random(1);
        int[] shots = [.. Enumerable.Range(0, 600).Select(_ => random.Next(50_000))];
        _sequences = [.. prepared.SelectMany(_ =>
        {
            int[] tokens = [.. shots, .. Enumerable.Range(0, 80).Select(_ => random.Next(50_000))];
            return Enumerable.Range(0, 4).Select(_ => new PlannedSequence(tokens, tokens.Length - 1));
        })];
        _job = new GradingJob
        {
            Task = _task,
            Filter = "none",
            Samples = [.. prepared.Select(p => new Sample
            {
                DocumentId = p.Id,
                Document = p.Document,
                Context = p.Context,
                Choices = p.Choices,
                Target = p.Target,
                Responses =
                [
                    .. p.Requests.Select((r, i) => new Response
                    {
                        Key = r.Key,
                        FinishReason = FinishReason.Scored,
                        LogLikelihood = -i,
                        IsGreedy = false,
                    }),
                ],
                Answers = [],
            })],
        };
    }

    [GlobalCleanup]
    public void Cleanup() => Directory.Delete(_root, recursive: true);

    [Benchmark]
    public async Task<List<Document>> ReadShard()
    {
        DatasetSplit split = await new FileDatasetSource(_root)
            .OpenAsync(new DatasetName("org/name", "main", "test"), CancellationToken.None)
            .ConfigureAwait(false);
        return await split.ReadAsync(CancellationToken.None).ToListAsync().ConfigureAwait(false);
    }

    [Benchmark]
    public int RenderTemplates() => _documents.Sum(d => _template.Render(d.Values).Length);

    [Benchmark]
    public int PreparePrompts()
    {
        var builder = new PromptBuilder(new TaskRun(_task, NumFewShot: 0, Seed: 1234));
        return _documents.Select((d, i) => builder.Prepare(new NumberedDocument(i, d))).Sum(d => d.Context.Length);
    }

    /// <summary>Plans 4,000 sequences of 680 tokens, of which the first 600 are the same.</summary>
    [Benchmark]
    public long PlanPrefixes() => PrefixPlan.Build(_sequences).Count(_ => true).Unique;

    /// <summary>Processes one row of logits for a vocabulary of 151,936 tokens.</summary>
    [Benchmark]
    public double LogSumExp() => LogSoftmax.LogSumExp(_row);

    [Benchmark]
    public Task<IReadOnlyList<Grade>> Grade() => new MultipleChoiceGrader().GradeAsync(_job, CancellationToken.None);
}
