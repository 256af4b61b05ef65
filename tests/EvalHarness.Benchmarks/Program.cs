using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using EvalHarness.Benchmarks;

// All benchmarks, and the studies:
// dotnet run -c Release --project tests/EvalHarness.Benchmarks -- --filter '*'
// dotnet run -c Release --project tests/EvalHarness.Benchmarks -- study gate
// dotnet run -c Release --project tests/EvalHarness.Benchmarks -- study intervals
// dotnet run -c Release --project tests/EvalHarness.Benchmarks -- study nights
// dotnet run -c Release --project tests/EvalHarness.Benchmarks -- study noise
// dotnet run -c Release --project tests/EvalHarness.Benchmarks -- study plan
// dotnet run -c Release --project tests/EvalHarness.Benchmarks -- study history
// dotnet run -c Release --project tests/EvalHarness.Benchmarks -- study divergence
// dotnet run -c Release --project tests/EvalHarness.Benchmarks -- study published
// dotnet run -c Release --project tests/EvalHarness.Benchmarks -- study arena
// dotnet run -c Release --project tests/EvalHarness.Benchmarks -- study endpoint
// dotnet run -c Release --project tests/EvalHarness.Benchmarks -- study sandbox DATASETS
// dotnet run -c Release --project tests/EvalHarness.Benchmarks -- study shards FOLDER
// dotnet run -c Release --project tests/EvalHarness.Benchmarks -- study flat --rows 10000,100000
// dotnet run -c Release --project tests/EvalHarness.Benchmarks -- study task-code
if (!await Studies.RunAsync(args).ConfigureAwait(false))
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, DefaultConfig.Instance.AddJob(Job.ShortRun));
