using EvalHarness.Results;

namespace EvalHarness.Tests.Results;

/// <summary>What a run spends is counted, and never passes its limit, however many requests are under way.</summary>
public sealed class AccountTests : IDisposable
{
    private const string ByToken = """
        currency: EUR
        models:
          remote: {per_million_input: 1, per_million_output: 4, per_million_cached_input: 0.5}
          local: {per_hour: 36}
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Account? Open(string model = "remote", string? maxCost = null, string prices = ByToken, params double[] earlier)
    {
        File.WriteAllText(_folder["prices.yaml"], prices);
        var options = new RunOptions { Model = "openai:x", Tasks = [], Prices = _folder["prices.yaml"], MaxCost = maxCost };
        return Account.Of(options, model, [.. earlier.Select(spent => Session() with { Spent = spent })]);
    }

    private static RunSession Session() => new() { Command = [], Started = DateTimeOffset.UnixEpoch };

    [Fact]
    public void Of_WithoutPrices_IsNone() =>
        Assert.Null(Account.Of(new RunOptions { Model = "m", Tasks = [] }, "m", []));

    [Fact]
    public async Task Pay_CountsPromptsCachedPromptsAndCompletions()
    {
        Account account = Open(earlier: [1, 1])!;
        using (Account.Payment payment = await account.ReserveAsync(2_000_000, 1_000_000, CancellationToken.None))
            payment.Pay(new TokenCount(Prompt: 1_000_000, Cached: 400_000, Completion: 500_000));
        Spending spending = account.After(seconds: 7200);
        Assert.Equal(("EUR", 2.8, 4.8), (spending.Currency, Math.Round(spending.LastStart, 9), Math.Round(spending.AllStarts, 9)));
    }

    [Fact]
    public void After_APriceByTheHour_CountsTheTime() => Assert.Equal(
        new Spending("EUR", 18, 20), Open("local", earlier: 2)!.After(seconds: 1800));

    [Fact]
    public async Task Reserve_ARequestWithoutUsage_CostsTheMost()
    {
        Account account = Open()!;
        using (Account.Payment payment = await account.ReserveAsync(1_000_000, 1_000_000, CancellationToken.None))
            payment.Pay(used: null);
        Assert.Equal(5, account.Spent);
    }

    [Fact]
    public async Task Reserve_ARequestThatFailed_CostsNothing()
    {
        Account account = Open(maxCost: "5")!;
        for (int i = 0; i < 3; i++)
            (await account.ReserveAsync(1_000_000, 1_000_000, CancellationToken.None)).Dispose();
        Assert.Equal(0, account.Spent);
    }

    /// <summary>Responses of a start that was killed are in the journal; the manifest has what it had cost some seconds before.</summary>
    [Theory]
    [InlineData(1, 4)]
    [InlineData(7, 7)]
    public void CountEarlier_TakesTheLargerSum(double written, double expected)
    {
        Account account = Open(earlier: written)!;
        account.CountEarlier(new TokenCount(0, 0, 1_000_000));
        Assert.Equal(expected, account.After(0).AllStarts);
    }

    /// <summary>The rest of the budget is enough for one request at a time: the second waits for what the first one really costs.</summary>
    [Fact]
    public async Task Reserve_WaitsForRequestsUnderWay()
    {
        Account account = Open(maxCost: "6")!;
        Account.Payment first = await account.ReserveAsync(0, 1_000_000, CancellationToken.None);
        Task<Account.Payment> second = account.ReserveAsync(0, 1_000_000, CancellationToken.None);
        Assert.False(second.IsCompleted);
        first.Pay(new TokenCount(0, 0, 250_000));
        (await second).Pay(new TokenCount(0, 0, 1_000_000));
        EvalException e = await Assert.ThrowsAsync<EvalException>(() => account.ReserveAsync(0, 1_000_000, CancellationToken.None));
        Assert.Equal(ExitCode.BudgetReached, e.ExitCode);
        Assert.Equal(
            "--max-cost 6: 5 EUR is spent, and the next request can cost 4; what was answered is kept, and --resume with a higher "
            + "--max-cost continues",
            e.Message);
        // A smaller request would fit, but the run has ended.
        await Assert.ThrowsAsync<EvalException>(() => account.ReserveAsync(0, 1, CancellationToken.None));
    }

    [Fact]
    public async Task Reserve_ManyAtOnce_NeverPassesTheLimit()
    {
        Account account = Open(maxCost: "1", earlier: 0.25)!;
        int answered = 0;
        await Task.WhenAll(Enumerable.Range(0, 32).Select(worker => Task.Run(async () =>
        {
            var random = new Random(worker);
            try
            {
                while (true)
                {
                    using Account.Payment payment = await account.ReserveAsync(1000, 1000, CancellationToken.None);
                    await Task.Yield();
                    payment.Pay(new TokenCount(1000, 0, random.Next(1001)));
                    Interlocked.Increment(ref answered);
                }
            }
            catch (EvalException e) when (e.ExitCode == ExitCode.BudgetReached)
            {
                // As it must end.
            }
        })));
        Assert.InRange(account.After(0).AllStarts, 1 - 0.005, 1);
        Assert.InRange(answered, 150, 1000);
    }

    [Theory]
    [InlineData("other", null, "has no price of other; it has local, remote")]
    [InlineData("local", "5", "--max-cost and per_hour of local")]
    public void Of_PricesThatDoNotFit_AreAMistake(string model, string? maxCost, string says)
    {
        EvalException e = Assert.Throws<EvalException>(() => Open(model, maxCost));
        Assert.Equal(ExitCode.Usage, e.ExitCode);
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
    }
}
