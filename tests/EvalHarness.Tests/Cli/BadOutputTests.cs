using System.Diagnostics;

namespace EvalHarness.Tests.Cli;

/// <summary>Run folders that cannot be written, are none, or are damaged.</summary>
public sealed class BadOutputTests : MistakeTests
{
    [Theory]
    [InlineData("has no manifest.json; expected the folder of a run", "show")]
    [InlineData("has no manifest.json", "run", "--resume")]
    public async Task Folder_WithoutARun_IsAnOutputError(string fragment, params string[] command) =>
        await AssertLineAsync(ExitCode.Output, fragment, [.. command, _folder.Path]);

    [Fact]
    public async Task Output_UnderAFile_CannotBeWritten()
    {
        TinyData.Fill(_folder);
        await AssertLineAsync(
            ExitCode.Output, "cannot be written", [.. TinyData.Run(_folder)[..^1], Path.Combine(_folder["answers.jsonl"], "run")]);
    }

    private async Task RunAsync()
    {
        TinyData.Fill(_folder);
        await CommandLine.RunAsync(TinyData.Run(_folder));
    }

    [Fact]
    public async Task Output_HasARun_IsRefused()
    {
        await RunAsync();
        await TinyAsync(ExitCode.Output, "has a run already; continue it with --resume");
    }

    [Theory]
    [InlineData("has no samples of task mmlu; it has tiny", "mmlu", "0")]
    [InlineData("has no document 99; it has 6 documents, with numbers from 0 to 5", "tiny", "99")]
    public async Task Show_WhatTheRunLacks_IsAnOutputError(string fragment, string task, string document)
    {
        await RunAsync();
        await AssertLineAsync(ExitCode.Output, fragment, "show", _folder["run"], "--task", task, "--doc", document);
    }

    [Fact]
    public async Task Show_UnfinishedRun_IsAnOutputError()
    {
        await RunAsync();
        File.Delete(_folder["run/results.json"]);
        await AssertLineAsync(ExitCode.Output, "has no results.json, so the run did not finish", "show", _folder["run"]);
    }

    [Theory]
    [InlineData("{\"format_version\": 1", "manifest.json: damaged")]
    [InlineData("null", "manifest.json: damaged: it holds nothing but null")]
    public async Task Resume_DamagedManifest_IsAnOutputError(string manifest, string fragment)
    {
        await RunAsync();
        _folder.Write("run/manifest.json", manifest);
        await AssertLineAsync(ExitCode.Output, fragment, "run", "--resume", _folder["run"]);
    }

    /// <summary>
    /// A file system of a few KiB, in a mount namespace of its own, full at the manifest, the journal or the samples; then it grows, and
    /// the run goes on.
    /// </summary>
    [MountTheory]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(12)]
    [InlineData(20)]
    public async Task DiskFull_AnyFile_IsOneLineAndCanBeResumed(int kibibytes)
    {
        TinyData.Fill(_folder, TinyData.Task + "\ndescription: '{{ \"long \" * 30000 }}'");
        _folder.Write("answers.jsonl", "");
        Directory.CreateDirectory(_folder["run"]);
        string Quoted(params string[] arguments) =>
            $"dotnet '{typeof(EvalHarness.Cli.Program).Assembly.Location}' {string.Join(' ', arguments.Select(a => $"'{a}'"))} --quiet";
        string script = $"""
            mount -t tmpfs -o size={kibibytes}k tmpfs '{_folder["run"]}' || exit 9
            {Quoted(TinyData.Run(_folder))}; echo status $?
            find '{_folder["run"]}' -name results.json -o -name '*.parquet'
            mount -o remount,size=10m '{_folder["run"]}'
            if [ -f '{_folder["run"]}/manifest.json' ]; then {Quoted("run", "--resume", _folder["run"])}
            else {Quoted(TinyData.Run(_folder))}; fi; echo status $?
            find '{_folder["run"]}' -name results.json -o -name '*.parquet'
            """;
        using Process process = Process.Start(new ProcessStartInfo("unshare", ["--mount", "sh", "-c", script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> reading = process.StandardError.ReadToEndAsync();
        string[] output = (await process.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] errors = (await reading).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(
            "cannot be written: No space left on device",
            Assert.Single(errors, e => e.Contains("No space", StringComparison.Ordinal)),
            StringComparison.Ordinal);
        // There are no recorded answers, so every sample errs; what counts is that all files are there in the end.
        Assert.Equal("status 7", output[0]);
        Assert.Equal("status 6", output.Last(line => line.StartsWith("status", StringComparison.Ordinal)));
        // The table's note on errored samples stands between the two.
        Assert.StartsWith("With errored", output.First(line => line != "status 7" && !line.StartsWith('|')), StringComparison.Ordinal);
        Assert.Contains(_folder["run/results.json"], output);
        Assert.Contains(_folder["run/samples/tiny.parquet"], output);
    }
}
