using EvalHarness.Planning;
using FsCheck;
using FsCheck.Fluent;

namespace EvalHarness.Tests.Planning;

/// <summary>A sequence in two parts against the same tokens in one array.</summary>
public sealed class TokenSequenceTests
{
    /// <summary>Some contexts of a few tokens, and what is fed of each; two sequences may share their context.</summary>
    private static Gen<TokenSequence[]> Pairs() =>
        from contexts in Gen.Choose(0, 1).ListOf(6).Select(t => t.ToArray()).ArrayOf(2)
        from drawn in (from which in Gen.Choose(0, 1)
                       from first in Gen.Choose(0, 6)
                       from continuation in Gen.Choose(0, 1).ListOf()
                       from fed in Gen.Choose(0, continuation.Count)
                       select new TokenSequence(contexts[which], first, [.. continuation], fed)).ArrayOf(2)
        select drawn;

    [Fact]
    public void TwoParts_AreWhatOneArrayIs() => Prop.ForAll(Arb.From(Pairs()), drawn =>
    {
        (TokenSequence left, TokenSequence right) = (drawn[0], drawn[1]);
        (int[] a, int[] b) = (left.ToArray(), right.ToArray());
        Assert.Equal(a.Length, left.Length);
        Assert.Equal(a.AsSpan().CommonPrefixLength(b), left.CommonPrefixLength(right));
        Assert.Equal(Math.Sign(a.AsSpan().SequenceCompareTo(b)), Math.Sign(left.CompareTo(right)));
        Assert.Equal(a.Contains(1), left.Contains(1));
        Assert.Equal(a, Enumerable.Range(0, a.Length).Select(i => left[i]));
        for (int start = 0; start <= a.Length; start++)
        {
            for (int length = 0; length <= a.Length - start; length++)
                Assert.Equal(a[start..(start + length)], left.Slice(start, length).ToArray());
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    /// <summary>The plan depends on the tokens alone, and not on which arrays hold them.</summary>
    [Fact]
    public void Plan_OfSharedContexts_IsThatOfCopies() => Prop.ForAll(
        Arb.From(Pairs().ArrayOf(5).Select(pairs => pairs.SelectMany(p => p).Where(s => s.Length > 0).ToArray())),
        drawn =>
        {
            var shared = PrefixPlan.Build([.. drawn.Select(s => new PlannedSequence(s, s.Length - 1))], maxPiece: 4);
            var copied = PrefixPlan.Build([.. drawn.Select(s => new PlannedSequence(s.ToArray(), s.Length - 1))], maxPiece: 4);
            Assert.Equal(copied.Order, shared.Order);
            Assert.Equal(copied.Steps, shared.Steps);
            Assert.Equal(copied.Count(i => i % 2 == 0), shared.Count(i => i % 2 == 0));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(4, 0)]
    [InlineData(-1, 0)]
    [InlineData(0, 3)]
    public void MoreThanThereIs_IsRefused(int first, int fed) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenSequence([1, 2, 3], first, [4, 5], fed));
}
