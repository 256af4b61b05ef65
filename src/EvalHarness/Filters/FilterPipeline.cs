using System.Text.RegularExpressions;
using EvalHarness.Documents;
using EvalHarness.Tasks;
using EvalHarness.Templates;

namespace EvalHarness.Filters;

/// <summary>One document's responses through one entry of filter_list.</summary>
internal delegate IReadOnlyList<string> ResponseFilter(IReadOnlyList<string> responses, Document document);

/// <summary>The filters of lm-evaluation-harness by name, and chains of them.</summary>
/// <remarks>Source: the behaviour of lm-evaluation-harness's filters extraction, selection and transformation.</remarks>
public sealed class FilterPipeline
{
    private readonly IReadOnlyList<ResponseFilter> _steps;

    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: a filter or option is not known.</exception>
    public FilterPipeline(TaskDefinition task, FilterPipelineDefinition definition)
    {
        Name = definition.Name;
        _steps = [.. definition.Steps.Select(step => Make(step, $"{task.Source}: task {task.Name}, filter {definition.Name}, {step.Function}"))];
    }

    public string Name { get; }

    public IReadOnlyList<string> Apply(IReadOnlyList<string> responses, Document document)
    {
        foreach (ResponseFilter step in _steps)
            responses = step(responses, document);
        return responses;
    }

    private static ResponseFilter Make(FilterDefinition step, string where)
    {
        var options = new Dictionary<string, object?>(step.Options);
        object? Take(string name, object? otherwise) => options.Remove(name, out object? value) ? value : otherwise;
        ResponseFilter filter;
        switch (step.Function)
        {
            case "regex":
                Regex regex = PythonRegex.Compile(Take("regex_pattern", @"#### (\-?[0-9\.\,]+)") as string ?? "", where);
                int select = (int)(Take("group_select", 0L) as long? ?? throw Wrong("group_select", "a whole number"));
                string fallback = Take("fallback", "[invalid]") as string ?? throw Wrong("fallback", "text");
                filter = Each(text => Extract(regex, text, select, fallback));
                break;
            case "take_first":
                filter = (responses, _) => [responses[0]];
                break;
            case "take_first_k":
                int k = (int)(Take("k", null) as long? ?? throw Wrong("k", "a whole number"));
                filter = (responses, _) => responses.Count >= k
                    ? [.. responses.Take(k)]
                    : throw new EvalException(ExitCode.Task, $"{where}: {responses.Count} responses, {k} wanted; raise repeats");
                break;
            case "majority_vote":
                filter = (responses, _) => [responses.GroupBy(r => r).MaxBy(votes => votes.Count())!.Key];
                break;
            case "remove_whitespace":
                filter = Each(text => Python.Strip(text, null, left: true, right: true));
                break;
            case "lowercase":
                filter = Each(text => text.ToLowerInvariant());
                break;
            case "uppercase":
                filter = Each(text => text.ToUpperInvariant());
                break;
            case "map":
                var mapping = Take("mapping_dict", null) as IReadOnlyDictionary<string, object?> ?? throw Wrong("mapping_dict", "a map");
                string otherwise = Python.Str(Take("default_value", null));
                filter = Each(text => mapping.TryGetValue(text, out object? to) ? Python.Str(to) : otherwise);
                break;
            case "build_predictions":
                filter = (responses, document) => [.. responses.Select(r => Prompt(document, where) + r)];
                break;
            default:
                throw new EvalException(ExitCode.Task, $"{where}: no such filter; known are regex, take_first, take_first_k, majority_vote, remove_whitespace, lowercase, uppercase, map, build_predictions");
        }

        return options.Count == 0 ? filter : throw new EvalException(ExitCode.Task, $"{where}: unknown option {options.Keys.First()}");

        EvalException Wrong(string option, string expected) => new(ExitCode.Task, $"{where}: {option}: expected {expected}");
    }

    private static ResponseFilter Each(Func<string, string> change) => (responses, _) => [.. responses.Select(change)];

    private static string Extract(Regex regex, string text, int select, string fallback)
    {
        List<string[]> matches = PythonRegex.FindAll(regex, text);
        int index = select < 0 ? matches.Count + select : select;
        if (index < 0 || index >= matches.Count)
            return fallback;
        // With several groups the first that matched something; with one, that group even if it is empty.
        string? found = matches[index].Length == 1 ? matches[index][0] : matches[index].FirstOrDefault(group => group.Length > 0);
        return found is null ? fallback : Python.Strip(found, null, left: true, right: true);
    }

    private static string Prompt(Document document, string where) => document.Values.GetValueOrDefault("prompt") as string
        ?? throw new EvalException(ExitCode.Data, $"{where}: the document has no text in column prompt; it has {string.Join(", ", document.Values.Keys)}");
}
