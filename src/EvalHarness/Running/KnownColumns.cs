using EvalHarness.Data;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>
/// The columns of datasets whose rows are not at hand: a dataset's card declares them, or another split of the same configuration is at
/// hand, and all splits of a configuration have the same columns.
/// </summary>
/// <param name="source">The datasets.</param>
/// <param name="roots">The folders that it reads from.</param>
internal sealed class KnownColumns(IDatasetSource source, IReadOnlyList<string> roots)
{
    private readonly Dictionary<string, (CardColumns? Card, string? Default, IReadOnlyList<DatasetName> Splits)> _datasets = [];
    private readonly Dictionary<DatasetName, IReadOnlyDictionary<string, ColumnType>?> _footers = [];

    /// <returns>Column to type; null where nothing tells the columns.</returns>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Data"/>: the task selects rows by a column that the dataset does not have.
    /// </exception>
    internal async Task<IReadOnlyDictionary<string, ColumnType>?> OfAsync(TaskDefinition task, CancellationToken cancellationToken)
    {
        if (!_datasets.TryGetValue(task.DatasetPath, out (CardColumns? Card, string? Default, IReadOnlyList<DatasetName> Splits) dataset))
        {
            dataset = (
                CardColumns.Find(roots, task.DatasetPath),
                SplitListing.DefaultOf(roots, task.DatasetPath),
                SplitListing.Of(roots, task.DatasetPath));
            _datasets[task.DatasetPath] = dataset;
        }

        IReadOnlyDictionary<string, ColumnType>? columns = dataset.Card?.Columns(task.DatasetConfig);
        if (columns is null && dataset.Splits.FirstOrDefault(s => s.Config == (task.DatasetConfig ?? dataset.Default)) is { } other)
            columns = await FooterAsync(other, cancellationToken).ConfigureAwait(false);
        return columns is null || task.Where.Keys.FirstOrDefault(c => !columns.ContainsKey(c)) is not { } missing
            ? columns
            : throw new EvalException(
                ExitCode.Data,
                $"task {task.Name} selects rows by column {missing}, which {task.DatasetPath} does not have; "
                + $"it has {string.Join(", ", columns.Keys)}");
    }

    private async Task<IReadOnlyDictionary<string, ColumnType>?> FooterAsync(DatasetName split, CancellationToken cancellationToken)
    {
        if (!_footers.TryGetValue(split, out IReadOnlyDictionary<string, ColumnType>? columns))
        {
            try
            {
                DatasetSplit opened = await source.OpenAsync(split, cancellationToken).ConfigureAwait(false);
                columns = new OrderedDictionary<string, ColumnType>(
                    opened.Columns.Select(c => KeyValuePair.Create(c, ColumnType.Unknown)));
            }
            catch (EvalException)
            {
                // It is not the split that the task reads; whoever reads it is told what is wrong with it.
                columns = null;
            }

            _footers[split] = columns;
        }

        return columns;
    }
}
