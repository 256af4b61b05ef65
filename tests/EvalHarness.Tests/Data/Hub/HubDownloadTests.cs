using System.Text;
using EvalHarness.Data.Hub;

namespace EvalHarness.Tests.Data.Hub;

/// <summary>Fetching from a hub with the failures that networks and servers have.</summary>
public sealed class HubDownloadTests : IAsyncLifetime, IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestHub _hub = new();
    private readonly WaitingTime _time = new();
    private readonly byte[] _weights = new byte[1_000_000];

    private static readonly HubRepository Repository = new(HubKind.Model, "org/name", "main");

    public HubDownloadTests()
    {
        new Random(1).NextBytes(_weights);
        _hub.Files["cpu/model.onnx.data"] = _weights;
        _hub.Large.Add("cpu/model.onnx.data");
        _hub.Files["cpu/genai_config.json"] = Encoding.UTF8.GetBytes("{}");
        _hub.Files["README.md"] = [];
    }

    /// <summary>A clock that jumps ahead whenever somebody waits, and records each wait.</summary>
    private sealed class WaitingTime : TimeProvider
    {
        internal List<TimeSpan> Waited { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            lock (Waited)
                Waited.Add(dueTime);
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }

    private HubCache Cache => new(_folder["cache"]);

    private async Task<string> FetchAsync(string? token = "hf_secret", HubRepository? repository = null)
    {
        using var connection = new HubConnection(
            new HubSettings { Endpoint = new Uri(_hub.Endpoint + "/"), Cache = Cache.Root, Token = token }, _time);
        HubListing listing = await connection.ListAsync(repository ?? Repository, CancellationToken.None);
        return await new HubDownload(connection, Cache, _time).FetchAsync(listing, listing.Files, CancellationToken.None);
    }

    private async Task<EvalException> RefusedAsync()
    {
        EvalException e = await Assert.ThrowsAsync<EvalException>(() => FetchAsync());
        Assert.Equal(ExitCode.Hub, e.ExitCode);
        return e;
    }

    private void AssertWhole(string snapshot)
    {
        foreach ((string name, byte[] content) in _hub.Files)
            Assert.Equal(content, File.ReadAllBytes(Path.Combine([snapshot, .. name.Split('/')])));
        Assert.Empty(Directory.EnumerateFiles(_folder["cache/models--org--name/blobs"], "*.incomplete"));
    }

    private HubAnswer? OnStore(HubRequest request, bool store, Func<HubAnswer, HubAnswer> change) =>
        store ? change(TestHub.Content(request, _weights)) : null;

    [Fact]
    public async Task Fetch_LaysTheCacheOutAsPythonDoes()
    {
        string snapshot = await FetchAsync();
        AssertWhole(snapshot);
        string root = _folder["cache/models--org--name"];
        Assert.Equal(Path.Combine(root, "snapshots", TestHub.Commit), snapshot);
        Assert.Equal(TestHub.Commit, await File.ReadAllTextAsync(Path.Combine(root, "refs", "main")));
        Assert.Equal(
            _hub.Files.Keys.Select(_hub.Hash).Order(),
            Directory.EnumerateFiles(Path.Combine(root, "blobs")).Select(Path.GetFileName).Order());
        Assert.Equal(
            Path.Combine("..", "..", "..", "blobs", _hub.Hash("cpu/model.onnx.data")),
            new FileInfo(Path.Combine(snapshot, "cpu", "model.onnx.data")).LinkTarget);
        Assert.Equal(
            Path.Combine("..", "..", "blobs", _hub.Hash("README.md")), new FileInfo(Path.Combine(snapshot, "README.md")).LinkTarget);
        int requests = _hub.Requests.Count(r => r.Request.Path.Contains("resolve", StringComparison.Ordinal));
        await FetchAsync();
        Assert.Equal(requests, _hub.Requests.Count(r => r.Request.Path.Contains("resolve", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Fetch_RedirectedToAnotherHost_SendsNoTokenThere()
    {
        await FetchAsync();
        Assert.All(_hub.Requests.Where(r => !r.Store), r => Assert.Equal("Bearer hf_secret", r.Request.Headers["authorization"]));
        Assert.Contains(_hub.Requests, r => r.Store);
        Assert.All(_hub.Requests.Where(r => r.Store), r => Assert.DoesNotContain("authorization", r.Request.Headers.Keys));
    }

    [Fact]
    public async Task Fetch_CutEvery64KiB_ResumesAndSendsNothingTwice()
    {
        _hub.Instead = (request, store) => OnStore(request, store, a => a with { Cut = 65_536 });
        AssertWhole(await FetchAsync());
        Assert.Equal((_weights.Length + 65_535) / 65_536, _hub.Requests.Count(r => r.Store));
    }

    /// <summary>What an earlier start, or the Python library, left unfinished.</summary>
    [Fact]
    public async Task Fetch_PartIsThere_FetchesTheRest()
    {
        Directory.CreateDirectory(_folder["cache/models--org--name/blobs"]);
        await File.WriteAllBytesAsync(
            _folder[$"cache/models--org--name/blobs/{_hub.Hash("cpu/model.onnx.data")}.incomplete"], _weights[..400_000]);
        AssertWhole(await FetchAsync());
        Assert.Equal("bytes=400000-", _hub.Requests.Single(r => r.Store).Request.Headers["range"]);
    }

    [Theory]
    [InlineData(400_000, "what lies there is another file's")]
    [InlineData(1_000_000, "it is whole, and wrong")]
    [InlineData(1_000_500, "it is longer than the file")]
    public async Task Fetch_PartIsWrong_StartsAgain(int length, string why)
    {
        Assert.NotEmpty(why);
        Directory.CreateDirectory(_folder["cache/models--org--name/blobs"]);
        await File.WriteAllBytesAsync(
            _folder[$"cache/models--org--name/blobs/{_hub.Hash("cpu/model.onnx.data")}.incomplete"], new byte[length]);
        AssertWhole(await FetchAsync());
    }

    [Fact]
    public async Task Fetch_ServerKnowsNoRanges_StartsAgain()
    {
        _hub.Instead = (request, store) => store ? new HubAnswer("200 OK", [], _weights, request.Times == 1 ? 300_000 : null) : null;
        AssertWhole(await FetchAsync());
    }

    [Fact]
    public async Task Fetch_RangeIsRefused_StartsAgain()
    {
        _hub.Instead = (request, store) => !store ? null
            : request.Headers.ContainsKey("range") ? new HubAnswer("416 Range Not Satisfiable", [], [])
            : new HubAnswer("200 OK", [], _weights, request.Times == 1 ? 300_000 : null);
        AssertWhole(await FetchAsync());
    }

    [Fact]
    public async Task Fetch_WrongContent_IsRefusedAndNotKept()
    {
        byte[] wrong = [.. _weights];
        wrong[500_000] ^= 1;
        _hub.Instead = (request, store) => store ? TestHub.Content(request, wrong) : null;
        Assert.Contains("has hash " + TestHub.Sha256(wrong), (await RefusedAsync()).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(_folder["cache/models--org--name/blobs"], $"{_hub.Hash("cpu/model.onnx.data")}*"));
    }

    [Fact]
    public async Task Fetch_WrongSmallFile_IsRefused()
    {
        _hub.Instead = (request, store) => request.Path.EndsWith("genai_config.json", StringComparison.Ordinal)
            ? TestHub.Content(request, Encoding.UTF8.GetBytes("[]"))
            : null;
        Assert.Contains("genai_config.json: what came has hash", (await RefusedAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_LinkedEtagIsAnother_IsRefused()
    {
        _hub.Instead = (request, store) => !store && request.Path.EndsWith(".data", StringComparison.Ordinal)
            ? new HubAnswer("302 Found", ["Location: /elsewhere", $"X-Linked-Etag: \"{new string('a', 64)}\""], [])
            : null;
        Assert.Contains("but is listed with", (await RefusedAsync()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1_000)]
    [InlineData(1_000)]
    public async Task Fetch_LyingContentLength_IsRefused(int lie)
    {
        _hub.Instead = (request, store) => OnStore(request, store, a => a with { Length = a.Body.Length + lie });
        Assert.Contains("the server announces", (await RefusedAsync()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("401 Unauthorized", "RepoNotFound", "is not there under this name, or not for you")]
    [InlineData("401 Unauthorized", "", "needs a login")]
    [InlineData("403 Forbidden", "GatedRepo", "is gated: accept its terms")]
    [InlineData("403 Forbidden", "", "is forbidden")]
    [InlineData("404 Not Found", "RepoNotFound", "is not there under this name")]
    [InlineData("404 Not Found", "RevisionNotFound", "has no revision main")]
    [InlineData("404 Not Found", "EntryNotFound", "has no file /org/name/resolve")]
    public async Task Fetch_Refused_SaysWhyAndWhatToDo(string status, string code, string said)
    {
        _hub.Instead = (request, _) => (code != "EntryNotFound" && request.Path.Contains("/revision/", StringComparison.Ordinal))
            || request.Path.Contains("/resolve/", StringComparison.Ordinal)
            ? new HubAnswer(status, code.Length == 0 ? [] : [$"X-Error-Code: {code}", "X-Error-Message: in their words"], [])
            : null;
        string message = (await RefusedAsync()).Message;
        Assert.Contains(said, message, StringComparison.Ordinal);
        Assert.Equal(code.Length > 0, message.Contains("(in their words)", StringComparison.Ordinal));
        Assert.Empty(_time.Waited);
    }

    [Fact]
    public async Task Fetch_TooManyRequests_WaitsAsAskedAndGoesOn()
    {
        _hub.Instead =
            (request, store) => store && request.Times <= 2 ? new HubAnswer("429 Too Many Requests", ["Retry-After: 17"], []) : null;
        AssertWhole(await FetchAsync());
        Assert.Equal(2, _time.Waited.Count(t => t == TimeSpan.FromSeconds(17)));
    }

    [Fact]
    public async Task Fetch_AskedToWaitForHours_SaysSo()
    {
        _hub.Instead = (_, _) => new HubAnswer("429 Too Many Requests", ["Retry-After: 7200"], []);
        Assert.Contains("asks to wait 120 minutes", (await RefusedAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_ServerErrors_TriesAgainAndThenSaysSo()
    {
        _hub.Instead = (request, _) => request.Times <= 2 ? new HubAnswer("500 Internal Server Error", [], []) : null;
        AssertWhole(await FetchAsync());
        _hub.Instead = (_, _) => new HubAnswer("500 Internal Server Error", [], []);
        Assert.Contains("5 times: 500", (await RefusedAsync()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("folder/../../outside")]
    [InlineData("/absolute")]
    [InlineData("folder\\..\\outside")]
    [InlineData("c:/outside")]
    [InlineData("folder//file")]
    [InlineData("line\nbreak")]
    public async Task Fetch_FileNameLeavesTheFolder_NothingIsFetched(string name)
    {
        _hub.Files[name] = [1];
        Assert.Contains("would not lie in its folder", (await RefusedAsync()).Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_hub.Requests, r => r.Request.Path.Contains("/resolve/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Fetch_CommitIsNone_IsRefused()
    {
        _hub.Instead = (request, _) => request.Path.Contains("/revision/", StringComparison.Ordinal)
            ? new HubAnswer("200 OK", [], Encoding.UTF8.GetBytes("{\"sha\":\"../../x\"}"))
            : null;
        Assert.Contains("names no commit", (await RefusedAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_TwoAtOnce_OneWaitsForTheOther()
    {
        string[] both = await Task.WhenAll(FetchAsync(), FetchAsync());
        AssertWhole(both[0]);
        Assert.Equal(1, _hub.Requests.Count(r => r.Store));
    }

    [Fact]
    public async Task Fetch_NobodyListens_SaysSo()
    {
        using var connection = new HubConnection(new HubSettings { Endpoint = new Uri("http://127.0.0.1:9/"), Cache = Cache.Root }, _time);
        EvalException e = await Assert.ThrowsAsync<EvalException>(() => connection.ListAsync(Repository, CancellationToken.None));
        Assert.Contains("look at the network (HF_ENDPOINT, HTTPS_PROXY)", e.Message, StringComparison.Ordinal);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>xunit 2 calls this interface's method only.</summary>
    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        _folder.Dispose();
    }
}
