using EvalHarness.Files;
using EvalHarness.Results;

namespace EvalHarness.Nightly.Culprits;

/// <content>Options, which are always set back, and what never is: programs and the machine.</content>
internal sealed partial class RunChanges
{
    /// <summary>Options that do not decide numbers by themselves, and still may: kernels round differently with other threads.</summary>
    private static readonly string[] MayDecide = ["--workers", "--threads", "--plugin", "--sandbox"];

    /// <summary>Options that decide which rows are run and what is reported, and no row's answer.</summary>
    private static readonly string[] DecideNoAnswer = ["--tasks", "--limit", "--samples", "--predict-only", "--bootstrap-iters"];

    private IEnumerable<RunChange> Options()
    {
        Dictionary<string, string> earlier = _before.Deciding().ToDictionary(), later = _after.Deciding().ToDictionary();
        foreach (DeclaredOption option in RunOptions.Declared.Where(o => o.DecidesNumbers || MayDecide.Contains(o.Name)))
        {
            string was = Value(option, earlier, _before), now = Value(option, later, _after);
            if (was == now || DecideNoAnswer.Contains(option.Name))
                continue;
            yield return new RunChange
            {
                Kind = ChangeKind.Option,
                Name = option.Name,
                Base = was.Length == 0 ? "not given" : was,
                Candidate = now.Length == 0 ? "not given" : now,
                SetBack = options =>
                {
                    RunOptions copy = options with { };
                    option.Copy(_before, copy);
                    return copy;
                },
            };
        }

        static string Value(DeclaredOption option, Dictionary<string, string> deciding, RunOptions options) =>
            deciding.GetValueOrDefault(option.Name) ?? string.Join(',', option.Texts(options));
    }

    private IEnumerable<RunChange> Programs()
    {
        IEnumerable<(string Name, string Base, string Candidate)> engines =
        [
            ("engine", before.Model.Engine, after.Model.Engine),
            .. Versions(before.Model.Versions, after.Model.Versions),
            .. Versions(before.Versions, after.Versions),
        ];
        foreach ((string name, string was, string now) in engines.Where(e => e.Base != e.Candidate).Distinct())
        {
            // Another kind of model is run by another engine, which comes with it.
            if (name == "engine" || before.Model.Engine == after.Model.Engine)
                yield return Staying(ChangeKind.Program, name, was, now, "this program runs with the versions that it has");
        }

        if (!Hashes(before.GraderFiles).SequenceEqual(Hashes(after.GraderFiles)) && _before.Plugins.SequenceEqual(_after.Plugins))
            yield return Staying(ChangeKind.Program, "grader files", Files(before), Files(after), "a run keeps no copy of them");
        Dictionary<string, string> codeBefore = Code(before), codeAfter = Code(after);
        foreach (string name in codeBefore.Keys.Union(codeAfter.Keys))
        {
            (string was, string now) = (codeBefore.GetValueOrDefault(name, "none"), codeAfter.GetValueOrDefault(name, "none"));
            if (was != now)
                yield return Staying(ChangeKind.Program, name, was, now, "a run keeps no copy of the Python of its tasks");
        }

        static Dictionary<string, string> Code(Manifest manifest) => (manifest.TaskCode?.Identity() ?? [])
            .GroupBy(p => p.Key)
            .ToDictionary(g => g.Key, g => string.Join(", ", g.Select(p => p.Value.Length == 64 ? Short(p.Value) : p.Value)));
        static string Files(Manifest manifest) => string.Join(", ", manifest.GraderFiles.Select(f => $"{f.Name} {Short(f.Sha256)}"));
        static IEnumerable<(string Name, string Base, string Candidate)> Versions(
            IReadOnlyDictionary<string, string> was, IReadOnlyDictionary<string, string> now) => was.Keys.Union(now.Keys)
                .Order(StringComparer.Ordinal)
                .Select(name => (name, was.GetValueOrDefault(name, "none"), now.GetValueOrDefault(name, "none")));
    }

    private IEnumerable<RunChange> Computer()
    {
        string was = Shown(before.Machine), now = Shown(after.Machine);
        if (was != now)
            yield return Staying(ChangeKind.Machine, "machine", was, now, "this program runs where it is");

        static string Shown(Machine machine) => string.Join(", ", ((string?[])[machine.Cpu, machine.Gpu]).OfType<string>());
    }

    private static RunChange Staying(ChangeKind kind, string name, string was, string now, string stays) => new()
    {
        Kind = kind,
        Name = name,
        Base = was,
        Candidate = now,
        Stays = stays,
    };
}
