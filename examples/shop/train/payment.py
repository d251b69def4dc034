"""Payment risk (the route `fraud`): will this buyer on credit fail to pay? Credit default, not card fraud.

Age and marital status are in the data and are left out of the inputs on purpose; age stays as a group to judge fairness by.
"""

import lightgbm
import numpy
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from graph import FLOAT, MACHINE_LEARNING, Graph
from measure import auc_gain, by_group, bootstrap, classes, ranking_quality, recall_at_rate, threshold_at
from place import SHOP, read_data, trained_on, write_samples
from trees import add_trees

SEED = 11
TEST_SHARE = 0.3
NUMBERS = {
    "seniority": "Seniority", "term_months": "Time", "expenses": "Expenses", "income": "Income",
    "assets": "Assets", "debt": "Debt", "amount": "Amount", "price": "Price",
}
TEXTS = {"home": "Home", "records": "Records", "job": "Job"}
LEVELS = {
    "home": ["owner", "rent", "parents", "priv", "other", "ignore"],
    "records": ["no", "yes"],
    "job": ["fixed", "freelance", "partime", "others"],
}
OLD_NUMBERS = ["seniority", "income", "amount", "price"]
OLD_TEXTS = ["records", "job"]
PARAMETERS = {
    "objective": "binary", "num_leaves": 7, "learning_rate": 0.05, "min_data_in_leaf": 30, "feature_fraction": 0.7, "lambda_l2": 5.0,
    "seed": SEED, "deterministic": True, "force_row_wise": True, "num_threads": 1, "verbose": -1,
}
ROUNDS = 150
# What the shop accepts to refuse of good buyers: `review` and `block` begin there.
RATES = {"review": 0.10, "block": 0.02}


def run():
    rows = _read()
    test = numpy.random.default_rng(SEED).permutation(len(rows)) < round(TEST_SHARE * len(rows))
    train, held = rows[~test].reset_index(drop=True), rows[test].reset_index(drop=True)
    truth = train["label"].to_numpy()
    booster = _fit(train, truth)
    logistic = _fit_old(train, truth)
    facts = trained_on("payment_risk", f"{len(train)} of {len(rows)} rows, random")
    _export(booster, facts)
    _export_old(logistic, facts)
    scores = {
        "v2": booster.predict(_matrix(held)), "v1": logistic["score"](held), "amount-rule": amount_rule(held),
    }
    cross = _out_of_fold(train, truth)
    points = {name: round(threshold_at(truth, cross, rate), 3) for name, rate in RATES.items()}
    samples = held[[*NUMBERS, *TEXTS, "label", "home_group", "amount_band", "age_band"]].assign(amount_rule=scores["amount-rule"])
    write_samples("fraud", samples)
    return _figures(train, held, scores, points, cross, truth), {"fraud-v2": (held, scores["v2"]), "fraud-v1": (held, scores["v1"])}


def _read():
    data = read_data("payment_risk")
    rows = data[list(NUMBERS.values())].astype("float32").set_axis(list(NUMBERS), axis=1)
    for name, source in TEXTS.items():
        rows[name] = data[source].fillna("").astype(object)
    rows["label"] = (data["Status"] == "bad").astype(int)
    rows["home_group"] = data["Home"].where(data["Home"].isin(["owner", "rent", "parents"]), "other").astype(object)
    rows["amount_band"] = numpy.select([data["Amount"] <= 800, data["Amount"] <= 1200], ["up to 800", "801 to 1200"], "over 1200").astype(object)
    rows["age_band"] = numpy.select([data["Age"] < 30, data["Age"] < 45], ["under 30", "30 to 44"], "45 and over").astype(object)
    return rows


def _codes(rows, name):
    places = {level: float(index) for index, level in enumerate(LEVELS[name])}
    return numpy.array([places.get(value, -1.0) for value in rows[name]], dtype="float32")


def _matrix(rows):
    return numpy.column_stack([*(rows[name].to_numpy("float32") for name in NUMBERS), *(_codes(rows, name) for name in TEXTS)])


def _fit(rows, truth):
    return lightgbm.train(PARAMETERS, lightgbm.Dataset(_matrix(rows), truth), ROUNDS)


def _out_of_fold(rows, truth):
    """Scores of training rows by models that did not see them: operating points come from here, never from the held-out rows."""
    fold = numpy.random.default_rng(SEED + 1).permutation(len(rows)) % 5
    scores = numpy.zeros(len(rows))
    for part in range(5):
        inside = fold == part
        scores[inside] = _fit(rows[~inside], truth[~inside]).predict(_matrix(rows[inside]))
    return scores


def amount_rule(rows):
    """The rule that stood before the model: a bad record, and how much of the price is borrowed. In [0, 1]."""
    share = numpy.minimum(rows["amount"].to_numpy(float) / rows["price"].to_numpy(float), 1)
    return numpy.where(rows["records"] == "yes", 0.5, 0.0) + 0.5 * share


def _fit_old(rows, truth):
    """Version 1: a logistic regression on six columns, missing numbers replaced by their median."""
    numbers = rows[OLD_NUMBERS].to_numpy("float32")
    median = numpy.nanmedian(numbers, axis=0).astype("float32")
    filled = numpy.where(numpy.isnan(numbers), median, numbers)
    offset, scale = filled.mean(0).astype("float32"), (1 / filled.std(0)).astype("float32")

    def columns(rows):
        numbers = rows[OLD_NUMBERS].to_numpy("float32")
        numbers = (numpy.where(numpy.isnan(numbers), median, numbers) - offset) * scale
        parts = [numpy.array([[float(value == level) for level in LEVELS[name]] for value in rows[name]]) for name in OLD_TEXTS]
        return numpy.column_stack([numbers, *parts])

    model = LogisticRegression(C=1.0, max_iter=1000, tol=1e-10).fit(columns(rows), truth)
    return {
        "median": median, "offset": offset, "scale": scale, "weights": model.coef_[0], "bias": model.intercept_[0],
        "score": lambda rows: model.predict_proba(columns(rows))[:, 1],
    }


def _export(booster, facts):
    graph = Graph("payment-risk")
    parts = [graph.input(name, FLOAT, 1) for name in NUMBERS] + [graph.code(name, LEVELS[name]) for name in TEXTS]
    features = graph.node("Concat", parts, "features", axis=1)
    graph.node("Sigmoid", add_trees(graph, booster, features, "log_odds"), "score")
    graph.output("score", FLOAT, 1)
    graph.save(SHOP / "models/fraud-v2.onnx", "v2", facts)


def _export_old(model, facts):
    graph = Graph("payment-risk-logistic")
    numbers = graph.node("Concat", [graph.input(name, FLOAT, 1) for name in OLD_NUMBERS], "numbers", axis=1)
    filled = graph.node(
        "Imputer", numbers, "filled", MACHINE_LEARNING,
        imputed_value_floats=[float(value) for value in model["median"]], replaced_value_float=float("nan"),
    )
    scaled = graph.node(
        "Scaler", filled, "scaled", MACHINE_LEARNING,
        offset=[float(value) for value in model["offset"]], scale=[float(value) for value in model["scale"]],
    )
    columns = graph.node("Concat", [scaled, *(graph.one_hot(name, LEVELS[name]) for name in OLD_TEXTS)], "columns", axis=1)
    odds = graph.node(
        "LinearRegressor", columns, "log_odds", MACHINE_LEARNING,
        coefficients=[float(value) for value in model["weights"]], intercepts=[float(model["bias"])], targets=1,
    )
    graph.node("Sigmoid", odds, "score")
    graph.output("score", FLOAT, 1)
    graph.save(SHOP / "models/fraud-v1.onnx", "v1", facts)


def _figures(train, held, scores, points, cross, truth):
    label = held["label"].to_numpy()
    groups = {name: held[name].to_numpy() for name in ["home_group", "amount_band", "age_band"]}
    models = {}
    for name, score in scores.items():
        threshold = points["review"]
        if name != "v2":
            # The same operating point on the same footing: 10 % of the training rows' good buyers.
            source = amount_rule(train) if name == "amount-rule" else _fit_old(train, truth)["score"](train)
            threshold = threshold_at(truth, source, RATES["review"])
        models[name] = {
            **ranking_quality(label, score),
            "recall_at_fpr_10": recall_at_rate(label, score, 0.10, groups),
            "recall_at_fpr_5": recall_at_rate(label, score, 0.05, groups),
            "at_fixed_threshold": classes(label, score, threshold),
            "auc_by": {group: by_group(column, lambda inside, s=score: bootstrap(roc_auc_score, label[inside], s[inside])) for group, column in groups.items()},
        }
    return {
        "data": "payment_risk", "split": "random, 70 % train, 30 % held out", "train_rows": len(train), "test_rows": len(held),
        "positives": {"train": int(truth.sum()), "test": int(label.sum())}, "operating_points": points,
        "auc_out_of_fold_train": bootstrap(roc_auc_score, truth, cross), "models": models,
        "auc_gain": {f"v2 vs {other}": auc_gain(label, scores["v2"], scores[other]) for other in ["v1", "amount-rule"]},
    }
