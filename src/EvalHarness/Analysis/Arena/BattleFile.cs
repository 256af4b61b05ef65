using System.Globalization;
using System.Runtime.CompilerServices;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Analysis.Arena;

/// <summary>
/// Files of verdicts, as Chatbot Arena publishes them. Nothing in a row is guessed: what is missing or unknown ends the command.
/// </summary>
/// <remarks>
/// Source: the datasets lmsys/chatbot_arena_conversations, lmsys/mt_bench_human_judgments and lmarena-ai/arena-human-preference-140k on the
/// Hugging Face hub.
/// </remarks>
internal static class BattleFile
{
    private static readonly string[] Verdicts = ["model_a", "model_b", "tie", "tie (bothbad)", "both_bad"];

    /// <summary>The columns of which one says what battles have in common, the first that a row has.</summary>
    private static readonly string[] Documents = ["document", "question_id"];

    private static readonly string[] Texts = ["answer_a", "answer_b", "conversation_a", "conversation_b"];

    /// <param name="file">JSON, JSON lines, CSV or Parquet with the columns model_a, model_b and winner.</param>
    /// <param name="hasStyle">Whether answers are looked at, for controls.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: the file cannot be read, or a row is no battle.</exception>
    internal static async IAsyncEnumerable<ArenaBattle> ReadAsync(
        string file, bool hasStyle, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        HashSet<string> columns = ["model_a", "model_b", "winner", .. Documents, .. hasStyle ? Texts : []];
        await foreach ((string place, IReadOnlyDictionary<string, object?> row) in
            BattleRows.ReadAsync(file, columns, cancellationToken).ConfigureAwait(false))
        {
            string a = Name("model_a"), b = Name("model_b");
            if (a == b)
                throw new EvalException(ExitCode.Data, $"{place}: model_a and model_b are both {a}; expected two models");
            yield return new ArenaBattle(
                a, b, Outcome(place, Value("winner")), Document(place, row), hasStyle ? Style("a") : null, hasStyle ? Style("b") : null);

            object? Value(string column) => row.TryGetValue(column, out object? value)
                ? value
                : throw new EvalException(ExitCode.Data, $"{place}: has no {column}; it has {string.Join(", ", row.Keys)}");

            string Name(string column) => Value(column) is string { Length: > 0 } name
                ? name
                : throw new EvalException(ExitCode.Data, $"{place}: {column} is {Shown(row[column])}; expected the name of a model");

            AnswerStyle Style(string side) => AnswerStyle.Of(Answer(place, row, side));
        }
    }

    private static BattleOutcome Outcome(string place, object? winner) => winner switch
    {
        "model_a" => BattleOutcome.First,
        "model_b" => BattleOutcome.Second,
        "tie" or "tie (bothbad)" or "both_bad" => BattleOutcome.Tie,
        _ => throw new EvalException(
            ExitCode.Data, $"{place}: winner is {Shown(winner)}; expected {string.Join(", ", Verdicts[..^1])} or {Verdicts[^1]}"),
    };

    private static string? Document(string place, IReadOnlyDictionary<string, object?> row)
    {
        if (Documents.FirstOrDefault(row.ContainsKey) is not { } column)
            return null;
        return row[column] switch
        {
            string { Length: > 0 } text => text,
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            var other => throw new EvalException(ExitCode.Data, $"{place}: {column} is {Shown(other)}; expected a name or a number"),
        };
    }

    /// <summary>The text of an answer, or all that the model said in a conversation.</summary>
    private static string Answer(string place, IReadOnlyDictionary<string, object?> row, string side)
    {
        if (row.TryGetValue($"answer_{side}", out object? answer))
        {
            return answer as string ?? throw new EvalException(
                ExitCode.Data, $"{place}: answer_{side} is {Shown(answer)}; expected the text of the answer");
        }

        if (!row.TryGetValue($"conversation_{side}", out object? conversation))
        {
            throw new EvalException(
                ExitCode.Data, $"{place}: has neither answer_{side} nor conversation_{side}; --controls needs the texts of the answers");
        }

        if (conversation is not IReadOnlyList<object?> turns)
            throw Wrong();
        return string.Join('\n', turns.Select(Turn).Where(t => t.Role == "assistant").Select(t => t.Content ?? throw Wrong()));

        static (string? Role, string? Content) Turn(object? turn) => turn is IReadOnlyDictionary<string, object?> map
            ? (map.GetValueOrDefault("role") as string, map.GetValueOrDefault("content") as string)
            : (null, null);

        EvalException Wrong() => new(
            ExitCode.Data,
            $"{place}: conversation_{side} is no list of turns with role and a text as content; give the texts as answer_a and answer_b");
    }

    private static string Shown(object? value) => value switch
    {
        null => "missing",
        string text => $"'{text}'",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => "no text",
    };
}
