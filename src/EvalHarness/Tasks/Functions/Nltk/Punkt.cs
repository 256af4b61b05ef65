using System.Text.RegularExpressions;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions.Nltk;

/// <summary>Splits a text into sentences.</summary>
/// <remarks>Source: Kiss and Strunk, "Unsupervised Multilingual Sentence Boundary Detection" (2006), as NLTK 3.9 applies it.</remarks>
internal sealed class Punkt(PunktModel model)
{
    private const int MidUpper = 1 << 2;
    private const int BeginLower = 1 << 4;
    private const int AnyUpper = (1 << 1) | MidUpper | (1 << 3);
    private const int AnyLower = BeginLower | (1 << 5) | (1 << 6);

    private const string NonWord = @"(?:[)"";}\]*:@'({\[?!])";
    private const string MultiCharacter = @"(?:-{2,}|\.{2,}|(?:\.\s){2,}\.)";

    private static readonly Regex Words = PythonRegex.Compile(
        $@"({MultiCharacter}|(?=[^(""`{{\[:;&#*@)}}\]\-,])"
        + $@"\S+?(?=\s|$|{NonWord}|{MultiCharacter}|,(?=$|\s|{NonWord}|{MultiCharacter}))|\S)",
        "punkt");

    private static readonly Regex PossibleEnds = PythonRegex.Compile($@"[.?!](?=(?P<after>{NonWord}|\s+(?P<next>\S+)))", "punkt");
    private static readonly Regex Realignment = PythonRegex.Compile(@"\A[""')\]}]+?(?:\s+|(?=--)|$)", "punkt", RegexOptions.Multiline);
    private static readonly Regex Ellipsis = PythonRegex.Compile(@"\A\.\.+$", "punkt");
    private static readonly Regex Numeric = PythonRegex.Compile(@"^-?[\.,]?\d[\d,\.-]*\.?$", "punkt");
    private static readonly Regex Initial = PythonRegex.Compile(@"\A[^\W\d]\.$", "punkt");

    private sealed class Token(string text)
    {
        internal string Text { get; } = text;

        internal string Type { get; } = Numeric.Replace(text.Lower(), "##number##");

        internal bool Ends { get; set; }

        internal bool Abbreviated { get; set; }

        internal bool HasEllipsis { get; set; }

        internal bool FirstUpper => char.IsUpper(Text[0]);

        internal bool FirstLower => char.IsLower(Text[0]);

        internal string TypeWithoutPeriod => Type.Length > 1 && Type[^1] == '.' ? Type[..^1] : Type;

        internal string TypeWithoutEnd => Ends ? TypeWithoutPeriod : Type;
    }

    internal IReadOnlyList<string> Split(string text) => [.. Realign(text, Slices(text)).Select(span => text[span.Start..span.End])];

    private List<(int Start, int End)> Slices(string text)
    {
        var slices = new List<(int, int)>();
        int start = 0;
        foreach ((Match match, string context) in Contexts(text))
        {
            if (!HasEnd(context))
                continue;
            slices.Add((start, match.Index + match.Length));
            start = match.Groups[2].Success && match.Groups[2].Length > 0 ? match.Groups[2].Index : match.Index + match.Length;
        }

        slices.Add((start, Math.Max(start, text.Strip().Length == 0 ? 0 : Python.Strip(text, null, left: false, right: true).Length)));
        return slices;
    }

    /// <summary>
    /// Returns each possible end of a sentence with the word before it and the text after it. Of several ends that share a word only the
    /// last one is returned.
    /// </summary>
    private static IEnumerable<(Match Match, string Context)> Contexts(string text)
    {
        (int Start, int End) previousWord = (0, 0);
        Match? previous = null;
        foreach (Match match in PossibleEnds.Matches(text))
        {
            string before = text[previousWord.End..match.Index];
            int space = before.LastIndexOfAny([' ', '\t', '\n', '\r', '\v', '\f']);
            (int Start, int End) word = (space > 0 ? space + previousWord.End + 1 : previousWord.Start, match.Index);
            if (previous is not null && previousWord.End <= word.Start)
                yield return (previous, text[previousWord.Start..previousWord.End] + previous.Value + previous.Groups[1].Value);
            (previous, previousWord) = (match, word);
        }

        if (previous is not null)
            yield return (previous, text[previousWord.Start..previousWord.End] + previous.Value + previous.Groups[1].Value);
    }

    /// <summary>Moves closing quotes and brackets after the end of a sentence into the sentence that they close.</summary>
    private static List<(int Start, int End)> Realign(string text, List<(int Start, int End)> slices)
    {
        var sentences = new List<(int, int)>();
        int moved = 0;
        for (int i = 0; i < slices.Count; i++)
        {
            (int Start, int End) sentence = (Math.Min(slices[i].Start + moved, slices[i].End), slices[i].End);
            Match? closing = i + 1 < slices.Count ? Realignment.Match(text[slices[i + 1].Start..slices[i + 1].End]) : null;
            if (closing is { Success: true })
            {
                sentences.Add((sentence.Start, slices[i + 1].Start + Python.Strip(closing.Value, null, left: false, right: true).Length));
                moved = closing.Length;
                continue;
            }

            moved = 0;
            if (sentence.End > sentence.Start)
                sentences.Add(sentence);
        }

        return sentences;
    }

    private bool HasEnd(string context)
    {
        Token[] tokens = [.. context.Split('\n')
            .Where(line => line.Strip().Length > 0)
            .SelectMany(line => PythonRegex.FindAll(Words, line))
            .Select(found => new Token(found[0]))];
        foreach (Token token in tokens)
            FirstPass(token);
        for (int i = 0; i + 1 < tokens.Length; i++)
            SecondPass(tokens[i], tokens[i + 1]);
        return tokens.SkipLast(1).Any(token => token.Ends);
    }

    private void FirstPass(Token token)
    {
        string text = token.Text;
        if (text is "." or "?" or "!")
        {
            token.Ends = true;
        }
        else if (Ellipsis.IsMatch(text))
        {
            token.HasEllipsis = true;
        }
        else if (text[^1] == '.' && !text.EndsWith("..", StringComparison.Ordinal))
        {
            string word = text[..^1].Lower();
            token.Abbreviated = model.IsAbbreviation(word) || model.IsAbbreviation(word[(word.LastIndexOf('-') + 1)..]);
            token.Ends = !token.Abbreviated;
        }
    }

    private void SecondPass(Token token, Token next)
    {
        if (token.Text[^1] != '.')
            return;
        bool initial = Initial.IsMatch(token.Text);
        if (model.IsCollocation(token.TypeWithoutPeriod, next.TypeWithoutEnd))
        {
            (token.Ends, token.Abbreviated) = (false, true);
            return;
        }

        bool starts = Begins(next) == true || (next.FirstUpper && model.IsStarter(next.TypeWithoutEnd));
        if ((token.Abbreviated || token.HasEllipsis) && !initial && starts)
        {
            token.Ends = true;
            return;
        }

        if (!initial && token.TypeWithoutPeriod != "##number##")
            return;
        bool? begins = Begins(next);
        if (begins == false || (begins is null && initial && next.FirstUpper && (model.Context(next.TypeWithoutEnd) & AnyLower) == 0))
            (token.Ends, token.Abbreviated) = (false, true);
    }

    /// <summary>
    /// Says whether a token begins a sentence, judged by its case here and in the training text. The result is null if its case does not
    /// decide it.
    /// </summary>
    private bool? Begins(Token token)
    {
        if (token.Text is ";" or ":" or "," or "." or "!" or "?")
            return false;
        int context = model.Context(token.TypeWithoutEnd);
        if (token.FirstUpper && (context & AnyLower) != 0 && (context & MidUpper) == 0)
            return true;
        return token.FirstLower && ((context & AnyUpper) != 0 || (context & BeginLower) == 0) ? false : null;
    }
}
