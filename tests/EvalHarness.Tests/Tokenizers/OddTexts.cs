using System.Text;

namespace EvalHarness.Tests.Tokenizers;

/// <summary>Texts that tokenizers are likely to get wrong. A seed always gives the same ones.</summary>
internal sealed class OddTexts(int seed, IReadOnlyList<string> specialTokens)
{
    private static readonly int[] Spaces =
    [
        ' ', ' ', ' ', '\t', '\n', '\n', '\r', 0x0B, 0x0C, 0x1C, 0x85, 0xA0, 0x1680, 0x180E, 0x2000, 0x2003, 0x2009, 0x200A, 0x200B, 0x2028,
        0x2029, 0x202F, 0x205F, 0x2060, 0x2581, 0x3000, 0xFEFF,
    ];

    private static readonly int[] Zeros =
    [
        '0', '0', '0', 0x660, 0x6F0, 0x966, 0x9E6, 0xE50, 0xFF10, 0x104A0, 0x1D7CE, 0x1FBF0, 0x2160, 0x2460, 0xBC, 0x3021, 0x10107, 0x16AC0,
    ];

    private static readonly int[] Marks =
    [
        0x300, 0x301, 0x302, 0x303, 0x308, 0x30A, 0x31B, 0x323, 0x327, 0x328, 0x334, 0x345, 0x5B0, 0x5BC, 0x64B, 0x651, 0x8D3, 0x93C, 0x94D,
        0x9BE, 0x9D7, 0x9FE, 0xE31, 0xE48, 0x1DF6, 0x20D0, 0x20E3, 0x3099, 0x309A, 0xFE0F, 0xFE0E, 0x110BA, 0x11127, 0x1D165, 0x200D,
        0x200C,
    ];

    private static readonly string[] Emoji =
    [
        "😀", "👩‍💻", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "👍🏽", "1️⃣", "☺️", "🧑🏿‍🚀", "🪿", "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    ];

    private static readonly string[] Fragments =
    [
        "def f(x):\n    return x[1:]  # it's\n", "if (a != b && c) {\n\t++i;\n}\n",
        "\n\n\n", "    ", "'s", "'S", "'ſ", "'ll", "'LL", "'re", "'Ve",
        "don't",
        "http://a.b/c?d=e&f=1,234.50", "<|", "|>", "</s", "<0x0A>", "<unk", "[INST]", "▁", "▁▁", "ĠĠ", "Ċ", "->", "==", "/**/", "\\n",
        "\"\"\"",
        "Hello", " world", "HTTPServer", "camelCaseName", "snake_case", "Straße", "ǅungla", "naïve", "İstanbul", "ﬁn", "Å", "K", "½", "²³",
        "你好，世界", "日本語テキスト", "カタカナ", "ｶﾞ", "한국어", "각", "안녕하세요", "שלום", "مرحبا", "العربية", "हिन्दी", "ไทย", "Ελλάδα", "Привет", "Việt",
        "…", "—", "“”", "€", "¥", "∑", "≠", "𝔘𝔫𝔦", "𠀀𠀁", "\0", "\u0001", "\uFFFD", "\uFFFF", "\uE000", "\U000F0000", "\U0010FFFF",
        "\u0378",
    ];

    private readonly Random _random = new(seed);

    internal string Next()
    {
        var text = new StringBuilder();
        for (int left = 1 + _random.Next(_random.Next(12) == 0 ? 60 : 12); left > 0; left--)
            AddPart(text);
        return text.ToString();
    }

    private void AddPart(StringBuilder text)
    {
        switch (_random.Next(16))
        {
            case 0:
                AddRun(text, () => AnyOf(Spaces), 6);
                break;
            case 1:
                AddRun(text, () => AnyOf(Zeros) + _random.Next(10), 9);
                break;
            case 2:
                AddRun(text, () => AnyOf(Marks), 3);
                break;
            case 3:
                text.Append(Emoji[_random.Next(Emoji.Length)]);
                break;
            case 4 when specialTokens.Count > 0:
                AddSpecialToken(text);
                break;
            case 5:
                AddRun(text, () => _random.Next(0x80), 4);
                break;
            case 6:
                AddRun(text, () => 0x80 + _random.Next(0x780), 3);
                break;
            case 7:
                AddRun(text, () => 0x1100 + _random.Next(0x100), 4);
                break;
            case 8:
                AddRun(text, () => _random.Next(2) == 0 ? 0x4E00 + _random.Next(0x5200) : 0xAC00 + _random.Next(11172), 4);
                break;
            case 9:
                AddRun(text, () => _random.Next(0x10000), 3);
                break;
            case 10:
                AddRun(text, () => 0x10000 + _random.Next(0x100000), 2);
                break;
            case 11:
                AddRun(text, () => 0x10000 + _random.Next(0x20000), 2);
                break;
            case 12 when _random.Next(8) == 0:
                text.Insert(text.Length, Fragments[_random.Next(Fragments.Length)], 1 + _random.Next(300 / 4));
                break;
            default:
                text.Append(Fragments[_random.Next(Fragments.Length)]);
                break;
        }
    }

    /// <summary>Adds a special token as it is spelled, or one with a character missing.</summary>
    private void AddSpecialToken(StringBuilder text)
    {
        string token = specialTokens[_random.Next(specialTokens.Count)];
        text.Append(_random.Next(4) > 0 ? token : token[..^1]);
    }

    private int AnyOf(int[] codes) => codes[_random.Next(codes.Length)];

    private void AddRun(StringBuilder text, Func<int> next, int most)
    {
        for (int left = 1 + _random.Next(most); left > 0; left--)
        {
            int code = next();
            text.Append(Rune.IsValid(code) ? char.ConvertFromUtf32(code) : "\uFFFD");
        }
    }
}
