using EvalHarness.Files;
using Parquet;

namespace EvalHarness.Results;

/// <summary>Writes <c>samples/TASK.parquet</c>, a row group for each block of rows, so that no more than one block is in memory.</summary>
/// <remarks>
/// Parquet.Net's own writer of records takes all rows of a file at once. This one gives it columns with the levels of Dremel's encoding.
/// </remarks>
internal sealed class SampleFileWriter : ISampleWriter
{
    private readonly OutputStream _file;
    private readonly ParquetWriter _writer;
    private bool _isClosed;

    private SampleFileWriter(OutputStream file, ParquetWriter writer) => (_file, _writer) = (file, writer);

    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the folder is read-only or the disk is full.</exception>
    internal static async Task<SampleFileWriter> CreateAsync(string path, CancellationToken cancellationToken)
    {
        var file = OutputStream.Create(path);
        ParquetWriter? writer = null;
        var options = new ParquetOptions { CompressionMethod = CompressionMethod.Snappy };
        await file
            .WriteAsync(async () => writer = await ParquetWriter
                .CreateAsync(SampleSchema.Schema, file.File, options, cancellationToken: cancellationToken)
                .ConfigureAwait(false))
            .ConfigureAwait(false);
        writer!.CustomMetadata = SampleSchema.Metadata;
        return new SampleFileWriter(file, writer);
    }

    public Task WriteAsync(IReadOnlyList<SampleRow> rows, CancellationToken cancellationToken) => rows.Count == 0
        ? Task.CompletedTask
        : _file.WriteAsync(async () =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            using ParquetRowGroupWriter group = _writer.CreateRowGroup();
            foreach (SampleColumn column in SampleColumn.All)
                await column.WriteAsync(group, rows, cancellationToken).ConfigureAwait(false);
            group.CompleteValidate();
        });

    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _isClosed = true;
        await _file.WriteAsync(async () => await _writer.DisposeAsync().ConfigureAwait(false)).ConfigureAwait(false);
        await _file.CompleteAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_isClosed)
        {
            try
            {
                await _writer.DisposeAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (OutputFile.Cause(e) is not null)
            {
                // The footer of a file that is thrown away, on a disk that may be full.
            }
        }

        await _file.DisposeAsync().ConfigureAwait(false);
    }
}
