"""Recommendation: which add-ons go with what is in the basket? Baskets are Debian packages and what they are used together with."""

import json

import numpy
import onnx
import pandas

from graph import FLOAT, INTEGER, Graph
from measure import mean, position_figures, ratio, uplift
from place import SHOP, read_data, trained_on, write_json, write_samples

SEED = 15
TEST_BASKETS = 1300
ANSWERS = 10
RANK, PENALTY = 128, 50.0
OLD_RANK = 32
# Marks items that must not be answered: what is in the basket already, and the padding.
NEVER = -1.0e9
# Weight of an item's popularity: far below any real score, so that only an empty basket is answered by it.
PRIOR = 1.0e-4
# Chosen by hand: widely useful, none of them a bare library.
EDITORIAL = ["perl", "python3-numpy", "ffmpeg", "gnuplot", "git", "curl", "python3-matplotlib", "imagemagick", "sqlite3", "ghostscript"]
SECTIONS = {
    "libs": "libraries", "libdevel": "libraries", "oldlibs": "libraries", "haskell": "haskell", "gnu-r": "r", "python": "python", "perl": "perl",
    "kde": "desktop", "gnome": "desktop", "x11": "desktop", "xfce": "desktop", "gnustep": "desktop",
    "sound": "media and games", "video": "media and games", "graphics": "media and games", "games": "media and games",
    "net": "network and system", "web": "network and system", "mail": "network and system", "httpd": "network and system", "admin": "network and system", "utils": "network and system",
    "science": "science", "math": "science", "electronics": "science", "hamradio": "science",
}


def run():
    baskets, sections, items = _read()
    names = sorted(baskets)
    order = numpy.random.default_rng(SEED).permutation(len(names))
    held_names = sorted(names[place] for place in order[:TEST_BASKETS])
    train_names = sorted(names[place] for place in order[TEST_BASKETS:])
    matrix = _matrix([baskets[name] for name in train_names], len(items))
    together = matrix.T @ matrix
    popularity = matrix.sum(0)
    factors = {"v2": _ease(together), "v1": _cosine(together)}
    facts = trained_on("interactions_addons", f"{len(train_names)} of {len(names)} baskets, random")
    for version, pair in factors.items():
        _export(version, *pair, popularity, facts)
    held = _leave_one_out(held_names, baskets)
    seen = _matrix([basket for basket, _ in held], len(items))
    scores = {version: seen @ left @ right + _prior(popularity) for version, (left, right) in factors.items()}
    scores["popularity"] = numpy.tile(popularity, (len(held), 1))
    for score in scores.values():
        score[seen > 0] = NEVER
    families = {_family(name) for name in train_names}
    frame = pandas.DataFrame({
        "basket": [" ".join(map(str, basket)) for basket, _ in held], "label": [item for _, item in held],
        "section": [SECTIONS.get(sections[name], "other") for name in held_names],
        "family": ["seen" if _family(name) in families else "unseen" for name in held_names],
        "popularity": [" ".join(map(str, _best(row))) for row in scores["popularity"]],
    })
    write_samples("recommendation", frame)
    _write_tables(items, popularity, len(train_names))
    truth = {f"recommendation-{version}": ([basket for basket, _ in held], scores[version]) for version in factors}
    return _figures(train_names, held, frame, scores, popularity), truth


def _read():
    data = read_data("interactions_addons")
    items = sorted(data["related"].unique())
    places = {name: index for index, name in enumerate(items)}
    baskets = {name: [places[item] for item in related] for name, related in data.groupby("package")["related"]}
    return baskets, dict(data.groupby("package")["section"].first()), items


def _matrix(baskets, width):
    matrix = numpy.zeros((len(baskets), width))
    for row, basket in enumerate(baskets):
        matrix[row, basket] = 1
    return matrix


def _leave_one_out(names, baskets):
    """One item of each basket is hidden; the rest is what the model sees."""
    random = numpy.random.default_rng(SEED + 1)
    held = []
    for name in names:
        basket = baskets[name]
        hidden = basket[random.integers(len(basket))]
        held.append(([item for item in basket if item != hidden], hidden))
    return held


def _family(name):
    """The first word of a package's name; packages of one source mostly share it and often their relations."""
    return name.split("-")[0].rstrip("0123456789.")


def _ease(together):
    """EASE (Steck 2019, "Embarrassingly shallow autoencoders"), cut to a low rank by its singular values."""
    inverse = numpy.linalg.inv(together + PENALTY * numpy.eye(len(together)))
    weights = -inverse / numpy.diag(inverse)
    numpy.fill_diagonal(weights, 0)
    return _low_rank(weights, RANK)


def _cosine(together):
    """Version 1: cosine of two items over the baskets that hold them, cut to a lower rank."""
    length = numpy.sqrt(numpy.maximum(numpy.diag(together), 1))
    weights = together / numpy.outer(length, length)
    numpy.fill_diagonal(weights, 0)
    return _low_rank(weights, OLD_RANK)


def _low_rank(weights, rank):
    left, strength, right = numpy.linalg.svd(weights)
    # The sign of a singular pair is arbitrary; the largest entry is made positive, so that two runs agree.
    sign = numpy.sign(left[numpy.abs(left).argmax(0), numpy.arange(len(left))])[:rank]
    root = numpy.sqrt(strength[:rank]) * sign
    return (left[:, :rank] * root).astype("float32").astype(float), (right[:rank] * root[:, None]).astype("float32").astype(float)


def _prior(popularity):
    return PRIOR * popularity / popularity.max()


def _export(version, left, right, popularity, facts):
    """The last row and column are the padding: index -1 and index `items` both mean it, by ONNX's rule for negative indices."""
    rank, width = left.shape[1], len(left) + 1
    graph = Graph("recommendation")
    basket = graph.input("basket", INTEGER, "L")
    table = graph.constant("item_in", numpy.vstack([left, numpy.zeros((1, rank))]).astype("float32"))
    back = graph.constant("item_out", numpy.hstack([right, numpy.zeros((rank, 1))]).astype("float32"))
    prior = graph.constant("prior", numpy.append(_prior(popularity), NEVER).astype("float32"))
    count = graph.constant("answers", numpy.array([ANSWERS], dtype=numpy.int64))
    axis = graph.constant("axis", numpy.array([1], dtype=numpy.int64))
    taste = graph.node("ReduceSum", [graph.node("Gather", [table, basket], "parts", axis=0), axis], "taste", keepdims=0)
    scores = graph.node("Add", [graph.node("MatMul", [taste, back], "raw"), prior], "all_scores")
    never = onnx.helper.make_tensor("value", FLOAT, [1], [NEVER])
    marks = graph.node("ConstantOfShape", graph.node("Shape", basket, "basket_shape"), "marks", value=never)
    allowed = graph.node("ScatterElements", [scores, basket, marks], "allowed", axis=1)
    graph.node("TopK", [allowed, count], ["scores", "items"], axis=1, largest=1, sorted=1)
    graph.output("items", INTEGER, ANSWERS)
    graph.output("scores", FLOAT, ANSWERS)
    graph.save(SHOP / f"models/recommendation-{version}.onnx", version, facts)


def _best(row):
    return numpy.argsort(-row, kind="stable")[:ANSWERS].tolist()


def _write_tables(items, popularity, baskets):
    (SHOP / "models/items.json").write_text(json.dumps(items, indent=0) + "\n", encoding="utf-8")
    best = _best(popularity)
    write_json("tables/popular-items.json", {"items": best, "scores": [round(float(popularity[item] / baskets), 4) for item in best]})
    editorial = [items.index(name) for name in EDITORIAL]
    write_json("tables/editorial.json", {"items": editorial, "scores": [round(1 - 0.1 * rank, 1) for rank in range(ANSWERS)]})


def _figures(train_names, held, frame, scores, popularity):
    hidden = numpy.array([item for _, item in held])
    lines, models = {}, {}
    static = _best(popularity)
    for name, score in scores.items():
        own = score[numpy.arange(len(held)), hidden][:, None]
        above, ties = (score > own).sum(1), (score == own).sum(1) - 1
        lines[name] = numpy.array([position_figures(better, equal, ANSWERS)[1:] for better, equal in zip(above, ties)])
    rank = numpy.array([static.index(item) if item in static else ANSWERS for item in hidden])
    lines["popular-list"] = numpy.column_stack([numpy.where(rank < ANSWERS, 1 / numpy.log2(rank + 2), 0), rank < ANSWERS])
    for name, values in lines.items():
        models[name] = {"hit_at_10": ratio(values[:, 1].sum(), len(values)), "ndcg_at_10": mean(values[:, 0])}
        for column in ["section", "family"]:
            groups = frame[column].to_numpy()
            models[name][f"by_{column}"] = {
                group: {"hit_at_10": ratio(values[groups == group, 1].sum(), int((groups == group).sum())), "ndcg_at_10": mean(values[groups == group, 0])}
                for group in sorted(set(groups))
            }
    section = frame["section"].to_numpy()
    gains = {f"ndcg_at_10: v2 vs {other}": uplift(lines["v2"][:, 0], lines[other][:, 0]) for other in ["popularity", "popular-list", "v1"]}
    by_section = {group: mean((lines["v2"] - lines["popularity"])[section == group, 0]) for group in sorted(set(section))}
    return {
        "data": "interactions_addons", "split": "random baskets; one item of each held-out basket hidden", "train_baskets": len(train_names), "test_baskets": len(held),
        "items": len(popularity), "rank": {"v2": RANK, "v1": OLD_RANK}, "models": models, "uplift": gains, "ndcg_at_10_above_popularity_by_section": by_section,
    }
