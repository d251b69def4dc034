#!/usr/bin/env python3
"""One measurement of a peer in its own process: `evidently REFERENCE CURRENT COLUMNS` or `nannyml REFERENCE CURRENT`; a line of JSON."""
import json, os, resource, sys, warnings

# Neither tool is to report home what is measured here.
os.environ.update(NML_DISABLE_USAGE_LOGGING="1", DO_NOT_TRACK="1")
warnings.filterwarnings("ignore")
import logging

logging.disable(logging.CRITICAL)
import numpy as np
import pandas as pd


def frame(path, columns):
    values = np.fromfile(path).reshape(columns, -1)
    return pd.DataFrame({f"x{at}": values[at] for at in range(columns)})


def measured(call):
    """Seconds of CPU, all threads, and megabytes of the peak over what was held before."""
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")

    def memory(field):
        return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(field))

    held, before = memory("VmRSS"), resource.getrusage(resource.RUSAGE_SELF)
    found = call()
    after = resource.getrusage(resource.RUSAGE_SELF)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return found, {"cpu_s": round(seconds, 3), "over_input_mb": round((memory("VmHWM") - held) / 1024, 1)}


def evidently(reference, current, columns):
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    definition = DataDefinition(numerical_columns=[f"x{at}" for at in range(columns)])
    before, after = (Dataset.from_pandas(frame(path, columns), data_definition=definition) for path in (reference, current))
    # The result is computed when it is asked for.
    found, figures = measured(lambda: Report([DataDriftPreset()]).run(after, before).dict())
    return {**figures, "drifted": found["metrics"][0]["value"]}


def nannyml(reference, current):
    import nannyml as nml

    def answered(path):
        score, label = np.fromfile(path).reshape(2, -1)
        return pd.DataFrame({"score": score, "label": label.astype(int), "answer": (score >= 0.5).astype(int)})

    metrics = ["roc_auc", "f1", "precision", "recall", "specificity", "accuracy"]
    before, after = answered(reference), answered(current)

    def run():
        estimator = nml.CBPE(y_pred_proba="score", y_pred="answer", y_true="label", metrics=metrics, chunk_size=5000,
                             problem_type="classification_binary")
        return estimator.fit(before).estimate(after).filter(period="analysis").to_df()

    found, figures = measured(run)
    return {**figures, "first_chunk": {metric: round(float(found[(metric, "value")].iloc[0]), 9) for metric in metrics}}


if __name__ == "__main__":
    name, reference, current = sys.argv[1:4]
    print(json.dumps(evidently(reference, current, int(sys.argv[4])) if name == "evidently" else nannyml(reference, current)))
