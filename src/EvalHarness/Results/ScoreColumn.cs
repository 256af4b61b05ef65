namespace EvalHarness.Results;

/// <summary>
/// A score of a run, row by row. A byte a row says which of up to 256 different values it has, because most scores are right or wrong; a
/// score with more values takes eight bytes a row.
/// </summary>
internal sealed class ScoreColumn
{
    /// <summary>By the bits of a value, so that 0 and -0 stay what they are.</summary>
    private readonly Dictionary<long, byte> _codes = [];
    private readonly List<double> _values = [];
    private NumberColumn<byte>? _coded = new();
    private NumberColumn<double>? _plain;

    internal int Count => _coded?.Count ?? _plain!.Count;

    /// <summary>NaN where the row has no such score.</summary>
    internal double this[int row] => _coded is null ? _plain![row] : _values[_coded[row]];

    internal void Add(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        if (_coded is null)
        {
            _plain!.Add(value);
        }
        else if (_codes.TryGetValue(bits, out byte code))
        {
            _coded.Add(code);
        }
        else if (_values.Count <= byte.MaxValue)
        {
            _codes[bits] = (byte)_values.Count;
            _coded.Add((byte)_values.Count);
            _values.Add(value);
        }
        else
        {
            _plain = new NumberColumn<double>();
            foreach (byte each in _coded)
                _plain.Add(_values[each]);
            _coded = null;
            _plain.Add(value);
        }
    }
}
