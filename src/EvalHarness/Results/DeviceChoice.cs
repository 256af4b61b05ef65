using System.Globalization;

namespace EvalHarness.Results;

/// <summary>A device, and which of several equal ones, as <c>--device</c> names them.</summary>
/// <param name="Kind">cpu, cuda or directml. It decides numbers; which one of equal devices computed them does not.</param>
/// <param name="Ids">The numbers of the devices, from 0; none where the runtime takes the first.</param>
internal sealed record DeviceChoice(string Kind, IReadOnlyList<int> Ids)
{
    /// <summary>The only kind whose devices have numbers.</summary>
    private const string Numbered = "cuda";

    /// <summary>As <c>--device</c> takes it.</summary>
    public override string ToString() => Ids.Count == 0 ? Kind : string.Join(',', Ids.Select(id => $"{Kind}:{id}"));

    /// <param name="text">As the user wrote it: "cpu", "cuda", "cuda:1", "cuda:0,cuda:1".</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: it names no device, or one twice.</exception>
    internal static DeviceChoice Parse(string text)
    {
        IReadOnlyList<string> kinds = RunOptions.Named(RunOptions.DeviceOption).Words!;
        if (kinds.Contains(text))
            return new DeviceChoice(text, []);
        int?[] ids = [.. text.Split(',').Select(Number)];
        if (ids.Contains(null))
        {
            throw new EvalException(
                ExitCode.Usage,
                $"--device {text}: expected {string.Join(", ", kinds.SkipLast(1))} or {kinds[^1]}; or one of several GPUs by its number, "
                + "such as cuda:0; or several of them, such as cuda:0,cuda:1");
        }

        return ids.Distinct().Count() == ids.Length
            ? new DeviceChoice(Numbered, [.. ids.Select(id => id!.Value)])
            : throw new EvalException(
                ExitCode.Usage,
                $"--device {text}: names a device twice; expected each once ('run --processes N' starts several processes on a device)");
    }

    /// <summary>The number in "cuda:N"; null for any other text.</summary>
    private static int? Number(string text) => text.StartsWith(Numbered + ":", StringComparison.Ordinal)
        && int.TryParse(text.AsSpan(Numbered.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : null;
}
