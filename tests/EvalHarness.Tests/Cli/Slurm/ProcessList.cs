using System.Globalization;

namespace EvalHarness.Tests.Cli.Slurm;

/// <summary>The processes of this machine, out of <c>/proc</c>.</summary>
/// <remarks>Source: proc_pid_cmdline(5), proc_pid_environ(5), proc_pid_status(5).</remarks>
internal static class ProcessList
{
    private const string Parent = "PPid:";

    /// <summary>Processes whose command line has an argument.</summary>
    internal static IEnumerable<int> WithArgument(string argument) => With("cmdline", argument);

    /// <param name="variable">As NAME=VALUE.</param>
    internal static IEnumerable<int> WithVariable(string variable) => With("environ", variable);

    internal static int ParentOf(int process) => int.Parse(
        Read($"/proc/{process}/status").Split('\n').First(l => l.StartsWith(Parent, StringComparison.Ordinal))[Parent.Length..],
        CultureInfo.InvariantCulture);

    private static IEnumerable<int> With(string file, string text) => Directory.EnumerateDirectories("/proc")
        .Select(Path.GetFileName)
        .Where(name => name!.All(char.IsAsciiDigit) && name != Environment.ProcessId.ToString(CultureInfo.InvariantCulture))
        .Where(name => Read(Path.Combine("/proc", name!, file)).Split('\0').Contains(text))
        .Select(name => int.Parse(name!, CultureInfo.InvariantCulture));

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended meanwhile, or is another user's.
            return "";
        }
    }
}
