namespace EvalHarness;

/// <summary>
/// A mistake of the user's or of the surroundings, said in one line: what was found, what was expected, in which file, what to
/// do. The program prints the line and exits with <see cref="ExitCode"/>. Everything else that is thrown is a bug.
/// </summary>
public sealed class EvalException : Exception
{
    public EvalException(ExitCode exitCode, string message, Exception? inner = null)
        : base(OneLine(message), inner) => ExitCode = exitCode;

    public ExitCode ExitCode { get; }

    /// <summary>Messages of libraries span lines and end in stack-like detail; a user's line does not.</summary>
    public static string OneLine(string message) =>
        string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
