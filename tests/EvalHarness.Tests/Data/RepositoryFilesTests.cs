using EvalHarness.Data;

namespace EvalHarness.Tests.Data;

/// <summary>The layouts of the hub, on lists of paths: the same rules hold for a folder and for a listing.</summary>
public sealed class RepositoryFilesTests
{
    private static SplitFiles? Find(string[] paths, string? config, string split, string? readme = null, DataFiles? files = null) =>
        new RepositoryFiles("org/name", paths, readme is null ? null : DatasetCard.Read(readme, "README.md"))
            .Find(new DatasetName("org/name", config, split) { Files = files }, out _);

    private static string Problem(string[] paths, string? config, string split, string? readme = null)
    {
        Assert.Null(new RepositoryFiles("org/name", paths, readme is null ? null : DatasetCard.Read(readme, "README.md"))
            .Find(new DatasetName("org/name", config, split), out string problem));
        return problem;
    }

    [Theory]
    [InlineData("test.parquet", null, "test")]
    [InlineData("data/test.parquet", null, "test")]
    [InlineData("default/test/0000.parquet", null, "test")]
    [InlineData("test/0000.parquet", null, "test")]
    [InlineData("main/partial-test/0000.parquet", "main", "test")]
    [InlineData("partial-test/0000.parquet", null, "test")]
    [InlineData("data/main/test-00000-of-00001.parquet", "main", "test")]
    [InlineData("main/data/test-00000-of-00001.parquet", "main", "test")]
    [InlineData("main/test-00000-of-00001-0123456789abcdef.parquet", "main", "test")]
    [InlineData("data/test-00000-of-00001.parquet", "default", "test")]
    [InlineData("only/test-00000-of-00001.parquet", null, "test")]
    [InlineData("main/dev-00000-of-00001.parquet", "main", "validation")]
    [InlineData("main/validation-00000-of-00001.parquet", "main", "dev")]
    [InlineData("val.jsonl", null, "validation")]
    [InlineData("valid.csv", null, "dev")]
    [InlineData("eval.tsv.gz", null, "test")]
    [InlineData("data/my_test_set.jsonl", null, "test")]
    [InlineData("questions-dev.csv", null, "validation")]
    [InlineData("test_data/part1.json.zst", null, "test")]
    [InlineData("questions.csv", null, "train")]
    [InlineData("main/qa1.json", "main", "qa1")]
    public void Find_OneFile_IsFound(string path, string? config, string split) =>
        Assert.Equal([path], Find([path, "README.md", "dataset_infos.json", ".gitattributes", "extra/notes.md"], config, split)?.Files);

    [Fact]
    public void Find_Shards_AreInTheirOrder() => Assert.Equal(
        ["data/test-00000-of-00002-a1.parquet", "data/test-00001-of-00002-b2.parquet"],
        Find(
            ["data/test-00001-of-00002-b2.parquet", "data/test-00000-of-00002-a1.parquet", "data/train-00000-of-00001-c3.parquet"],
            null,
            "test")?.Files);

    [Fact]
    public void Find_ShardsInData_ComeBeforeOtherFiles() => Assert.Equal(
        ["data/test-00000-of-00001.parquet"], Find(["data/test-00000-of-00001.parquet", "test.jsonl"], null, "test")?.Files);

    [Theory]
    [InlineData("two uploads", "data/test-00000-of-00001-aa.parquet", "data/test-00000-of-00001-bb.parquet")]
    [InlineData("do not agree on how many", "data/test-00000-of-00001.parquet", "data/test-00000-of-00002.parquet")]
    [InlineData("shard 1 of 2 of split test is missing", "data/test-00000-of-00002.parquet", "data/train-00000-of-00001.parquet")]
    [InlineData("test.csv or test.jsonl", "test.csv", "test.jsonl")]
    [InlineData("test.csv or test/1.csv", "test.csv", "test/1.csv")]
    [InlineData("could be data/test.csv or test.csv", "data/test.csv", "test.csv")]
    [InlineData("several configurations (a, b)", "a/test.csv", "b/train.csv")]
    [InlineData("could be of the split train or test", "test-train.csv", "other.csv")]
    [InlineData("0001.parquet is missing", "test/0000.parquet", "test/0002.parquet")]
    public void Find_TwoReadings_AreRefused(string expected, params string[] paths)
    {
        EvalException e = Assert.Throws<EvalException>(() => Find(paths, null, "test"));
        Assert.Equal(ExitCode.Data, e.ExitCode);
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_OtherNamesOfASplit_MustBeOne()
    {
        Assert.Equal(["val.csv"], Find(["val.csv", "dev.csv"], null, "val")?.Files);
        EvalException e = Assert.Throws<EvalException>(() => Find(["val.csv", "dev.csv"], null, "validation"));
        Assert.Contains("dev.csv or val.csv", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_Nothing_SaysWhatIsThere()
    {
        Assert.Contains("no configuration other", Problem(["main/test.csv"], "other", "test"), StringComparison.Ordinal);
        Assert.Contains("it has main", Problem(["main/test.csv"], "other", "test"), StringComparison.Ordinal);
        Assert.Contains("found test.csv", Problem(["main/test.csv"], "main", "validation"), StringComparison.Ordinal);
        Assert.Contains("no split test in org/name; expected ", Problem(["questions.csv"], null, "test"), StringComparison.Ordinal);
    }

    private const string Readme = """
        ---
        license: mit
        configs:
        - config_name: first
          data_files:
          - split: train
            path: raw/first-train.csv
          - split: test
            path:
            - raw/first-b.csv
            - raw/first-a*.csv
          sep: ";"
          drop_labels: true
        - config_name: second
          default: true
          data_files: raw/**/*.jsonl
        - config_name: third
          data_dir: sub
        ---
        # A dataset
        """;

    private static readonly string[] Described =
    [
        "README.md", "raw/first-a1.csv", "raw/first-a2.csv", "raw/first-b.csv", "raw/first-train.csv", "raw/x/1.jsonl", "raw/x/y/2.jsonl",
        "raw/.hidden/3.jsonl", "sub/test.csv", "sub/train.csv",
    ];

    [Fact]
    public void Find_ByReadme_TakesFilesInItsOrderAndItsOptions()
    {
        SplitFiles found = Find(Described, "first", "test", Readme)!;
        Assert.Equal(["raw/first-b.csv", "raw/first-a1.csv", "raw/first-a2.csv"], found.Files);
        Assert.Equal("raw/first-train.csv", found.TypesFrom);
        Assert.Equal([KeyValuePair.Create<string, object?>("sep", ";")], found.Options);
    }

    [Fact]
    public void Find_ByReadme_TakesItsDefaultWhereTheTaskNamesNone() =>
        Assert.Equal(["raw/x/1.jsonl", "raw/x/y/2.jsonl"], Find(Described, null, "train", Readme)?.Files);

    [Fact]
    public void Find_ByReadme_DataDirHasItsOwnLayout()
    {
        SplitFiles found = Find(Described, "third", "test", Readme)!;
        Assert.Equal(["sub/test.csv", "sub/train.csv"], found.Files.Append(found.TypesFrom));
    }

    [Fact]
    public void Find_ByReadme_SaysWhatItNames()
    {
        string split = Problem(Described, "first", "validation", Readme), config = Problem(Described, "fourth", "test", Readme);
        Assert.Contains("has the splits train, test in README.md, and has no split validation", split, StringComparison.Ordinal);
        Assert.Contains("README.md with the configurations first, second, third, and has no", config, StringComparison.Ordinal);
        EvalException e = Assert.Throws<EvalException>(
            () => Find(Described, null, "test", Readme.Replace("default: true", "default: false", StringComparison.Ordinal)));
        Assert.Contains("several configurations (first, second, third)", e.Message, StringComparison.Ordinal);
    }

    /// <summary>The branch that the hub converts has no README, and one copied beside its files names files of the main branch.</summary>
    [Fact]
    public void Find_ByReadme_FallsBackToTheFolderOfTheConfiguration() => Assert.Equal(
        ["first/test/0000.parquet"],
        Find(["README.md", "first/test/0000.parquet", "second/test/0000.parquet"], "first", "test", Readme)?.Files);

    [Fact]
    public void Find_ReadmeThatIsNoYaml_IsRefused()
    {
        EvalException e = Assert.Throws<EvalException>(() => Find(["test.csv"], null, "test", "---\nconfigs: [\n---\n"));
        Assert.StartsWith("README.md: the front matter", e.Message, StringComparison.Ordinal);
        Assert.Equal(["test.csv"], Find(["test.csv"], null, "test", "# No front matter")?.Files);
    }

    [Fact]
    public void Find_ByTheTasksFiles_TakesThemWhateverTheLayoutSays()
    {
        var map = new Dictionary<string, object?> { ["validation"] = "en/part.*.json.gz" };
        var files = new DataFiles { Patterns = SplitPatterns.From(map) };
        Assert.Equal(["en/part.0.json.gz"], Find(["en/part.0.json.gz", "de/part.0.json.gz"], "en", "validation", files: files)?.Files);
        Assert.Null(Find(["en/part.0.json.gz"], "en", "test", files: files));
    }

    [Theory]
    [InlineData("*.csv", "a.csv", true)]
    [InlineData("*.csv", "x/a.csv", false)]
    [InlineData("**/*.csv", "a.csv", true)]
    [InlineData("**/*.csv", "x/y/a.csv", true)]
    [InlineData("data/**", "data/x/a.csv", true)]
    [InlineData("data/test-*", "data/test-00000-of-00001.parquet", true)]
    [InlineData("part[0-9].csv", "part7.csv", true)]
    [InlineData("part[!0-9].csv", "part7.csv", false)]
    [InlineData("?.csv", "a.csv", true)]
    [InlineData("**", "__pycache__/a.csv", false)]
    [InlineData("**", ".cache/a.csv", false)]
    [InlineData(".cache/*", ".cache/a.csv", true)]
    [InlineData("./a.csv", "a.csv", true)]
    [InlineData("a+b(1).csv", "a+b(1).csv", true)]
    public void Pattern_MatchesAsInDatasets(string pattern, string path, bool expected) =>
        Assert.Equal(expected, PathPattern.Match([path], pattern).Count == 1);
}
