using MathNet.Numerics.LinearAlgebra;

namespace EvalHarness.Scoring.Statistics;

/// <summary>
/// Strengths by which one player wins the share 1 / (1 + exp(s2 - s1 - x c)) of its battles with another, a tie being half a win; x are a
/// battle's controls and c their effects. They are fitted by maximum quasi-likelihood. The covariance is the sandwich, summed over
/// clusters, which believes neither that a tie is a coin flip nor that battles of one document are independent.
/// </summary>
/// <remarks>
/// <para>
/// Source: Bradley and Terry 1952, Biometrika 39, 324-345; Liang and Zeger 1986, Biometrika 73, 13-22, for clusters; MacKinnon and White
/// 1985, J. Econometrics 29, 305-325, for dividing by 1 less the leverage, as the jackknife does.
/// </para>
/// <para>
/// Where a group of players won every battle against the others (<see cref="BattleGroups.Reachable"/>), or a control tells who wins, no
/// finite strengths are the most likely ones. To leave such players out would lose what their battles say, and to add half a battle
/// between every two players would drown a few battles of many players. So the likelihood is then penalized by Jeffreys' prior (Firth
/// 1993, Biometrika 80, 27-38; finite by Kosmidis and Firth 2021, Biometrika 108, 71-82): with two players it adds half a battle to each
/// side, and with N players N - 1 battles in all, where there are fewest. The residuals of battles that one side always won say nothing of
/// how uncertain that is, so the covariance is then the inverse of the curvature, widened where clusters make the sandwich wider.
/// </para>
/// </remarks>
internal sealed class BradleyTerry
{
    private const int MostSteps = 200;

    /// <summary>The change of a parameter at which the fit ends, against the largest one: far below any standard error.</summary>
    private const double Tolerance = 1e-9;

    /// <summary>Log-odds beyond which nothing wins or loses: a parameter that grows so far has no most likely value.</summary>
    private const double Endless = 40;

    /// <summary>A control of which less than this share is its own, and the rest told by who played, has no effect of its own.</summary>
    private const double OwnShare = 1e-8;

    private BradleyTerry(BattleTable table, double[] parameters, Matrix<double> covariance, long clusters, bool isPenalized)
    {
        (Players, Parameters, Covariance) = (table.Players, parameters, covariance);
        (Clusters, IsPenalized) = (clusters, isPenalized);
        Quantile = StudentQuantile.Upper(Math.Max(1, clusters - 1), Interval.Level95);
    }

    internal int Players { get; }

    /// <summary>
    /// The strengths, which sum to 0, and after them the effects of <see cref="BattleTable.Controls"/>, each for its root mean square.
    /// </summary>
    internal IReadOnlyList<double> Parameters { get; }

    internal Matrix<double> Covariance { get; }

    /// <summary>The number of independent clusters of battles.</summary>
    internal long Clusters { get; }

    /// <summary>Whether no finite strengths were the most likely ones, and those of the penalized likelihood stand here.</summary>
    internal bool IsPenalized { get; }

    /// <summary>The standard errors to each side of a 95% interval.</summary>
    internal double Quantile { get; }

    /// <summary>The strength of a player minus that of another, and its standard error.</summary>
    internal (double Value, double Error) Difference(int player, int other) => (
        Parameters[player] - Parameters[other],
        Math.Sqrt(Math.Max(0, Covariance[player, player] + Covariance[other, other] - (2 * Covariance[player, other]))));

    /// <summary>The 95% interval of a strength against the mean of all, or of the effect of a control.</summary>
    internal Interval IntervalOf(int parameter) =>
        Interval.Around(Parameters[parameter], Quantile * Math.Sqrt(Math.Max(0, Covariance[parameter, parameter])));

    /// <param name="table">The battles of two players or more, who met, or met others who did (<see cref="BattleGroups.Met"/>).</param>
    /// <returns>Null where a control cannot be told from who played.</returns>
    internal static BradleyTerry? Fit(BattleTable table)
    {
        var likelihood = new BattleLikelihood(table);
        if (!IsKnown(table, likelihood.At(new double[likelihood.Size]).Curvature))
            return null;
        double[]? parameters = BattleGroups.Reachable(table).Count == 1 ? Settle(likelihood, isPenalized: false) : null;
        bool isPenalized = parameters is null;
        parameters ??= Settle(likelihood, isPenalized: true);
        if (parameters is null)
            return null;
        Matrix<double> inverse = likelihood.At(parameters).Curvature.Inverse();
        (Matrix<double> scatter, long clusters) = likelihood.Scatter(parameters, inverse);
        Matrix<double> sandwich = inverse * scatter * inverse;
        if (table.IsClustered && clusters > 1)
            sandwich *= clusters / (clusters - 1.0);
        if (!isPenalized)
            return new BradleyTerry(table, parameters, sandwich, clusters, isPenalized);
        // The scatter over what it would be if each battle were a coin flip: 1 for independent battles, 2 where each is there twice.
        double wider = (inverse * scatter).Trace() / Math.Max(1, likelihood.Size - 1);
        return new BradleyTerry(table, parameters, WithoutHold(inverse, table.Players) * Math.Max(1, wider), clusters, isPenalized);
    }

    /// <summary>The strengths sum to 0, and so do their errors: the part that holds the sum has none.</summary>
    private static Matrix<double> WithoutHold(Matrix<double> inverse, int players)
    {
        double part = Enumerable.Range(0, players).Sum(i => Enumerable.Range(0, players).Sum(j => inverse[i, j])) / players / players;
        return inverse.MapIndexed((i, j, value) => i < players && j < players ? value - part : value);
    }

    /// <summary>Whether every control has a part that who played does not tell.</summary>
    private static bool IsKnown(BattleTable table, Matrix<double> curvature)
    {
        int controls = table.Controls.Count;
        if (controls == 0)
            return true;
        Matrix<double> inverse = curvature.Inverse();
        return Enumerable.Range(table.Players, controls).All(i => 1 / (inverse[i, i] * curvature[i, i]) is > OwnShare and < 2);
    }

    /// <returns>The parameters at which the loss is least; null where it has no least value.</returns>
    private static double[]? Settle(BattleLikelihood likelihood, bool isPenalized)
    {
        double[] parameters = new double[likelihood.Size];
        BattleLikelihood.Point point = likelihood.At(parameters);
        for (int step = 0; step < MostSteps; step++)
        {
            var gradient = Vector<double>.Build.Dense(point.Gradient);
            if (isPenalized)
                gradient += Vector<double>.Build.Dense(likelihood.Penalty(parameters, point.Curvature.Inverse()));
            Vector<double> move = point.Curvature.Solve(gradient);
            double share = 1, most = Merit(point) + (1e-11 * Math.Abs(Merit(point)));
            double[] next = Moved(share);
            BattleLikelihood.Point there = likelihood.At(next);
            // A step that overshoots is halved.
            for (; !(Merit(there) <= most) && share > 1e-6; there = likelihood.At(next))
            {
                share /= 2;
                next = Moved(share);
            }

            (parameters, point) = (next, there);
            if (!double.IsFinite(point.Loss) || parameters.Max(Math.Abs) > Endless)
                return null;
            if (move.AbsoluteMaximum() * share < Tolerance * (1 + parameters.Max(Math.Abs)))
                return parameters;

            double[] Moved(double part) => [.. parameters.Zip(move, (p, m) => p + (part * m))];
        }

        return null;

        double Merit(BattleLikelihood.Point at) => at.Loss - (isPenalized ? LogDeterminant(at.Curvature) / 2 : 0);
    }

    /// <summary>The determinant itself of many players' curvature is more than a double holds.</summary>
    private static double LogDeterminant(Matrix<double> curvature) => curvature.LU().U.Diagonal().Sum(u => Math.Log(Math.Abs(u)));
}
