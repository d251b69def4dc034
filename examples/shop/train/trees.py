"""A LightGBM booster as one TreeEnsembleRegressor node, equal to it on every float32 row.

What goes in and what is done with the sum of the leaves belongs to the model's own file.
"""

import math

import numpy

from graph import MACHINE_LEARNING


def add_trees(graph, booster, source, target):
    """Adds the sum of all trees over `source` ([N, features] float) as `target` ([N, 1])."""
    nodes = _Nodes()
    for tree, description in enumerate(booster.dump_model()["tree_info"]):
        nodes.add_tree(tree, description["tree_structure"])
    return graph.node(
        "TreeEnsembleRegressor", source, target, MACHINE_LEARNING,
        n_targets=1, aggregate_function="SUM", post_transform="NONE", **nodes.attributes,
    )


class _Nodes:
    """The parallel lists that the operator takes as attributes."""

    def __init__(self):
        names = ["treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids", "missing_value_tracks_true"]
        self.attributes = {f"nodes_{name}": [] for name in names}
        self.attributes |= {f"target_{name}": [] for name in ["treeids", "nodeids", "ids", "weights"]}

    def add_tree(self, tree, root):
        pending, count = [(0, root)], 1
        while pending:
            identity, node = pending.pop(0)
            if "leaf_value" in node:
                self._leaf(tree, identity, node["leaf_value"])
                continue
            if node["decision_type"] != "<=":
                raise ValueError(f"split `{node['decision_type']}` has no counterpart in the graph")
            left, right, count = count, count + 1, count + 2
            self._branch(tree, identity, node, left, right)
            pending += [(left, node["left_child"]), (right, node["right_child"])]

    def _branch(self, tree, identity, node, left, right):
        # A missing value follows the default side; where training saw none, LightGBM reads it as 0.
        left_when_missing = node["default_left"] if node["missing_type"] == "NaN" else 0.0 <= node["threshold"]
        self._node(tree, identity, node["split_feature"], _float32_at_most(node["threshold"]), "BRANCH_LEQ", left, right, left_when_missing)

    def _leaf(self, tree, identity, value):
        self._node(tree, identity, 0, 0.0, "LEAF", 0, 0, False)
        for name, item in [("treeids", tree), ("nodeids", identity), ("ids", 0), ("weights", float(numpy.float32(value)))]:
            self.attributes[f"target_{name}"].append(item)

    def _node(self, tree, identity, feature, value, mode, left, right, missing):
        row = [tree, identity, feature, value, mode, left, right, int(missing)]
        for items, item in zip(list(self.attributes.values())[:8], row, strict=True):
            items.append(item)


def _float32_at_most(threshold):
    """The largest float32 not above `threshold`: `x <= threshold` is then the same question for every float32 `x`."""
    value = numpy.float32(threshold)
    if float(value) > threshold:
        value = numpy.nextafter(value, numpy.float32(-math.inf))
    return float(value)
