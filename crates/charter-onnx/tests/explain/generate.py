#!/usr/bin/env python3
"""Writes what the `shap` package says of the shop's LightGBM models, and of one trained here, for the test beside this file.

    python3 -m venv venv && venv/bin/pip install shap==0.51.0 lightgbm==4.5.0 onnx onnxruntime 'pandas<3'
    venv/bin/python generate.py examples/shop OUT_FOLDER

The shop's files hold no counts of training rows, so that `shap` gets the trees with the counts of the rows that are written as known. The model trained here
goes the whole way: `shap.TreeExplainer(booster)` with LightGBM's own counts, against its ONNX file with its training rows counted.
"""
import json, pathlib, sys

import lightgbm, numpy as np, onnx, onnxruntime, pandas as pd, shap
from onnx import helper, numpy_helper

KNOWN, ROWS = 120, 6


def attributes(node):
    return {one.name: helper.get_attribute_value(one) for one in node.attribute}


def tree_table(node):
    """One dictionary a tree in the form that `shap` takes."""
    lists = attributes(node)
    weights = dict(zip(zip(lists["target_treeids"], lists["target_nodeids"]), lists["target_weights"]))
    trees = {}
    for at, tree in enumerate(lists["nodes_treeids"]):
        trees.setdefault(tree, []).append(at)
    found = []
    for tree, places in trees.items():
        order = {lists["nodes_nodeids"][at]: index for index, at in enumerate(places)}
        leaf = [lists["nodes_modes"][at] == b"LEAF" for at in places]
        child = lambda name: np.array([-1 if end else order[lists[name][at]] for at, end in zip(places, leaf)], dtype=np.int32)
        left, right = child("nodes_truenodeids"), child("nodes_falsenodeids")
        tracks = np.array([lists["nodes_missing_value_tracks_true"][at] for at in places])
        found.append({
            "children_left": left, "children_right": right, "children_default": np.where(leaf, -1, np.where(tracks == 1, left, right)).astype(np.int32),
            "features": np.array([-2 if end else lists["nodes_featureids"][at] for at, end in zip(places, leaf)], dtype=np.int32),
            "thresholds": np.array([lists["nodes_values"][at] for at in places], dtype=np.float64),
            "values": np.array([[weights.get((tree, lists["nodes_nodeids"][at]), 0.0)] for at in places], dtype=np.float64),
            "node_sample_weight": np.zeros(len(places)),
        })
    return found


def count(trees, rows):
    for tree in trees:
        for row in rows:
            at = 0
            while True:
                tree["node_sample_weight"][at] += 1
                if tree["children_left"][at] < 0:
                    break
                value = row[tree["features"][at]]
                go = tree["children_default"] if np.isnan(value) else tree["children_left"] if value <= tree["thresholds"][at] else tree["children_right"]
                at = go[at]


def features(path, frame):
    """What goes into the trees, for rows of the samples: the model's own graph cut before the ensemble."""
    model = onnx.load(path)
    node = next(node for node in model.graph.node if node.op_type.startswith("TreeEnsemble"))
    inputs = {}
    for info in model.graph.input:
        width = [dim.dim_value for dim in info.type.tensor_type.shape.dim][-1]
        if info.name in frame:
            column = frame[info.name]
            text = info.type.tensor_type.elem_type == onnx.TensorProto.STRING
            kind = helper.tensor_dtype_to_np_dtype(info.type.tensor_type.elem_type)
            values = column.fillna("").astype(str).to_numpy(dtype=object) if text else column.to_numpy(dtype=kind)
            inputs[info.name] = values.reshape(-1, 1)
        else:
            names = [name for name in frame.columns if name not in ("label", "group") ][:width]
            inputs[info.name] = frame[names].to_numpy(dtype=np.float32)
    name = node.input[0]
    if name in inputs:
        return node, inputs[name].astype(np.float32)
    model.graph.output.append(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return node, session.run([name], inputs)[0].astype(np.float32)


def plain(rows):
    return [[None if np.isnan(value) else float(np.float32(value)) for value in row] for row in rows]


def explained(trees, known):
    """shap's explainer of these trees with these rows counted."""
    count(trees, known)
    # shap divides by the count of a node: one that no known row reached splits evenly, as here, when both children have the same small weight.
    for tree in trees:
        spread(tree)
    return shap.TreeExplainer({"trees": trees}, feature_perturbation="tree_path_dependent")


def shop_case(shop, name, route):
    node, table = features(shop / "models" / f"{name}.onnx", pd.read_csv(shop / "samples" / f"{route}.csv"))
    known, rows = table[:KNOWN].astype(np.float64), table[KNOWN:KNOWN + ROWS].astype(np.float64)
    explainer = explained(tree_table(node), known)
    said = explainer.shap_values(rows, check_additivity=False)
    return {"model": name, "known": plain(known), "rows": plain(rows), "expected": float(np.ravel(explainer.expected_value)[0]),
            "shap": [[float(value) for value in np.ravel(row)] for row in said]}


def spread(tree, tiny=1e-60):
    """Gives nodes below a node of no weight halves of a weight too small to be seen."""
    weight = tree["node_sample_weight"]
    open_ = [(0, None)]
    while open_:
        at, given = open_.pop()
        if weight[at] == 0 and given is not None:
            weight[at] = given
        if tree["children_left"][at] >= 0:
            below = weight[at] / 2 if weight[at] <= tiny else tiny if weight[at] > 0 else None
            open_ += [(tree["children_left"][at], below), (tree["children_right"][at], below)]


def trained_case(out):
    from graph import MACHINE_LEARNING
    from trees import _Nodes

    draw = np.random.RandomState(5)
    table = np.round(draw.normal(size=(400, 5)), 3).astype(np.float32)
    table[draw.random_sample(table.shape) < 0.1] = np.nan
    label = np.nan_to_num(table[:, 0]) * np.nan_to_num(table[:, 1]) + np.nan_to_num(table[:, 2]) + 0.3 * draw.normal(size=400)
    booster = lightgbm.train({"objective": "regression", "num_leaves": 12, "min_data_in_leaf": 8, "verbose": -1, "seed": 1, "num_threads": 1},
                             lightgbm.Dataset(table.astype(np.float64), label), 25)
    nodes = _Nodes()
    for tree, description in enumerate(booster.dump_model()["tree_info"]):
        nodes.add_tree(tree, description["tree_structure"])
    node = helper.make_node("TreeEnsembleRegressor", ["x"], ["y"], domain=MACHINE_LEARNING, n_targets=1, aggregate_function="SUM", post_transform="NONE",
                            **nodes.attributes)
    info = lambda name, width: helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["N", width])
    graph = helper.make_graph([node], "trained", [info("x", 5)], [info("y", 1)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(MACHINE_LEARNING, 3)], ir_version=8)
    (out / "trained.onnx").write_bytes(model.SerializeToString())
    explainer = shap.TreeExplainer(booster)
    rows = table[:ROWS].astype(np.float64)
    return {"model": "trained", "known": plain(table), "rows": plain(rows), "expected": float(np.ravel(explainer.expected_value)[0]),
            "shap": explainer.shap_values(rows).tolist()}


def main():
    shop, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    sys.path.insert(0, str(shop / "train"))
    pairs = (("fraud-v2", "fraud"), ("pricing-v3", "pricing"), ("search-ranking-v2", "search-ranking"), ("personalization-v2", "personalization"))
    cases = [shop_case(shop, *pair) for pair in pairs] + [trained_case(out)]
    text = json.dumps({"versions": {"shap": shap.__version__, "lightgbm": lightgbm.__version__}, "cases": cases}, separators=(",", ":"))
    (out / "cases.json").write_text(text + "\n")
    print(f"{len(cases)} cases, {len(text) / 1e3:.0f} kB, shap {shap.__version__}")


if __name__ == "__main__":
    main()
