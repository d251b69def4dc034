"""Search ranking: six car offers were shown, one was chosen; order them so that the chosen one comes first. There is no query text."""

import lightgbm
import numpy
import pandas

from graph import FLOAT, Graph
from measure import mean, position_figures, uplift
from place import SHOP, read_data, trained_on, write_samples, write_table
from trees import add_trees

SEED = 13
TEST_SETS = 500
OFFERS = 6
NUMBERS = {
    "price": "price", "range_miles": "range", "acceleration": "acc", "top_speed": "speed", "pollution": "pollution",
    "size": "size", "luggage_space": "space", "running_cost": "cost", "station_share": "station",
}
TYPES = ["regcar", "stwagon", "sportuv", "sportcar", "truck", "van"]
FUELS = ["gasoline", "cng", "methanol", "electric"]
BUYER = {"college": "college", "large_household": "hsg2", "short_commute": "coml5"}
COLUMNS = [*NUMBERS, "type", "fuel", *BUYER]
PARAMETERS = {
    "objective": "lambdarank", "num_leaves": 7, "learning_rate": 0.05, "min_data_in_leaf": 50, "lambda_l2": 5.0, "feature_fraction": 0.7,
    "lambdarank_truncation_level": OFFERS, "seed": SEED, "deterministic": True, "force_row_wise": True, "num_threads": 1, "verbose": -1,
}
ROUNDS = 150


def run():
    rows = _read()
    sets = len(rows) // OFFERS
    test = numpy.repeat(numpy.random.default_rng(SEED).permutation(sets) < TEST_SETS, OFFERS)
    train, held = rows[~test].reset_index(drop=True), rows[test].reset_index(drop=True)
    groups = [OFFERS] * (len(train) // OFFERS)
    booster = lightgbm.train(PARAMETERS, lightgbm.Dataset(train[COLUMNS].to_numpy("float32"), train["label"], group=groups), ROUNDS)
    _export(booster, trained_on("search_choices", f"{len(groups)} of {sets} choice sets, random"))
    popularity = _popularity(train)
    scores = {
        "v2": booster.predict(held[COLUMNS].to_numpy("float32")),
        "type-fuel-popularity": numpy.array([popularity[key] for key in zip(held["type"], held["fuel"])]),
        "cheapest": -held["price"].to_numpy(float),
    }
    samples = held[["group", *COLUMNS, "label"]].assign(popularity=scores["type-fuel-popularity"])
    samples["group"] = numpy.repeat(numpy.arange(TEST_SETS), OFFERS)
    write_samples("search-ranking", samples)
    return _figures(train, held, scores), {"search-ranking-v2": (held[COLUMNS], scores["v2"])}


def _read():
    data = read_data("search_choices")
    parts = []
    for place in range(1, OFFERS + 1):
        # Three decimals, in training and serving alike: prices with seven digits lie within float noise of a split.
        part = data[[f"{source}{place}" for source in NUMBERS.values()]].round(3).astype("float32").set_axis(list(NUMBERS), axis=1)
        part["type"] = data[f"type{place}"].map(TYPES.index)
        part["fuel"] = data[f"fuel{place}"].map(FUELS.index)
        for name, source in BUYER.items():
            part[name] = data[source].astype(int)
        part["label"] = (data["choice"] == f"choice{place}").astype(int)
        part["group"] = range(len(data))
        parts.append(part)
    return pandas.concat(parts).sort_values("group", kind="stable").reset_index(drop=True)


def _popularity(train):
    """How often an offer of this type and fuel was chosen when it was shown."""
    shares = train.groupby(["type", "fuel"])["label"].mean()
    popularity = {(int(kind), int(fuel)): round(float(share), 4) for (kind, fuel), share in shares.items()}
    write_table("type-fuel-popularity", popularity)
    return popularity


def _export(booster, facts):
    graph = Graph("search-ranking")
    add_trees(graph, booster, graph.input("features", FLOAT, len(COLUMNS)), "score")
    graph.output("score", FLOAT, 1)
    graph.save(SHOP / "models/search-ranking-v2.onnx", "v2", facts, COLUMNS)


def _positions(held, scores):
    """Per set: reciprocal rank, NDCG over all six, NDCG at 3, and whether the chosen offer came first."""
    table = scores.reshape(-1, OFFERS)
    chosen = table[held["label"].to_numpy().reshape(-1, OFFERS) == 1][:, None]
    above, ties = (table > chosen).sum(1), (table == chosen).sum(1) - 1
    figures = []
    for better, equal in zip(above, ties):
        reciprocal, gain, _ = position_figures(better, equal, OFFERS)
        figures.append((reciprocal, gain, position_figures(better, equal, 3)[1], position_figures(better, equal, 1)[2]))
    return numpy.array(figures)


def _figures(train, held, scores):
    positions = {name: _positions(held, score) for name, score in scores.items()}
    names = ["mrr", "ndcg", "ndcg_at_3", "top1"]
    buyer = held.iloc[::OFFERS]
    models = {}
    for name, values in positions.items():
        models[name] = {figure: mean(values[:, index]) for index, figure in enumerate(names)}
        models[name]["mrr_by"] = {
            column: {str(level): mean(values[(buyer[column] == level).to_numpy(), 0]) for level in (0, 1)} for column in BUYER
        }
    return {
        "data": "search_choices", "split": "random choice sets", "train_sets": len(train) // OFFERS, "test_sets": len(held) // OFFERS,
        "models": models,
        "uplift": {
            f"{figure}: v2 vs {other}": uplift(positions["v2"][:, index], positions[other][:, index])
            for index, figure in enumerate(names) for other in ["type-fuel-popularity", "cheapest"]
            if positions[other][:, index].mean() > 0
        },
    }
