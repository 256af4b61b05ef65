using System.Text.Json;
using EvalHarness.Pythonic;

namespace EvalHarness.Tests.Pythonic;

/// <summary>Python's findall over patterns and texts (re-cases.json), where .NET's syntax and classes differ.</summary>
public sealed class PythonRegexTests
{
    [Fact]
    public void FindAll_AsPython()
    {
        JsonElement cases = JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(
            Path.Combine(AppContext.BaseDirectory, "Pythonic", "re-cases.json"))).GetProperty("cases");
        var wrong = new List<string>();
        foreach (JsonElement c in cases.EnumerateArray())
        {
            List<string[]> found = PythonRegex.FindAll(
                PythonRegex.Compile(c.GetProperty("pattern").GetString()!, "test"), c.GetProperty("text").GetString()!);
            string[][] expected =
                [.. c.GetProperty("out").EnumerateArray().Select(m => m.EnumerateArray().Select(g => g.GetString()!).ToArray())];
            if (!found.Select(m => string.Join('\u0001', m)).SequenceEqual(expected.Select(m => string.Join('\u0001', m))))
                wrong.Add($"{c.GetRawText()} gave {JsonSerializer.Serialize(found)}");
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {cases.GetArrayLength()}:\n{string.Join('\n', wrong.Take(20))}");
    }
}
