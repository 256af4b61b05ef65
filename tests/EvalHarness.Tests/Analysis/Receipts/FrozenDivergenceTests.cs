using EvalHarness.Analysis.Receipts;
using EvalHarness.OnnxRuntimeGenAI.Divergence;
using EvalHarness.OnnxRuntimeGenAI.Runtime;

namespace EvalHarness.Tests.Analysis.Receipts;

/// <summary>Two models over texts that share their beginnings, against whole texts read one by one.</summary>
public sealed class FrozenDivergenceTests
{
    private const int Window = 256;

    private static readonly Dictionary<string, IReadOnlyList<FrozenText>> Texts = new()
    {
        ["shared"] =
        [
            new FrozenText(0, "Q: How many apples are in the box? There are 12 boxes.\nA:", " There are 12 apples.", 0),
            new FrozenText(3, "Q: How many apples are in the box? There are 13 boxes.\nA:", " There are 13 apples, and one more.", 0),
            new FrozenText(4, "Q: How many apples are in the box? There are 12 boxes.\nA:", " There are 12 pears.", 0),
            new FrozenText(5, "Q: How", "", 0),
        ],
        ["cut"] = [new FrozenText(0, "One, two, three, four, five, six, seven.", " Eight.", 4)],
        ["whole"] = [new FrozenText(0, "", "The cat sat on the mat. The dog did not.", 0)],
        ["long"] = [new FrozenText(0, "", string.Concat(Enumerable.Repeat("The cat sat on the mat. ", 100)), 0)],
        ["none"] = [],
    };

    [Fact]
    public void Against_SharedBeginnings_EqualsWholeTextsAndHasEachBeginningOnce()
    {
        string left = ReceiptRuns.Model("fp32"), right = ReceiptRuns.Model("int4");
        using var divergence = FrozenDivergence.Load(left, new GenAiOptions(), Window, Texts);
        IReadOnlyList<FrozenDifferences> found = divergence.Against(right, new GenAiOptions(), null, CancellationToken.None);
        using LoadedModel a = LoadedModel.Load(left, new GenAiOptions()), b = LoadedModel.Load(right, new GenAiOptions());
        foreach (FrozenDifferences task in found)
        {
            var seen = new HashSet<string>();
            IReadOnlyList<FrozenPoint>[] points = [.. task.Documents((_, _) => true).Select(d => d.Points)];
            foreach ((FrozenSequence sequence, int document) in task.Task.Sequences.Select((s, i) => (s, i)))
            {
                double[] expected = Divergences(a, b, sequence.Tokens);
                foreach (FrozenPoint point in points[document])
                {
                    Assert.True(seen.Add(string.Join(' ', sequence.Tokens[..point.Position])));
                    Assert.Equal(expected[point.Position - 1], point.Difference.Divergence, 1e-4);
                }
            }

            IEnumerable<string> beginnings = task.Task.Sequences
                .SelectMany(s => Enumerable.Range(1, s.Tokens.Length - 1).Select(n => string.Join(' ', s.Tokens[..n])));
            Assert.Equal(beginnings.ToHashSet().Count, seen.Count);
        }
    }

    [Fact]
    public void Tokens_PromptAndAnswer_AreTheTextsAndNoMoreThanTheWindow()
    {
        using var divergence = FrozenDivergence.Load(ReceiptRuns.Model("fp32"), new GenAiOptions(), Window, Texts);
        using var model = LoadedModel.Load(ReceiptRuns.Model("fp32"), new GenAiOptions());
        FrozenSequence[][] tasks = [.. divergence.Tokens.Tasks.Select(t => t.Sequences.ToArray())];
        Assert.Equal([4, 1, 1, 1, 0], tasks.Select(t => t.Length));
        foreach ((FrozenText text, FrozenSequence sequence) in Texts["shared"].Zip(tasks[0]))
        {
            int[] prompt = model.Tokenizer.EncodePrompt(text.Prompt);
            Assert.Equal(prompt, sequence.Tokens[..sequence.AnswerFrom]);
            Assert.Equal(text.Prompt + text.Answer, model.Tokenizer.Decode(sequence.Tokens));
        }

        FrozenSequence cut = tasks[1][0];
        int[] whole = model.Tokenizer.EncodePrompt("One, two, three, four, five, six, seven. Eight.");
        Assert.Equal(whole[4..], cut.Tokens);
        Assert.Equal(model.Tokenizer.FirstToken, tasks[2][0].Tokens[0]);
        Assert.Equal(1, tasks[2][0].AnswerFrom);
        Assert.Equal(Window, tasks[3][0].Tokens.Length);
        Assert.Matches("^[0-9a-f]{64}$", divergence.Tokens.Sha256());
    }

    /// <summary>The divergence after each token but the last, from whole texts and plain sums.</summary>
    private static double[] Divergences(LoadedModel a, LoadedModel b, int[] tokens)
    {
        double[][] p = Probabilities(a, tokens), q = Probabilities(b, tokens);
        return [.. p.Zip(q, (x, y) => x.Zip(y).Sum(v => v.First * Math.Log(v.First / v.Second)))];
    }

    private static double[][] Probabilities(LoadedModel model, int[] tokens)
    {
        using ModelSession session = model.NewSession(tokens.Length);
        session.Append(tokens);
        LogitRows rows = session.ReadRows();
        return [.. Enumerable.Range(0, rows.Count).Select(i =>
        {
            double[] exponentials = [.. rows[i].ToArray().Select(x => Math.Exp(x))];
            double sum = exponentials.Sum();
            return exponentials.Select(e => e / sum).ToArray();
        })];
    }
}
