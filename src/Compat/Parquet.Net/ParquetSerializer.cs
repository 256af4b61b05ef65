using Parquet.Schema;

namespace Parquet.Serialization;

public record DeserializationResult<T>(ParquetSchema Schema, IList<T> Data, IReadOnlyDictionary<string, string> CustomMetadata)
    where T : class, new();

public static class ParquetSerializer
{
    public static async Task<DeserializationResult<Dictionary<string, object>>> DeserializeUntypedAsync(Stream source, ParquetOptions? options = null, int? rowGroupIndex = null, CancellationToken cancellationToken = default)
    {
        await using ParquetReader reader = await ParquetReader.CreateAsync(source, options, cancellationToken: cancellationToken).ConfigureAwait(false);
        var rows = new List<Dictionary<string, object>>();
        for (int group = 0; group < reader.RowGroupCount; group++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (rowGroupIndex is null || rowGroupIndex == group)
                reader.ReadRowGroup(group, rows);
        }

        return new DeserializationResult<Dictionary<string, object>>(reader.Schema, rows, new Dictionary<string, string>());
    }

    public static async Task<ParquetSchema> SerializeAsync<T>(IEnumerable<T> objectInstances, Stream destination, ParquetOptions? options = null, IReadOnlyDictionary<string, string>? customMetadata = null, CancellationToken cancellationToken = default)
    {
        string spool = Path.GetTempFileName();
        try
        {
            ParquetSchema schema = DuckDbWriter.Write(objectInstances, spool, options ?? new ParquetOptions(), customMetadata);
            using FileStream written = File.OpenRead(spool);
            await written.CopyToAsync(destination, cancellationToken).ConfigureAwait(false);
            return schema;
        }
        finally
        {
            File.Delete(spool);
        }
    }
}
