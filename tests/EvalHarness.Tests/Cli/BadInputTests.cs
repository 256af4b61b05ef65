using EvalHarness.Tests.Sandbox;

namespace EvalHarness.Tests.Cli;

/// <summary>Mistakes on the command line, in task files, in recorded answers, and in what a task needs on the machine.</summary>
public sealed class BadInputTests : MistakeTests
{
    [Theory]
    [InlineData("--model is missing", "run", "--tasks", "gsm8k")]
    [InlineData("--tasks is missing", "run", "--model", "m")]
    [InlineData("--colour", "run", "--colour", "red")]
    [InlineData("--limit many: expected a whole number, 1 or more", "run", "--limit", "many")]
    [InlineData("--batch-size 99: expected 1 to 32, or auto", "run", "--batch-size", "99")]
    [InlineData(
        "--limit 0: expected a whole number, 1 or more, or a share above 0 and below 1, such as 0.1",
        "run", "--model", "m", "--tasks", "gsm8k", "--limit", "0")]
    [InlineData("--limit 1.5: expected a whole number, 1 or more", "run", "--model", "m", "--tasks", "gsm8k", "--limit", "1.5")]
    [InlineData("--seed 1,2: expected a whole number for all seeds, or four", "run", "--model", "m", "--tasks", "gsm8k", "--seed", "1,2")]
    [InlineData("--metadata 7: expected KEY=VALUE", "run", "--model", "m", "--tasks", "gsm8k", "--metadata", "7")]
    [InlineData("--device tpu: expected cpu, cuda or directml", "run", "--model", "m", "--tasks", "gsm8k", "--device", "tpu")]
    [InlineData("--num-fewshot -1: expected 0 or more", "run", "--model", "m", "--tasks", "gsm8k", "--num-fewshot", "-1")]
    [InlineData("--truncation right: expected error or left", "run", "--model", "m", "--tasks", "gsm8k", "--truncation", "right")]
    [InlineData(
        "--fewshot-as-multiturn true needs --apply-chat-template", "run", "--model", "m", "--tasks", "gsm8k",
        "--fewshot-as-multiturn", "true")]
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
    [InlineData(
        "--output has an empty value; expected DIR. See 'evalharness run --help'.",
        "run", "--model", "m", "--tasks", "gsm8k", "--output", "")]
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
    [InlineData("include: base.yaml\ntask: tiny", "include: there is no file base.yaml beside it, and no built-in task file of that name")]
    [InlineData(
        TinyData.Task + "\ndescription: '{{ (1 }}'",
        "tiny.yaml:10: description: line 1, column 7: found '}' without the bracket that it closes")]
    [InlineData(TinyData.Task + "\nprocess_docs: !function utils.clean", "process_docs: !function utils.clean is Python")]
    [InlineData(TinyData.Task + "\nmetric_list: [{metric: !function utils.score}]", "!function utils.score is Python")]
    [InlineData(TinyData.Task + "\nmetric_list: [{metric: f1}]", "metric f1 is not known to generation")]
    [InlineData(TinyData.Task + "\nmetric_list: [{metric: exact_match, aggregation: mode}]", "aggregation 'mode' is not known")]
    [InlineData(TinyData.Task + "\nfilter_list: [{name: f, filter: [{function: reverse}]}]", "no such filter; known are regex")]
    [InlineData(
        TinyData.Task + "\nfilter_list: [{name: f, filter: [{function: regex, regex_pattern: '('}]}]", "'(' is no regular expression")]
    [InlineData(TinyData.Task + "\ngrader: oracle", "there is no grader 'oracle'; known are multiple_choice")]
    [InlineData(TinyData.Task + "\nnum_fewshot: some", "num_fewshot: found some; expected a whole number")]
    [InlineData(TinyData.Task + "\nnum_fewshot: 4294967297", "num_fewshot: found 4294967297; expected a whole number, 0 to 2147483647")]
    [InlineData(TinyData.Task + "\nnum_fewshot: 99999999999999999999", "num_fewshot: found 99999999999999999999; expected a whole number")]
    [InlineData(TinyData.Task + "\nnum_fewshot: -1", "num_fewshot: found -1; expected a whole number, 0 to 2147483647")]
    [InlineData(TinyData.Task + "\nnum_fewshot: 2.5", "num_fewshot: found 2.5; expected a whole number, 0 to 2147483647")]
    [InlineData(TinyData.Task + "\nrepeats: 4294967297", "repeats: found 4294967297; expected a whole number, 1 to 2147483647")]
    [InlineData(TinyData.Task + "\ndescription: '{{ \"a\" * 4294967297 }}'", "a text of 4294967297 characters; expected 50000000 or fewer")]
    [InlineData(TinyData.Task + "\noutput_type: guess", "output_type: 'guess' is not known")]
    public async Task TaskFile_Table(string task, string fragment)
    {
        TinyData.Fill(_folder, task);
        await TinyAsync(ExitCode.Task, fragment);
        Assert.False(Directory.Exists(_folder["run"]));
    }

    [Theory]
    [InlineData("there is no task, group or tag 'gsm8'; nearest are gsm8k", "run", "--model", "m", "--tasks", "gsm8")]
    [InlineData("--include-path nowhere: there is no such file or folder", "list", "tasks", "--include-path", "nowhere")]
    public async Task Task_Unknown_IsNamed(string fragment, params string[] arguments) =>
        await AssertLineAsync(ExitCode.Task, fragment, arguments);

    [Fact]
    public async Task Template_DocumentItDoesNotFit_IsFoundBeforeTheRun()
    {
        TinyData.Fill(_folder, TinyData.Task + "\ndescription: '{{ choices[7] }}'");
        await TinyAsync(ExitCode.Task, "tiny.yaml:10: description: line 1, column 11: index 7 is outside a list of 3");
        Assert.False(Directory.Exists(_folder["run"]));
    }

    [Fact]
    public async Task Replay_NoSuchFile_IsAModelError()
    {
        TinyData.Fill(_folder);
        string[] arguments = ["run", "--model", "replay:nowhere.jsonl", .. TinyData.Run(_folder)[3..]];
        await AssertLineAsync(ExitCode.Model, "there is no such file; expected recorded responses", arguments);
    }

    [Fact]
    public async Task Replay_LineWithoutAnAnswer_IsAModelError()
    {
        TinyData.Fill(_folder);
        _folder.Write("answers.jsonl", "{\"context\": \"x\"}");
        await TinyAsync(ExitCode.Model, "answers.jsonl:1: ");
    }

    [Fact]
    public async Task Replay_NoAnswers_ErrsEverySample()
    {
        TinyData.Fill(_folder);
        _folder.Write("answers.jsonl", "");
        await TinyAsync(ExitCode.SamplesErrored, "6 of 6 samples errored and are in no score; the first is tiny, document 0:");
    }

    [Theory]
    [InlineData(
        "grader: code_execution\nmetric_list: [{metric: pass_at_k, k: 1}]",
        "task tiny runs code that the model wrote; allow it with --allow-code-execution")]
    [InlineData("grader_command: [no-such-program]", "grader_command no-such-program does not start")]
    public async Task Task_NeedsWhatIsNotThere_IsAnEnvironmentError(string keys, string fragment)
    {
        TinyData.Fill(_folder, $"{TinyData.Task}\n{keys}");
        await TinyAsync(ExitCode.Environment, fragment);
    }

    public static TheoryData<string, string> Plugins => new()
    {
        { "nowhere.dll", "--plugin nowhere.dll: there is no such file" },
        { "answers.jsonl", "cannot be loaded" },
        { typeof(YamlDotNet.Core.Mark).Assembly.Location, "no public class with a parameterless constructor implements" },
    };

    [Theory]
    [MemberData(nameof(Plugins))]
    public async Task Plugin_ThatIsNone_IsAnEnvironmentError(string plugin, string fragment)
    {
        TinyData.Fill(_folder);
        await TinyAsync(ExitCode.Environment, fragment, "--plugin", File.Exists(_folder[plugin]) ? _folder[plugin] : plugin);
    }

    [ToolFact("python3")]
    public async Task CodeExecution_MoreThanItsRepeats_IsAMistakeInTheTask()
    {
        TinyData.Fill(_folder, TinyData.Task + "\ngrader: code_execution\nmetric_list: [{metric: pass_at_k, k: 2}]");
        await TinyAsync(ExitCode.Task, "k of 2 needs at least that many repeats; the task has 1", "--allow-code-execution");
    }
}
