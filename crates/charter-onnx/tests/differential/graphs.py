"""Graphs made by hand and by chance over the plain operators."""
import numpy as np
from onnx import TensorProto, helper, numpy_helper

F = np.float32


def single(name, operator, inputs, attributes=None, outputs=1, opset=17, domain="", constants=(), ml=3):
    """A graph of one node; inputs named in `constants` are stored in the model."""
    attributes = attributes or {}
    names = [f"i{index}" for index in range(len(inputs))]
    node = helper.make_node(operator, [n if v is not None else "" for n, v in zip(names, inputs)], [f"o{i}" for i in range(outputs)], domain=domain, **attributes)
    given, stored = [], []
    for index, (key, value) in enumerate(zip(names, inputs)):
        if value is None:
            continue
        value = np.asarray(value)
        if index in constants:
            stored.append(numpy_helper.from_array(value, key))
        else:
            kind = TensorProto.STRING if value.dtype.kind in "UO" else helper.np_dtype_to_tensor_dtype(value.dtype)
            given.append((helper.make_tensor_value_info(key, kind, [None] * value.ndim), key, value))
    graph = helper.make_graph([node], "g", [info for info, *_ in given], [helper.make_empty_tensor_value_info(f"o{i}") for i in range(outputs)], stored)
    imports = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", ml)]
    model = helper.make_model(graph, opset_imports=imports, ir_version=8)
    return name, infer(model), {key: value for _, key, value in given}


def infer(model):
    """Declares the outputs' types, as ONNX Runtime infers them; an untyped output is legal but nobody writes it."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.log_severity_level = 4
    try:
        known = ort.InferenceSession(model.SerializeToString(), options).get_outputs()
    except Exception:
        return model  # refused when the case is written
    kinds = {"tensor(float)": TensorProto.FLOAT, "tensor(double)": TensorProto.DOUBLE, "tensor(int64)": TensorProto.INT64,
             "tensor(int32)": TensorProto.INT32, "tensor(bool)": TensorProto.BOOL, "tensor(string)": TensorProto.STRING}
    for output, info in zip(model.graph.output, known):
        output.CopyFrom(helper.make_tensor_value_info(output.name, kinds[info.type], None))
    return model


def operators():
    """Every operator with its attributes at least once: name, operator, inputs, then what differs from the usual."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(3, 4)).astype(F)
    y = rng.normal(size=(3, 4)).astype(F)
    row, column, cube = y[0], y[:, :1], rng.normal(size=(2, 3, 4)).astype(F)
    positive = np.abs(x) + 0.1
    whole = rng.integers(-5, 6, (3, 4))
    for operator in ("Add", "Sub", "Mul", "Div"):
        for label, other in (("same", y), ("row", row), ("column", column), ("scalar", np.array(2.5, F)), ("cube", cube)):
            yield f"{operator}-{label}", operator, [x, other], {}
        yield f"{operator}-double", operator, [x.astype(np.float64), row.astype(np.float64)], {}
        yield f"{operator}-int64", operator, [whole, np.array([3, -2, 5, 7])], {}
        yield f"{operator}-int32", operator, [whole.astype(np.int32), np.array([3, -2, 5, 7], np.int32)], {}
    yield "Pow", "Pow", [positive, y], {}
    yield "Pow-square", "Pow", [x, np.array(2, np.int64)], {}
    yield "Pow-int", "Pow", [whole, np.array(3, np.int64)], {}
    for operator in ("Abs", "Neg", "Exp", "Relu", "LeakyRelu", "Elu", "Sigmoid", "HardSigmoid", "Softplus", "Tanh", "Erf", "Floor", "Ceil", "Sign", "Reciprocal"):
        yield operator, operator, [x * 3], {}
    for operator in ("Sqrt", "Log"):
        yield operator, operator, [positive], {}
    yield "Exp-double", "Exp", [x.astype(np.float64)], {}
    yield "Abs-int", "Abs", [whole], {}
    yield "LeakyRelu-alpha", "LeakyRelu", [x], {"attributes": {"alpha": 0.3}}
    yield "Gelu", "Gelu", [x], {"opset": 20}
    yield "Gelu-tanh", "Gelu", [x], {"opset": 20, "attributes": {"approximate": "tanh"}}
    for operator in ("Min", "Max", "Sum", "Mean"):
        yield f"{operator}-three", operator, [x, row, column], {}
        yield f"{operator}-one", operator, [x], {}
    for operator in ("Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"):
        yield operator, operator, [whole, whole[::-1].copy()], {}
        yield f"{operator}-float", operator, [x, row], {}
    yield "Equal-text", "Equal", [np.array(["a", "b", "c"]), np.array(["a", "c", "c"])], {"opset": 19}
    for operator in ("And", "Or", "Xor"):
        yield operator, operator, [x > 0, y > 0], {}
    yield "Not", "Not", [x > 0], {}
    yield "IsNaN", "IsNaN", [np.array([1, np.nan, np.inf], F)], {}
    yield "IsInf", "IsInf", [np.array([1, np.nan, -np.inf], F)], {}
    yield "Where", "Where", [x > 0, x, column], {}
    yield "Where-text", "Where", [np.array([True, False]), np.array(["a", "b"]), np.array(["c", "d"])], {}
    yield "Clip", "Clip", [x, np.array(-0.5, F), np.array(0.5, F)], {}
    yield "Clip-low", "Clip", [x, np.array(-0.5, F)], {}
    yield "Clip-old", "Clip", [x], {"opset": 9, "attributes": {"min": -0.3, "max": 0.4}}
    for axis in (-1, 0, 1):
        yield f"Softmax-{axis}", "Softmax", [cube], {"attributes": {"axis": axis}}
        yield f"LogSoftmax-{axis}", "LogSoftmax", [cube], {"attributes": {"axis": axis}}
    yield "Softmax-old", "Softmax", [cube], {"opset": 11}
    yield "MatMul", "MatMul", [x, y.T.copy()], {}
    for label, left, right in (("vector", x, row), ("left", row[:3], x), ("batch", cube, rng.normal(size=(4, 5)).astype(F)), ("both", cube, rng.normal(size=(2, 4, 2)).astype(F)), ("spread", rng.normal(size=(2, 1, 3, 4)).astype(F), rng.normal(size=(3, 4, 2)).astype(F))):
        yield f"MatMul-{label}", "MatMul", [left, right], {}
        yield f"MatMul-{label}-stored", "MatMul", [left, right], {"constants": (1,)}
    yield "MatMul-int", "MatMul", [whole, whole.T.copy()], {}
    wide = rng.normal(size=(4, 70)).astype(F)
    yield "Gemm", "Gemm", [x, wide, wide[0]], {"constants": (1, 2)}
    yield "Gemm-plain", "Gemm", [x, wide, np.array([1.5], F)], {"attributes": {"alpha": 0.5, "beta": 2.0}}
    yield "Gemm-turned", "Gemm", [x, wide.T.copy(), wide[0]], {"constants": (1, 2), "attributes": {"transB": 1, "alpha": 0.5}}
    yield "Gemm-both", "Gemm", [x.T.copy(), wide.T.copy(), x[:, :1] * 0 + 2], {"attributes": {"transA": 1, "transB": 1}}
    yield "Gemm-double", "Gemm", [x.astype(np.float64), y.T.astype(np.float64).copy()], {}
    yield "Concat", "Concat", [x, y, x[:, :1]], {"attributes": {"axis": 1}}
    yield "Concat-rows", "Concat", [whole, whole], {"attributes": {"axis": 0}}
    yield "Concat-text", "Concat", [np.array([["a"], ["b"]]), np.array([["c"], ["d"]])], {"attributes": {"axis": -1}}
    yield "Reshape", "Reshape", [cube, np.array([0, -1])], {}
    yield "Flatten", "Flatten", [cube], {"attributes": {"axis": 2}}
    yield "Flatten-0", "Flatten", [cube], {"attributes": {"axis": 0}}
    yield "Transpose", "Transpose", [cube], {"attributes": {"perm": [2, 0, 1]}}
    yield "Transpose-plain", "Transpose", [cube], {}
    yield "Squeeze", "Squeeze", [column[None], np.array([0, 2])], {}
    yield "Squeeze-all", "Squeeze", [column[None]], {}
    yield "Squeeze-old", "Squeeze", [column], {"opset": 11, "attributes": {"axes": [1]}}
    yield "Unsqueeze", "Unsqueeze", [x, np.array([0, -1])], {}
    yield "Unsqueeze-old", "Unsqueeze", [x], {"opset": 11, "attributes": {"axes": [1]}}
    for label, arguments in (("plain", ([0, 1], [2, 3])), ("axes", ([1], [4], [2], [2])), ("back", ([-1, 5], [-5, -9], [2, 1], [-2, -1])), ("far", ([-100], [100], [1])), ("empty", ([2], [1], [1]))):
        yield f"Slice-{label}", "Slice", [cube] + [np.array(a) for a in arguments], {}
    yield "Slice-old", "Slice", [cube], {"opset": 9, "attributes": {"starts": [1], "ends": [3], "axes": [2]}}
    yield "Slice-text", "Slice", [np.array(["a", "b", "c"]), np.array([1]), np.array([3])], {}
    yield "Gather", "Gather", [cube, np.array([[2, -1], [0, 1]])], {"attributes": {"axis": 1}}
    yield "Gather-text", "Gather", [np.array(["a", "b", "c"]), np.array([2, 0])], {}
    yield "GatherElements", "GatherElements", [x, np.array([[0, -1], [2, 1]])], {"attributes": {"axis": 1}}
    for reduction, opset in (("none", 18), ("add", 18), ("mul", 18), ("min", 18), ("max", 18)):
        yield f"ScatterElements-{reduction}", "ScatterElements", [x, np.array([[0, 2], [3, 1]]), y[:2, :2].copy()], {"opset": opset, "attributes": {"axis": 1, "reduction": reduction}}
    for largest in (0, 1):
        for axis in (0, 1):
            yield f"TopK-{largest}-{axis}", "TopK", [np.round(x, 0), np.array([2])], {"attributes": {"largest": largest, "axis": axis}, "outputs": 2}
    yield "TopK-all", "TopK", [whole, np.array([4])], {"outputs": 2}
    for operator in ("ArgMax", "ArgMin"):
        yield operator, operator, [np.round(x)], {"attributes": {"axis": 1}}
        yield f"{operator}-last", operator, [np.round(x)], {"attributes": {"axis": 0, "keepdims": 0, "select_last_index": 1}}
    for operator in ("ReduceMean", "ReduceMax", "ReduceMin", "ReduceL2", "ReduceL1", "ReduceProd", "ReduceSumSquare", "ReduceLogSumExp"):
        yield operator, operator, [cube], {"attributes": {"axes": [1], "keepdims": 0}}
        yield f"{operator}-all", operator, [cube], {}
        yield f"{operator}-new", operator, [cube, np.array([-1, 0])], {"opset": 18}
    yield "ReduceSum", "ReduceSum", [cube, np.array([0, 2])], {"attributes": {"keepdims": 0}}
    yield "ReduceSum-int", "ReduceSum", [whole, np.array([1])], {}
    yield "ReduceSum-none", "ReduceSum", [cube], {"attributes": {"noop_with_empty_axes": 1}}
    yield "Shape", "Shape", [cube], {}
    yield "Shape-part", "Shape", [cube], {"attributes": {"start": 1, "end": -1}}
    yield "ConstantOfShape", "ConstantOfShape", [np.array([2, 3])], {"attributes": {"value": helper.make_tensor("v", TensorProto.INT64, [1], [7])}}
    yield "Expand", "Expand", [column, np.array([2, 1, 5])], {}
    yield "Tile", "Tile", [x, np.array([2, 3])], {}
    yield "Split", "Split", [x, np.array([1, 3])], {"outputs": 2, "attributes": {"axis": 1}}
    yield "LayerNormalization", "LayerNormalization", [cube, row, y[1]], {}
    yield "LayerNormalization-two", "LayerNormalization", [cube, np.tile(row, (3, 1)), np.tile(y[1], (3, 1))], {"attributes": {"axis": 1}}
    yield "BatchNormalization", "BatchNormalization", [cube, *(np.abs(v) + 0.1 for v in (y[:, 0], y[:, 1], y[:, 2], y[:, 3]))], {}
    yield "Dropout", "Dropout", [x], {}
    kinds = {"float": F, "double": np.float64, "int64": np.int64, "int32": np.int32, "bool": np.bool_}
    for source, source_type in kinds.items():
        for target, target_type in kinds.items():
            value = (x * 3).astype(source_type)
            yield f"Cast-{source}-{target}", "Cast", [value], {"attributes": {"to": helper.np_dtype_to_tensor_dtype(np.dtype(target_type))}}
        if source != "bool":
            yield f"Cast-{source}-string", "Cast", [np.array([0, 1.5, -2.25, 100000, 1e10, 1e-7, 0.1], source_type) if source in ("float", "double") else np.array([3, -4], source_type)], {"attributes": {"to": TensorProto.STRING}}
    for target in (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT64, TensorProto.INT32):
        texts = ["1", "-20", "300"] if target in (TensorProto.INT64, TensorProto.INT32) else ["1.5", "-2e3", "NaN", "7"]
        yield f"Cast-string-{target}", "Cast", [np.array(texts)], {"attributes": {"to": target}}
    ml = {"domain": "ai.onnx.ml"}
    texts = np.array([["red"], ["green"], ["none"]])
    yield "LabelEncoder-text-int", "LabelEncoder", [texts], ml | {"attributes": {"keys_strings": ["red", "green"], "values_int64s": [5, 7], "default_int64": -9}}
    yield "LabelEncoder-text-float", "LabelEncoder", [texts], ml | {"attributes": {"keys_strings": ["red", "green"], "values_floats": [0.5, 0.7]}}
    yield "LabelEncoder-text-text", "LabelEncoder", [texts], ml | {"attributes": {"keys_strings": ["red", "green"], "values_strings": ["r", "g"]}}
    yield "LabelEncoder-int-text", "LabelEncoder", [whole], ml | {"attributes": {"keys_int64s": [0, 1, 2], "values_strings": ["a", "b", "c"], "default_string": "z"}}
    yield "LabelEncoder-int-int", "LabelEncoder", [whole], ml | {"attributes": {"keys_int64s": [0, 1, 2], "values_int64s": [9, 8, 7]}}
    yield "LabelEncoder-int-float", "LabelEncoder", [whole], ml | {"attributes": {"keys_int64s": [0, 1, 2], "values_floats": [9.0, 8.0, 7.0], "default_float": 0.5}}
    yield "LabelEncoder-float-int", "LabelEncoder", [np.array([0.5, np.nan, 2, -0.0], F)], ml | {"attributes": {"keys_floats": [0.5, float("nan"), 0.0], "values_int64s": [1, 2, 3]}}
    yield "LabelEncoder-float-float", "LabelEncoder", [np.array([0.5, np.nan, 2], F)], ml | {"attributes": {"keys_floats": [0.5, float("nan")], "values_floats": [1.0, 2.0]}}
    yield "LabelEncoder-float-text", "LabelEncoder", [np.array([0.5, 1.5], F)], ml | {"attributes": {"keys_floats": [0.5], "values_strings": ["half"]}}
    yield "LabelEncoder-tensors", "LabelEncoder", [np.array([0.5, np.nan, 2])], ml | {"ml": 4, "opset": 20, "attributes": {"keys_tensor": helper.make_tensor("k", TensorProto.DOUBLE, [2], [0.5, float("nan")]), "values_tensor": helper.make_tensor("v", TensorProto.DOUBLE, [2], [1.0, 2.0]), "default_tensor": helper.make_tensor("d", TensorProto.DOUBLE, [1], [-1.0])}}
    yield "OneHotEncoder-text", "OneHotEncoder", [texts], ml | {"attributes": {"cats_strings": ["red", "green"], "zeros": 1}}
    yield "OneHotEncoder-int", "OneHotEncoder", [whole], ml | {"attributes": {"cats_int64s": [0, 1, 2]}}
    yield "OneHotEncoder-float", "OneHotEncoder", [np.array([0, 1, 2, 7], F)], ml | {"attributes": {"cats_int64s": [0, 1, 2]}}
    for kind, value in (("float", x), ("int64", whole), ("double", x.astype(np.float64)), ("int32", whole.astype(np.int32))):
        yield f"Scaler-{kind}", "Scaler", [value], ml | {"attributes": {"offset": [1.0, 2.0, 3.0, 4.5], "scale": [0.5, 2.0, 1.0, 3.0]}}
        yield f"Scaler-one-{kind}", "Scaler", [value], ml | {"attributes": {"offset": [1.5], "scale": [0.5]}}
        for norm in ("MAX", "L1", "L2"):
            yield f"Normalizer-{norm}-{kind}", "Normalizer", [value], ml | {"attributes": {"norm": norm}}
        yield f"ArrayFeatureExtractor-{kind}", "ArrayFeatureExtractor", [value, np.array([[2, 0]])], ml
        yield f"Binarizer-{kind}", "Binarizer", [value], ml | {"attributes": {"threshold": 0.5}}
        yield f"LinearRegressor-{kind}", "LinearRegressor", [value], ml | {"attributes": {"coefficients": [0.1, 0.2, -0.3, 0.4, 1.0, 2.0, 3.0, 4.0], "intercepts": [0.5, -1.0], "targets": 2}}
    yield "ArrayFeatureExtractor-text", "ArrayFeatureExtractor", [np.array([["a", "b"], ["c", "d"]]), np.array([1])], ml
    yield "FeatureVectorizer", "FeatureVectorizer", [x, y[:, :2].copy()], ml | {"attributes": {"inputdimensions": [4, 2]}}
    holes = np.array([[1, np.nan], [np.nan, 4]], F)
    yield "Imputer", "Imputer", [holes], ml | {"attributes": {"imputed_value_floats": [7.0, 8.0], "replaced_value_float": float("nan")}}
    yield "Imputer-one", "Imputer", [holes], ml | {"attributes": {"imputed_value_floats": [7.0], "replaced_value_float": 4.0}}
    yield "Imputer-int", "Imputer", [whole], ml | {"attributes": {"imputed_value_int64s": [99], "replaced_value_int64": 0}}
    coefficients = np.round(rng.normal(size=12), 2).tolist()
    for transform in ("NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT"):
        yield f"LinearClassifier-3-{transform}", "LinearClassifier", [x], ml | {"outputs": 2, "attributes": {"coefficients": coefficients, "intercepts": [0.1, 0.2, 0.3], "classlabels_ints": [3, 5, 9], "post_transform": transform, "multi_class": 1}}
        yield f"LinearClassifier-2-{transform}", "LinearClassifier", [x], ml | {"outputs": 2, "attributes": {"coefficients": [-v for v in coefficients[:4]] + coefficients[:4], "intercepts": [-0.1, 0.1], "classlabels_strings": ["no", "yes"], "post_transform": transform}}
        if transform != "PROBIT":  # ONNX Runtime leaves the second column unwritten
            yield f"LinearClassifier-1-{transform}", "LinearClassifier", [x * 0.1 + 0.2], ml | {"outputs": 2, "attributes": {"coefficients": [0.3, 0.2, 0.1, 0.4], "intercepts": [0.1], "classlabels_ints": [4, 6], "post_transform": transform}}
        yield f"LinearRegressor-1-{transform}", "LinearRegressor", [np.abs(x) * 0.1], ml | {"attributes": {"coefficients": [0.3, 0.2, 0.1, 0.4], "intercepts": [0.1], "post_transform": transform}}


def chance(seed):
    """A random chain over tables of floats: elementwise, products, gathers, reductions, top-k."""
    rng = np.random.default_rng(seed)
    width = int(rng.integers(2, 40))
    x = rng.normal(size=(int(rng.integers(1, 9)), width)).astype(F)
    nodes, stored, alive = [], [], [("x", width)]

    def add(operator, inputs, width, outputs=1, **attributes):
        names = [f"v{len(nodes)}_{i}" for i in range(outputs)]
        nodes.append(helper.make_node(operator, inputs, names, **attributes))
        alive.append((names[0], width))
        return names

    def keep(value):
        stored.append(numpy_helper.from_array(value, f"c{len(stored)}"))
        return stored[-1].name

    for _ in range(int(rng.integers(3, 12))):
        name, wide = alive[int(rng.integers(len(alive)))]
        match int(rng.integers(12)):
            case 0 | 1:
                out = int(rng.integers(1, 70))
                product = add("MatMul", [name, keep((rng.normal(size=(wide, out)) / wide).astype(F))], out)[0]
                if rng.random() < 0.7:
                    add("Add", [product, keep(rng.normal(size=(1, out) if rng.random() < 0.5 else out).astype(F))], out)
                    if rng.random() < 0.5:
                        add("Relu", [alive[-1][0]], out)
            case 2:
                out = int(rng.integers(1, 40))
                add("Gemm", [name, keep((rng.normal(size=(out, wide)) / wide).astype(F)), keep(rng.normal(size=out).astype(F))], out, transB=1)
            case 3:
                add(str(rng.choice(["Sigmoid", "Tanh", "Relu", "Erf", "Softplus", "Abs", "Neg", "LeakyRelu"])), [name], wide)
            case 4:
                add(str(rng.choice(["Add", "Sub", "Mul", "Max", "Min"])), [name, keep(rng.normal(size=wide).astype(F))], wide)
            case 5:
                add("Softmax", [name], wide, axis=-1)
            case 6:
                picked = rng.integers(0, wide, int(rng.integers(1, wide + 1)))
                add("Gather", [name, keep(picked.astype(np.int64))], len(picked), axis=1)
            case 7:
                count = int(rng.integers(1, wide + 1))
                add("TopK", [name, keep(np.array([count], np.int64))], count, outputs=2, axis=1)
            case 8:
                other, more = alive[int(rng.integers(len(alive)))]
                add("Concat", [name, other], wide + more, axis=1)
            case 9:
                mean = add("ReduceMean", [name], 1, axes=[1], keepdims=1)[0]
                add("Sub", [name, mean], wide)
            case 10:
                start = int(rng.integers(0, wide))
                end = int(rng.integers(start + 1, wide + 1))
                add("Slice", [name, keep(np.array([start])), keep(np.array([end])), keep(np.array([1]))], end - start)
            case 11:
                mask = add("Greater", [name, keep(np.array(0.1, F))], wide)[0]
                alive.pop()
                add("Where", [mask, name, keep(rng.normal(size=wide).astype(F))], wide)
        if alive[-1][1] > 300:
            break
    final = alive[-1][0]
    graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, width])],
                              [helper.make_tensor_value_info(final, TensorProto.FLOAT, None)], stored)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), {"x": x}


def cases(small):
    for index, (name, operator, inputs, more) in enumerate(operators()):
        if not small or index % 8 == 0:
            yield single(f"operator-{name}", operator, inputs, **more)
    for seed in range(6 if small else 200):
        model, inputs = chance(seed)
        yield f"chance-{seed:03}", model, inputs
