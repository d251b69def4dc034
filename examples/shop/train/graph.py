"""Writes an ONNX graph whose inputs, outputs and shapes are exactly those that the charter declares.

Converters name tensors as they like and declare wrong output shapes, so the few graphs of the shop are written node by node.
Training does not belong here.
"""

import json

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

# The lowest versions that hold every operator used; old runtimes load them.
OPSET = 15
MACHINE_LEARNING_OPSET = 2
FORMAT = 8
MACHINE_LEARNING = "ai.onnx.ml"

FLOAT = TensorProto.FLOAT
INTEGER = TensorProto.INT64
TEXT = TensorProto.STRING


class Graph:
    """One model file in the making. Every tensor's first dimension is the rows of the request, called `N`."""

    def __init__(self, name):
        self.name = name
        self.inputs = []
        self.outputs = []
        self.nodes = []
        self.constants = []

    def input(self, name, datatype, width):
        self.inputs.append(helper.make_tensor_value_info(name, datatype, ["N", width]))
        return name

    def output(self, name, datatype, width):
        self.outputs.append(helper.make_tensor_value_info(name, datatype, ["N", width]))
        return name

    def constant(self, name, values):
        self.constants.append(numpy_helper.from_array(numpy.asarray(values), name))
        return name

    def node(self, operator, inputs, outputs, domain="", **attributes):
        """Adds a node; the name of its first output comes back, to chain calls."""
        outputs = [outputs] if isinstance(outputs, str) else outputs
        inputs = [inputs] if isinstance(inputs, str) else inputs
        self.nodes.append(helper.make_node(operator, inputs, outputs, name=f"{operator}_{outputs[0]}", domain=domain, **attributes))
        return outputs[0]

    def code(self, name, levels):
        """Text to its position in `levels` as a float; -1 for empty or unknown text."""
        source = self.input(name, TEXT, 1)
        return self.node(
            "LabelEncoder", source, f"{name}_code", MACHINE_LEARNING,
            keys_strings=list(levels), values_floats=[float(index) for index in range(len(levels))], default_float=-1.0,
        )

    def one_hot(self, name, levels):
        """Text to `len(levels)` columns of 0 and 1; all 0 for empty or unknown text."""
        source = self.input(name, TEXT, 1)
        hot = self.node("OneHotEncoder", source, f"{name}_hot", MACHINE_LEARNING, cats_strings=list(levels), zeros=1)
        shape = self.constant(f"{name}_shape", numpy.array([-1, len(levels)], dtype=numpy.int64))
        return self.node("Reshape", [hot, shape], f"{name}_columns")

    def save(self, path, version, trained_on, columns=None):
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.constants)
        opsets = [helper.make_opsetid("", OPSET)]
        if any(node.domain == MACHINE_LEARNING for node in self.nodes):
            opsets.append(helper.make_opsetid(MACHINE_LEARNING, MACHINE_LEARNING_OPSET))
        model = helper.make_model(graph, opset_imports=opsets, ir_version=FORMAT, producer_name="shop-train")
        facts = {"charter.version": version, "charter.trained_on": trained_on}
        if columns is not None:
            facts["charter.columns"] = json.dumps(columns)
        helper.set_model_props(model, facts)
        onnx.checker.check_model(model, full_check=True)
        path.write_bytes(model.SerializeToString(deterministic=True))
