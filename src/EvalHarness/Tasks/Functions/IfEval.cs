using EvalHarness.Data;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions;

/// <summary>
/// Equivalents of ifeval/utils.py, which check whether a response follows the instructions of its prompt. The loose metrics also accept
/// the response without its first or last line or without asterisks.
/// </summary>
/// <remarks>Source: Zhou et al., "Instruction-Following Evaluation for Large Language Models" (2023).</remarks>
internal static class IfEval
{
    internal static Dictionary<string, TaskFunction> Functions { get; } = ((string[])["ifeval", "leaderboard/ifeval"])
        .SelectMany(folder => new Dictionary<string, TaskFunction>
        {
            [$"{folder}/utils.process_results"] = new ResultsFunction(Score),
            [$"{folder}/utils.agg_inst_level_acc"] = new AggregationFunction(items =>
            {
                bool[] all = [.. items.SelectMany(item => (IReadOnlyList<object?>)item!).Select(followed => followed is true)];
                return (double)all.Count(followed => followed) / all.Length;
            }),
        })
        .ToDictionary();

    private static Dictionary<string, object?> Score(FunctionResults results)
    {
        string response = results.Answers[0];
        var instructions = Instructions(results.Document).ToList();
        List<bool> strict = [.. instructions.Select(check => Follows(check, response))];
        string[] variants = [.. Variants(response)];
        List<bool> loose = [.. instructions.Select(check => variants.Any(variant => Follows(check, variant)))];
        return new Dictionary<string, object?>
        {
            ["prompt_level_strict_acc"] = strict.All(followed => followed),
            ["inst_level_strict_acc"] = strict.Cast<object?>().ToList(),
            ["prompt_level_loose_acc"] = loose.All(followed => followed),
            ["inst_level_loose_acc"] = loose.Cast<object?>().ToList(),
        };
    }

    private static bool Follows(Func<string, bool> check, string response) => response.Strip().Length > 0 && check(response);

    /// <summary>
    /// Returns the response as it is, without its first line, without its last line and without both, each with and without asterisks.
    /// </summary>
    private static IEnumerable<string> Variants(string response)
    {
        string[] lines = response.Split('\n');
        string[] kept =
        [
            response,
            string.Join('\n', lines.Skip(1)).Strip(),
            string.Join('\n', lines.SkipLast(1)).Strip(),
            string.Join('\n', lines.Skip(1).SkipLast(1)).Strip(),
        ];
        return [.. kept, .. kept.Select(text => text.Replace("*", "", StringComparison.Ordinal))];
    }

    private static IEnumerable<Func<string, bool>> Instructions(Document document)
    {
        IReadOnlyList<string> ids = document.Texts("instruction_id_list");
        if (document.Value("kwargs") is not IReadOnlyList<object?> arguments || arguments.Count != ids.Count)
            throw new FunctionException("column kwargs does not have one entry per instruction");
        for (int i = 0; i < ids.Count; i++)
        {
            // As in lm-evaluation-harness, an argument with an empty value counts as missing.
            var given = (arguments[i] as IReadOnlyDictionary<string, object?>)?.Where(a => Python.IsTrue(a.Value)).ToDictionary() ?? [];
            yield return InstructionChecks.Create(ids[i], given);
        }
    }
}
