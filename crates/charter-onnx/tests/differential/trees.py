"""Random tree ensembles: every comparison mode, aggregate, post transform, missing-value track and binary case."""
import itertools

import numpy as np
from onnx import TensorProto, helper

MODES = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"]
GRID = np.array([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0], np.float32)


def ensemble(rng, count, depth, features, modes, tracks):
    """Attributes of `count` random trees and the list of their leaves."""
    attributes = {key: [] for key in ("treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids", "missing_value_tracks_true")}
    leaves = []
    for tree in range(count):
        rows, stack = [None], [(0, 0)]
        while stack:
            node, level = stack.pop()
            if level >= depth or (level > 0 and rng.random() < 0.25):
                rows[node] = (0, 0.0, "LEAF", 0, 0, 0)
                leaves.append((tree, node))
                continue
            yes, no = len(rows), len(rows) + 1
            rows += [None, None]
            threshold = float(rng.choice(GRID))
            if rng.random() < 0.03:
                threshold = float(rng.choice([np.inf, -np.inf]))
            rows[node] = (int(rng.integers(features)), threshold, str(rng.choice(modes)), yes, no, int(tracks and rng.random() < 0.5))
            stack += [(yes, level + 1), (no, level + 1)]
        for node, row in enumerate(rows):
            for key, value in zip(("treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids", "missing_value_tracks_true"), (tree, node) + row):
                attributes[key].append(value)
    return {f"nodes_{key}": value for key, value in attributes.items()}, leaves


def rows_for(rng, rows, features, missing):
    x = rng.choice(np.concatenate([GRID, [-0.0, 0.25, 3.0, np.inf, -np.inf]]).astype(np.float32), (rows, features))
    if missing:
        x[rng.random(x.shape) < 0.2] = np.nan
    return x.astype(np.float32)


def build(operator, attributes, outputs, features):
    node = helper.make_node(operator, ["x"], [name for name, *_ in outputs], domain="ai.onnx.ml", **attributes)
    graph = helper.make_graph([node], "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, features])],
                              [helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in outputs])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)], ir_version=8)


def regressor(rng, modes, aggregate, transform, targets, base, missing, tracks, rows, spread):
    features = 5
    attributes, leaves = ensemble(rng, 6, 4, features, modes, tracks)
    weights = []
    for tree, node in leaves:
        chosen = [tree % targets] if not spread else sorted(rng.choice(targets, rng.integers(1, targets + 1), replace=False).tolist())
        # Weights between 0 and 1 keep the probit's logarithm defined more often.
        weights += [(tree, node, int(target), float(np.float32(rng.random() * 0.1))) for target in chosen]
    attributes |= dict(target_treeids=[w[0] for w in weights], target_nodeids=[w[1] for w in weights], target_ids=[w[2] for w in weights],
                       target_weights=[w[3] for w in weights], n_targets=targets, aggregate_function=aggregate, post_transform=transform)
    if base or transform == "PROBIT":
        attributes["base_values"] = [0.1 * (i + 1) for i in range(targets)]
    if transform == "PROBIT":
        probit(attributes, "target", targets)
    return build("TreeEnsembleRegressor", attributes, [("y", TensorProto.FLOAT, [None, targets])], features), {"x": rows_for(rng, rows, features, missing)}


def classifier(rng, modes, transform, classes, ids, positive, base, texts, missing, rows, labels=None):
    features = 5
    attributes, leaves = ensemble(rng, 6, 4, features, modes, missing)
    weights = [(tree, node, ids[tree % len(ids)] if len(ids) < 3 or rng.random() < 2 else 0, float(np.float32(rng.random() * 0.3 - (0.0 if positive else 0.15)))) for tree, node in leaves]
    attributes |= dict(class_treeids=[w[0] for w in weights], class_nodeids=[w[1] for w in weights], class_ids=[w[2] for w in weights],
                       class_weights=[w[3] for w in weights], post_transform=transform)
    if texts:
        attributes["classlabels_strings"] = [f"c{i}" for i in range(classes)]
    else:
        attributes["classlabels_int64s"] = labels or list(range(classes))
    if base:
        attributes["base_values"] = [0.05 * (i + 1) for i in range(base)]
    if transform == "PROBIT":
        probit(attributes, "class", classes if classes > 2 else 0)
    label = TensorProto.STRING if texts else TensorProto.INT64
    return build("TreeEnsembleClassifier", attributes, [("label", label, [None]), ("scores", TensorProto.FLOAT, [None, classes])], features), {"x": rows_for(rng, rows, features, missing)}


def probit(attributes, prefix, bases):
    """Keeps scores between 0.6 and 0.9: near one half the 32-bit formula loses all digits, beyond 1 it has no value."""
    attributes[f"{prefix}_weights"] = [0.6 / (1 if bases else 6) * (0 if bases else 1) + 0.04 * abs(w) for w in attributes[f"{prefix}_weights"]]
    if bases:
        attributes["base_values"] = [0.6 + 0.01 * i for i in range(bases)]


def cases(small):
    transforms = ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT"]
    sets = {mode: [mode] for mode in MODES} | {"MIXED": MODES}
    number = 0
    for (name, modes), aggregate, targets in itertools.product(sets.items(), ["SUM", "AVERAGE", "MIN", "MAX"], [1, 3]):
        number += 1
        if small and number % 5 != 1:
            continue
        rng = np.random.default_rng(number)
        transform = transforms[number % 5]
        model, inputs = regressor(rng, modes, aggregate, transform, targets, number % 2 == 0, number % 3 == 0, number % 3 == 0 and number % 2 == 0, 7 if number % 4 else 21, number % 3 == 1)
        yield f"tree-regressor-{number:03}-{name}-{aggregate}-{transform}-{targets}".lower().replace("_", "-"), model, inputs
    shapes = [(2, [0], True, 0), (2, [0], False, 0), (2, [1], True, 0), (2, [1], False, 0), (2, [0], False, 1), (2, [0], False, 2),
              (2, [1], False, 2), (2, [0, 1], True, 0), (2, [0, 1], False, 0), (2, [0, 1], True, 2), (3, [0, 1, 2], True, 0), (3, [0, 1, 2], False, 3), (4, [0, 2], False, 0), (1, [0], False, 0)]
    for (classes, ids, positive, base), transform in itertools.product(shapes, transforms):
        number += 1
        if transform == "PROBIT" and classes == 2:
            continue  # ONNX Runtime leaves the second column unwritten, or takes the probit of zero
        if small and number % 5 != 1:
            continue
        rng = np.random.default_rng(number)
        modes = list(sets.values())[number % 7]
        texts = number % 3 == 0 and classes > 1
        labels = None if number % 2 else [10 * (i + 1) for i in range(classes)]
        model, inputs = classifier(rng, modes, transform, classes, ids, positive, base, texts, number % 4 == 0, 6 if number % 4 else 19, labels)
        yield f"tree-classifier-{number:03}-{classes}-{transform}".lower().replace("_", "-"), model, inputs
    for mode in MODES[:4]:
        number += 1
        rng = np.random.default_rng(number)
        model, inputs = regressor(rng, [mode], "SUM", "NONE", 1, True, False, False, 13, False)
        model.graph.input[0].type.tensor_type.elem_type = TensorProto.DOUBLE
        # Values that 32 bits cannot tell from the thresholds.
        near = inputs["x"].astype(np.float64) + rng.choice([-1e-12, 0.0, 1e-12], inputs["x"].shape)
        yield f"tree-double-{mode}".lower().replace("_", "-"), model, {"x": near}
    for extra in range(0 if small else 150):
        number += 1
        rng = np.random.default_rng(number)
        modes = list(sets.values())[extra % 7]
        missing = bool(rng.random() < 0.5)
        if extra % 2:
            classes = int(rng.integers(2, 6))
            ids = list(range(classes)) if rng.random() < 0.7 else [0]
            model, inputs = classifier(rng, modes, transforms[extra % 4], classes, ids, bool(rng.random() < 0.5), classes if rng.random() < 0.3 and classes > 2 else 0, bool(rng.random() < 0.3), missing, int(rng.integers(1, 40)))
        else:
            targets = int(rng.integers(1, 5))
            model, inputs = regressor(rng, modes, ["SUM", "AVERAGE", "MIN", "MAX"][extra // 2 % 4], transforms[extra % 4], targets, bool(rng.random() < 0.5), missing, missing, int(rng.integers(1, 40)), bool(rng.random() < 0.5))
        yield f"tree-random-{extra:03}", model, inputs
