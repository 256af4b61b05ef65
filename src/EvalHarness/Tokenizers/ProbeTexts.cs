namespace EvalHarness.Tokenizers;

/// <summary>Short texts on which tokenizers that read the same files differently are known to differ, and ordinary ones.</summary>
internal static class ProbeTexts
{
    internal static IReadOnlyList<string> All { get; } =
    [
        "The quick brown fox jumps over the lazy dog, and 12 more do.",
        "Question: What is 7 + 5?\nA. 10\nB. 11\nC. 12\nD. 13\nAnswer:",
        "def add(a, b):\n    \"\"\"Adds two numbers.\n\n    >>> add(2, 3)\n    5\n    \"\"\"\n    return a + b\n",
        "for (int i = 0; i < n; i++) {\n\tsum += x[i]; // \"total\"\n}",
        "\n \n ", "\n\n\n", " \n", "\r\n\r\n", "\t\t x", "  two  spaces  ", "   ", " ", "\n  1", "a\n  b\n    c",
        "(()", "[[]]", "{}{}", "!!!???", "...", "--- ***", "a_b_c", "x != y", "don't I'll WE'RE you'Ve", "isn\u2019t",
        "12", "123", "1234567", "3.14159", "1,000,000", "0x1F", "v2.0.1", "2026-11-25", "\u0663\u0664", "\u00bd", "\u2460",
        "cafe\u0301", "caf\u00e9", "A\u030a", "\u1100\u1161\u11a8", "\ufb01", "na\u00efve",
        "\u4f60\u597d\uff0c\u4e16\u754c", "\u65e5\u672c\u8a9e\u306e\u6587", "\ud55c\uad6d\uc5b4", "\u041f\u0440\u0438\u0432\u0435\u0442",
        "\u0645\u0631\u062d\u0628\u0627", "\u0928\u092e\u0938\u094d\u0924\u0947", "\U0001f600", "\U0001f469\u200d\U0001f680", "\U00020000",
        "\u2581", "\u200b", "\u00a0x", "\ufeff", "\u3000", "https://example.org/a?b=c&d=1", "\\frac{1}{2}", "$x^2$", "<b>&amp;</b>", "C#",
    ];

    /// <summary>How two tokenizers agree on the texts, in one line: on how many they differ, and on which first.</summary>
    internal static string Compare(ITokenizer used, ITokenizer other)
    {
        string[] different = [.. All.Where(text => !Ids(used, text).SequenceEqual(Ids(other, text)))];
        return different.Length == 0
            ? $"{other.Name} gives the same ids for {All.Count} probe texts"
            : $"{other.Name} gives other ids for {different.Length} of {All.Count} probe texts, first for {Quoted(different[0])}";
    }

    /// <summary>The ids, or -1 for a text that the tokenizer cannot encode.</summary>
    private static int[] Ids(ITokenizer tokenizer, string text)
    {
        try
        {
            return tokenizer.Encode(text);
        }
        catch (UnencodableTextException)
        {
            return [-1];
        }
    }

    private static string Quoted(string text) => Pythonic.PythonJson.Dump(text);
}
