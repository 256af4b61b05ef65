using EvalHarness.Data;
using EvalHarness.Templates;

namespace EvalHarness.Tasks;

/// <summary>
/// Makes up a document with all columns that the templates of a task use, so that task files can be checked without their data.
/// </summary>
internal static class SyntheticDocument
{
    /// <param name="task">The task whose templates determine the columns.</param>
    /// <param name="number">A number that distinguishes the documents of one task.</param>
    internal static Document Make(TaskDefinition task, int number)
    {
        var finder = new ShapeFinder();
        TaskField?[] texts =
            [task.DocToText, task.Description, task.GenerationPrefix, task.FewShot.DocToText, task.FewShot.GenerationPrefix];
        foreach (TaskField? field in texts)
            Visit(finder, field, shape => shape.IsText = true);
        foreach (TaskField? field in (TaskField?[])[task.DocToTarget, task.FewShot.DocToTarget])
            Visit(finder, field, shape => shape.IsNumber = task.DocToChoice is not null);
        foreach (TaskField field in ((TaskField?[])[task.DocToChoice, task.FewShot.DocToChoice]).OfType<TaskField>())
        {
            Visit(finder, field, shape => shape.Item());
            if (field.Template is { } template)
                finder.VisitList(template);
        }

        var values = new OrderedDictionary<string, object?> { ["synthetic_row"] = (long)number };
        foreach ((string name, Shape shape) in finder.Variables)
            values[name] = shape.Make(name);
        foreach ((string column, object? value) in task.Where)
            values[column] = value;
        return new Document(values);
    }

    /// <summary>Records the columns that a field uses. A bare word is treated as the name of a column, which it nearly always is.</summary>
    private static void Visit(ShapeFinder finder, TaskField? field, Action<Shape> asColumn)
    {
        if (field?.Column is { } column)
            asColumn(finder.Variable(column));
        else if (field?.Template is { } template)
            finder.Visit(template);
    }
}
