using DuckDB.NET.Data;
using EvalHarness.Results;

namespace EvalHarness.Tests.Results;

/// <summary>Another program sees the columns of samples with their types, and null where there is nothing.</summary>
public sealed class SampleTypesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => new RunFolder(_folder["run"]).SamplesFile("tiny");

    private static readonly SampleRow[] Rows =
    [
        new SampleRow
        {
            DocumentId = 0,
            Document = """{"question":"Which?"}""",
            Context = "Q: Which?",
            Target = "Paris",
            TargetIsJson = false,
            Completions = ["Paris", "Rome"],
            Answers = [new("none", ["Paris", null]), new("strict", [])],
            Scores = Scores.Of(("exact_match,none", 0.5), ("f1,none", new List<object?> { 1L, 0L }), ("n,none", 3L)),
            TokenLogProbabilities = [[-0.5, -0.25], []],
        },
        new SampleRow
        {
            DocumentId = 1,
            Target = "1",
            TargetIsJson = true,
            LogLikelihoods = [-1.5, -2],
            IsGreedy = [true, false],
            Scores = Scores.Of(("acc,none", 1.0)),
        },
        new SampleRow { DocumentId = 2, Error = "no prompt" },
    ];

    private async Task<string[][]> QueryAsync(string sql)
    {
        await new RunFolder(_folder["run"]).WriteSamplesAsync("tiny", Rows, CancellationToken.None);
        using var connection = new DuckDBConnection("Data Source=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = sql;
        using DuckDBDataReader reader = command.ExecuteReader();
        var rows = new List<string[]>();
        while (reader.Read())
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "NULL" : $"{reader.GetValue(i)}")]);
        return [.. rows];
    }

    [Fact]
    public async Task Columns_HaveTheirTypes()
    {
        string[][] columns = await QueryAsync($"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM '{File}')");
        Assert.Equal(
            [
                "doc_id BIGINT", "document VARCHAR", "context VARCHAR", "contexts VARCHAR[]", "messages_sha256 VARCHAR[]",
                "continuations VARCHAR[]", "target VARCHAR", "target_is_json BOOLEAN", "log_likelihoods DOUBLE[]", "is_greedy BOOLEAN[]",
                "completions VARCHAR[]", "reasoning VARCHAR[]", "reasoning_tokens BIGINT[]", "reasoning_unfinished BOOLEAN[]",
                "answers STRUCT(\"filter\" VARCHAR, answers VARCHAR[])[]",
                "scores STRUCT(metric VARCHAR, \"filter\" VARCHAR, \"value\" DOUBLE, items VARCHAR)[]",
                "prompt_tokens BIGINT[]", "cached_tokens BIGINT[]", "truncated_tokens BIGINT[]", "completion_tokens BIGINT[]",
                "token_logprobs DOUBLE[][]", "finish_reasons VARCHAR[]", "milliseconds DOUBLE", "verdicts VARCHAR[]", "detail VARCHAR",
                "error VARCHAR",
            ],
            columns.Select(c => string.Join(' ', c)));
    }

    [Fact]
    public async Task Values_AreThoseOfTheRows_AndNullWhereThereIsNothing()
    {
        Assert.Equal(
            [
                ["0", "0.5", "NULL", "[1,0]", "3", "3", "Paris", "NULL", "NULL", "-0.25", "NULL", "2", "Which?", "Paris", "False", "NULL"],
                ["1", "1", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "1", "True", "NULL"],
                ["2", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL",
                    "no prompt"],
            ],
            await QueryAsync(
                $$"""
                SELECT doc_id, scores[1].value, scores[2].value, scores[2].items, scores[3].value, scores[3].items,
                    answers[1].answers[1], answers[1].answers[2], answers[2].answers, token_logprobs[1][2], token_logprobs[2],
                    length(completions), nullif(document, '') ->> 'question', target, target_is_json, error
                FROM '{{File}}' ORDER BY doc_id
                """));
        string[][] empty = await QueryAsync(
            "SELECT contexts, continuations, log_likelihoods, answers, scores, token_logprobs, verdicts, detail "
            + $"FROM '{File}' WHERE doc_id = 2");
        Assert.All(Assert.Single(empty), value => Assert.Equal("NULL", value));
    }

    [Fact]
    public async Task Metadata_HasTheVersion() => Assert.Equal(
        [["evalharness.samples_version", "2"]],
        await QueryAsync($"SELECT decode(key), decode(value) FROM parquet_kv_metadata('{File}')"));

    public void Dispose() => _folder.Dispose();
}
