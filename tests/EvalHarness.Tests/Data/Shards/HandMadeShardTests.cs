using System.Text;
using EvalHarness.Data;
using EvalHarness.Data.Shards;
using static EvalHarness.Tests.Data.Shards.HandMadeShard;

namespace EvalHarness.Tests.Data.Shards;

/// <summary>What only some writers write: it is read rightly, or refused by one line.</summary>
public sealed class HandMadeShardTests : IDisposable
{
    private const int Boolean = 0, Int32 = 1, Int64 = 2, Int96 = 3, Double = 5, ByteArray = 6, Fixed = 7;

    private const int Plain = 0, RunLengths = 3, SplitStreams = 9;

    private const int Utf8 = 0, Map = 1, MapKeyValue = 2, List = 3;

    private readonly TemporaryFolder _folder = new();

    private string ShardFile => Path.Combine(_folder["data"], "org", "made", "test-00000-of-00001.parquet");

    /// <param name="shard">The shard.</param>
    /// <param name="rows">The number of its rows.</param>
    /// <param name="columns">The number of its columns.</param>
    /// <param name="byBoth">Whether the reader that is not chosen gives the same.</param>
    private async Task<(string? Reader, string Rows)> ReadAsync(HandMadeShard shard, int rows, int columns = 1, bool byBoth = true)
    {
        shard.Write(ShardFile, rows, columns);
        DatasetSplit split = await new FileDatasetSource(_folder["data"]).OpenAsync(
            new DatasetName("org/made", null, "test"), CancellationToken.None);
        List<Document> documents = await split.ReadAsync(CancellationToken.None).ToListAsync();
        if (byBoth)
            await ShardReaderContractTests.AssertReadersAgreeAsync(ShardFile);
        return (split.Shards[0].Reader, string.Join(' ', documents.Select(d => d.ToJson())));
    }

    private async Task<string> RefusalAsync(HandMadeShard shard, int rows, int columns = 1)
    {
        EvalException e = await Assert.ThrowsAsync<EvalException>(() => ReadAsync(shard, rows, columns));
        Assert.Equal(ExitCode.Data, e.ExitCode);
        Assert.StartsWith(ShardFile, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
        return e.Message[ShardFile.Length..];
    }

    private static byte[] Texts(params string[] texts) =>
        [.. texts.Select(Encoding.UTF8.GetBytes).SelectMany(text => (byte[])[.. BitConverter.GetBytes(text.Length), .. text])];

    private static byte[] Longs(params long[] numbers) => [.. numbers.SelectMany(BitConverter.GetBytes)];

    [Theory]
    [InlineData(Required)]
    [InlineData(Optional)]
    public async Task Read_BooleansInRunLengths_AreRight(int repetition)
    {
        byte[] levels = repetition == Optional ? WithLength(2 * 5, 1) : [];
        HandMadeShard shard = new HandMadeShard().Column(
            ["ok"], repetition, Boolean, RunLengths, 5, [.. levels, .. WithLength(Runs(1, 0, 0, 1, 1))]);
        Assert.Equal(
            ("DuckDB, because column ok is encoded as RLE", """{"ok":true} {"ok":false} {"ok":false} {"ok":true} {"ok":true}"""),
            await ReadAsync(shard, 5));
    }

    [Fact]
    public async Task Read_BooleansInRunLengthsOfTheSecondVersion_AreRight()
    {
        HandMadeShard shard = new HandMadeShard().ColumnV2(
            ["ok"], Optional, Boolean, RunLengths, 4, 4, [], Runs(1, 0, 1, 1), WithLength(Runs(1, 0, 1)));
        Assert.Equal(
            ("DuckDB, because column ok is encoded as RLE", """{"ok":true} {"ok":null} {"ok":false} {"ok":true}"""),
            await ReadAsync(shard, 4));
    }

    [Fact]
    public async Task Read_ListsInPagesOfTheSecondVersion_AreRight()
    {
        HandMadeShard shard = new HandMadeShard()
            .Group("l", Optional, 1, List)
            .Group("list", Repeated, 1)
            .ColumnV2(
                ["l", "list", "element"], Optional, Int64, Plain, 5, 4, Runs(0, 1, 0, 0, 0), Runs(3, 2, 1, 0, 3), Longs(7, 8));
        Assert.Equal(
            ("DuckDB, because column l.list.element has lists in data pages of version 2",
                """{"l":[7,null]} {"l":[]} {"l":null} {"l":[8]}"""),
            await ReadAsync(shard, 4));
    }

    /// <summary>Spark and Hive of old: the repeated field is itself the item.</summary>
    [Theory]
    [InlineData("array")]
    [InlineData("element")]
    [InlineData("l_tuple")]
    public async Task Read_ListsOfTwoLevels_AreRight(string name)
    {
        HandMadeShard shard = new HandMadeShard()
            .Group("l", Optional, 1, List)
            .Column(
                ["l", name], Repeated, Int64, Plain, 4, [.. WithLength(Runs(0, 1, 0, 0)), .. WithLength(Runs(2, 2, 1, 0)), .. Longs(7, 8)]);
        Assert.Equal("""{"l":[7,8]} {"l":[]} {"l":null}""", (await ReadAsync(shard, 3)).Rows);
    }

    /// <summary>A group named "array" is the item; one of another name stands around it.</summary>
    [Theory]
    [InlineData("array", """{"l":[{"x":7},{"x":8}]} {"l":[]}""")]
    [InlineData("l_tuple", """{"l":[{"x":7},{"x":8}]} {"l":[]}""")]
    [InlineData("bag", """{"l":[7,8]} {"l":[]}""")]
    public async Task Read_ListsOfAGroupOfOne_AreAsTheNameSays(string name, string rows)
    {
        HandMadeShard shard = new HandMadeShard()
            .Group("l", Required, 1, List)
            .Group(name, Repeated, 1)
            .Column(
                ["l", name, "x"], Required, Int64, Plain, 3, [.. WithLength(Runs(0, 1, 0)), .. WithLength(Runs(1, 1, 0)), .. Longs(7, 8)]);
        // DuckDB takes every group of one for one that stands around the item, and says so instead of giving other rows.
        Assert.Equal(("Parquet.Net", rows), await ReadAsync(shard, 2, byBoth: name == "bag"));
        await using FileStream stream = File.OpenRead(ShardFile);
        var footer = ShardFooter.Read(stream);
        IAsyncEnumerable<IEnumerable<object?[]>> byDuckDb =
            new DuckDbShardReader().ReadAsync(ShardFile, stream, footer, footer.Fields, CancellationToken.None);
        if (name != "bag")
        {
            Assert.StartsWith(
                "column l: DuckDB gives values of type BigInt, and the schema says a struct",
                (await Assert.ThrowsAsync<UnsupportedShardException>(() => byDuckDb.CountAsync().AsTask())).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Read_ListsOfAGroupOfTwo_AreStructs()
    {
        byte[] levels = [.. WithLength(Runs(0, 1, 0)), .. WithLength(Runs(1, 1, 0))];
        HandMadeShard shard = new HandMadeShard()
            .Group("l", Required, 1, List)
            .Group("element", Repeated, 2)
            .Column(["l", "element", "x"], Required, Int64, Plain, 3, [.. levels, .. Longs(7, 8)])
            .Column(["l", "element", "y"], Required, Int64, Plain, 3, [.. levels, .. Longs(9, 10)]);
        Assert.Equal(
            ("DuckDB, because l is a list of two levels of structs", """{"l":[{"x":7,"y":9},{"x":8,"y":10}]} {"l":[]}"""),
            await ReadAsync(shard, 2));
    }

    /// <summary>Protocol buffers' own writer: lists without an annotation.</summary>
    [Fact]
    public async Task Read_RepeatedField_IsAListThatIsNeverNull()
    {
        HandMadeShard shard = new HandMadeShard().Column(
            ["l"], Repeated, Int64, Plain, 3, [.. WithLength(Runs(0, 1, 0)), .. WithLength(Runs(1, 1, 0)), .. Longs(7, 8)]);
        Assert.Equal("""{"l":[7,8]} {"l":[]}""", (await ReadAsync(shard, 2)).Rows);
    }

    [Theory]
    [InlineData(Map)]
    [InlineData(MapKeyValue)]
    public async Task Read_Maps_OfEitherAnnotation_AreRight(int converted)
    {
        HandMadeShard shard = new HandMadeShard()
            .Group("m", Optional, 1, converted)
            .Group("map", Repeated, 2)
            .Column(
                ["m", "map", "key"],
                Required,
                ByteArray,
                Plain,
                4,
                [.. WithLength(Runs(0, 1, 0, 0)), .. WithLength(Runs(2, 2, 1, 0)), .. Texts("a", "b")],
                Utf8)
            .Column(
                ["m", "map", "value"],
                Optional,
                Int64,
                Plain,
                4,
                [.. WithLength(Runs(0, 1, 0, 0)), .. WithLength(Runs(3, 2, 1, 0)), .. Longs(7)]);
        Assert.Equal("""{"m":{"a":7,"b":null}} {"m":{}} {"m":null}""", (await ReadAsync(shard, 3, byBoth: converted == Map)).Rows);
    }

    [Fact]
    public async Task Read_HalfFloats_AreRight()
    {
        byte[] values = [.. ((Half[])[(Half)0.5, Half.NaN, Half.NegativeInfinity]).SelectMany(BitConverter.GetBytes)];
        HandMadeShard shard = new HandMadeShard().Column(
            ["h"], Required, Fixed, Plain, 3, values, length: 2, logical: Struct((15, Struct())));
        Assert.Equal("""{"h":0.5} {"h":"NaN"} {"h":"-Infinity"}""", (await ReadAsync(shard, 3)).Rows);
    }

    [Fact]
    public async Task Read_Int96_IsATimestamp()
    {
        // Nanoseconds of the day, and the Julian day: 2,440,588 is 1970-01-01.
        byte[] values = [.. Longs(1_500), .. BitConverter.GetBytes(2_440_588), .. Longs(0), .. BitConverter.GetBytes(2_440_587)];
        HandMadeShard shard = new HandMadeShard().Column(["t"], Required, Int96, Plain, 2, values);
        Assert.Equal("""{"t":"1970-01-01T00:00:00.000001"} {"t":"1969-12-31T00:00:00.000000"}""", (await ReadAsync(shard, 2)).Rows);
    }

    [Theory]
    [InlineData(Int32, null, new byte[] { 0xff, 0xff, 0xff, 0xff }, "-0.01")]
    [InlineData(Int64, null, new byte[] { 250, 0, 0, 0, 0, 0, 0, 0 }, "2.50")]
    [InlineData(Fixed, 3, new byte[] { 0xff, 0xff, 0xfe }, "-0.02")]
    [InlineData(ByteArray, null, new byte[] { 2, 0, 0, 0, 1, 0 }, "2.56")]
    public async Task Read_DecimalsOfEveryType_AreRight(int type, int? length, byte[] value, string json)
    {
        HandMadeShard shard = new HandMadeShard().Column(
            ["d"], Required, type, Plain, 1, value, length: length, logical: Struct((5, Struct((1, 2), (2, 5)))));
        Assert.Equal($$"""{"d":{{json}}}""", (await ReadAsync(shard, 1)).Rows);
    }

    [Fact]
    public async Task Read_DecimalsOfMoreDigitsThanAnyReaderHas_AreRefused()
    {
        HandMadeShard shard = new HandMadeShard().Column(
            ["d"], Required, Fixed, Plain, 1, new byte[17], length: 17, logical: Struct((5, Struct((1, 2), (2, 40)))));
        Assert.Equal(
            ": column d has decimals of 40 digits, of which 38 can be read; write it with fewer digits or as text",
            await RefusalAsync(shard, 1));
    }

    [Theory]
    [InlineData(Int32, null, 4)]
    [InlineData(Int64, null, 8)]
    [InlineData(Fixed, 3, 3)]
    public async Task Read_OtherValuesInSplitStreams_AreRefused(int type, int? length, int size)
    {
        HandMadeShard shard = new HandMadeShard().Column(["x"], Required, type, SplitStreams, 2, new byte[2 * size], length: length);
        string message = await RefusalAsync(shard, 2);
        Assert.StartsWith(": column x has values of type ", message, StringComparison.Ordinal);
        Assert.Contains("BYTE_STREAM_SPLIT", message, StringComparison.Ordinal);
        Assert.DoesNotContain("fetch", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_NumbersInSplitStreams_AreRight()
    {
        byte[] one = BitConverter.GetBytes(0.1), two = BitConverter.GetBytes(-7.25);
        HandMadeShard shard = new HandMadeShard().Column(
            ["x"], Required, Double, SplitStreams, 2, [.. one.Zip(two).SelectMany(pair => (byte[])[pair.First, pair.Second])]);
        Assert.Equal(
            ("DuckDB, because column x is encoded as BYTE_STREAM_SPLIT", """{"x":0.1} {"x":-7.25}"""), await ReadAsync(shard, 2));
    }

    [Theory]
    [InlineData(1, "\"abc\"")]
    [InlineData(4, "\"abc\"")]
    [InlineData(12, "\"abc\"")]
    [InlineData(13, "\"YWJj\"")]
    public async Task Read_ByteArraysOfLogicalTypes_AreTextOrBytes(int logical, string json)
    {
        HandMadeShard shard = new HandMadeShard().Column(
            ["b"], Required, ByteArray, Plain, 1, Texts("abc"), logical: Struct((logical, Struct())));
        Assert.Equal($$"""{"b":{{json}}}""", (await ReadAsync(shard, 1)).Rows);
    }

    [Fact]
    public async Task Read_ColumnWithoutAName_IsRight()
    {
        HandMadeShard shard = new HandMadeShard().Column([""], Required, Int64, Plain, 1, Longs(7));
        Assert.Equal(("DuckDB, because a column has an empty name", """{"":7}"""), await ReadAsync(shard, 1));
    }

    [Fact]
    public async Task Read_NamesThatDifferInCase_AreApart()
    {
        HandMadeShard shard = new HandMadeShard()
            .Column(["A"], Required, Int64, Plain, 1, Longs(7))
            .Column(["a"], Required, Boolean, RunLengths, 1, WithLength(Runs(1)))
            .Group("s", Required, 2)
            .Column(["s", "X"], Required, Int64, Plain, 1, Longs(8))
            .Column(["s", "x"], Required, Int64, Plain, 1, Longs(9));
        Assert.Equal("""{"A":7,"a":true,"s":{"X":8,"x":9}}""", (await ReadAsync(shard, 1, columns: 3)).Rows);
    }

    [Fact]
    public async Task Read_TwoColumnsOfOneName_AreRefused()
    {
        HandMadeShard shard = new HandMadeShard()
            .Column(["a"], Required, Int64, Plain, 1, Longs(7))
            .Column(["a"], Required, Int64, Plain, 1, Longs(8));
        Assert.Equal(
            ": has 2 columns named a; a row has one value for each name, so rename one of them", await RefusalAsync(shard, 1, columns: 2));
    }

    [Fact]
    public async Task Read_NoColumns_IsRefused() => Assert.StartsWith(
        ": has no columns", await RefusalAsync(new HandMadeShard(), 3, columns: 0), StringComparison.Ordinal);

    [Theory]
    [InlineData(3, "LZO")]
    [InlineData(5, "LZ4 in Hadoop's frames")]
    public async Task Read_CompressionThatNoReaderHas_IsRefused(int codec, string name)
    {
        HandMadeShard shard = new HandMadeShard().Column(["a"], Required, Int64, Plain, 1, Longs(7), codec: codec);
        Assert.Equal(
            $": column a is compressed with {name}, which cannot be read; write the shard with Zstandard or Snappy",
            await RefusalAsync(shard, 1));
    }

    [Fact]
    public async Task Read_EncryptedFile_IsRefused()
    {
        new HandMadeShard().Column(["a"], Required, Int64, Plain, 1, Longs(7)).Write(ShardFile, 1, 1);
        byte[] bytes = await File.ReadAllBytesAsync(ShardFile);
        "PARE"u8.CopyTo(bytes);
        "PARE"u8.CopyTo(bytes.AsSpan(bytes.Length - 4));
        await File.WriteAllBytesAsync(ShardFile, bytes);
        EvalException e = await Assert.ThrowsAsync<EvalException>(
            () => new FileDatasetSource(_folder["data"]).OpenAsync(new DatasetName("org/made", null, "test"), CancellationToken.None));
        Assert.Equal(
            $"{ShardFile}: is encrypted, and there is no way to give its key; write the shard without encryption", e.Message);
    }

    private static HandMadeShard TwoPagesOfLists(byte[] second) => new HandMadeShard()
        .Group("l", Required, 1, List)
        .Group("list", Repeated, 1)
        .Column(
            ["l", "list", "element"],
            Required,
            ByteArray,
            Plain,
            3,
            [.. WithLength(Runs(0, 1, 0)), .. WithLength(Runs(1, 1, 1)), .. Texts("a", "b", "c")],
            Utf8)
        .Page(3, second);

    [Fact]
    public async Task Read_ListOverTwoPages_IsOneList() => Assert.Equal(
        ("Parquet.Net", """{"l":["a","b"]} {"l":["c","d"]} {"l":["e"]} {"l":[]}"""),
        await ReadAsync(TwoPagesOfLists([.. WithLength(Runs(1, 0, 0)), .. WithLength(Runs(1, 1, 0)), .. Texts("d", "e")]), 4));

    [Theory]
    [InlineData(new byte[] { 0xff }, "column l.list.element: a text is not in UTF-8")]
    [InlineData(new byte[] { (byte)'e', 0 }, "column l.list.element: 1 values take 5 of the 6 bytes of a page")]
    public async Task Read_DamageInTheSecondPage_GivesTheRowsBefore(byte[] text, string error)
    {
        byte[] second = [.. WithLength(Runs(0, 0, 0)), .. WithLength(Runs(1, 0, 0)), .. BitConverter.GetBytes(1), .. text];
        TwoPagesOfLists(second).Write(ShardFile, 5, 1);
        await using FileStream stream = File.OpenRead(ShardFile);
        var footer = ShardFooter.Read(stream);
        var rows = new List<string>();
        InvalidDataException e = await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            IAsyncEnumerable<IEnumerable<object?[]>> blocks =
                new PageShardReader().ReadAsync(ShardFile, stream, footer, footer.Fields, CancellationToken.None);
            await foreach (IEnumerable<object?[]> block in blocks)
            {
                foreach (object?[] row in block)
                    rows.Add(Document.ToNode(row[0])!.ToJsonString());
            }
        });
        Assert.StartsWith(error, e.Message, StringComparison.Ordinal);
        Assert.Equal("""["a","b"]""", rows[0]);
        Assert.True(rows.Count <= 2, string.Join(' ', rows));
    }

    public void Dispose() => _folder.Dispose();
}
