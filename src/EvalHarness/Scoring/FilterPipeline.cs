using System.Text.RegularExpressions;
using EvalHarness.Data;
using EvalHarness.Pythonic;
using EvalHarness.Tasks;
using EvalHarness.Tasks.Functions;

namespace EvalHarness.Scoring;

/// <summary>The filters of lm-evaluation-harness by name, and chains of them.</summary>
/// <remarks>Source: the behaviour of lm-evaluation-harness's filters extraction, selection and transformation.</remarks>
public sealed class FilterPipeline
{
    private static readonly Dictionary<string, Func<FunctionOptions, Func<IReadOnlyList<string>, Document, IReadOnlyList<string>>>> Known = new()
    {
        ["regex"] = Extracting,
        ["regex_pos"] = PartsOfSpeech,
        ["multi_choice_regex"] = options => ChoiceRegex.Create(options, ChoicesColumn),
        ["take_first"] = _ => (responses, _) => [responses[0]],
        ["take_first_k"] = TakingFirst,
        // Of equal counts the one that came first.
        ["majority_vote"] = _ => (responses, _) => [responses.GroupBy(r => r).MaxBy(votes => votes.Count())!.Key],
        ["remove_whitespace"] = _ => Each(text => text.Strip()),
        ["lowercase"] = _ => Each(text => text.ToLowerInvariant()),
        ["uppercase"] = _ => Each(text => text.ToUpperInvariant()),
        ["map"] = Mapping,
        ["format_span"] = _ => Each(NamedEntities.Format),
        ["build_predictions"] = _ => (responses, document) => [.. responses.Select(r => document.Text("prompt") + r)],
    };

    private readonly IReadOnlyList<Func<IReadOnlyList<string>, Document, IReadOnlyList<string>>> _steps;

    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: a filter or option is not known.</exception>
    public FilterPipeline(TaskDefinition task, FilterPipelineDefinition definition)
    {
        Name = definition.Name;
        _steps = [.. definition.Steps.Select(step => Make(step, $"{task.Source}: task {task.Name}, filter {definition.Name}, {step.Function}"))];
    }

    public string Name { get; }

    /// <exception cref="FunctionException">A document does not have what a filter needs.</exception>
    /// <exception cref="RegexMatchTimeoutException">A pattern takes too long on this answer.</exception>
    public IReadOnlyList<string> Apply(IReadOnlyList<string> responses, Document document)
    {
        foreach (Func<IReadOnlyList<string>, Document, IReadOnlyList<string>> step in _steps)
            responses = step(responses, document);
        return responses;
    }

    private static Func<IReadOnlyList<string>, Document, IReadOnlyList<string>> Make(FilterDefinition step, string where)
    {
        var options = new FunctionOptions(step.Options, where);
        Func<FunctionOptions, Func<IReadOnlyList<string>, Document, IReadOnlyList<string>>> make = step.Equivalent?.Make ?? Known.GetValueOrDefault(step.Function)
            ?? throw new EvalException(ExitCode.Task, $"{where}: no such filter; known are {string.Join(", ", Known.Keys)}");
        Func<IReadOnlyList<string>, Document, IReadOnlyList<string>> filter = make(options);
        options.Finish();
        return filter;
    }

    private static Func<IReadOnlyList<string>, Document, IReadOnlyList<string>> Each(Func<string, string> change) => (responses, _) => [.. responses.Select(change)];

    private static Func<IReadOnlyList<string>, Document, IReadOnlyList<string>> Extracting(FunctionOptions options)
    {
        Regex regex = PythonRegex.Compile(options.Text("regex_pattern", ChoiceRegex.DefaultPattern), options.Where);
        int select = options.Integer("group_select", 0);
        string fallback = options.Text("fallback", ChoiceRegex.DefaultFallback);
        return Each(text => PythonRegex.Select(regex, text, select) ?? fallback);
    }

    /// <summary>The second half of each printed pair; the pattern that the reference takes here it does not use.</summary>
    private static Func<IReadOnlyList<string>, Document, IReadOnlyList<string>> PartsOfSpeech(FunctionOptions options)
    {
        options.Text("regex_pattern", "");
        options.Integer("group_select", 0);
        object? fallback = options.Take("fallback") ?? new List<object?> { "invalid" };
        Regex pairs = PythonRegex.Compile(@"\('([^']*)', '([^']*)'\)", options.Where);
        return Each(text => PythonRegex.FindAll(pairs, text) is { Count: > 0 } found ? Python.Str(found.Select(object? (pair) => pair[1]).ToList()) : Python.Str(fallback));
    }

    private static Func<IReadOnlyList<string>, Document, IReadOnlyList<string>> TakingFirst(FunctionOptions options)
    {
        int k = options.Integer("k", null);
        string where = options.Where;
        return (responses, _) => responses.Count >= k
            ? [.. responses.Take(k)]
            : throw new EvalException(ExitCode.Task, $"{where}: {responses.Count} responses, {k} wanted; raise repeats");
    }

    private static Func<IReadOnlyList<string>, Document, IReadOnlyList<string>> Mapping(FunctionOptions options)
    {
        IReadOnlyDictionary<string, object?> mapping = options.Map("mapping_dict");
        string otherwise = Python.Str(options.Take("default_value"));
        return Each(text => mapping.TryGetValue(text, out object? to) ? Python.Str(to) : otherwise);
    }

    private static IReadOnlyList<string> ChoicesColumn(Document document) => document.Value("choices") switch
    {
        IReadOnlyList<object?> list => [.. list.Select(item => Python.Str(item).Strip())],
        IReadOnlyDictionary<string, object?> map => [.. map.Keys.Select(key => key.Strip())],
        string text => [.. text.EnumerateRunes().Select(c => c.ToString().Strip())],
        var other => throw new FunctionException($"column choices is {Python.TypeName(other)}; expected a list"),
    };
}
