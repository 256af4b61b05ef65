using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Results;

/// <summary>A run that failed before its first response leaves nothing in the way of the next one with the same --output.</summary>
public sealed class FailedStartTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, ExitCode> Failures => new()
    {
        { "model", ExitCode.Model },
        { "answers", ExitCode.Model },
        { "shard", ExitCode.Data },
        { "task", ExitCode.Task },
        { "shots", ExitCode.Data },
    };

    /// <summary>Two documents ask one prompt, and two lines answer it differently, which is found when the requests are known.</summary>
    private void Contradict()
    {
        TinyData.WriteShard(_folder["data"], "test-00000-of-00001.parquet", [TinyData.MakeRow(1), TinyData.MakeRow(1)]);
        string line = File.ReadAllLines(_folder["answers.jsonl"])[1];
        _folder.Write("answers.jsonl", $"{line}\n{line.Replace("\"2\"", "\"3\"", StringComparison.Ordinal)}");
    }

    private void Break(string what)
    {
        switch (what)
        {
            case "model":
                _folder.Write("answers.jsonl", "no JSON");
                break;
            case "answers":
                Contradict();
                break;
            case "shard":
                File.WriteAllText(_folder["data/org/tiny/main/test-00000-of-00001.parquet"], "damaged");
                break;
            case "task":
                _folder.Write("tasks/tiny.yaml", TinyData.Task + "\ndescription: '{{'");
                break;
            default:
                _folder.Write("tasks/tiny.yaml", TinyData.Task + "\nnum_fewshot: 4");
                break;
        }
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Run_AfterAFailedStart_IsAsIfThereHadBeenNone(string what, ExitCode expected)
    {
        TinyData.Fill(_folder);
        Break(what);
        CommandLineResult failed = await CommandLine.RunAsync(TinyData.Run(_folder));
        Assert.True(failed.ExitCode == (int)expected, failed.Error);
        TinyData.Fill(_folder);
        CommandLineResult result = await CommandLine.SucceedAsync(TinyData.Run(_folder));
        Assert.Contains("| 0.8333 |", result.Output, StringComparison.Ordinal);
        Assert.Equal(
            ["manifest.json", "responses.jsonl", "results.json", "samples"],
            Directory.GetFileSystemEntries(_folder["run"]).Select(f => Path.GetFileName(f)).Order());
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task RunOfTwoModels_AfterAFailedStart_IsBegunAgain(string what, ExitCode expected)
    {
        string[] Arguments()
        {
            TinyData.Fill(_folder);
            TinyData.WriteAnswers(_folder, "other.jsonl", _ => "4");
            return ["run", "--model", $"replay:{_folder["other.jsonl"]}", .. TinyData.Run(_folder)[1..]];
        }

        string[] run = Arguments();
        Break(what);
        if (what is "model" or "answers")
            File.Copy(_folder["answers.jsonl"], _folder["other.jsonl"], overwrite: true);
        CommandLineResult failed = await CommandLine.RunAsync(run);
        Assert.True(failed.ExitCode == (int)expected, failed.Error);
        CommandLineResult result = await CommandLine.SucceedAsync(Arguments());
        Assert.Contains("| 0.8333 |", result.Output, StringComparison.Ordinal);
        CommandLineResult third = await CommandLine.RunAsync(run);
        Assert.Equal((int)ExitCode.Output, third.ExitCode);
        Assert.Contains("has a run already", third.ErrorLine, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
