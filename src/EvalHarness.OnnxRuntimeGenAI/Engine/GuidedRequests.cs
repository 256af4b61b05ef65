using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Tasks;
using EvalHarness.Tokens;

namespace EvalHarness.OnnxRuntimeGenAI.Engine;

/// <summary>
/// The requests of a task whose answers must have the form of a JSON schema. The runtime chooses their tokens, one sequence at a time.
/// </summary>
/// <param name="encoded">All requests of the task.</param>
internal sealed class GuidedRequests(EncodedRequests encoded)
{
    internal bool Has(int number) => encoded.Options(number)?.JsonSchema is not null;

    /// <summary>Whether each of them is computed from its first token on, because it is sampled.</summary>
    internal bool AreAnySampled => encoded.AllOptions.Any(o => o is { JsonSchema: not null, Greedy: false });

    /// <summary>Tries each schema before anything is computed.</summary>
    /// <exception cref="EvalException">As <see cref="Guidance.Check"/>.</exception>
    internal void Check(LoadedModel model)
    {
        IEnumerable<GenerationOptions> different = encoded.AllOptions
            .Where(o => o.JsonSchema is not null)
            .DistinctBy(o => (o.JsonSchema, o.Greedy, o.MinP));
        foreach (GenerationOptions options in different)
            new Guidance(encoded.Key(0).Task, options, seed: 0).Check(model);
    }

    /// <summary>
    /// The requests that one session can compute over shared prefixes, with what it needs for them. A rewind begins the form anew, so that
    /// greedy completions of one schema share a session. A stream of random numbers begins with a session, so that each sampled completion
    /// has its own, and its prompt is computed whole.
    /// </summary>
    /// <param name="shares">Whether prefixes are shared at all.</param>
    internal IEnumerable<(int[] Numbers, Guidance Guidance)> Groups(bool shares)
    {
        int[] numbers = [.. Enumerable.Range(0, encoded.Count).Where(Has)];
        IEnumerable<int[]> groups = numbers
            .GroupBy(i => (encoded.Options(i)!.JsonSchema, encoded.Options(i)!.RepetitionPenalty, Alone: IsAlone(i) ? i : -1))
            .Select(g => g.ToArray());
        foreach (int[] group in groups)
            yield return (group, Of(group[0]));

        bool IsAlone(int number) => !shares || !encoded.Options(number)!.Greedy;
    }

    internal Guidance Of(int number)
    {
        EncodedRequest request = encoded[number];
        return new Guidance(request.Key.Task, request.Options!, request.Seed);
    }
}
