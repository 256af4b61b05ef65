using System.Text.Json;
using EvalHarness.Tasks.Functions.Languages;

namespace EvalHarness.Tests.Tasks.Functions;

/// <summary>Languages against langdetect's own answers (langdetect-cases.json), with profiles that it made of a few sentences.</summary>
public sealed class LanguageDetectorTests
{
    /// <summary>A folder as PYTHONPATH names one.</summary>
    internal static string Packages => Path.Combine(AppContext.BaseDirectory, "Tasks", "Functions", "python");

    [Fact]
    public void Detect_AsLangdetect()
    {
        var detector = new LanguageDetector(LanguageProfiles.Read(Path.Combine(Packages, "langdetect")));
        JsonElement cases = JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(
            Path.Combine(AppContext.BaseDirectory, "Tasks", "Functions", "langdetect-cases.json"))).GetProperty("cases");
        string[] wrong =
        [
            .. cases.EnumerateArray()
                .Select(c => (Text: c.GetProperty("in").GetString()!, Expected: c.GetProperty("out").GetString()))
                .Where(c => detector.Detect(c.Text) != c.Expected)
                .Select(c => $"{c.Text}: {c.Expected} there, {detector.Detect(c.Text)} here"),
        ];
        Assert.True(wrong.Length == 0, $"{wrong.Length} of {cases.GetArrayLength()}:\n{string.Join('\n', wrong)}");
    }
}
