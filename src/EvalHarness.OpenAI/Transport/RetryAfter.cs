using System.Globalization;

namespace EvalHarness.OpenAI.Transport;

/// <summary>The time that a server asks to wait.</summary>
/// <remarks>Source: RFC 9110, 10.2.3 (seconds, or a date); OpenAI and Azure send retry-after-ms beside it, in milliseconds.</remarks>
internal static class RetryAfter
{
    /// <returns>Zero for a date that has passed; null where the server does not say, or says nothing that can be read.</returns>
    internal static TimeSpan? Read(HttpResponseMessage response, TimeProvider time)
    {
        if (response.Headers.TryGetValues("retry-after-ms", out IEnumerable<string>? values)
            && double.TryParse(values.First(), NumberStyles.Float, CultureInfo.InvariantCulture, out double milliseconds)
            && milliseconds is >= 0 and < int.MaxValue)
        {
            return TimeSpan.FromMilliseconds(milliseconds);
        }

        return response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => Later(date - time.GetUtcNow()),
            _ => null,
        };
    }

    private static TimeSpan Later(TimeSpan wait) => wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
}
