using EvalHarness.Nightly;

namespace EvalHarness.Tests.Nightly;

/// <summary>What a start does with a cell, by how its last try ended and by what has changed since.</summary>
public sealed class NightStartStepTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly CellInputs Inputs = new()
    {
        Model = "model",
        Tasks = "tasks",
        Data = "data",
    };

    private static NightTry Try(TryEnd? end, ExitCode code = ExitCode.Success) => new()
    {
        Started = Noon,
        Seen = Noon.AddMinutes(10),
        End = end,
        ExitCode = (int)code,
        Error = "why",
    };

    private static Night NightOf(bool ended, params NightTry[] tries) => new()
    {
        Plan = "plan",
        PlanSha256 = "",
        Started = Noon,
        Ended = ended ? Noon.AddHours(1) : null,
        Cells =
        [
            new NightCell
            {
                Name = "cell",
                Model = "model",
                Device = "cpu",
                Tasks = "tasks",
                Inputs = Inputs,
                Tries = tries,
            },
        ],
    };

    private static CellStart StartOf(
        Night night, CellInputs? now = null, bool again = false, bool hasResults = true, params string[] taken) =>
        NightStart.Of(
            night,
            night.Cells.ToDictionary(c => c.Name, _ => now ?? Inputs),
            again,
            taken.Contains,
            _ => hasResults)[0];

    [Theory]
    [InlineData(nameof(TryEnd.Crashed), ExitCode.Bug, "it crashed")]
    [InlineData(nameof(TryEnd.Stalled), ExitCode.Bug, "it hung")]
    [InlineData(nameof(TryEnd.OutOfTime), ExitCode.Interrupted, "its time was over")]
    [InlineData(nameof(TryEnd.OutOfDisk), ExitCode.Interrupted, "its space was used up")]
    [InlineData(nameof(TryEnd.Failed), ExitCode.Model, "it failed: why")]
    [InlineData(nameof(TryEnd.Failed), ExitCode.Environment, "it failed: why")]
    [InlineData(nameof(TryEnd.Finished), ExitCode.SamplesErrored, "some of its samples errored")]
    public void AfterTheNight_WhatMayEndOtherwise_IsTriedAgainWithFreshTries(string ended, ExitCode code, string why)
    {
        TryEnd end = Enum.Parse<TryEnd>(ended);
        Night night = NightOf(ended: true, Try(end, code), Try(end, code));
        CellStart start = StartOf(night);
        Assert.Equal((CellStep.GoesOn, why), (start.Step, start.Why));
        Assert.False(start.Cell.Over);
        Assert.Equal((2, 0), (start.Cell.AllTries.Count(), start.Cell.Tries.Count));
        Night again = NightStart.Apply(night, [start], Noon.AddHours(2));
        Assert.Equal((null, Noon.AddHours(2)), (again.Ended, again.StartedAgain));
    }

    [Theory]
    [InlineData(nameof(TryEnd.Failed), ExitCode.Usage)]
    [InlineData(nameof(TryEnd.Failed), ExitCode.Data)]
    [InlineData(nameof(TryEnd.Failed), ExitCode.Task)]
    [InlineData(nameof(TryEnd.NotStarted), ExitCode.Model)]
    public void AfterTheNight_WrongInput_IsTriedAgainOnlyOnceItChanged(string ended, ExitCode code)
    {
        TryEnd end = Enum.Parse<TryEnd>(ended);
        Night night = NightOf(ended: true, Try(end, code));
        CellStart same = StartOf(night);
        Assert.Equal((CellStep.Stays, "its input is as it was when it failed: why"), (same.Step, same.Why));
        Assert.Same(night, NightStart.Apply(night, [same], Noon.AddHours(2)));
        // A file that was not there before is there now.
        Assert.Equal(CellStep.GoesOn, StartOf(night, Inputs with { Programs = "grader" }).Step);
    }

    [Fact]
    public void AfterTheNight_WhatFinished_Stays() =>
        Assert.Equal((CellStep.Stays, null), Of(StartOf(NightOf(ended: true, Try(TryEnd.Finished)))));

    /// <summary>A run may have fetched data that was not there when it began.</summary>
    [Fact]
    public void DataThatTheRunFetched_IsNoChange()
    {
        Night night = NightOf(ended: true, Try(TryEnd.Finished));
        night = night with { Cells = [night.Cells[0] with { Inputs = Inputs with { Data = "" } }] };
        Assert.Equal(CellStep.Stays, StartOf(night).Step);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void OtherInputs_AndAgain_RunInANewFolder(bool again)
    {
        Night night = NightOf(ended: true, Try(TryEnd.Finished));
        CellStart start = again
            ? StartOf(night, again: true, taken: ["cell", "cell-2"])
            : StartOf(night, Inputs with { Model = "other" }, taken: ["cell", "cell-2"]);
        Assert.Equal((CellStep.RunsAnew, "cell-3", false), (start.Step, start.Cell.RunName, start.Cell.AllTries.Any()));
        Assert.Equal(again ? "--again" : "the model's files have changed since cell was started", start.Why);
    }

    /// <summary>A night that was cut off goes on: two tries are two tries, however often the machine is started.</summary>
    [Fact]
    public void CutOffNight_GoesOnWithWhatItHasLeft()
    {
        Assert.Equal(CellStep.Stays, StartOf(NightOf(ended: false, Try(TryEnd.Crashed), Try(TryEnd.Crashed))).Step);
        Night night = NightOf(ended: false, Try(TryEnd.Crashed), Try(null));
        CellStart start = StartOf(night);
        Assert.Equal((CellStep.GoesOn, "the night was cut off"), Of(start));
        Assert.Null(NightStart.Apply(night, [start], Noon.AddHours(2)).StartedAgain);
    }

    [Fact]
    public void LeftOut_RunsAtTheNextStart()
    {
        static Night Left(bool ended)
        {
            Night night = NightOf(ended);
            return night with { Cells = [night.Cells[0] with { LeftOut = "no space" }] };
        }

        Assert.Equal((CellStep.Runs, "it was left out before"), Of(StartOf(Left(ended: true))));
        Assert.Equal((CellStep.Stays, "no space"), Of(StartOf(Left(ended: false))));
    }

    /// <summary>A cell that another measurement of "cell" would take the folder of.</summary>
    [Fact]
    public void OtherInputs_RunInNoFolderOfAnotherCell()
    {
        Night night = NightOf(ended: true, Try(TryEnd.Finished));
        night = night with { Cells = [night.Cells[0], night.Cells[0] with { Name = "cell-2", Tries = [] }] };
        Assert.Equal("cell-3", StartOf(night, Inputs with { Data = "other" }, taken: ["cell"]).Cell.RunName);
    }

    [Fact]
    public void ResultsThatAreGone_AreComputedAgain() =>
        Assert.Equal(
            (CellStep.GoesOn, "its results are no longer there"),
            Of(StartOf(NightOf(ended: true, Try(TryEnd.Finished)), hasResults: false)));

    /// <summary>A try for the samples that errored takes nothing from the others.</summary>
    [Fact]
    public void FinishedWithErrors_StaysFinishedWhateverBecomesOfTheNextTry()
    {
        NightCell cell = NightOf(ended: true, Try(TryEnd.Finished, ExitCode.SamplesErrored), Try(TryEnd.Stalled, ExitCode.Bug)).Cells[0];
        Assert.True(cell.Finished);
        Assert.Equal("it hung", StartOf(NightOf(ended: true, [.. cell.Tries])).Why);
    }

    /// <summary>What was missing and is there now need not wait for the end of a night that goes on anyway.</summary>
    [Fact]
    public void CutOffNight_InputThatWasMended_IsTriedAgain()
    {
        Night night = NightOf(ended: false, Try(TryEnd.NotStarted, ExitCode.Model));
        Assert.Equal(CellStep.Stays, StartOf(night).Step);
        Assert.Equal("its input has changed since it failed", StartOf(night, Inputs with { Programs = "there" }).Why);
    }

    private static NightTry OnSlurm(TryEnd? end, ExitCode code = ExitCode.Success) => Try(end, code) with { Slurm = "1 running" };

    /// <summary>Parts may be computed already, so that nothing but --again takes a waiting run away.</summary>
    [Fact]
    public void WaitsForSlurm_UntilItIsCollected_WhateverChanges()
    {
        Night night = NightOf(ended: false, OnSlurm(end: null));
        Assert.True(night.Waits);
        Assert.Equal(Noon, night.Seen);
        Assert.Equal((CellStep.Waits, "1 running"), Of(StartOf(night)));
        Assert.Equal(CellStep.Waits, StartOf(night, Inputs with { Model = "other" }, hasResults: false).Step);
        Assert.Equal(CellStep.RunsAnew, StartOf(night, again: true).Step);
        Assert.False(night.Cells[0].Over || night.Cells[0].Finished);
    }

    /// <summary>Another try here would go on with the merged run, and not on Slurm.</summary>
    [Fact]
    public void FinishedWithErrorsOnSlurm_Stays()
    {
        Night night = NightOf(ended: true, OnSlurm(TryEnd.Finished, ExitCode.SamplesErrored));
        Assert.True(night.Cells[0].Over);
        Assert.Equal(CellStep.Stays, StartOf(night).Step);
    }

    /// <summary>Slurm's commands may be there at the next start; they are no input of the run.</summary>
    [Fact]
    public void AfterTheNight_WhatTheMachineLacked_IsTriedAgain() =>
        Assert.Equal(
            (CellStep.GoesOn, "it failed: why"), Of(StartOf(NightOf(ended: true, Try(TryEnd.NotStarted, ExitCode.Environment)))));

    /// <summary>The twenty hours count from when the night was last at work, not from its beginning.</summary>
    [Fact]
    public void Night_WasSeenWhenItsLastTryWas() =>
        Assert.Equal(Noon.AddMinutes(10), NightOf(ended: false, Try(TryEnd.Crashed)).Seen);

    private static (CellStep Step, string? Why) Of(CellStart start) => (start.Step, start.Why);
}
