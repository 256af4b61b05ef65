using System.Text;
using EvalHarness.OnnxRuntimeGenAI.Runtime;

namespace EvalHarness.Tests.Families;

/// <summary>The page docs/families.md, written from what was measured.</summary>
internal static class FamilyPage
{
    internal static string Committed { get; } = Path.Combine(Shared.Repository, "docs", "families.md");

    /// <summary>Where a test leaves the page as it would be now.</summary>
    internal static string Measured { get; } = Path.Combine(Shared.Repository, "artifacts", "families.md");

    internal static string Write(
        IReadOnlyList<(FamilyCase Family, FamilyMeasurement Result)> rows,
        IReadOnlyList<(string Type, string Message)> refused)
    {
        var page = new StringBuilder();
        page.Append("""
            # Families of models

            This page says what EvalHarness computes with each family of models on the CPU. For every family, a test writes a small model
            with random weights, with everything in its graph that the family has, and with a real vocabulary. The numbers must be those
            of plain numpy, in double precision and without a cache. The models know nothing, so the page has no scores.

            ## What the graphs have

            | Family | Model type | Vocabulary | What its graph has |
            |---|---|---|---|

            """);
        foreach ((FamilyCase family, FamilyMeasurement result) in rows)
        {
            string vocabulary = family.OwnVocabulary is { } own ? $"{family.Vocabulary}, close to its own ({own})" : family.Vocabulary;
            page.Append(Row(family.Title, $"`{result.Type}`", vocabulary, family.Traits));
        }

        page.Append("""

            The model type is the one in `genai_config.json`. A model for which the runtime has no type of its own carries the type of its
            closest relative, which the runtime computes in the same way.

            ## What was measured

            | Family | ln P as numpy | ln P as alone | Greedy text | Prefixes shared | Probe | Ids | Text back | Chat template |
            |---|---|---|---|---|---|---|---|---|

            """);
        foreach ((FamilyCase family, FamilyMeasurement result) in rows)
        {
            page.Append(Row(
                family.Title, result.Reference, result.LogLikelihoods, result.Generation, result.PrefixReuse, Words(result.Capabilities),
                Count(result.Ids.SameIds, result.Ids), Count(result.Ids.SameText, result.Ids), result.Template));
        }

        page.Append("""

            - **ln P as numpy**: the log-probability of each token of 18 continuations is numpy's, to within 1e-4. The split between context
              and continuation is lm-evaluation-harness's.
            - **ln P as alone**: it is also what the runtime gives if each request is computed alone, in one step.
            - **Greedy text**: the tokens of completions are the likeliest ones of a single step over the whole text.
            - **Prefixes shared**: all answers are those without sharing (`PrefixReuse`), to within 1e-4.
            - **Probe**: what the engine tries when it loads the model: a second append, a rewind, logits of all rows, batches
              ([the engine](../src/EvalHarness.OnnxRuntimeGenAI/README.md#what-a-model-can-do-is-tried-out)).
            - **Ids**: how many texts have the ids that Hugging Face's library gives. Among them are the prompts and solutions of HumanEval.
            - **Text back**: how many of those ids are decoded to the text that the library gives.
            - **Chat template**: whether a conversation of three turns is rendered.


            """);
        page.Append("## What could not be had\n\n| What | Why |\n|---|---|\n");
        foreach ((FamilyCase family, _) in rows.Where(r => r.Family.Trouble is not null))
            page.Append(Row(family.Title, family.Trouble!));
        foreach ((string type, string message) in refused)
            page.Append(Row($"the model type `{type}`", $"the runtime says: \"{message}\""));
        page.Append("""

            ## How this page is made

            `FamilyTests` measures all of it and compares it with this page. If the page is not what was measured, the test fails and
            leaves the measured page at `artifacts/families.md`, from where it can be copied. The test needs numpy, and the vocabularies
            in a folder beside the repository.

            """);
        return page.Replace("\n\n\n", "\n\n").ToString();
    }

    private static string Count(int same, FamilyIds of) => same == of.Texts ? "all" : $"**{same} of {of.Texts}**";

    private static string Words(Capabilities found)
    {
        (bool Right, string Name)[] all =
            [(found.Append, "append"), (found.Rewind, "rewind"), (found.AllRows, "all rows"), (found.Batch, "batches")];
        string wrong = string.Join(", ", all.Where(c => !c.Right).Select(c => c.Name));
        return wrong.Length == 0 ? "all right" : $"right without {wrong}";
    }

    private static string Row(params string[] cells) => $"| {string.Join(" | ", cells)} |\n";
}
