using EvalHarness.Results;
using EvalHarness.Running;
using EvalHarness.Tasks;

namespace EvalHarness.Analysis.Published;

/// <summary>
/// The tasks that the settings of a ladder can name. Thousands of files may have to be read for them, so each catalog is loaded once.
/// </summary>
internal sealed class LadderTasks
{
    /// <summary>By the settings of generation, the only ones that a ladder changes and that are part of a task's definition.</summary>
    private readonly Dictionary<string, TaskCatalog> _catalogs = [];

    internal TaskCatalog Of(RunOptions options)
    {
        string key = options.GenerationSettings ?? "";
        if (!_catalogs.TryGetValue(key, out TaskCatalog? catalog))
            _catalogs[key] = catalog = TaskPython.Described(options);
        return catalog;
    }
}
