using System.Diagnostics;
using System.Text.Json;

namespace EvalHarness.Tests.Tokenizers;

/// <summary>Hugging Face's own tokenizers library, which 'npm ci' in the folder Oracle installs. It answers what is right.</summary>
internal static class LibraryOracle
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    internal static string Folder { get; } =
        Path.Combine(Shared.Repository, "tests", "EvalHarness.Tests", "Tokenizers", "Oracle");

    internal static string? Missing { get; } =
        !Directory.Exists(Path.Combine(Folder, "node_modules")) ? $"needs 'npm ci' in {Path.GetRelativePath(Shared.Repository, Folder)}"
        : EvalHarness.Sandbox.BoxBackend.Find("node") is null ? "needs Node.js"
        : null;

    /// <summary>A question: a text to encode, or ids to decode.</summary>
    internal sealed record Question(string? Text = null, IReadOnlyList<int>? Ids = null);

    /// <summary>What Oracle/answer.js says it gives for a question; null is what it does not give.</summary>
    internal sealed record Answer(int[]? Ids, int[]? IdsSpecial, int[][]? Offsets, string? Decoded, string? Text, string? TextSpecial);

    /// <summary>One answer for each question, in their order.</summary>
    internal static List<Answer> Ask(string tokenizerFile, IEnumerable<Question> questions)
    {
        var start = new ProcessStartInfo("node", ["answer.js", tokenizerFile])
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        Task writing = Task.Run(() =>
        {
            using StreamWriter input = process.StandardInput;
            foreach (Question question in questions)
            {
                input.WriteLine(question.Text is null
                    ? JsonSerializer.Serialize(new { ids = question.Ids })
                    : JsonSerializer.Serialize(new { text = question.Text }));
            }
        });
        var answers = new List<Answer>();
        while (process.StandardOutput.ReadLine() is { } line)
            answers.Add(JsonSerializer.Deserialize<Answer>(line, Options)!);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{error.Result} after {answers.Count} answers");
        writing.GetAwaiter().GetResult();
        return answers;
    }
}

/// <summary>A test that asks <see cref="LibraryOracle"/>; skipped, with a message, where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OracleFactAttribute : FactAttribute
{
    public OracleFactAttribute() => Skip = LibraryOracle.Missing!;
}

/// <summary>As <see cref="OracleFactAttribute"/>, with rows.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OracleTheoryAttribute : TheoryAttribute
{
    public OracleTheoryAttribute() => Skip = LibraryOracle.Missing!;
}

/// <summary>A theory that asks <see cref="LibraryOracle"/> about vocabularies of the folder 'shared'.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedOracleTheoryAttribute : TheoryAttribute
{
    public SharedOracleTheoryAttribute() => Skip = (Shared.Missing ?? LibraryOracle.Missing)!;
}
