using System.Diagnostics;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Parity;

/// <summary>Computes what one side is asked for: first the profile, then length by length, as long as there is time.</summary>
internal sealed class SideRun : IDisposable
{
    /// <summary>By how much a longer sequence costs more than its length says, because attention looks at more tokens.</summary>
    private const double GrowthOfCost = 1.3;

    private readonly ParityJob _job;
    private readonly LoadedModel _model;
    private readonly RowFile _file;
    private readonly ParitySequences _sequences;
    private readonly Action<int> _announce;
    private readonly List<ProbeRows> _probes = [];
    private readonly List<LengthNotTried> _notTried = [];
    private readonly long _start = Stopwatch.GetTimestamp();
    private long _tokens;

    private SideRun(ParityJob job, LoadedModel model, Action<int> announce)
    {
        (_job, _model, _announce) = (job, model, announce);
        _file = RowFile.Create(job.RowFile, model.Config.VocabularySize);
        _sequences = new ParitySequences(job.Plan, model.Config.VocabularySize, job.Padding);
    }

    /// <param name="job">What to compute.</param>
    /// <param name="announce">Receives each length before it is computed.</param>
    /// <param name="computed">Receives all that has been computed after each length; null for nobody.</param>
    /// <param name="cancellationToken">Checked before each probe.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: the model does not load, or cannot be profiled. <see cref="ExitCode.Output"/>: the temporary folder
    /// has no room. <see cref="ExitCode.Environment"/>: the build that asks makes other sequences.
    /// </exception>
    internal static ParityRows Compute(
        ParityJob job, Action<int> announce, Action<ParityRows>? computed, CancellationToken cancellationToken)
    {
        IReadOnlyList<ProviderNodes> providers = job.Plan.Profile ? ProviderProfile.Record(job.Side, job.Plan) : [];
        using LoadedModel model = LoadedModel.Load(job.Side.Folder, job.Side.Engine);
        using var run = new SideRun(job, model, announce);
        if (run._sequences.Identity != job.Sequences)
        {
            throw new EvalException(
                ExitCode.Environment,
                "this build computes other sequences of tokens than the one that asks; expected builds of one version");
        }

        run.Run(() => computed?.Invoke(run.Rows(providers)), cancellationToken);
        return run.Rows(providers);
    }

    private ParityRows Rows(IReadOnlyList<ProviderNodes> providers)
    {
        _file.Flush();
        return new ParityRows
        {
            Probes = _probes,
            NotTried = _notTried,
            Providers = providers,
            Runtime = $"GenAI {GenAiRuntime.Version}, ONNX Runtime {GenAiRuntime.OnnxRuntimeVersion}",
            Capabilities = _model.Capabilities,
            Tokens = _tokens,
            LoadSeconds = _model.LoadTime.TotalSeconds,
            Seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds,
        };
    }

    private double Left => _job.Seconds - Stopwatch.GetElapsedTime(_start).TotalSeconds;

    private void Run(Action computed, CancellationToken cancellationToken)
    {
        double secondsPerToken = 0;
        for (int i = 0; i < _job.Lengths.Count; i++)
        {
            int length = _job.Lengths[i];
            List<(ParityForm Form, int Batch, int Tokens, Action Compute)> probes = [.. Probes(length)];
            double growth = i == 0 ? 1 : Math.Pow((double)length / _job.Lengths[i - 1], GrowthOfCost - 1);
            double expected = secondsPerToken * growth * probes.Sum(p => (long)p.Tokens);
            if (i > 0 && expected > Left)
            {
                string why = string.Create(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $"would take about {expected:0} s, and {Math.Max(0, Left):0} s are left");
                _notTried.AddRange(_job.Lengths.Skip(i).Select(l => new LengthNotTried(l, null, l == length ? why : "longer than that")));
                return;
            }

            _announce(length);
            if (length <= ParitySequences.LongestBatch && WhyNoBatches(length) is { } whyNot)
                _notTried.Add(new LengthNotTried(length, ParityForm.Batch, whyNot));
            long start = Stopwatch.GetTimestamp(), before = _tokens;
            foreach ((ParityForm form, int batch, int tokens, Action compute) in probes)
            {
                cancellationToken.ThrowIfCancellationRequested();
                // The shortest length is computed in all forms, however slow the model is.
                if (i > 0 && form != ParityForm.Whole && Left < 0)
                    _notTried.Add(new LengthNotTried(length, form, "the time was over"));
                else if (!Try(form, length, batch, tokens, compute) && form == ParityForm.Whole)
                    break;
            }

            if (_tokens > before)
                secondsPerToken = Stopwatch.GetElapsedTime(start).TotalSeconds / (_tokens - before);
            computed();
        }
    }

    private string? WhyNoBatches(int length) => length > ParitySequences.LongestBatch
        ? "longer than batches are tried with"
        : new BatchProbes(_model, _sequences, Add).WhyNot(length);

    /// <summary>The probes of a length, with the size of their batch and the number of tokens that each computes.</summary>
    private IEnumerable<(ParityForm Form, int Batch, int Tokens, Action Compute)> Probes(int length)
    {
        var sessions = new SessionProbes(_model, _sequences, Add);
        var batches = new BatchProbes(_model, _sequences, Add);
        yield return (ParityForm.Whole, 1, length, () => sessions.Whole(length, sequence: 0));
        yield return (ParityForm.Steps, 1, length, () => sessions.Steps(length));
        if (length <= ParitySequences.LongestVocabulary)
            yield return (ParityForm.Vocabulary, 1, length, () => sessions.Vocabulary(length));
        if (!_job.IsBase)
        {
            yield return (ParityForm.Rewind, 1, length, () => sessions.Rewind(length));
            yield return (ParityForm.RewindAfterSteps, 1, length, () => sessions.RewindAfterSteps(length));
            yield return (ParityForm.StepsAfterRewind, 1, length, () => sessions.StepsAfterRewind(length));
            yield return (ParityForm.RewindToFirst, 1, length, () => sessions.RewindToFirst(length));
        }

        yield return (ParityForm.Pieces, 1, length, () => sessions.Pieces(length));
        if (WhyNoBatches(length) is not null)
            yield break;
        int[] lengths = ParitySequences.Lengths(length, ParitySequences.Most);
        for (int i = 0; _job.ComputesAllPlainly && i < lengths.Length; i++)
        {
            int sequence = i, given = lengths[i];
            if (sequence > 0)
                yield return (ParityForm.Whole, 1, length, () => sessions.Whole(length, sequence));
            yield return (ParityForm.Greedy, 1, given, () => sessions.Greedy(length, sequence, given));
        }

        foreach (int batch in _job.IsBase ? [] : ParitySequences.Batches)
            yield return (ParityForm.Batch, batch, length * batch, () => batches.Run(length, batch));
    }

    private bool Try(ParityForm form, int length, int batch, int tokens, Action compute)
    {
        try
        {
            compute();
            _tokens += tokens;
            return true;
        }
        catch (OnnxRuntimeGenAIException e)
        {
            _probes.Add(new ProbeRows
            {
                Form = form,
                Length = length,
                Sequence = 0,
                Given = length,
                Batch = batch,
                Positions = [],
                FirstRow = 0,
                Failure = EvalException.OneLine(e.Message),
            });
            return false;
        }
        catch (ModelSessionException e)
        {
            // The cache does not fit into this machine's memory, or the graph's output has a shape that the engine does not read.
            _notTried.Add(new LengthNotTried(length, form, EvalException.OneLine(e.Message)));
            return false;
        }
    }

    private void Add(ProbeRows probe, IEnumerable<float[]> rows)
    {
        _probes.Add(probe with { FirstRow = _file.Count });
        foreach (float[] row in rows)
            _file.Add(row);
    }

    public void Dispose() => _file.Dispose();
}
