using System.Security.Cryptography;
using System.Text;
using EvalHarness.Files;
using EvalHarness.Nightly;
using EvalHarness.Tasks;

namespace EvalHarness.Cli.Processes;

/// <summary>A plan that was read, with its cells, and what is wrong with it.</summary>
internal sealed class NightPlan
{
    private readonly PlanCheck _check;
    private readonly string[] _places;

    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: the file is no plan, an option has a wrong value, or the cells are not clear.
    /// </exception>
    internal NightPlan(string file)
    {
        File = file;
        Content = System.IO.File.Exists(file) ? System.IO.File.ReadAllBytes(file) : [];
        Plan = SettingsFile.Read<NightlyPlan>(file, ExitCode.Usage);
        Plan.Gate?.Check(file);
        Cells = PlanCell.Of(Plan, file);
        Names = Cells.ToDictionary(c => c.Name, c => EngineFactory.NamesOf(c.ModelPath, c.Device));
        _check = new PlanCheck(Plan, Cells, Names, file);
        _places = [.. PlaceCheck.Problems(Plan, Cells, Names, file)];
    }

    internal string File { get; }

    internal NightlyPlan Plan { get; }

    internal IReadOnlyList<PlanCell> Cells { get; }

    /// <summary>The model's name in manifests, and the device, of each cell by its name.</summary>
    internal IReadOnlyDictionary<string, (string Model, string Device)> Names { get; }

    /// <summary>All that is wrong in the plan itself, one sentence each.</summary>
    internal IReadOnlyList<string> Problems => [.. _check.Problems, .. _places];

    /// <summary>The file as it was read.</summary>
    internal byte[] Content { get; }

    internal string FileSha256 => Hash(Content);

    /// <summary>See <see cref="Night.PlanSha256"/>.</summary>
    internal string CellsSha256 => Hash(Encoding.UTF8.GetBytes(string.Join('\n', Cells.Select(c => c.Definition))));

    internal PlanCell Cell(string name) => Cells.First(c => c.Name == name);

    internal TaskSelection TasksOf(PlanCell cell) => _check.Tasks[cell.Name];

    /// <summary>What a cell's numbers depend on, as it is now.</summary>
    internal CellInputs InputsOf(PlanCell cell) =>
        CellInputs.Of(cell, TasksOf(cell), EngineFactory.FilesOf(cell.ModelPath), EngineFactory.VersionFor(cell.Options));

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
