"""Personalization: after the first five events of a session, will it end in a purchase? The sessions are synthetic."""

import itertools

import lightgbm
import numpy
import pandas
from sklearn.metrics import roc_auc_score

from graph import FLOAT, Graph
from measure import auc_gain, by_group, bootstrap, ranking_quality, recall_at_rate
from place import SHOP, read_data, trained_on, write_samples, write_table
from trees import add_trees

SEED = 14
FIRST = 5
# Sessions that begin before are for training, the rest are held out.
CUT = "2024-04-09"
EVENTS = {
    "account_views": ["account_page"], "cart_adds": ["add_to_cart"], "cart_views": ["cart"], "catalog_views": ["catalog"],
    "comparisons": ["compare"], "errors": ["error_page", "payment_error", "checkout_bug"], "filters": ["filter_results"],
    "home_views": ["home"], "payment_views": ["payment_details"], "product_views": ["product_view"], "promo_views": ["promo_page"],
    "review_views": ["review_page"], "searches": ["search"], "shipping_views": ["shipping_details"], "support_chats": ["support_chat"],
    "wishlist_adds": ["wishlist_add"],
}
PLATFORMS = ["desktop", "mobile", "tablet"]
CHANNELS = ["direct", "email", "organic", "paid_search", "social"]
LIFECYCLES = ["new", "returning", "loyal"]
COLUMNS = [*EVENTS, "last_event", "seconds", "platform", "channel", "lifecycle"]
PARAMETERS = {
    "objective": "binary", "num_leaves": 4, "learning_rate": 0.05, "min_data_in_leaf": 30, "feature_fraction": 0.7, "lambda_l2": 5.0,
    "seed": SEED, "deterministic": True, "force_row_wise": True, "num_threads": 1, "verbose": -1,
}
ROUNDS = 100
# Sessions that a segment needs before its own average is believed.
SEGMENT_MIN = 20


def run():
    rows = _read()
    before = (rows["start"] < CUT).to_numpy()
    train, held = rows[before].reset_index(drop=True), rows[~before].reset_index(drop=True)
    booster = lightgbm.train(PARAMETERS, lightgbm.Dataset(train[COLUMNS].to_numpy("float32"), train["label"]), ROUNDS)
    _export(booster, trained_on("clickstream", f"{len(train)} sessions that began before {CUT}"))
    averages = _segments(train)
    held["window"] = numpy.array(["1 first third", "2 second third", "3 last third"], dtype=object)[numpy.arange(len(held)) * 3 // len(held)]
    scores = {
        "v2": booster.predict(held[COLUMNS].to_numpy("float32")),
        "cart-and-loyal": cart_and_loyal(held),
        "segment-average": numpy.array([averages[key] for key in zip(held["lifecycle"], numpy.minimum(held["cart_adds"], 1))]),
    }
    samples = held[[*COLUMNS, "label", "platform_name", "window"]].assign(cart_and_loyal=scores["cart-and-loyal"], segment_average=scores["segment-average"])
    write_samples("personalization", samples)
    return _figures(train, held, scores), {"personalization-v2": (held[COLUMNS], scores["v2"])}


def _read():
    """One row a session of more than five events that has not bought within them, in time order."""
    data = read_data("clickstream")
    data["place"] = numpy.arange(len(data))
    data = data.sort_values(["session_id", "timestamp", "place"])
    kinds = {event: index for index, events in enumerate(EVENTS.values()) for event in events}
    rows = []
    for session, events in data.groupby("session_id", sort=True):
        first, rest = events.iloc[:FIRST], events.iloc[FIRST:]
        if len(first) < FIRST or (first["event"] == "purchase").any():
            continue
        codes = [kinds[event] for event in first["event"]]
        clock = pandas.to_datetime(first["timestamp"])
        rows.append({
            **{name: codes.count(index) for index, name in enumerate(EVENTS)}, "last_event": codes[-1],
            "seconds": float((clock.iloc[-1] - clock.iloc[0]).total_seconds()),
            "platform": PLATFORMS.index(first["platform"].iloc[0]), "channel": CHANNELS.index(first["acquisition_channel"].iloc[0]),
            "lifecycle": LIFECYCLES.index(first["user_lifecycle"].iloc[0]), "platform_name": first["platform"].iloc[0],
            "label": int((rest["event"] == "purchase").any()), "start": str(first["timestamp"].iloc[0]), "session": session, "user": first["user_id"].iloc[0],
        })
    return pandas.DataFrame(rows).sort_values(["start", "session"]).reset_index(drop=True)


def cart_and_loyal(rows):
    """The rule that stood before the model: something in the cart counts 1, a loyal customer one half."""
    return (rows["cart_adds"] > 0) * 1.0 + (rows["lifecycle"] == LIFECYCLES.index("loyal")) * 0.5


def _segments(train):
    """Share of buyers by lifecycle and whether something was put in the cart; small segments get the share of all."""
    segments = train.assign(in_cart=numpy.minimum(train["cart_adds"], 1)).groupby(["lifecycle", "in_cart"])["label"].agg(["mean", "size"])
    overall = train["label"].mean()
    averages = {}
    for key in itertools.product(range(len(LIFECYCLES)), (0, 1)):
        share, count = segments.loc[key] if key in segments.index else (overall, 0)
        averages[key] = round(float(share if count >= SEGMENT_MIN else overall), 4)
    # The key is an input as it comes: one to five things in the cart are one segment.
    write_table("segment-average", {(lifecycle, adds): averages[lifecycle, min(adds, 1)] for lifecycle in range(len(LIFECYCLES)) for adds in range(FIRST + 1)})
    return averages


def _export(booster, facts):
    graph = Graph("personalization")
    log_odds = add_trees(graph, booster, graph.input("features", FLOAT, len(COLUMNS)), "log_odds")
    graph.node("Sigmoid", log_odds, "score")
    graph.output("score", FLOAT, 1)
    graph.save(SHOP / "models/personalization-v2.onnx", "v2", facts, COLUMNS)


def _figures(train, held, scores):
    label = held["label"].to_numpy()
    groups = {"platform_name": held["platform_name"].to_numpy(), "window": held["window"].to_numpy()}
    models = {}
    for name, score in scores.items():
        score = numpy.asarray(score, dtype=float)
        models[name] = {
            **ranking_quality(label, score),
            "recall_at_fpr_20": recall_at_rate(label, score, 0.20, groups),
            "auc_by": {group: by_group(column, lambda inside, s=score: bootstrap(roc_auc_score, label[inside], s[inside])) for group, column in groups.items()},
        }
    return {
        "data": "clickstream", "split": f"by time: trained before {CUT}, held out from then on", "train_rows": len(train), "test_rows": len(held),
        "positives": {"train": int(train["label"].sum()), "test": int(label.sum())},
        "held_out_users_also_in_training": round(float(held["user"].isin(set(train["user"])).mean()), 4), "models": models,
        "loyal_share": {"train": round(float((train["lifecycle"] == 2).mean()), 4), "test": round(float((held["lifecycle"] == 2).mean()), 4)},
        "auc_gain": {f"v2 vs {other}": auc_gain(label, scores["v2"], numpy.asarray(scores[other], dtype=float)) for other in ["cart-and-loyal", "segment-average"]},
    }
