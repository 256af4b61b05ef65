// Converts the JSON lines that rows.py writes into Parquet shards: dotnet run src/TinyModel/shards.cs -- ROWS DATASETS
#:project ../EvalHarness/EvalHarness.csproj
#:package Parquet.Net
#:property PublishAot=false
using System.Text.Json;
using System.Text.Json.Serialization;
using Parquet.Serialization;

if (args is not [var rows, var datasets])
{
    Console.Error.WriteLine("usage: dotnet run src/TinyModel/shards.cs -- ROWS DATASETS");
    return 2;
}

foreach (string file in Directory.EnumerateFiles(rows, "*.jsonl", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
{
    string relative = Path.ChangeExtension(Path.GetRelativePath(rows, file), null);
    string shard = Path.Combine(datasets, $"{relative}-00000-of-00001.parquet");
    Directory.CreateDirectory(Path.GetDirectoryName(shard)!);
    using FileStream stream = File.Create(shard);
    int count = relative.Split('/', '\\')[0] switch
    {
        "quick_mmlu" => await WriteAsync(file, Json.Default.Question, stream),
        "quick_gsm8k" => await WriteAsync(file, Json.Default.Problem, stream),
        _ => await WriteAsync(file, Json.Default.Function, stream),
    };
    Console.WriteLine($"{shard}: {count} rows, {stream.Length} bytes");
}

return 0;

static async Task<int> WriteAsync<T>(string file, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, Stream stream)
    where T : notnull
{
    T[] rows = [.. File.ReadLines(file).Select(line => JsonSerializer.Deserialize(line, type)!)];
    await ParquetSerializer.SerializeAsync(rows, stream);
    return rows.Length;
}

/// <summary>A row with the columns of MMLU.</summary>
internal sealed record Question(
    [property: JsonPropertyName("question")] string Text,
    [property: JsonPropertyName("subject")] string Subject,
    [property: JsonPropertyName("choices")] List<string> Choices,
    [property: JsonPropertyName("answer")] long Answer);

/// <summary>A row with the columns of GSM8K.</summary>
internal sealed record Problem(
    [property: JsonPropertyName("question")] string Question,
    [property: JsonPropertyName("answer")] string Answer);

/// <summary>A row with the columns of HumanEval.</summary>
internal sealed record Function(
    [property: JsonPropertyName("task_id")] string Id,
    [property: JsonPropertyName("prompt")] string Prompt,
    [property: JsonPropertyName("canonical_solution")] string Solution,
    [property: JsonPropertyName("test")] string Test,
    [property: JsonPropertyName("entry_point")] string EntryPoint);

[JsonSerializable(typeof(Question))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(Function))]
internal sealed partial class Json : JsonSerializerContext;
