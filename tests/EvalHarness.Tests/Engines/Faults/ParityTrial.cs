using EvalHarness.OnnxRuntimeGenAI.Parity;

namespace EvalHarness.Tests.Engines.Faults;

/// <summary>Runs parity in this process over models that it writes for the time of a comparison.</summary>
internal sealed class ParityTrial
{
    /// <summary>The longest sequence: longer than every window, and behind the end of the positions of one of the faults.</summary>
    private const int Context = 256;

    private readonly string _tokenizer;
    private readonly string _text;

    /// <param name="repository">The repository, whose embedded model gives the tokenizer, and whose licence is the text.</param>
    internal ParityTrial(string repository)
    {
        _tokenizer = Path.Combine(repository, "src", "TinyModel", "models", "tiny-fp32");
        _text = File.ReadAllText(Path.Combine(repository, "LICENSE"));
    }

    internal ParityReport Run(CleanPair pair) => Run(pair.Base, pair.Candidate);

    internal ParityReport Run(PlantedModel expected, PlantedModel actual) => Run(new CleanSide(expected), new CleanSide(actual));

    private ParityReport Run(CleanSide expected, CleanSide actual)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("evalharness-trial-");
        try
        {
            ParitySide left = Side(expected, "base"), right = Side(actual, "candidate");
            ParityPlan plan = FrozenTokens.Of(_text, left, right) with
            {
                MaxContext = Context,
                // No trial ends early on a busy machine.
                Seconds = 3600,
                // All of them run on the CPU; the profile has tests of its own.
                Profile = false,
            };
            return ParityCheck.Run(left, right, plan);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        ParitySide Side(CleanSide side, string name)
        {
            string path = side.Folder ?? folder.CreateSubdirectory(name).FullName;
            side.Model?.Write(path, _tokenizer);
            return new ParitySide
            {
                Folder = path,
                Threads = side.Threads,
                SessionOptions = side.SessionOptions,
            };
        }
    }

    /// <summary>Whether rows of the candidate in a form lie outside their bound, or are wrong by themselves.</summary>
    internal static bool IsOutside(ParityReport report, ParityForm form) =>
        report.Probes.Any(p => !p.OfBase && p.Form == form && p.IsOutside);
}
