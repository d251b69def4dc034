#!/usr/bin/env python3
"""Writes what Evidently and NannyML say of small columns, for the parity test beside this file.

    python3 -m venv venv && venv/bin/pip install evidently==0.7.23 nannyml==0.13.1 'pandas<3'
    venv/bin/python generate.py SHOP_DATA OUT.json [MORE.csv.gz:TIME:CUT:COLUMN,COLUMN …]

SHOP_DATA is `examples/shop/data`. Columns drawn by seed are not written: the test draws them again. Further tables (split where the text of the column
TIME reaches CUT) are for runs on data that the repository does not hold; name the result to the test in CHARTER_PARITY_CASES.
"""
import json, os, pathlib, sys, warnings

# Neither tool is to report home what is compared here.
os.environ.update(NML_DISABLE_USAGE_LOGGING="1", DO_NOT_TRACK="1")
warnings.filterwarnings("ignore")
import numpy as np
import pandas as pd
import evidently, nannyml, scipy, sklearn
from evidently.legacy.calculations.stattests.registry import get_stattest
from evidently.legacy.core import ColumnType
from nannyml.chunk import SizeBasedChunker
from nannyml.drift.univariate.calculator import DEFAULT_THRESHOLDS
from nannyml.drift.univariate.methods import FeatureType, MethodFactory

NUMBERS = ["ks", "wasserstein", "jensenshannon", "psi", "hellinger", "mannw"]
TEXTS = ["chisquare", "jensenshannon", "psi", "hellinger"]
SIZE = 250


def drawn(seed, rows, scale):
    """scale * u * u for uniform u: the same product in any language."""
    u = np.random.RandomState(seed).random_sample(rows)
    return u * u * scale


def clean(column):
    return column.replace([-np.inf, np.inf], np.nan).dropna() if column.dtype != object else column.dropna()


def by_evidently(reference, current, kind, name):
    test = get_stattest(clean(reference), clean(current), kind, name)
    result = test(clean(reference).copy(), clean(current).copy(), ColumnType(kind), None)
    return {"test": test.name, "score": float(result.drift_score), "drifted": bool(result.drifted)}


def by_nannyml(reference, current, kind, size):
    found = {}
    feature = FeatureType.CONTINUOUS if kind == "num" else FeatureType.CATEGORICAL
    for key, kinds in MethodFactory.registry.items():
        if feature in kinds:
            chunker = SizeBasedChunker(chunk_size=size)
            method = MethodFactory.create(key, feature, chunker=chunker, threshold=DEFAULT_THRESHOLDS[key])
            method.fit(reference)
            said = []
            for at in range(0, len(current), size):
                value = method.calculate(current.iloc[at:at + size])
                said.append([float(value), bool(method.alert(value))])
            threshold = None if method.upper_threshold_value is None else float(method.upper_threshold_value)
            found[key] = {"threshold": threshold, "chunks": said}
    return found


def case(name, reference, current, kind, size=SIZE, source=None):
    tests = NUMBERS if kind == "num" else TEXTS
    out = {"name": name, "kind": kind, "size": size, "evidently": [by_evidently(reference, current, kind, None)],
           "nannyml": by_nannyml(reference, current, kind, size)}
    out["evidently"][0]["default"] = True
    out["evidently"] += [by_evidently(reference, current, kind, test) for test in tests]
    if source:
        return {**out, "drawn": source}
    values = lambda column: [None if pd.isna(value) else value for value in column.tolist()]
    return {**out, "reference": values(reference), "current": values(current)}


def columns(shop, more):
    def table(name):
        return pd.read_csv(shop / name)

    def number(frame, name):
        return frame[name].astype(float)

    risk = table("payment_risk.csv.gz")
    for name, rows in (("Income", 800), ("Assets", 600), ("Amount", 1200), ("Seniority", 1100)):
        yield case(f"payment risk, {name}", number(risk, name)[:rows], number(risk, name)[rows:rows + 700].reset_index(drop=True), "num")
    for name, rows in (("Home", 900), ("Job", 1100), ("Records", 900)):
        yield case(f"payment risk, {name}", risk[name][:rows], risk[name][rows:rows + 600].reset_index(drop=True), "cat")
    good, bad = risk[risk.Status == "good"].reset_index(drop=True), risk[risk.Status == "bad"].reset_index(drop=True)
    for name in ("Income", "Seniority"):
        yield case(f"payment risk, {name}, good against bad", number(good, name)[:1100], number(bad, name)[:600], "num")
    yield case("payment risk, Job, good against bad", good.Job[:900], bad.Job[:500], "cat")
    diamonds = table("pricing_diamonds.csv.gz")
    yield case("diamonds, carat", number(diamonds, "carat")[:1000], number(diamonds, "carat")[9000:10000].reset_index(drop=True), "num")
    clicks = table("clickstream.csv.gz")
    early, late = clicks[clicks.timestamp < "2024-03"], clicks[clicks.timestamp >= "2024-06"]
    for name in ("event", "platform"):
        yield case(f"clickstream, {name}", early[name][:900].reset_index(drop=True), late[name][:700].reset_index(drop=True), "cat")
    few = lambda seed, rows, values: pd.Series(np.floor(np.random.RandomState(seed).random_sample(rows) * values), name="few")
    yield case("four whole numbers", few(1, 700, 4), few(2, 500, 4), "num")
    yield case("two whole numbers", few(3, 700, 2), few(4, 500, 2), "num")
    yield case("five whole numbers, many rows", few(5, 1500, 5), few(6, 500, 5), "num")
    for name, rows, scale in (("small", (900, 700), (1, 1.1)), ("against many", (1000, 12000), (1, 1.02)), ("large", (12000, 3000), (1, 1.05))):
        parts = [pd.Series(drawn(seed, count, by), name="x") for seed, count, by in zip((11, 12), rows, scale)]
        source = [{"seed": seed, "rows": count, "scale": by} for seed, count, by in zip((11, 12), rows, scale)]
        yield case(f"drawn, {name}", *parts, "num", 1000, source)
    for text in more:
        path, time, cut, names = text.split(":")
        frame = pd.read_csv(path)
        for name in names.split(","):
            kind = "num" if pd.api.types.is_numeric_dtype(frame[name]) else "cat"
            take = lambda mask: (frame[name][mask].astype(float) if kind == "num" else frame[name][mask]).reset_index(drop=True)
            before = frame[time].astype(str) < cut if frame[time].dtype == object else frame[time] < float(cut)
            yield case(f"{pathlib.Path(path).name}, {name}", take(before), take(~before), kind)


def estimates(shop):
    """CBPE: one case drawn by seed, one of a model's scores."""
    metrics = ["roc_auc", "f1", "precision", "recall", "specificity", "accuracy"]

    def one(name, reference, current, size, extra):
        estimator = nannyml.CBPE(y_pred_proba="score", y_pred="answer", y_true="label", metrics=metrics, chunk_size=size,
                                 problem_type="classification_binary")
        estimator.fit(reference)
        result = estimator.estimate(current).filter(period="analysis").to_df()
        fields = {"value": "value", "sampling_error": "sampling_error", "high": "upper_confidence_boundary", "low": "lower_confidence_boundary",
                  "upper": "upper_threshold", "lower": "lower_threshold", "alert": "alert"}
        chunks = [{metric: {short: (bool if short == "alert" else float)(result[(metric, long)].iloc[at]) for short, long in fields.items()}
                   for metric in metrics} for at in range(len(result))]
        return {"name": name, "size": size, "calibrated": bool(estimator.needs_calibration), "chunks": chunks, **extra}

    def frame(score, label):
        return pd.DataFrame({"score": score, "answer": (score >= 0.5).astype(int), "label": label.astype(int)})

    def drawn_frame(seed, rows, power):
        stream = np.random.RandomState(seed)
        u, v = stream.random_sample(rows), stream.random_sample(rows)
        score = u if power == 1 else u * u
        return frame(score, v < (score if power == 1 else score * score))

    for name, seeds, rows, power in (("drawn, calibrated", (21, 22), (20000, 12000), 2), ("drawn, as it is", (24, 25), (5000, 3000), 1)):
        parts = [drawn_frame(seed, count, power) for seed, count in zip(seeds, rows)]
        yield one(name, *parts, 2000, {"drawn": [{"seed": s, "rows": r, "power": power} for s, r in zip(seeds, rows)]})
    from sklearn.linear_model import LogisticRegression
    risk = pd.read_csv(shop / "payment_risk.csv.gz")
    inputs = risk[["Seniority", "Age", "Income", "Assets", "Debt", "Amount", "Price"]].fillna(0).to_numpy() / 1000
    label = (risk.Status == "bad").to_numpy()
    model = LogisticRegression(C=0.05).fit(inputs[:800], label[:800])
    score = np.round(model.predict_proba(inputs)[:, 1] * 1.6, 6).clip(0, 1)
    reference, current = frame(score[800:2200], label[800:2200]), frame(score[2200:3000], label[2200:3000])
    yield one("payment risk, scores too high", reference, current, 200,
              {"scores": [score[800:2200].tolist(), score[2200:3000].tolist()], "labels": label[800:2200].astype(int).tolist()})


def main():
    shop, out, more = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]
    versions = {module.__name__: module.__version__ for module in (evidently, nannyml, scipy, sklearn, np, pd)}
    found = {"versions": versions, "columns": list(columns(shop, more)), "estimates": list(estimates(shop))}
    out.write_text(json.dumps(found, separators=(",", ":")) + "\n")
    print(f"{out}: {len(found['columns'])} columns, {len(found['estimates'])} estimates, {out.stat().st_size / 1e3:.0f} kB; {versions}")


if __name__ == "__main__":
    main()
