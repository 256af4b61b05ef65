using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Results;

/// <summary>Journals and manifests that others have damaged, put into a run of the tasks that they are of.</summary>
public sealed class HostileJournalTests(HostileJournalTests.FinishedRun finished)
    : MistakeTests, IClassFixture<HostileJournalTests.FinishedRun>
{
    private static string Hostile(string file) => Path.Combine(Shared.Folder, "hostile", file);

    /// <summary>Twelve documents of two tasks, answered by the model that comes with the program.</summary>
    public sealed class FinishedRun : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        internal async Task CopyAsync(string to)
        {
            if (!Directory.Exists(_folder["run"]))
            {
                await CommandLine.SucceedAsync(
                    "run", "--model", Path.Combine(Shared.Repository, "src", "TinyModel", "models", "tiny-int4"), "--tasks",
                    "quick_gsm8k,quick_mmlu_reading", "--num-fewshot", "0", "--limit", "12", "--quiet", "--output", _folder["run"],
                    "--datasets", Path.Combine(Shared.Repository, "datasets"));
            }

            Directory.CreateDirectory(to);
            foreach (string file in (string[])["manifest.json", "responses.jsonl"])
                File.Copy(Path.Combine(_folder["run"], file), Path.Combine(to, file));
        }

        public void Dispose() => _folder.Dispose();
    }

    private async Task PutAsync(string file, string name, bool checksums)
    {
        await finished.CopyAsync(_folder["run"]);
        File.WriteAllBytes(_folder[$"run/{name}"], await File.ReadAllBytesAsync(Hostile(file)));
        if (checksums)
            return;
        string manifest = await File.ReadAllTextAsync(_folder["run/manifest.json"]);
        const string has = "\"response_checksums\": ";
        Assert.Contains(has + "true", manifest, StringComparison.Ordinal);
        _folder.Write("run/manifest.json", manifest.Replace(has + "true", has + "false", StringComparison.Ordinal));
    }

    [SharedTheory]
    [InlineData("journal/ids-shifted.jsonl")]
    [InlineData("journal/wrong.jsonl")]
    [InlineData("run/DIFF-resume_<-_journal-1-1")]
    [InlineData("run/DIFF-resume_<-_journal-1-2")]
    [InlineData("run/DIFF-resume_<-_journal-3-3")]
    [InlineData("run/BUG-resume_<-_journal-2-1")]
    [InlineData("run/BUG-resume_<-_journal-2-2")]
    [InlineData("run/BUG-resume_<-_journal-3-1")]
    [InlineData("run/BUG-resume_<-_journal-3-2")]
    public async Task Resume_JournalOfAnotherRun_IsRefused(string file)
    {
        await PutAsync(file, "responses.jsonl", checksums: true);
        await AssertLineAsync(ExitCode.Output, "responses.jsonl:1: has no checksum", "run", "--resume", _folder["run"], "--quiet");
    }

    /// <summary>As a run of an earlier version, whose lines have no checksums.</summary>
    [SharedTheory]
    [InlineData("journal/ids-shifted.jsonl", ":12: answers another prompt than quick_gsm8k, document 0, request 0 has")]
    [InlineData("journal/wrong.jsonl", ":1: answers quick_gsm8k, document 276, request 0, which this run does not ask")]
    [InlineData("run/DIFF-resume_<-_journal-1-2", ":17: the answer to quick_mmlu_reading, document 1, request 0 has the log-likelihood")]
    [InlineData("run/BUG-resume_<-_journal-2-1", ":54: the answer to quick_mmlu_reading, document 10, request 1 has no log-likelihood")]
    [InlineData("run/BUG-resume_<-_journal-2-2", ":47: the answer to quick_mmlu_reading, document 8, request 2 has no log-likelihood")]
    [InlineData("run/BUG-resume_<-_journal-3-1", ":4: the answer to quick_gsm8k, document 3, request 0 has no response text")]
    [InlineData("run/BUG-resume_<-_journal-3-2", ":3: answers another prompt than quick_gsm8k, document 2, request 0 has")]
    public async Task Resume_DamagedJournalWithoutChecksums_IsRefused(string file, string fragment)
    {
        await PutAsync(file, "responses.jsonl", checksums: false);
        await AssertLineAsync(ExitCode.Output, "responses.jsonl" + fragment, "run", "--resume", _folder["run"], "--quiet");
    }

    [SharedFact]
    public async Task Resume_ManifestOfNothing_IsRefused()
    {
        await PutAsync("run/BUG-resume_<-_manifest-4-1", "manifest.json", checksums: true);
        await AssertLineAsync(ExitCode.Output, "manifest.json: damaged: it holds nothing", "run", "--resume", _folder["run"], "--quiet");
    }

    [SharedFact]
    public async Task Output_JournalWithoutAManifest_IsRefused()
    {
        TinyData.Fill(_folder);
        _folder.Write("run/responses.jsonl", await File.ReadAllTextAsync(Hostile("journal/wrong.jsonl")));
        await TinyAsync(ExitCode.Output, "has responses.jsonl of a run, and no manifest.json that says which");
    }
}
