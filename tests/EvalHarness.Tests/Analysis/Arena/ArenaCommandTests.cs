using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Analysis.Arena;

/// <summary><c>evalharness arena</c> from files of verdicts to tables, JSON and the page.</summary>
public sealed class ArenaCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Three models on 40 questions, each pair on as many; the strong one wins most, and one battle in ten is tied.</summary>
    private string Write(string name = "battles.csv", string strong = "strong")
    {
        var text = new StringBuilder("model_a,model_b,winner,question_id,answer_a,answer_b\n");
        string[] models = [strong, "middle", "weak"];
        for (int i = 0; i < 120; i++)
        {
            int a = i % 3, b = (a + 1 + (i / 3 % 2)) % 3;
            string winner = i % 10 == 9 ? "tie" : i % 4 == 3 == a < b ? "model_b" : "model_a";
            string[] answers = [new string('x', 5 + (i * 7 % 11)), new string('y', 5 + (i * 5 % 13))];
            text.Append(CultureInfo.InvariantCulture, $"\"{models[a]}\",\"{models[b]}\",{winner},q{i / 3},{answers[0]},{answers[1]}\n");
        }

        return _folder.Write(name, text.ToString());
    }

    [Fact]
    public async Task Table_HasRatingsRanksAndWins()
    {
        CommandLineResult result = await CommandLine.SucceedAsync("arena", "--battles", Write());
        string[] lines = result.Output.Split('\n');
        Assert.Equal("120 battles on 40 documents, 12 of them ties; no controls", lines[0]);
        Assert.Matches(@"^\| +1( to \d)? \| strong +\| 1\d\d\d \[\d+, \d+\] \| +80 \| 0\.\d{4} \|$", lines[4]);
        Assert.Contains(lines, l => l.StartsWith("| Won against |", StringComparison.Ordinal));
        Assert.Matches(@"\| strong +\| +\| +\d\.\d\d of 40 \| +\d\.\d\d of 40 \|", result.Output);
        Assert.DoesNotContain("Held equal", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_IsTheFileAndHoldsTogether()
    {
        string output = _folder["out"];
        CommandLineResult result = await CommandLine.SucceedAsync(
            "arena", "--battles", Write(), "--controls", "length,markdown", "--json", "--output", output);
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(output, "arena.json")), result.Output);
        JsonNode json = JsonNode.Parse(result.Output)!;
        JsonArray models = json["models"]!.AsArray();
        Assert.Equal("strong", (string)models[0]!["model"]!);
        Assert.Equal(3, models.DistinctBy(m => (string)m!["model"]!).Count());
        Assert.Equal(1000, models.Average(m => (double)m!["rating"]!), 1e-6);
        Assert.Equal(120, (long)json["battles"]!);
        Assert.Equal(240, models.Sum(m => (long)m!["battles"]!));
        Assert.Equal(["length"], json["effects"]!.AsArray().Select(e => (string)e!["control"]!));
        Assert.Contains("No effect of headings, bold, list items", (string)json["notes"]![0]!, StringComparison.Ordinal);
        Assert.Equal(120, json["pairs"]!.AsArray().Sum(p => (long)p!["battles"]!));
        foreach (JsonNode? model in models)
        {
            JsonNode interval = model!["rating_interval"]!;
            Assert.InRange((double)model["rating"]!, (double)interval["low"]!, (double)interval["high"]!);
            Assert.InRange((int)model["best_rank"]!, 1, (int)model["worst_rank"]!);
        }
    }

    [Fact]
    public async Task SeveralFiles_AreRatedTogether()
    {
        CommandLineResult result = await CommandLine.SucceedAsync("arena", "--battles", Write("a.csv"), "--battles", Write("b.csv"));
        Assert.StartsWith("240 battles on 40 documents, 24 of them ties", result.Output, StringComparison.Ordinal);
    }

    /// <summary>What a file calls its models is text on the page, and moves nothing in a terminal.</summary>
    [Fact]
    public async Task Page_HasNoCodeOfTheFile()
    {
        string page = _folder["arena.html"];
        string file = Write(strong: "</script><script>alert(1)</script>\u001b[2J|");
        CommandLineResult result = await CommandLine.SucceedAsync("arena", "--battles", file, "--html", page);
        Assert.Contains($"page: {page}", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", result.Output, StringComparison.Ordinal);
        string html = await File.ReadAllTextAsync(page);
        Assert.DoesNotContain("alert(1)</script>", html, StringComparison.Ordinal);
        Assert.Contains("\"page\":\"arena\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WonEverything_SaysSo()
    {
        string file = _folder.Write("battles.csv", "model_a,model_b,winner\nx,y,model_a\ny,x,model_b\nx,y,model_a\n");
        CommandLineResult result = await CommandLine.SucceedAsync("arena", "--battles", file);
        Assert.Contains(
            "Models in 2 groups won or lost every battle against the other groups (x; y)",
            result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ManyModels_HaveNoTableOfWins()
    {
        string text = "model_a,model_b,winner\n" + string.Concat(Enumerable.Range(0, 60).Select(
            i => $"m{i % 13},m{(i + 1 + (i / 13)) % 13},{(i % 3 == 0 ? "tie" : "model_a")}\n"));
        CommandLineResult result = await CommandLine.SucceedAsync("arena", "--battles", _folder.Write("battles.csv", text));
        Assert.Contains("The table of wins of 13 models is in the page and in arena.json.", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x,y,model_a,1\nz,w,tie,2\n", ExitCode.Incomparable, "2 groups that never met, not even through others: x, y; z, w")]
    [InlineData("x,y,model_a,1\ny,x,model_a,1\n", ExitCode.Incomparable, "all battles are on one document")]
    [InlineData("", ExitCode.Data, "there are no battles")]
    public async Task WhatCannotBeRated_IsOneLine(string rows, ExitCode code, string problem)
    {
        string file = _folder.Write("battles.csv", "model_a,model_b,winner,document\n" + rows);
        CommandLineResult result = await CommandLine.RunAsync("arena", "--battles", file);
        Assert.Equal((int)code, result.ExitCode);
        Assert.Contains(problem, result.ErrorLine, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task SomeDocuments_AreRefused()
    {
        string first = _folder.Write("a.csv", "model_a,model_b,winner\nx,y,tie\n");
        string second = _folder.Write("b.csv", "model_a,model_b,winner,document\nx,y,tie,1\n");
        CommandLineResult result = await CommandLine.RunAsync("arena", "--battles", first, "--battles", second);
        Assert.Equal((int)ExitCode.Data, result.ExitCode);
        Assert.Contains("of 2 battles, some have a document", result.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CommandLineMistakes_AreUsage()
    {
        CommandLineResult none = await CommandLine.RunAsync("arena");
        Assert.Equal((int)ExitCode.Usage, none.ExitCode);
        Assert.Contains("expected --battles FILE", none.ErrorLine, StringComparison.Ordinal);
        CommandLineResult controls = await CommandLine.RunAsync("arena", "--battles", Write(), "--controls", "size");
        Assert.Equal((int)ExitCode.Usage, controls.ExitCode);
        CommandLineResult output = await CommandLine.RunAsync("arena", "--battles", Write(), "--html", _folder.Path);
        Assert.Equal((int)ExitCode.Output, output.ExitCode);
    }

    public void Dispose() => _folder.Dispose();
}
