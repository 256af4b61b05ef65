using EvalHarness.Results;
using EvalHarness.Running;
using SampleEngine;

// Runs one task with the engine beside this file: SampleEngine TASK TASK-FOLDER DATASETS OUTPUT.
var options = new RunOptions { Model = "shortest", Tasks = [args[0]], IncludePaths = [args[1]], Datasets = [args[2]], BatchSize = 1 };
await using EvaluationRun run = await EvaluationRun.PrepareAsync(options, TimeProvider.System, CancellationToken.None);
await using var engine = new ShortestEngine();
using var folder = RunFolder.Create(args[3]);
Manifest manifest = await run.DescribeAsync(engine.Description, new Dictionary<string, string>(), CancellationToken.None);
manifest = manifest with { Sessions = [new RunSession { Command = args, Started = TimeProvider.System.GetUtcNow() }] };
await folder.WriteManifestAsync(manifest);
using Journal journal = await Journal.OpenAsync(folder, manifest, TimeProvider.System, CancellationToken.None);
RunResults results = await run.ExecuteAsync(engine, manifest, journal, [folder], progress: null, CancellationToken.None);
RunSession ended = manifest.Sessions[0] with { Ended = TimeProvider.System.GetUtcNow(), End = RunSession.Finished, Work = run.Work };
await folder.WriteManifestAsync(manifest with { Sessions = [ended] });
foreach (TaskResult task in results.Tasks)
    Console.WriteLine($"{task.Task.Name}: {string.Join(", ", task.Metrics.Select(m => $"{m.Metric} {m.Value:0.0000}"))}");
