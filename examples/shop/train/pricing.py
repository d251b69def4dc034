"""Pricing: what does a stone with these properties sell for? US dollars."""

import lightgbm
import numpy
from sklearn.linear_model import Ridge

from graph import FLOAT, MACHINE_LEARNING, Graph
from measure import by_group, mean, uplift
from place import SHOP, read_data, trained_on, write_samples, write_table
from trees import add_trees

SEED = 12
TEST_ROWS = 2000
NUMBERS = {"carat": "carat", "depth": "depth", "table": "table", "length_mm": "x", "width_mm": "y", "height_mm": "z"}
LEVELS = {
    "cut": ["Fair", "Good", "Very Good", "Premium", "Ideal"],
    "color": ["J", "I", "H", "G", "F", "E", "D"],
    "clarity": ["I1", "SI2", "SI1", "VS2", "VS1", "VVS2", "VVS1", "IF"],
}
# Beyond these a size is a slip of the keyboard (a stone of one carat is 6.5 mm wide); the contract refuses them.
SIZE_MM_MAX = 15.0
PARAMETERS = {
    "objective": "regression", "num_leaves": 31, "learning_rate": 0.1, "min_data_in_leaf": 20,
    "seed": SEED, "deterministic": True, "force_row_wise": True, "num_threads": 1, "verbose": -1,
}
ROUNDS = 150
# Version 3 has fewer trees; its leaves are shrunk, and each tree sees nine tenths of the columns.
NEXT_PARAMETERS = {**PARAMETERS, "learning_rate": 0.12, "lambda_l2": 5.0, "feature_fraction": 0.9}
NEXT_ROUNDS = 120
# Upper ends of the carat bands of the price list; the last is open.
BANDS = [0.35, 0.5, 0.7, 0.9, 1.0, 1.2, 1.5, 2.0]
BAND_NAMES = ["0-0.34", "0.35-0.49", "0.5-0.69", "0.7-0.89", "0.9-0.99", "1-1.19", "1.2-1.49", "1.5-1.99", "2+"]


def run():
    rows, refused = _read()
    test = numpy.random.default_rng(SEED).permutation(len(rows)) < TEST_ROWS
    train, held = rows[~test].reset_index(drop=True), rows[test].reset_index(drop=True)
    booster = lightgbm.train(PARAMETERS, lightgbm.Dataset(_matrix(train), numpy.log(train["label"].to_numpy(float))), ROUNDS)
    following = lightgbm.train(NEXT_PARAMETERS, lightgbm.Dataset(_matrix(train), numpy.log(train["label"].to_numpy(float))), NEXT_ROUNDS)
    linear = Ridge(alpha=1.0).fit(_old_matrix(train), numpy.log(train["label"].to_numpy(float)))
    facts = trained_on("pricing_diamonds", f"{len(train)} of {len(rows)} rows, random")
    _export(booster, "v2", facts)
    _export(following, "v3", facts)
    _export_old(linear, facts)
    per_carat = _price_list(train)
    prices = {
        "v3": numpy.exp(following.predict(_matrix(held))), "v2": numpy.exp(booster.predict(_matrix(held))), "v1": numpy.exp(linear.predict(_old_matrix(held))),
        "list-price": list_price(held, per_carat), "carat-cut-table": _cut_table(train, held),
    }
    write_samples("pricing", held[[*NUMBERS, *LEVELS, "label", "carat_band"]].assign(list_price=prices["list-price"]))
    return _figures(train, held, prices, refused), {f"pricing-{version}": (held, prices[version]) for version in ["v3", "v2", "v1"]}


def _read():
    data = read_data("pricing_diamonds").drop_duplicates()
    sizes = data[["x", "y", "z"]]
    sound = ((sizes > 0) & (sizes <= SIZE_MM_MAX)).all(axis=1)
    data, refused = data[sound], int((~sound).sum())
    rows = data[list(NUMBERS.values())].astype("float32").set_axis(list(NUMBERS), axis=1)
    for name in LEVELS:
        rows[name] = data[name].astype(object)
    rows["label"] = data["price"].astype(int)
    rows["carat_band"] = numpy.array(BAND_NAMES, dtype=object)[_band(rows)]
    return rows.reset_index(drop=True), refused


def _band(rows):
    # Half a hundredth below each end: float32 carats like 0.7 may lie a hair under it.
    return numpy.searchsorted(numpy.array(BANDS) - 0.005, rows["carat"].to_numpy(float), side="right")


def _codes(rows, name):
    return rows[name].map({level: float(index) for index, level in enumerate(LEVELS[name])}).to_numpy("float32")


def _matrix(rows):
    return numpy.column_stack([*(rows[name].to_numpy("float32") for name in NUMBERS), *(_codes(rows, name) for name in LEVELS)])


def _old_matrix(rows):
    """Version 1 knows the logarithm of the weight and the three grades as numbers."""
    return numpy.column_stack([numpy.log(rows["carat"].to_numpy("float32")), *(_codes(rows, name) for name in LEVELS)])


def _price_list(train):
    """Median price per carat of each carat band, whole dollars; written as the CEL rule that a ladder can end with."""
    band = _band(train)
    rate = train["label"].to_numpy(float) / train["carat"].to_numpy(float)
    per_carat = [float(round(numpy.median(rate[band == index]))) for index in range(len(BAND_NAMES))]
    ends = [f"carat < {end - 0.005:g} ? {price:.1f} : " for end, price in zip(BANDS, per_carat)]
    (SHOP / "tables/list-price.cel").write_text(f"carat * ({''.join(ends)}{per_carat[-1]:.1f})\n", encoding="utf-8")
    return numpy.array(per_carat)


def list_price(rows, per_carat):
    return rows["carat"].to_numpy(float) * per_carat[_band(rows)]


def _cut_table(train, held):
    """Median price by carat band and cut: no better than the list by band alone, kept as a table for people."""
    medians = train.groupby(["carat_band", "cut"])["label"].median()
    prices = {(band, cut): float(medians[band, cut]) for band in BAND_NAMES for cut in LEVELS["cut"] if (band, cut) in medians.index}
    write_table("list-price", prices)
    overall = float(train["label"].median())
    return numpy.array([prices.get(key, overall) for key in zip(held["carat_band"], held["cut"])])


def _export(booster, version, facts):
    graph = Graph("pricing")
    parts = [graph.input(name, FLOAT, 1) for name in NUMBERS] + [graph.code(name, levels) for name, levels in LEVELS.items()]
    features = graph.node("Concat", parts, "features", axis=1)
    graph.node("Exp", add_trees(graph, booster, features, "log_price"), "price")
    graph.output("price", FLOAT, 1)
    graph.save(SHOP / f"models/pricing-{version}.onnx", version, facts)


def _export_old(model, facts):
    graph = Graph("pricing-linear")
    weight = graph.node("Log", graph.input("carat", FLOAT, 1), "log_carat")
    columns = graph.node("Concat", [weight, *(graph.code(name, levels) for name, levels in LEVELS.items())], "columns", axis=1)
    logarithm = graph.node(
        "LinearRegressor", columns, "log_price", MACHINE_LEARNING,
        coefficients=[float(value) for value in model.coef_], intercepts=[float(model.intercept_)], targets=1,
    )
    graph.node("Exp", logarithm, "price")
    graph.output("price", FLOAT, 1)
    graph.save(SHOP / "models/pricing-v1.onnx", "v1", facts)


def _figures(train, held, prices, refused):
    label = held["label"].to_numpy(float)
    errors = {name: numpy.abs(price - label) for name, price in prices.items()}
    models = {}
    for name, error in errors.items():
        models[name] = {
            "mae": mean(error), "mape": mean(error / label),
            "mae_by": {group: by_group(held[group].to_numpy(), lambda inside, e=error: mean(e[inside])) for group in ["cut", "carat_band"]},
            "mape_by": {group: by_group(held[group].to_numpy(), lambda inside, e=error: mean((e / label)[inside])) for group in ["cut", "carat_band"]},
        }
    return {
        "data": "pricing_diamonds", "split": "random", "train_rows": len(train), "test_rows": len(held), "refused_by_contract": refused,
        "models": models,
        "mae_change": {"v3 vs v2": uplift(errors["v3"], errors["v2"]), "v2 vs list-price": uplift(errors["v2"], errors["list-price"]), "v2 vs v1": uplift(errors["v2"], errors["v1"]),
                       "v1 vs list-price": uplift(errors["v1"], errors["list-price"])},
    }
