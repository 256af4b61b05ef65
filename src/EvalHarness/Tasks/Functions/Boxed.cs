using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions;

/// <summary>The answer in \boxed{} that a solution of the MATH dataset ends with.</summary>
/// <remarks>Source: the behaviour of last_boxed_only_string and remove_boxed in lm-evaluation-harness's math tasks.</remarks>
internal static class Boxed
{
    /// <summary>With its command; null where there is none or its braces do not close.</summary>
    internal static string? Last(string text)
    {
        int start = text.LastIndexOf(@"\boxed", StringComparison.Ordinal);
        if (text.LastIndexOf(@"\boxed ", StringComparison.Ordinal) is >= 0 and var open)
            return @"\boxed " + text[(open + 7)..].Split('$')[0];
        if (start < 0)
            start = text.LastIndexOf(@"\fbox", StringComparison.Ordinal);
        int depth = 0;
        for (int i = start; start >= 0 && i < text.Length; i++)
        {
            depth += text[i] switch { '{' => 1, '}' => -1, _ => 0 };
            if (text[i] == '}' && depth == 0)
                return text[start..(i + 1)];
        }

        return null;
    }

    /// <exception cref="FunctionException">Nothing in a box.</exception>
    internal static string Content(string? boxed)
    {
        if (boxed is not null && boxed.StartsWith(@"\boxed ", StringComparison.Ordinal))
            return boxed[7..];
        return boxed is not null && boxed.StartsWith(@"\boxed{", StringComparison.Ordinal) && boxed.EndsWith('}')
            ? boxed[7..^1]
            : throw new FunctionException(@"the solution has no answer in \boxed{}");
    }
}
