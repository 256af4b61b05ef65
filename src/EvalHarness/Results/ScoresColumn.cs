using System.Reflection;
using Parquet;
using Parquet.Schema;

namespace EvalHarness.Results;

/// <summary>A column of a list of scores a row; null in the file where there are none.</summary>
internal sealed class ScoresColumn(string name, PropertyInfo property) : SampleColumn(name)
{
    private const string Metric = "metric", Filter = "filter", Value = "value", Items = "items";

    /// <summary>The definition level of a struct that is there, without the field that is not.</summary>
    private const int NullField = 3;

    private readonly Action<SampleRow, IReadOnlyList<SampleScore>> _set =
        property.SetMethod!.CreateDelegate<Action<SampleRow, IReadOnlyList<SampleScore>>>();

    internal override Field Field => new ListField(
        Name,
        new StructField(
            Element,
            new DataField(Metric, typeof(string), isNullable: false),
            new DataField(Filter, typeof(string), isNullable: false),
            new DataField(Value, typeof(double), isNullable: true),
            new DataField(Items, typeof(string), isNullable: true)));

    internal override async Task WriteAsync(
        ParquetRowGroupWriter group, IReadOnlyList<SampleRow> rows, CancellationToken cancellationToken)
    {
        SampleLeaf<string> metrics = new(Leaf(Metric)), filters = new(Leaf(Filter)), items = new(Leaf(Items));
        var values = new SampleLeaf<double>(Leaf(Value));
        foreach (SampleRow row in rows)
        {
            if (row.Scores.Count == 0)
            {
                metrics.AddNothing(repetition: 0, definition: 0);
                filters.AddNothing(repetition: 0, definition: 0);
                values.AddNothing(repetition: 0, definition: 0);
                items.AddNothing(repetition: 0, definition: 0);
            }

            for (int i = 0; i < row.Scores.Count; i++)
            {
                SampleScore score = row.Scores[i];
                int repetition = i == 0 ? 0 : 1;
                metrics.Add(score.Metric, repetition);
                filters.Add(score.Filter, repetition);
                if (score.Value is { } value)
                    values.Add(value, repetition);
                else
                    values.AddNothing(repetition, NullField);
                if (score.Items is { } text)
                    items.Add(text, repetition);
                else
                    items.AddNothing(repetition, NullField);
            }
        }

        await metrics.WriteAsync(group, cancellationToken).ConfigureAwait(false);
        await filters.WriteAsync(group, cancellationToken).ConfigureAwait(false);
        await values.WriteAsync(group, cancellationToken).ConfigureAwait(false);
        await items.WriteAsync(group, cancellationToken).ConfigureAwait(false);
    }

    internal override void Fill(IReadOnlyList<StoredLeaf> leaves, SampleRow?[] rows)
    {
        var names = new SharedTexts();
        StoredLeaf metric = Leaf(leaves, Metric), filter = Leaf(leaves, Filter), value = Leaf(leaves, Value), items = Leaf(leaves, Items);
        ReadOnlySpan<ReadOnlyMemory<char>> metrics = metric.Values<ReadOnlyMemory<char>>(), filters = filter.Values<ReadOnlyMemory<char>>();
        ReadOnlySpan<ReadOnlyMemory<char>> texts = items.Values<ReadOnlyMemory<char>>();
        ReadOnlySpan<double> numbers = value.Values<double>();
        ReadOnlySpan<int> repetitions = metric.Repetitions, named = metric.Definitions;
        ReadOnlySpan<int> valued = value.Definitions, itemized = items.Definitions;
        int row = -1, nextName = 0, nextNumber = 0, nextText = 0;
        List<SampleScore>? scores = null;
        for (int i = 0; i < repetitions.Length; i++)
        {
            bool isThere = named[i] == metric.Whole;
            if (repetitions[i] == 0)
                scores = rows[++row] is { } wanted && isThere ? Begin(wanted) : null;
            if (!isThere)
                continue;
            double? number = valued[i] == value.Whole ? numbers[nextNumber++] : null;
            int text = itemized[i] == items.Whole ? nextText++ : -1;
            int at = nextName++;
            if (scores is null)
                continue;
            var score = new SampleScore(
                names.Of(metrics[at].Span), names.Of(filters[at].Span), number, text < 0 ? null : texts[text].ToString());
            RequireNew(scores, score);
            scores.Add(score);
        }
    }

    private List<SampleScore> Begin(SampleRow row)
    {
        var scores = new List<SampleScore>(2);
        _set(row, scores);
        return scores;
    }

    private static void RequireNew(List<SampleScore> scores, SampleScore score)
    {
        foreach (SampleScore earlier in scores)
        {
            if (earlier.Metric == score.Metric && earlier.Filter == score.Filter)
                throw new InvalidDataException($"a document has the score {score.Key} twice");
        }
    }
}
