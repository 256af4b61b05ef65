using System.Collections;
using MathNet.Numerics.LinearAlgebra;

namespace EvalHarness.Scoring.Statistics;

/// <summary>
/// The quasi-likelihood of battles: strengths of the players, and behind them effects of the controls, give the share that the first of
/// two players wins. The sums go over players who met where there are no controls, and else over battles.
/// </summary>
internal sealed class BattleLikelihood
{
    private readonly BattleTable _table;
    private readonly int _sites;
    private readonly int[] _controls;
    private readonly double[] _units;

    /// <summary>
    /// Only differences of strengths are known, and this part of the curvature holds their sum at 0. It is of the size of the rest, and
    /// always the same.
    /// </summary>
    private readonly double _hold;

    /// <summary>The places and values of a battle's row of the design, all but zeros: its two players, and the controls.</summary>
    private readonly int[] _places;
    private readonly double[] _values;

    internal BattleLikelihood(BattleTable table)
    {
        _table = table;
        _controls = [.. table.Controls];
        _sites = _controls.Length == 0 ? table.Cells.Count : checked((int)table.Count);
        _hold = table.Count / (4.0 * table.Players * table.Players);
        _units = [.. _controls.Select(c => 1 / table.Scale(c))];
        _places = [0, 0, .. Enumerable.Range(table.Players, _controls.Length)];
        _values = [1, -1, .. new double[_controls.Length]];
    }

    internal int Size => _table.Players + _controls.Length;

    /// <summary>The loss, which is the negative logarithm of the quasi-likelihood, its negative gradient and its curvature.</summary>
    internal sealed record Point(double Loss, double[] Gradient, Matrix<double> Curvature);

    internal Point At(double[] parameters)
    {
        var curvature = Matrix<double>.Build.Dense(Size, Size, (i, j) => i < _table.Players && j < _table.Players ? _hold : 0);
        double[] gradient = new double[Size];
        double loss = 0;
        for (int site = 0; site < _sites; site++)
        {
            (double count, double won) = Site(site);
            double odds = Odds(parameters), small = Math.Exp(-Math.Abs(odds)), share = (odds > 0 ? 1 : small) / (1 + small);
            loss += (count * (Math.Max(odds, 0) + Math.Log(1 + small))) - (won * odds);
            Add(gradient, won - (count * share));
            AddSquare(curvature, count * share * (1 - share));
        }

        return new Point(loss, gradient, curvature);
    }

    /// <summary>
    /// What the gradient has more where as many halves of a battle are added to both sides of each battle as it has leverage: the gradient
    /// of half the logarithm of the curvature's determinant.
    /// </summary>
    internal double[] Penalty(double[] parameters, Matrix<double> inverse)
    {
        double[] gradient = new double[Size];
        for (int site = 0; site < _sites; site++)
        {
            (double count, _) = Site(site);
            double share = Share(parameters);
            Add(gradient, count * Leverage(share, inverse) * (0.5 - share));
        }

        return gradient;
    }

    /// <summary>
    /// The sum over clusters of the squared sums of their gradients, each battle's divided by 1 less its leverage, which is what it would
    /// be without that battle.
    /// </summary>
    /// <returns>The sum, and the number of clusters.</returns>
    internal (Matrix<double> Sum, long Clusters) Scatter(double[] parameters, Matrix<double> inverse)
    {
        var scatter = Matrix<double>.Build.Dense(Size, Size);
        if (_table.IsClustered)
            return (scatter, ScatterClusters(parameters, inverse, scatter));
        for (int site = 0; site < _sites; site++)
        {
            (_, double won) = Site(site);
            double share = Share(parameters), left = 1 - Leverage(share, inverse);
            double squares = _controls.Length > 0
                ? Square(won - share)
                : (_table.Cells[site].FirstWon * Square(1 - share)) + (_table.Cells[site].SecondWon * Square(share))
                    + (_table.Cells[site].Ties * Square(0.5 - share));
            AddSquare(scatter, squares / Square(left));
        }

        return (scatter, _table.Count);
    }

    private long ScatterClusters(double[] parameters, Matrix<double> inverse, Matrix<double> scatter)
    {
        double[] sum = new double[Size], storage = scatter.AsColumnMajorArray();
        var touched = new List<int>();
        bool[] isTouched = new bool[Size];
        long clusters = 0;
        (int[] next, BitArray isFirst) = _table.Chains();
        for (int start = 0; start < next.Length; start++)
        {
            if (!isFirst[start])
                continue;
            clusters++;
            if (next[start] < 0)
            {
                AddSquare(scatter, Square(Rest(start)));
                continue;
            }

            for (int row = start; row >= 0; row = next[row])
            {
                Add(sum, Rest(row));
                foreach (int place in _places)
                {
                    if (!isTouched[place])
                        touched.Add(place);
                    isTouched[place] = true;
                }
            }

            foreach (int i in touched)
            {
                foreach (int j in touched)
                    storage[(j * Size) + i] += sum[i] * sum[j];
            }

            foreach (int i in touched)
                (sum[i], isTouched[i]) = (0, false);
            touched.Clear();
        }

        return clusters;

        double Rest(int row)
        {
            SetRow(row);
            double share = Share(parameters);
            return (_table.Score(row) - share) / (1 - Leverage(share, inverse));
        }
    }

    /// <summary>Takes two players, or one battle, for those of which the methods below speak.</summary>
    /// <returns>The number of battles, and what the first one won.</returns>
    private (double Count, double Won) Site(int site)
    {
        if (_controls.Length > 0)
        {
            SetRow(site);
            return (1, _table.Score(site));
        }

        BattleCell cell = _table.Cells[site];
        (_places[0], _places[1]) = (cell.First, cell.Second);
        return (cell.Count, cell.FirstScore);
    }

    private void SetRow(int row)
    {
        (_places[0], _places[1]) = (_table.First(row), _table.Second(row));
        ReadOnlySpan<float> controls = _table.ControlsOf(row);
        for (int i = 0; i < _controls.Length; i++)
            _values[i + 2] = controls[_controls[i]] * _units[i];
    }

    private double Odds(double[] parameters)
    {
        double odds = 0;
        for (int i = 0; i < _places.Length; i++)
            odds += parameters[_places[i]] * _values[i];
        return odds;
    }

    /// <summary>The share of battles that the first one wins.</summary>
    private double Share(double[] parameters) => 1 / (1 + Math.Exp(-Odds(parameters)));

    /// <summary>p(1 - p) times the variance of a battle's odds: how far the battle itself pulls the fit.</summary>
    private double Leverage(double share, Matrix<double> inverse)
    {
        double[] storage = inverse.AsColumnMajorArray();
        double variance = 0;
        for (int j = 0; j < _places.Length; j++)
        {
            int column = _places[j] * Size;
            double part = 0;
            for (int i = 0; i < _places.Length; i++)
                part += _values[i] * storage[column + _places[i]];
            variance += _values[j] * part;
        }

        return Math.Min(share * (1 - share) * variance, 1 - 1e-9);
    }

    private void Add(double[] sum, double weight)
    {
        for (int i = 0; i < _places.Length; i++)
            sum[_places[i]] += weight * _values[i];
    }

    private void AddSquare(Matrix<double> sum, double weight)
    {
        double[] storage = sum.AsColumnMajorArray();
        for (int j = 0; j < _places.Length; j++)
        {
            int column = _places[j] * Size;
            double part = weight * _values[j];
            for (int i = 0; i < _places.Length; i++)
                storage[column + _places[i]] += part * _values[i];
        }
    }

    private static double Square(double value) => value * value;
}
