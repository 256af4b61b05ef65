using System.Text.RegularExpressions;
using EvalHarness.Data;
using EvalHarness.Pythonic;
using EvalHarness.Tasks;
using EvalHarness.Tasks.Functions;
using Filter = System.Func<
    System.Collections.Generic.IReadOnlyList<string>, EvalHarness.Data.Document, System.Collections.Generic.IReadOnlyList<string>>;

namespace EvalHarness.Scoring;

/// <summary>Applies a chain of the filters of lm-evaluation-harness to the responses to one document.</summary>
/// <remarks>Source: the behaviour of the modules extraction, selection and transformation in lm-evaluation-harness's filters.</remarks>
internal sealed class FilterPipeline
{
    private const string TakeFirst = "take_first";

    private static readonly Dictionary<string, Func<FunctionOptions, Filter>> Known = new()
    {
        ["regex"] = Extracting,
        ["regex_pos"] = PartsOfSpeech,
        ["multi_choice_regex"] = options => ChoiceRegex.Create(options, ChoicesColumn),
        ["take_first_k"] = TakingSome,
        // MaxBy returns the first of several answers with the same number of votes.
        ["majority_vote"] = _ => (responses, _) => [responses.GroupBy(r => r).MaxBy(votes => votes.Count())!.Key],
        ["remove_whitespace"] = _ => Each(text => text.Strip()),
        ["lowercase"] = _ => Each(text => text.Lower()),
        ["uppercase"] = _ => Each(text => text.Upper()),
        ["map"] = Mapping,
        ["format_span"] = _ => Each(NamedEntities.Format),
        ["build_predictions"] = _ => (responses, document) => [.. responses.Select(r => document.Text("prompt") + r)],
    };

    private readonly IReadOnlyList<AnswersFilter> _steps;

    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: a filter or an option of a filter does not exist.</exception>
    public FilterPipeline(TaskDefinition task, FilterPipelineDefinition definition)
    {
        Name = definition.Name;
        string where = $"{task.Source}: task {task.Name}, filter {definition.Name}";
        _steps = [.. definition.Steps.Select(step => Make(step, $"{where}, {step.Function}"))];
    }

    public string Name { get; }

    /// <summary>Returns the answers that the filters make of the responses. Their number may differ.</summary>
    /// <exception cref="FunctionException">
    /// The document lacks a column that a filter needs, or it has the wrong type; or a pattern takes too long on one of the responses.
    /// </exception>
    public IReadOnlyList<string> Apply(IReadOnlyList<string> responses, Document document)
    {
        FunctionOutcome<FilteredAnswers> outcome = ApplyAll([responses], [document], CancellationToken.None)[0];
        return outcome.Value?.Printed() ?? throw new FunctionException(outcome.Error!);
    }

    /// <summary>
    /// Returns what the filters make of the responses to each of some documents, or why they cannot. A filter in Python is called once for
    /// all of them.
    /// </summary>
    internal FunctionOutcome<FilteredAnswers>[] ApplyAll(
        IReadOnlyList<IReadOnlyList<string>> responses, IReadOnlyList<Document> documents, CancellationToken cancellationToken)
    {
        FunctionOutcome<FilteredAnswers>[] outcomes =
            [.. responses.Select(r => FunctionOutcome<FilteredAnswers>.Of(new FilteredAnswers(r, IsSingle: false)))];
        foreach (AnswersFilter step in _steps)
        {
            int[] left = [.. Enumerable.Range(0, outcomes.Length).Where(i => outcomes[i].Error is null)];
            if (left.Length == 0)
                break;
            IReadOnlyList<FunctionOutcome<FilteredAnswers>> made =
                step([.. left.Select(i => outcomes[i].Value!)], [.. left.Select(i => documents[i])], cancellationToken);
            foreach ((int i, FunctionOutcome<FilteredAnswers> outcome) in left.Zip(made))
                outcomes[i] = outcome;
        }

        return outcomes;
    }

    private static AnswersFilter Make(FilterDefinition step, string where)
    {
        var options = new FunctionOptions(step.Options, where);
        AnswersFilter filter = step.Equivalent?.Make(options) ?? step.Function switch
        {
            TakeFirst => TakingFirst,
            var name when Known.TryGetValue(name, out Func<FunctionOptions, Filter>? make) => AnswersFunction.Each(make(options)),
            _ => throw new EvalException(
                ExitCode.Task, $"{where}: no such filter; known are {string.Join(", ", Known.Keys.Append(TakeFirst))}"),
        };
        options.Finish();
        return filter;
    }

    private static IReadOnlyList<FunctionOutcome<FilteredAnswers>> TakingFirst(
        IReadOnlyList<FilteredAnswers> answers, IReadOnlyList<Document> documents, CancellationToken cancellationToken) =>
        [.. answers.Select(TakingFirst)];

    /// <summary>The first item of a list, and of one text its first character, as Python's index has it.</summary>
    private static FunctionOutcome<FilteredAnswers> TakingFirst(FilteredAnswers given) => given switch
    {
        { Values.Count: 0 } or { Value: "" } => FunctionOutcome<FilteredAnswers>.Failed("take_first: an earlier filter left no answer"),
        { Value: string text } => FunctionOutcome<FilteredAnswers>.Of(new FilteredAnswers([$"{text.EnumerateRunes().First()}"], true)),
        { Values: [string text, ..] } => FunctionOutcome<FilteredAnswers>.Of(new FilteredAnswers([text], true)),
        { Values: [var first, ..] } => FunctionOutcome<FilteredAnswers>.Of(new FilteredAnswers([first], true)),
    };

    private static Filter Each(Func<string, string> change) => (responses, _) => [.. responses.Select(change)];

    private static Filter Extracting(FunctionOptions options)
    {
        Regex regex = PythonRegex.Compile(options.Text("regex_pattern", ChoiceRegex.DefaultPattern), options.Where);
        int select = options.Integer("group_select", 0);
        string fallback = options.Text("fallback", ChoiceRegex.DefaultFallback);
        return Each(text => PythonRegex.Select(regex, text, select) ?? fallback);
    }

    /// <summary>
    /// Extracts the second item of each printed pair. Like lm-evaluation-harness, it accepts the options regex_pattern and
    /// group_select but does not use them.
    /// </summary>
    private static Filter PartsOfSpeech(FunctionOptions options)
    {
        options.Text("regex_pattern", "");
        options.Integer("group_select", 0);
        object? fallback = options.Take("fallback") ?? new List<object?> { "invalid" };
        Regex pairs = PythonRegex.Compile(@"\('([^']*)', '([^']*)'\)", options.Where);
        return Each(text => PythonRegex.FindAll(pairs, text) is { Count: > 0 } found
            ? Python.Str(found.Select(object? (pair) => pair[1]).ToList())
            : Python.Str(fallback));
    }

    private static Filter TakingSome(FunctionOptions options)
    {
        int k = options.Integer("k", null);
        string where = options.Where;
        return (responses, _) => responses.Count >= k
            ? [.. responses.Take(k)]
            : throw new EvalException(ExitCode.Task, $"{where}: {responses.Count} responses, {k} wanted; raise repeats");
    }

    private static Filter Mapping(FunctionOptions options)
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
