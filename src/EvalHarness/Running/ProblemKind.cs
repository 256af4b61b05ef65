using System.Text.RegularExpressions;
using EvalHarness.Tasks.Code;

namespace EvalHarness.Running;

/// <summary>What kind of thing keeps a task from running, in words that many tasks share.</summary>
internal static partial class ProblemKind
{
    private static readonly (string Part, string Kind)[] ByText =
    [
        (": class: ", "a task that is a Python class"),
        (": custom_dataset: ", "a dataset that Python makes"),
        (": doc_to_image: ", "images"),
        (": doc_to_audio: ", "audio"),
        ("--allow-task-code", "Python that is not allowed"),
        ("hf_evaluate", "a metric of Hugging Face's evaluate"),
        (": no such key; ", "a key or setting that is not known here"),
        (" is not supported; ", "a key or setting that is not known here"),
    ];

    internal static string Of(EvalException problem)
    {
        for (Exception? inner = problem; inner is not null; inner = inner.InnerException)
        {
            if (inner is CodeFailure failure)
                return Of(failure);
        }

        return ByText.FirstOrDefault(t => problem.Message.Contains(t.Part, StringComparison.Ordinal)).Kind ?? "other";
    }

    private static string Of(CodeFailure failure) => failure.Kind switch
    {
        "missing-module" when Module().Match(failure.Message) is { Success: true } found => $"the module {found.Groups["module"].Value}",
        "missing-module" => "a module that is not there",
        "no-function" => "a function that its Python file does not have",
        "memory" => "more memory than the sandbox gives",
        "call" => "no made-up row fits",
        _ => $"Python: {failure.Kind}",
    };

    [GeneratedRegex(@"(?<module>[\w.]+), which \S+ imports, is not|^(?<module>[\w.]+)$|: (?<module>[\w.]+) is not there$")]
    private static partial Regex Module();
}
