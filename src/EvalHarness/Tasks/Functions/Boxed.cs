using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions;

/// <summary>Finds the answer in \boxed{} with which a solution of the MATH dataset ends.</summary>
/// <remarks>Source: the behaviour of last_boxed_only_string and remove_boxed in lm-evaluation-harness's math tasks.</remarks>
internal static class Boxed
{
    /// <summary>Returns the last box including its command, or null if there is none or its braces are not closed.</summary>
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

    /// <summary>Returns the content of a box that <see cref="Last"/> found.</summary>
    /// <exception cref="FunctionException">There is no box.</exception>
    internal static string Content(string? boxed)
    {
        if (boxed is not null && boxed.StartsWith(@"\boxed ", StringComparison.Ordinal))
            return boxed[7..];
        return boxed is not null && boxed.StartsWith(@"\boxed{", StringComparison.Ordinal) && boxed.EndsWith('}')
            ? boxed[7..^1]
            : throw new FunctionException(@"the solution has no answer in \boxed{}");
    }
}
