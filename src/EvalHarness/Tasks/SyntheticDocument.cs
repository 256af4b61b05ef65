using EvalHarness.Data;
using EvalHarness.Templates;

namespace EvalHarness.Tasks;

/// <summary>A made-up document that has what a task's templates use, for checking task files without their data.</summary>
internal static class SyntheticDocument
{
    /// <param name="task">The task.</param>
    /// <param name="number">Documents of different numbers differ.</param>
    internal static Document Make(TaskDefinition task, int number)
    {
        var finder = new ShapeFinder();
        foreach (TaskField? field in (TaskField?[])[task.DocToText, task.Description, task.GenerationPrefix, task.FewShot.DocToText, task.FewShot.GenerationPrefix])
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

    /// <summary>A bare word is taken for a column, as in most files it is.</summary>
    private static void Visit(ShapeFinder finder, TaskField? field, Action<Shape> asColumn)
    {
        if (field?.Column is { } column)
            asColumn(finder.Variable(column));
        else if (field?.Template is { } template)
            finder.Visit(template);
    }
}
