using System.Text.Json;

namespace EvalHarness.Files;

/// <summary>
/// Whole numbers out of values that YAML or JSON gave. A number outside its limits is never cut to fit: 4294967297 would become 1.
/// </summary>
internal static class WholeNumber
{
    /// <returns>The number; null where the value is another kind of value, has a fraction, or lies outside the limits.</returns>
    internal static int? From(object? value, int low = 0, int high = int.MaxValue) =>
        value is long number && number >= low && number <= high ? (int)number : null;

    /// <returns>The number; null where the element is no whole number within the limits.</returns>
    internal static int? From(JsonElement json, int low = 0, int high = int.MaxValue) =>
        json.ValueKind == JsonValueKind.Number && json.TryGetInt32(out int number) && number >= low && number <= high ? number : null;

    /// <summary>What the value should have been, for error messages.</summary>
    internal static string Expected(int low = 0, int high = int.MaxValue) => $"a whole number, {low} to {high}";
}
