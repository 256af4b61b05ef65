using EvalHarness.Data;
using EvalHarness.Templates;

namespace EvalHarness.Tasks;

/// <summary>
/// Makes up documents for the templates of a task, so that task files can be checked without their data. Where the columns of the dataset
/// are known, a document has exactly these; else it has all that the templates name.
/// </summary>
internal sealed class SyntheticDocument
{
    private readonly ShapeFinder _finder = new();
    private readonly TaskDefinition _task;
    private readonly IReadOnlyDictionary<string, ColumnType>? _columns;

    /// <param name="task">The task whose templates determine what the values look like.</param>
    /// <param name="columns">Column to type; null where the columns of the dataset are not known.</param>
    internal SyntheticDocument(TaskDefinition task, IReadOnlyDictionary<string, ColumnType>? columns)
    {
        (_task, _columns) = (task, columns);
        TaskField?[] texts =
            [task.DocToText, task.Description, task.GenerationPrefix, task.FewShot.DocToText, task.FewShot.GenerationPrefix];
        foreach (TaskField? field in texts)
            Visit(field, shape => shape.IsText = true);
        foreach (TaskField? field in (TaskField?[])[task.DocToTarget, task.FewShot.DocToTarget])
            Visit(field, shape => shape.IsNumber = task.DocToChoice is not null);
        foreach (TaskField field in ((TaskField?[])[task.DocToChoice, task.FewShot.DocToChoice]).OfType<TaskField>())
        {
            Visit(field, shape => shape.Item());
            if (field.Template is { } template)
                _finder.VisitList(template);
        }

        HasOptional = columns is null && _finder.Optional.Count > 0;
        // A template may only test a column for being there; a document that has it takes another branch all the same.
        if (HasOptional)
        {
            foreach (string name in _finder.Optional)
                _finder.Variable(name);
        }
    }

    /// <summary>
    /// Whether the templates say of a column that a document may lack it (<c>is defined</c>, or a default). Then there are two kinds of
    /// documents, with and without such columns. Where the columns of the dataset are known there is one.
    /// </summary>
    internal bool HasOptional { get; }

    /// <param name="number">A number that distinguishes the documents of one task.</param>
    /// <param name="withOptional">Whether the document has the columns that one may lack.</param>
    internal Document Make(int number, bool withOptional)
    {
        var values = new OrderedDictionary<string, object?>();
        // Documents must differ, because equal ones are taken for the same when shots are drawn.
        if (_columns is null)
        {
            values["synthetic_row"] = (long)number;
            foreach ((string name, Shape shape) in _finder.Variables.Where(v => withOptional || !_finder.Optional.Contains(v.Key)))
                values[name] = shape.Make(name);
        }
        else
        {
            foreach ((string name, ColumnType type) in _columns)
                values[name] = (_finder.Variables.GetValueOrDefault(name) ?? new Shape()).Make($"{name} {number}", type);
        }

        foreach ((string column, object? value) in _task.Where)
            values[column] = value is IReadOnlyList<object?> { Count: > 0 } any ? any[0] : value;
        return new Document(values);
    }

    /// <summary>
    /// Records the columns that a field uses. Where columns are not known, a bare word is treated as the name of one, which it nearly
    /// always is.
    /// </summary>
    private void Visit(TaskField? field, Action<Shape> asColumn)
    {
        if (field?.Column is { } column && _columns?.ContainsKey(column) != false)
            asColumn(_finder.Variable(column));
        else if (field?.Template is { } template)
            _finder.Visit(template);
    }
}
