"""Reads a run in lm-evaluation-harness's layout, by documented keys only, as scripts for its files do."""
import glob
import json
import sys

folder = sys.argv[1]
(results_file,) = glob.glob(folder + "/*/results_*.json")
with open(results_file, encoding="utf-8") as f:
    results = json.load(f)
for task, metrics in results["results"].items():
    for key, value in metrics.items():
        if key in ("alias", "name", "sample_len", "sample_count"):
            continue
        metric, filter_name = key.split(",")
        if metric.endswith("_stderr"):
            assert value == "N/A" or value >= 0, (task, key, value)
        else:
            assert isinstance(value, (int, float)), (task, key, value)
            assert metric + "_stderr," + filter_name in metrics, (task, key)
            assert metrics["sample_len"] == results["n-samples"][task]["effective"] if task in results["n-samples"] else True
assert set(results["configs"]) == set(results["n-samples"]), "configs"
assert results["config"]["model"] and results["date"] > 0 and "total_evaluation_time_seconds" in results

for path in glob.glob(folder + "/*/samples_*.jsonl"):
    with open(path, encoding="utf-8") as f:
        samples = [json.loads(line) for line in f]
    assert samples, path
    for sample in samples:
        assert isinstance(sample["doc_id"], int) and isinstance(sample["doc"], dict) and isinstance(sample["target"], str)
        assert all("arg_0" in a for a in sample["arguments"].values())
        assert len(sample["resps"]) == len(sample["arguments"]), path
        assert isinstance(sample["filter"], str) and sample["filtered_resps"] is not None
        assert all(m in sample for m in sample["metrics"])
        assert len(sample["doc_hash"]) == len(sample["prompt_hash"]) == len(sample["target_hash"]) == 64
    print(path.rsplit("/", 1)[1], len(samples))
