using EvalHarness.Planning;

namespace EvalHarness.Tests.Planning;

/// <summary>The plan made of numbers, with tokens in memory and in a file, against one made with all tokens at hand.</summary>
public sealed class ReferencePlanTests
{
    /// <summary>All that a task may have: shared beginnings, equal contexts, choices of one and more tokens, cut contexts.</summary>
    private static PlannedSequence[] Draw(Random random)
    {
        int letters = random.Next(1, 4);
        int[] Tokens(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(letters) - 1)];
        int[] beginning = Tokens(random.Next(60));
        var contexts = new List<int[]>();
        var sequences = new List<PlannedSequence>();
        for (int left = random.Next(1, 14); left > 0; left--)
        {
            int[] context = random.Next(6) switch
            {
                0 => Tokens(random.Next(1, 4)),
                1 when contexts.Count > 0 => contexts[random.Next(contexts.Count)],
                2 when contexts.Count > 0 => [.. contexts[random.Next(contexts.Count)]],
                3 => [.. beginning, .. Tokens(1)],
                4 => Tokens((8 * random.Next(1, 6)) + random.Next(-1, 3)),
                _ => [.. beginning.Take(random.Next(beginning.Length + 1)), .. Tokens(random.Next(1, 20))],
            };
            contexts.Add(context);
            int cut = random.Next(4) == 0 ? random.Next(context.Length) : 0;
            for (int choice = random.Next(1, 5); choice > 0; choice--)
            {
                int[] continuation = Tokens(random.Next(3) == 0 ? random.Next(1, 12) : 1);
                sequences.Add(new PlannedSequence(
                    new TokenSequence(context, cut, continuation, continuation.Length - 1),
                    random.Next(8) == 0 ? random.Next(context.Length - cut) : context.Length - cut - 1));
            }
        }

        return [.. sequences];
    }

    private static string Text(PlanStep step) => $"{step.Start}+{step.Length} {step.Read} {step.First} {step.Last} {step.Ends}";

    [Theory]
    [InlineData(TokenStore.DefaultBound)]
    [InlineData(1)]
    [InlineData(40)]
    public void Plan_OfRandomSequences_IsTheReferences(int bound)
    {
        for (int seed = 0; seed < 1500; seed++)
        {
            var random = new Random(seed);
            PlannedSequence[] drawn = Draw(random);
            int maxPiece = random.Next(3) switch { 0 => random.Next(2, 6), 1 => random.Next(6, 30), _ => PrefixPlan.DefaultMaxPiece };
            int[] numbers = [.. Enumerable.Range(0, drawn.Length).Where(_ => seed % 3 > 0 || random.Next(3) > 0)];
            using var sequences = PlannedSequences.Of(drawn, bound);
            Assert.True(bound > 1 || drawn.Length < 2 || sequences.AreTokensInFile);
            PrefixPlan plan = seed % 3 > 0
                ? PrefixPlan.Build(sequences, maxPiece)
                : PrefixPlan.Build(sequences, [.. numbers], maxPiece);
            var expected = new ReferencePlan(drawn, numbers, maxPiece);
            Assert.Equal(expected.Order, plan.Order);
            Assert.Equal(expected.Steps.Select(Text), plan.Steps.Select(Text));
            bool Wanted(int number) => number % 3 != seed % 3;
            Assert.Equal(expected.CountEach(Wanted), plan.CountEach(Wanted));
            Assert.Equal(
                numbers.Where(Wanted).GroupBy(i => string.Join(',', drawn[i].Tokens.ToArray())).Select(g => string.Join(',', g)),
                plan.EqualSequences(Wanted).Select(g => string.Join(',', g)));
            AssertTokens(drawn, sequences, plan);
        }
    }

    private static void AssertTokens(PlannedSequence[] drawn, PlannedSequences sequences, PrefixPlan plan)
    {
        for (int place = 0; place < plan.Order.Count; place++)
        {
            int number = plan.Order[place];
            int[] tokens = drawn[number].Tokens.ToArray();
            Assert.Equal(tokens, sequences.Tokens(number).ToArray());
            Assert.Equal(tokens.Length, plan.Length(place));
            int middle = tokens.Length / 2;
            Assert.Equal(tokens[middle..], sequences.Slice(number, middle, tokens.Length - middle).ToArray());
            for (int from = 0; from < place; from += 3)
            {
                int[] other = drawn[plan.Order[from]].Tokens.ToArray();
                Assert.Equal(tokens.AsSpan().CommonPrefixLength(other), plan.Common(from, place));
            }
        }
    }

    /// <summary>Blocks of a file are short where there are many sequences; ties are resolved over many of them.</summary>
    [Fact]
    public void Plan_OfLongEqualBeginnings_IsThatInMemory()
    {
        var random = new Random(1);
        int[] beginning = [.. Enumerable.Range(0, 300).Select(_ => random.Next(5))];
        PlannedSequence[] drawn =
        [
            .. Enumerable.Range(0, 400).Select(_ =>
            {
                int[] tokens = [.. beginning.Take(random.Next(200, 300)), .. Enumerable.Range(0, 40).Select(_ => random.Next(2))];
                return new PlannedSequence(tokens, tokens.Length - 1);
            }),
        ];
        using PlannedSequences memory = PlannedSequences.Of(drawn), file = PlannedSequences.Of(drawn, bound: 1000);
        Assert.True(file.AreTokensInFile && !memory.AreTokensInFile);
        (PrefixPlan expected, PrefixPlan actual) = (PrefixPlan.Build(memory), PrefixPlan.Build(file));
        Assert.Equal(expected.Order, actual.Order);
        Assert.Equal(expected.Steps, actual.Steps);
    }

    [Fact]
    public void TokenStore_ReadsAcrossTheEndOfItsFile()
    {
        using var store = new TokenStore(bound: 10);
        int[] tokens = [.. Enumerable.Range(0, 27)];
        Assert.Equal([0, 7, 9], [store.Append(tokens.AsSpan(0, 7)), store.Append(tokens.AsSpan(7, 2)), store.Append(tokens.AsSpan(9))]);
        Assert.True(store.IsInFile);
        Assert.Throws<InvalidOperationException>(() => store.View(0, 1));
        for (int start = 0; start < tokens.Length; start++)
        {
            int[] read = new int[tokens.Length - start];
            store.Read(start, read);
            Assert.Equal(tokens[start..], read);
        }
    }
}
