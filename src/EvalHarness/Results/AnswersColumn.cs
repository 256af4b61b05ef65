using System.Reflection;
using Parquet;
using Parquet.Schema;

namespace EvalHarness.Results;

/// <summary>A column of a list of filters a row, each with its answers; null in the file where there are none.</summary>
internal sealed class AnswersColumn(string name, PropertyInfo property) : SampleColumn(name)
{
    private const string Filter = "filter", Answers = "answers";

    /// <summary>The definition levels of a struct that is there without a list, and of a list whose element is null.</summary>
    private const int NullList = 3, NullElement = 5;

    private readonly Action<SampleRow, IReadOnlyList<SampleAnswers>> _set =
        property.SetMethod!.CreateDelegate<Action<SampleRow, IReadOnlyList<SampleAnswers>>>();

    internal override Field Field => new ListField(
        Name,
        new StructField(
            Element,
            new DataField(Filter, typeof(string), isNullable: false),
            new ListField(Answers, new DataField(Element, typeof(string), isNullable: true))));

    internal override async Task WriteAsync(
        ParquetRowGroupWriter group, IReadOnlyList<SampleRow> rows, CancellationToken cancellationToken)
    {
        SampleLeaf<string> filters = new(Leaf(Filter)), answers = new(Leaf(Element));
        foreach (SampleRow row in rows)
        {
            if (row.Answers.Count == 0)
            {
                filters.AddNothing(repetition: 0, definition: 0);
                answers.AddNothing(repetition: 0, definition: 0);
            }

            for (int i = 0; i < row.Answers.Count; i++)
            {
                int first = i == 0 ? 0 : 1;
                filters.Add(row.Answers[i].Filter, first);
                Add(answers, row.Answers[i].Answers, first);
            }
        }

        await filters.WriteAsync(group, cancellationToken).ConfigureAwait(false);
        await answers.WriteAsync(group, cancellationToken).ConfigureAwait(false);
    }

    private static void Add(SampleLeaf<string> leaf, IReadOnlyList<string?> answers, int first)
    {
        if (answers.Count == 0)
            leaf.AddNothing(first, NullList);
        for (int i = 0; i < answers.Count; i++)
        {
            int repetition = i == 0 ? first : 2;
            if (answers[i] is { } answer)
                leaf.Add(answer, repetition);
            else
                leaf.AddNothing(repetition, NullElement);
        }
    }

    internal override void Fill(IReadOnlyList<StoredLeaf> leaves, SampleRow?[] rows)
    {
        List<List<string?>>?[] lists = FillFilters(Leaf(leaves, Filter), rows);
        StoredLeaf leaf = Leaf(leaves, Element);
        ReadOnlySpan<ReadOnlyMemory<char>> texts = leaf.Values<ReadOnlyMemory<char>>();
        ReadOnlySpan<int> repetitions = leaf.Repetitions, definitions = leaf.Definitions;
        int row = -1, filter = -1, next = 0;
        for (int i = 0; i < repetitions.Length; i++)
        {
            (row, filter) = repetitions[i] switch
            {
                0 => (row + 1, 0),
                1 => (row, filter + 1),
                _ => (row, filter),
            };
            if (definitions[i] == leaf.Whole)
            {
                lists[row]?[filter].Add(texts[next].ToString());
                next++;
            }
            else if (definitions[i] == NullElement)
            {
                lists[row]?[filter].Add(null);
            }
        }
    }

    /// <returns>For each row that is wanted and has filters, the lists that their answers go to.</returns>
    private List<List<string?>>?[] FillFilters(StoredLeaf leaf, SampleRow?[] rows)
    {
        var names = new SharedTexts();
        var lists = new List<List<string?>>?[rows.Length];
        ReadOnlySpan<ReadOnlyMemory<char>> filters = leaf.Values<ReadOnlyMemory<char>>();
        ReadOnlySpan<int> repetitions = leaf.Repetitions, definitions = leaf.Definitions;
        int row = -1, next = 0;
        List<SampleAnswers>? answers = null;
        for (int i = 0; i < repetitions.Length; i++)
        {
            bool isThere = definitions[i] == leaf.Whole;
            if (repetitions[i] == 0)
            {
                answers = null;
                if (rows[++row] is { } wanted && isThere)
                    (answers, lists[row]) = (Begin(wanted), []);
            }

            if (!isThere)
                continue;
            string filter = names.Of(filters[next++].Span);
            if (answers is null)
                continue;
            var list = new List<string?>();
            lists[row]!.Add(list);
            answers.Add(new SampleAnswers(filter, list));
        }

        return lists;
    }

    private List<SampleAnswers> Begin(SampleRow row)
    {
        var answers = new List<SampleAnswers>(1);
        _set(row, answers);
        return answers;
    }
}
