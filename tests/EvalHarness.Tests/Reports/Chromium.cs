using EvalHarness.Sandbox;
using Microsoft.Playwright;

namespace EvalHarness.Tests.Reports;

/// <summary>The system's Chromium, one for all tests that look at pages.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>The path of the browser; null where none is installed.</summary>
    internal static string? Executable { get; } = ((string[])["chromium", "chromium-browser", "google-chrome"])
        .Select(BoxBackend.Find).FirstOrDefault(found => found is not null);

    public async Task InitializeAsync()
    {
        if (Executable is null)
            return;
        _playwright = await Playwright.CreateAsync();
        // As root Chromium has no sandbox of its own; the pages are ours, and offline.
        _browser = await _playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions { ExecutablePath = Executable, Args = ["--no-sandbox"] });
    }

    /// <summary>Opens a file, offline, and waits until its samples can be searched.</summary>
    /// <returns>The page, and what it wrote on the console or asked of the network.</returns>
    internal async Task<(IPage Page, List<string> Complaints)> OpenAsync(
        string file, int width = 1280, ColorScheme scheme = ColorScheme.Light)
    {
        IPage page = await _browser!.NewPageAsync(new BrowserNewPageOptions
        {
            Offline = true,
            ColorScheme = scheme,
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
        });
        var complaints = new List<string>();
        page.Console += (_, message) => complaints.Add($"{message.Type}: {message.Text}");
        page.PageError += (_, error) => complaints.Add(error);
        page.Dialog += (_, dialog) => complaints.Add($"dialog: {dialog.Message}");
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith("file:", StringComparison.Ordinal))
                complaints.Add($"request: {request.Url}");
        };
        await page.GotoAsync(new Uri(file).AbsoluteUri);
        try
        {
            await page.WaitForSelectorAsync("html[data-ready]", new PageWaitForSelectorOptions { State = WaitForSelectorState.Attached });
        }
        catch (TimeoutException e)
        {
            throw new InvalidOperationException($"the page did not get ready: {string.Join('\n', complaints)}", e);
        }

        return (page, complaints);
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
            await _browser.CloseAsync();
        _playwright?.Dispose();
    }
}

/// <summary>A test in a browser; skipped, with a message, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = Chromium.Executable is null ? "needs chromium on the PATH" : null!;
}
