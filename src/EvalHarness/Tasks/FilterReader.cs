using EvalHarness.Files;

namespace EvalHarness.Tasks;

/// <summary>Reads the key filter_list of a task file.</summary>
internal static class FilterReader
{
    internal static IReadOnlyList<FilterPipelineDefinition> Read(TaskFile file, FunctionResolver functions)
    {
        IReadOnlyList<object?> entries = TaskReader.List(file, "filter_list");
        if (entries.Count == 0)
            return [new FilterPipelineDefinition("none", [new FilterDefinition("take_first", new Dictionary<string, object?>())])];
        return [.. entries.Select(entry =>
        {
            if (entry is not IReadOnlyDictionary<string, object?> map
                || map.GetValueOrDefault("name") is not string name
                || map.GetValueOrDefault("filter") is not IReadOnlyList<object?> steps)
            {
                throw file.Error("filter_list", "expected entries with the keys name and filter");
            }

            return new FilterPipelineDefinition(name, [.. steps.Select(step => Step(file, name, step, functions))]);
        })];
    }

    private static FilterDefinition Step(TaskFile file, string pipeline, object? step, FunctionResolver functions)
    {
        if (step is not IReadOnlyDictionary<string, object?> options)
            throw file.Error("filter_list", $"{pipeline}: expected steps with the key function");
        var rest = options.Where(o => o.Key != "function").ToDictionary();
        switch (options.GetValueOrDefault("function"))
        {
            case FunctionReference function:
                return new FilterDefinition(function.Name, rest)
                {
                    Equivalent = functions.Answers(function, file.Place("filter_list"), rest),
                };
            case "custom" when rest.Remove("filter_fn", out object? custom) && custom is FunctionReference function:
                return new FilterDefinition(function.Name, rest)
                {
                    Equivalent = functions.Answers(function, file.Place("filter_list"), rest),
                };
            case string name:
                return new FilterDefinition(name, rest);
            default:
                throw file.Error("filter_list", $"{pipeline}: expected steps with the key function");
        }
    }
}
