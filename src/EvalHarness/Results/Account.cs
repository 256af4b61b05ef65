using System.Globalization;
using EvalHarness.Engines;

namespace EvalHarness.Results;

/// <summary>What a run costs, in the currency of its price file.</summary>
/// <param name="Currency">As the price file names it.</param>
/// <param name="LastStart">What the last start cost.</param>
/// <param name="AllStarts">What all starts cost together.</param>
public sealed record Spending(string Currency, double LastStart, double AllStarts);

/// <summary>
/// What a run spends, and the most that it may spend. An engine that pays by the token reserves the most that a request can cost before it
/// sends it, so that the limit is never passed. Several threads may use one instance.
/// </summary>
internal sealed class Account
{
    private readonly ModelPrice _price;
    private readonly Purse _purse;

    private Account(ModelPrice price, Purse purse)
    {
        (_price, _purse) = (price, purse);
        lock (purse.Lock)
            purse.Prices.Add(price);
    }

    /// <summary>Opens the account of a run.</summary>
    /// <param name="options">With <c>--prices</c> and <c>--max-cost</c>.</param>
    /// <param name="model">The name that the model has in the run's manifest, and in the price file.</param>
    /// <param name="earlier">The sessions of the run before this one.</param>
    /// <returns>Null without <c>--prices</c>.</returns>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: the price file is wrong or does not have the model, or it has a price by the hour for a limit.
    /// </exception>
    internal static Account? Of(RunOptions options, string model, IReadOnlyList<RunSession> earlier)
    {
        if (options.Prices is not { } path)
            return null;
        (ModelPrice price, string currency) = Price(options, path, model);
        double most = options.MaxCost is { } amount ? double.Parse(amount, CultureInfo.InvariantCulture) : double.PositiveInfinity;
        return new Account(price, new Purse(currency, most, earlier.Sum(s => s.Spent ?? 0)));
    }

    /// <summary>The account of a second model of the run, such as its judge: another price, and the same limit for both.</summary>
    /// <param name="options">As for <see cref="Of"/>.</param>
    /// <param name="model">The name that the second model has in the price file.</param>
    /// <exception cref="EvalException">As for <see cref="Of"/>.</exception>
    internal Account Beside(RunOptions options, string model) => new(Price(options, options.Prices!, model).Price, _purse);

    private static (ModelPrice Price, string Currency) Price(RunOptions options, string path, string model)
    {
        PriceFile file = PriceFile.Read(path);
        if (!file.Models.TryGetValue(model, out ModelPrice? price))
        {
            throw new EvalException(
                ExitCode.Usage,
                $"--prices {path}: has no price of {model}; it has {string.Join(", ", file.Models.Keys.Order(StringComparer.Ordinal))}");
        }

        if (options.MaxCost is not null && price.PerHour is not null)
        {
            throw new EvalException(
                ExitCode.Usage,
                $"--max-cost and per_hour of {model} in {path}: a limit needs the price of a token; give per_million_input and "
                + "per_million_output");
        }

        return (price, file.Currency);
    }

    /// <summary>What this start has spent so far on tokens.</summary>
    internal double Spent
    {
        get
        {
            lock (_purse.Lock)
                return _purse.Spent;
        }
    }

    /// <summary>
    /// The responses of earlier starts, which can have cost more than those starts have written down: a start that was killed wrote
    /// down what it had spent some seconds before, and one of an earlier version wrote nothing.
    /// </summary>
    internal void CountEarlier(TokenCount responses)
    {
        if (_price.PerHour is not null)
            return;
        lock (_purse.Lock)
        {
            _purse.Answered += _price.Cost(responses, seconds: 0);
            _purse.Earlier = Math.Max(_purse.Earlier, _purse.Answered);
        }
    }

    /// <summary>Counts tokens of an engine that reserves nothing.</summary>
    internal void Pay(Response response)
    {
        lock (_purse.Lock)
            _purse.Spent += _price.PerHour is null ? _price.Cost(TokenCount.Of([response]), seconds: 0) : 0;
    }

    /// <summary>Reserves the most that a request can cost, and waits for requests under way while they could use up the rest.</summary>
    /// <param name="promptTokens">At most so many: where no tokenizer is there, the bytes of the prompt are an upper bound.</param>
    /// <param name="completionTokens">At most so many.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.BudgetReached"/>: the rest of the budget is less than the request can cost. No later request is let through.
    /// </exception>
    internal async Task<Payment> ReserveAsync(long promptTokens, long completionTokens, CancellationToken cancellationToken)
    {
        double most = _price.PerHour is null ? _price.Cost(new TokenCount(promptTokens, 0, completionTokens), seconds: 0) : 0;
        while (true)
        {
            Task change;
            lock (_purse.Lock)
            {
                if (!_purse.IsClosed && _purse.Earlier + _purse.Spent + _purse.Reserved + most <= _purse.Most)
                {
                    _purse.Reserved += most;
                    _purse.UnderWay++;
                    return new Payment(this, most);
                }

                // With nothing under way nothing comes free any more.
                _purse.IsClosed |= _purse.UnderWay == 0 || _purse.Earlier + _purse.Spent + most > _purse.Most;
                if (_purse.IsClosed)
                    throw Reached(most);
                change = _purse.Changed.Task;
            }

            await change.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private EvalException Reached(double next) => new(
        ExitCode.BudgetReached,
        $"--max-cost {Amount(_purse.Most)}: {Amount(_purse.Earlier + _purse.Spent)} {_purse.Currency} is spent, and the next request can "
        + $"cost {Amount(next)}; what was answered is kept, and --resume with a higher --max-cost continues");

    private static string Amount(double amount) => amount.ToString("0.######", CultureInfo.InvariantCulture);

    /// <param name="seconds">How long this start took: what a price by the hour counts.</param>
    internal Spending After(double seconds)
    {
        lock (_purse.Lock)
        {
            double last = _purse.Spent + _purse.Prices.Where(p => p.PerHour is not null).Sum(p => p.Cost(TokenCount.None, seconds));
            return new Spending(_purse.Currency, last, _purse.Earlier + last);
        }
    }

    private void Settle(double reserved, double cost)
    {
        TaskCompletionSource changed;
        lock (_purse.Lock)
        {
            // Differences of sums leave a rest where nothing is under way.
            _purse.Reserved = --_purse.UnderWay == 0 ? 0 : Math.Max(0, _purse.Reserved - reserved);
            _purse.Spent += cost;
            (changed, _purse.Changed) = (_purse.Changed, NewChange());
        }

        changed.SetResult();
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What all models of a run spend together; its lock is held while a field is read or written.</summary>
    private sealed class Purse(string currency, double most, double earlier)
    {
        internal Lock Lock { get; } = new();

        internal string Currency => currency;

        internal double Most => most;

        internal List<ModelPrice> Prices { get; } = [];

        internal double Earlier { get; set; } = earlier;

        /// <summary>What the responses of earlier starts cost.</summary>
        internal double Answered { get; set; }

        internal double Spent { get; set; }

        internal double Reserved { get; set; }

        internal int UnderWay { get; set; }

        internal bool IsClosed { get; set; }

        internal TaskCompletionSource Changed { get; set; } = NewChange();
    }

    /// <summary>What a request under way has reserved. Disposing it without <see cref="Pay"/> gives everything back.</summary>
    internal sealed class Payment(Account account, double most) : IDisposable
    {
        private bool _isSettled;

        /// <summary>Pays for what the server says that it used; where it does not say, all that was reserved.</summary>
        internal void Pay(TokenCount? used)
        {
            if (_isSettled)
                return;
            _isSettled = true;
            double cost = account._price switch
            {
                { PerHour: not null } => 0,
                var price => used is null ? most : price.Cost(used, seconds: 0),
            };
            account.Settle(most, cost);
        }

        public void Dispose()
        {
            if (_isSettled)
                return;
            _isSettled = true;
            account.Settle(most, cost: 0);
        }
    }
}
