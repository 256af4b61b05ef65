using System.Diagnostics;
using EvalHarness.Tests.Sandbox;

namespace EvalHarness.Tests.Cli;

/// <summary>
/// What users get wrong, and the one line and exit code that each mistake gives. The line says what was found and expected, and
/// where; standard output stays empty.
/// </summary>
public sealed class BadInputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static async Task AssertLineAsync(ExitCode expected, string fragment, params string[] arguments)
    {
        CommandLineResult result = await CommandLine.RunAsync(arguments);
        Assert.True((int)expected == result.ExitCode, $"exit code {result.ExitCode}: {result.Error}");
        Assert.StartsWith("error: ", result.ErrorLine, StringComparison.Ordinal);
        Assert.Contains(fragment, result.ErrorLine, StringComparison.Ordinal);
        if (expected != ExitCode.SamplesErrored)
            Assert.Equal("", result.Output);
    }

    private Task TinyAsync(ExitCode expected, string fragment, params string[] more) => AssertLineAsync(expected, fragment, TinyData.Run(_folder, more));

    [Theory]
    [InlineData("--model is missing", "run", "--tasks", "gsm8k")]
    [InlineData("--tasks is missing", "run", "--model", "m")]
    [InlineData("--colour", "run", "--colour", "red")]
    [InlineData("Cannot parse argument 'many'", "run", "--limit", "many")]
    [InlineData("--limit 0: expected 1 or more", "run", "--model", "m", "--tasks", "gsm8k", "--limit", "0")]
    [InlineData("--device tpu: expected cpu, cuda or directml", "run", "--model", "m", "--tasks", "gsm8k", "--device", "tpu")]
    [InlineData("--num-fewshot -1: expected 0 or more", "run", "--model", "m", "--tasks", "gsm8k", "--num-fewshot", "-1")]
    [InlineData("--truncation right: expected error or left", "run", "--model", "m", "--tasks", "gsm8k", "--truncation", "right")]
    [InlineData("--fewshot-as-multiturn true needs --apply-chat-template", "run", "--model", "m", "--tasks", "gsm8k", "--fewshot-as-multiturn", "true")]
    [InlineData("--bootstrap-iters 1: expected 0, or 2 and more", "run", "--model", "m", "--tasks", "gsm8k", "--bootstrap-iters", "1")]
    [InlineData("--task names one task, and 2 files are given", "import", "a", "b", "--output", "o", "--task", "t")]
    [InlineData("--resume and --output together", "run", "--resume", "a", "--output", "b")]
    [InlineData("Unrecognized command or argument 'shwo'. See 'evalharness --help'.", "shwo", "results/run")]
    [InlineData("Unrecognized command or argument '--shwo'. See 'evalharness --help'.", "--shwo")]
    [InlineData("Required command was not provided.")]
    [InlineData("RUN is empty", "show", "")]
    [InlineData("RUN is empty", "report", "a", "")]
    [InlineData("BASE is empty", "compare", "", "b")]
    [InlineData("CANDIDATE is empty", "gate", "--rules", "gate.yaml", "a", "")]
    [InlineData("PLAN is empty", "nightly", "")]
    [InlineData("SAMPLES is empty", "import", "", "--output", "o")]
    [InlineData("--rules has an empty value; expected FILE. See 'evalharness gate --help'.", "gate", "--rules", "", "a", "b")]
    [InlineData("--output has an empty value; expected DIR. See 'evalharness run --help'.", "run", "--model", "m", "--tasks", "gsm8k", "--output", "")]
    [InlineData("--resume has an empty value", "run", "--resume", "")]
    [InlineData("--model has an empty value", "run", "--model", "m", "--model", "", "--tasks", "gsm8k")]
    [InlineData("--for-tasks has an empty value", "fetch", "--for-tasks", "", "model", "org/name")]
    [InlineData("--device has an empty value", "run", "--model", "m", "--tasks", "gsm8k", "--device", "")]
    [InlineData("--task and --doc go together", "show", "RUN", "--task", "gsm8k")]
    public async Task CommandLine_Table(string fragment, params string[] arguments)
    {
        if (arguments is ["show", "RUN", ..])
        {
            TinyData.Fill(_folder);
            await CommandLine.RunAsync(TinyData.Run(_folder));
            arguments[1] = _folder["run"];
        }

        await AssertLineAsync(ExitCode.Usage, fragment, arguments);
    }

    [Theory]
    [InlineData("task: tiny\n\tdataset_path: x", "tiny.yaml:1: not valid YAML: While scanning a plain scalar, found a tab character")]
    [InlineData("- a\n- b", "tiny.yaml:1: a task file is a map of keys")]
    [InlineData(TinyData.Task + "\ncolour: red", "tiny.yaml:10: colour: no such key")]
    [InlineData("task: tiny\ndataset_path: x\ntest_split: t\ndoc_to_target: a", "doc_to_text: task tiny has none")]
    [InlineData("task: tiny\ndataset_path: x\ndoc_to_text: q\ndoc_to_target: a", "neither test_split nor validation_split")]
    [InlineData("include: base.yaml\ntask: tiny", "include: there is no file base.yaml beside it")]
    [InlineData(TinyData.Task + "\ndescription: '{{ (1 }}'", "tiny.yaml:10: description: line 1, column 1: {{ is never closed; expected }}")]
    [InlineData(TinyData.Task + "\nprocess_docs: !function utils.clean", "process_docs: !function utils.clean is Python")]
    [InlineData(TinyData.Task + "\nmetric_list: [{metric: !function utils.score}]", "!function utils.score is Python")]
    [InlineData(TinyData.Task + "\nmetric_list: [{metric: f1}]", "metric f1 is not known to generation")]
    [InlineData(TinyData.Task + "\nmetric_list: [{metric: exact_match, aggregation: mode}]", "aggregation 'mode' is not known")]
    [InlineData(TinyData.Task + "\nfilter_list: [{name: f, filter: [{function: reverse}]}]", "no such filter; known are regex")]
    [InlineData(TinyData.Task + "\nfilter_list: [{name: f, filter: [{function: regex, regex_pattern: '('}]}]", "'(' is no regular expression")]
    [InlineData(TinyData.Task + "\ngrader: oracle", "there is no grader 'oracle'; known are multiple_choice")]
    [InlineData(TinyData.Task + "\nnum_fewshot: some", "num_fewshot: found some; expected a whole number")]
    [InlineData(TinyData.Task + "\noutput_type: guess", "output_type: 'guess' is not known")]
    public async Task TaskFile_Table(string task, params string[] fragments)
    {
        TinyData.Fill(_folder, task);
        foreach (string fragment in fragments)
            await TinyAsync(ExitCode.Task, fragment);
        Assert.False(Directory.Exists(_folder["run"]));
    }

    [Fact]
    public async Task Task_Unknown_NamesTheNearest()
    {
        await AssertLineAsync(ExitCode.Task, "there is no task, group or tag 'gsm8'; nearest are gsm8k", "run", "--model", "m", "--tasks", "gsm8");
        await AssertLineAsync(ExitCode.Task, "--include-path nowhere: there is no such folder", "list", "tasks", "--include-path", "nowhere");
    }

    [Fact]
    public async Task Data_Table()
    {
        TinyData.Fill(_folder);
        string shard = Path.Combine(_folder["data"], "org", "tiny", "main", "test-00000-of-00001.parquet");
        byte[] whole = await File.ReadAllBytesAsync(shard);
        await AssertLineAsync(ExitCode.Data, "--datasets nowhere: there is no such folder", "run", "--model", "m", "--tasks", "gsm8k", "--datasets", "nowhere");
        await AssertLineAsync(ExitCode.Data, "dataset openai/gsm8k is not under", "run", "--model", "m", "--tasks", "gsm8k", "--datasets", _folder["data"]);

        await File.WriteAllBytesAsync(shard, whole[..(whole.Length / 2)]);
        await TinyAsync(ExitCode.Data, "test-00000-of-00001.parquet: not a readable Parquet file");
        await File.WriteAllTextAsync(shard, "this is no Parquet file at all");
        await TinyAsync(ExitCode.Data, "not a parquet file, head: 74686973");
        // The magic bytes are right, what is between them is not.
        byte[] damaged = [.. whole];
        Array.Fill(damaged, (byte)0xff, 4, damaged.Length - 12);
        await File.WriteAllBytesAsync(shard, damaged);
        await TinyAsync(ExitCode.Data, "not a readable Parquet file");

        TinyData.WriteShard(_folder["data"], "test-00000-of-00001.parquet", []);
        await TinyAsync(ExitCode.Data, "has no row (0 rows in all), and task tiny needs some");
        await File.WriteAllBytesAsync(shard, whole);
        File.Move(shard, shard.Replace("-of-00001", "-of-00002", StringComparison.Ordinal));
        await TinyAsync(ExitCode.Data, "shard 1 of 2 of split test is missing (test-00001-of-00002.parquet)");
        File.Delete(shard.Replace("-of-00001", "-of-00002", StringComparison.Ordinal));
        await TinyAsync(ExitCode.Data, "org/tiny has no split test in");
        Assert.False(Directory.Exists(_folder["run"]));
    }

    [Theory]
    [InlineData("doc_to_target: solution", "test-00000-of-00001.parquet: has no column solution, which task tiny needs; it has question, answer, choices, label")]
    [InlineData("description: '{{hint}}'", "has no column hint, which task tiny needs")]
    [InlineData("where: {label: 7}", "has no row with label = 7 (6 rows in all)")]
    [InlineData("where: {subject: x}", "has no column subject")]
    [InlineData("num_fewshot: 4", "wants 4 shots, but split train of org/tiny has 3 rows")]
    public async Task Column_Table(string key, string fragment)
    {
        TinyData.Fill(_folder, key.StartsWith("doc_to_target", StringComparison.Ordinal) ? TinyData.Task.Replace("doc_to_target: answer", key, StringComparison.Ordinal) : TinyData.Task + "\n" + key);
        await TinyAsync(ExitCode.Data, fragment);
    }

    [Fact]
    public async Task Template_DocumentItDoesNotFit_IsFoundBeforeTheRun()
    {
        TinyData.Fill(_folder, TinyData.Task + "\ndescription: '{{ choices[7] }}'");
        await TinyAsync(ExitCode.Task, "tiny.yaml:10: description: line 1, column 11: index 7 is outside a list of 3");
        TinyData.WriteShard(_folder["data"], "test-00000-of-00001.parquet", [.. Enumerable.Range(0, 3).Select(TinyData.MakeRow), TinyData.MakeRow(3) with { Answer = null }]);
        _folder.Write("tasks/tiny.yaml", TinyData.Task.Replace("doc_to_text: \"Q: {{question}}\\nA:\"", "doc_to_text: answer", StringComparison.Ordinal));
        await TinyAsync(ExitCode.Data, "task tiny, document 3: column answer is null; expected text");
        Assert.False(Directory.Exists(_folder["run"]));
    }

    [Fact]
    public async Task Replay_Table()
    {
        TinyData.Fill(_folder);
        await AssertLineAsync(ExitCode.Model, "there is no such file; expected recorded responses", ["run", "--model", "replay:nowhere.jsonl", .. TinyData.Run(_folder)[3..]]);
        _folder.Write("answers.jsonl", "{\"context\": \"x\"}");
        await TinyAsync(ExitCode.Model, "answers.jsonl:1: ");
        _folder.Write("answers.jsonl", "");
        Directory.Delete(_folder["run"], recursive: true);
        await TinyAsync(ExitCode.SamplesErrored, "6 of 6 samples errored and are in no score; the first is tiny, document 0:");
    }

    [Fact]
    public async Task Environment_Table()
    {
        TinyData.Fill(_folder, TinyData.Task + "\ngrader: code_execution\nmetric_list: [{metric: pass_at_k, k: 1}]");
        await TinyAsync(ExitCode.Environment, "task tiny runs code that the model wrote; allow it with --allow-code-execution");
        _folder.Write("tasks/tiny.yaml", TinyData.Task + "\ngrader_command: [no-such-program]");
        await TinyAsync(ExitCode.Environment, "grader_command no-such-program does not start");
        _folder.Write("tasks/tiny.yaml", TinyData.Task);
        await TinyAsync(ExitCode.Environment, "--plugin nowhere.dll: there is no such file", "--plugin", "nowhere.dll");
        await TinyAsync(ExitCode.Environment, "cannot be loaded", "--plugin", _folder["answers.jsonl"]);
        await TinyAsync(ExitCode.Environment, "no public class with a parameterless constructor implements", "--plugin", typeof(YamlDotNet.Core.Mark).Assembly.Location);
    }

    [ToolFact("python3")]
    public async Task CodeExecution_MoreThanItsRepeats_IsAMistakeInTheTask()
    {
        TinyData.Fill(_folder, TinyData.Task + "\ngrader: code_execution\nmetric_list: [{metric: pass_at_k, k: 2}]");
        await TinyAsync(ExitCode.Task, "k of 2 needs at least that many repeats; the task has 1", "--allow-code-execution");
    }

    [Fact]
    public async Task Output_Table()
    {
        TinyData.Fill(_folder);
        await AssertLineAsync(ExitCode.Output, "has no manifest.json; expected the folder of a run", "show", _folder.Path);
        await AssertLineAsync(ExitCode.Output, "has no manifest.json", "run", "--resume", _folder.Path);
        await AssertLineAsync(ExitCode.Output, "cannot be written", [.. TinyData.Run(_folder)[..^1], Path.Combine(_folder["answers.jsonl"], "run")]);
        await CommandLine.RunAsync(TinyData.Run(_folder));
        await TinyAsync(ExitCode.Output, "has a run already; continue it with --resume");
        await AssertLineAsync(ExitCode.Output, "has no samples of task mmlu; it has tiny", "show", _folder["run"], "--task", "mmlu", "--doc", "0");
        await AssertLineAsync(ExitCode.Output, "has no document 99; it has 6 documents", "show", _folder["run"], "--task", "tiny", "--doc", "99");
        File.Delete(_folder["run/results.json"]);
        await AssertLineAsync(ExitCode.Output, "has no results.json, so the run did not finish", "show", _folder["run"]);
        _folder.Write("run/manifest.json", "{\"format_version\": 1");
        await AssertLineAsync(ExitCode.Output, "manifest.json: damaged", "run", "--resume", _folder["run"]);
        _folder.Write("run/manifest.json", "null");
        await AssertLineAsync(ExitCode.Output, "manifest.json: damaged: it holds nothing but null", "run", "--resume", _folder["run"]);
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
        string Quoted(params string[] arguments) => $"dotnet '{typeof(EvalHarness.Cli.Program).Assembly.Location}' {string.Join(' ', arguments.Select(a => $"'{a}'"))} --quiet";
        string script = $"""
            mount -t tmpfs -o size={kibibytes}k tmpfs '{_folder["run"]}' || exit 9
            {Quoted(TinyData.Run(_folder))}; echo status $?
            find '{_folder["run"]}' -name results.json -o -name '*.parquet'
            mount -o remount,size=10m '{_folder["run"]}'
            if [ -f '{_folder["run"]}/manifest.json' ]; then {Quoted("run", "--resume", _folder["run"])}; else {Quoted(TinyData.Run(_folder))}; fi; echo status $?
            find '{_folder["run"]}' -name results.json -o -name '*.parquet'
            """;
        using Process process = Process.Start(new ProcessStartInfo("unshare", ["--mount", "sh", "-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> reading = process.StandardError.ReadToEndAsync();
        string[] output = (await process.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] errors = (await reading).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("cannot be written: No space left on device", Assert.Single(errors, e => e.Contains("No space", StringComparison.Ordinal)), StringComparison.Ordinal);
        // Nothing was recorded to answer from, so every sample errs; what counts is that all files are there in the end.
        Assert.Equal("status 7", output[0]);
        Assert.Equal("status 6", output.Last(line => line.StartsWith("status", StringComparison.Ordinal)));
        Assert.StartsWith("status", output.First(line => line != "status 7" && !line.StartsWith('|')), StringComparison.Ordinal);
        Assert.Contains(_folder["run/results.json"], output);
        Assert.Contains(_folder["run/samples/tiny.parquet"], output);
    }

    [SharedFact]
    public async Task Model_Table()
    {
        TinyData.Fill(_folder);
        string[] With(string model, params string[] more) => ["run", "--model", model, .. TinyData.Run(_folder)[3..], .. more];
        string model = _folder["model"];
        await AssertLineAsync(ExitCode.Model, "there is no such folder; expected an ONNX Runtime GenAI model folder", With(model));
        Directory.CreateDirectory(model);
        await AssertLineAsync(ExitCode.Model, "has no genai_config.json", With(model));
        foreach (string file in Directory.EnumerateFiles(Shared.Model("fp32")))
            File.Copy(file, Path.Combine(model, Path.GetFileName(file)));
        // Files beside the repository may be read-only, and so are their copies.
        foreach (string file in Directory.EnumerateFiles(model))
            File.SetAttributes(file, FileAttributes.Normal);
        string config = Path.Combine(model, "genai_config.json"), good = await File.ReadAllTextAsync(config);

        await File.WriteAllTextAsync(config, good[..200]);
        await AssertLineAsync(ExitCode.Model, "genai_config.json: not valid JSON at line", With(model));
        await File.WriteAllTextAsync(config, good.Replace("\"context_length\"", "\"context\"", StringComparison.Ordinal));
        await AssertLineAsync(ExitCode.Model, "Expected model with type, context_length", With(model));
        await File.WriteAllTextAsync(config, good.Replace("\"eos_token_id\": 2,", "", StringComparison.Ordinal));
        await AssertLineAsync(ExitCode.Model, "eos_token_id is missing. Expected model with type, context_length", With(model));
        await File.WriteAllTextAsync(config, good.Replace("\"hidden_size\"", "\"hidden_sighs\"", StringComparison.Ordinal));
        await AssertLineAsync(ExitCode.Model, "hidden_sighs", With(model));
        await File.WriteAllTextAsync(config, good);

        string onnx = Path.Combine(model, "model.onnx");
        byte[] weights = await File.ReadAllBytesAsync(onnx);
        await File.WriteAllBytesAsync(onnx, weights[..1000]);
        await AssertLineAsync(ExitCode.Model, "the model does not load on cpu", With(model));
        File.Delete(onnx);
        await AssertLineAsync(ExitCode.Model, "the model does not load on cpu", With(model));
        await File.WriteAllBytesAsync(onnx, weights);
        string tokenizer = Path.Combine(model, "tokenizer.json");
        await File.WriteAllTextAsync(tokenizer, "{}");
        await AssertLineAsync(ExitCode.Model, "the model does not load on cpu", With(model));

        string whole = Shared.Model("fp32");
        await AssertLineAsync(ExitCode.Model, "--device cuda: this build has the cpu runtime; in a clone of EvalHarness, ./run-eval.sh run --device cuda builds for it", With(whole, "--device", "cuda"));
        await AssertLineAsync(ExitCode.Usage, "--max-length 9000: the model's context is 8192 tokens", With(whole, "--max-length", "9000"));
        await AssertLineAsync(ExitCode.Usage, "--batch-size 99: the runtime takes 1 to 32", With(whole, "--batch-size", "99"));
        await AssertLineAsync(ExitCode.Usage, "--workers 999: expected 1 to ", With(whole, "--workers", "999"));
        Assert.Empty(Directory.GetFileSystemEntries(_folder["run"]));
        await AssertLineAsync(ExitCode.Model, "--apply-chat-template: the model's template does not take these messages", With(whole, "--apply-chat-template"));
        Directory.Delete(_folder["run"], recursive: true);
        await AssertLineAsync(ExitCode.SamplesErrored, "tokens, the model's context holds 8; use fewer shots", With(whole, "--max-length", "8"));
    }
}
