"""Models as people export them: boosting, forests, linear models, nets and pipelines, with and without ZipMap."""
import numpy as np
import onnx
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import (AdaBoostClassifier, ExtraTreesClassifier, ExtraTreesRegressor, GradientBoostingClassifier,
                              GradientBoostingRegressor, HistGradientBoostingClassifier, HistGradientBoostingRegressor,
                              IsolationForest, RandomForestClassifier, RandomForestRegressor, VotingClassifier)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (Lasso, LinearRegression, LogisticRegression, Ridge, SGDClassifier)
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (Binarizer, KBinsDiscretizer, MaxAbsScaler, MinMaxScaler, Normalizer, OneHotEncoder,
                                   OrdinalEncoder, PolynomialFeatures, RobustScaler, StandardScaler)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

_make_attribute = onnx.helper.make_attribute


def _with_plain_integers(key, value, *rest, **more):
    """The converter of histogram boosting gives booleans where ONNX wants integers."""
    if isinstance(value, (list, np.ndarray)) and len(value) and any(isinstance(v, (bool, np.bool_)) for v in value):
        value = [int(v) for v in value]
    return _make_attribute(key, value, *rest, **more)


onnx.helper.make_attribute = _with_plain_integers

OPSET = {"": 15, "ai.onnx.ml": 3}


def data(classes, seed):
    if classes:
        x, y = make_classification(300, 8, n_informative=6, n_redundant=1, n_classes=classes, random_state=seed)
    else:
        x, y = make_regression(300, 8, noise=1.0, random_state=seed)
        y = y / y.std()
    return x.astype(np.float32), y


def convert(model, x, zipmap=None):
    options = None if zipmap is None else {id(model): {"zipmap": zipmap}}
    try:
        return to_onnx(model, initial_types=[("x", FloatTensorType([None, x.shape[1]]))], options=options, target_opset=OPSET)
    except Exception as error:  # converters and libraries drift apart
        print(f"no converter for {type(model).__name__}: {str(error).splitlines()[-1][:120]}")
        return None


def classifiers(n):
    yield "forest", RandomForestClassifier(n, max_depth=4, random_state=1)
    yield "extra", ExtraTreesClassifier(n, max_depth=4, random_state=2)
    yield "boosting", GradientBoostingClassifier(n_estimators=n, max_depth=3, random_state=3)
    yield "histogram", HistGradientBoostingClassifier(max_iter=n, max_depth=3, random_state=4)
    yield "tree", DecisionTreeClassifier(max_depth=4, random_state=5)
    yield "ada", AdaBoostClassifier(n_estimators=n, random_state=5)
    yield "logistic", LogisticRegression(max_iter=300)
    yield "sgd", SGDClassifier(loss="log_loss", random_state=6)
    yield "bayes", GaussianNB()
    yield "net-relu", MLPClassifier((16, 8), max_iter=30, random_state=7)
    yield "net-tanh", MLPClassifier((9,), activation="tanh", max_iter=30, random_state=7)
    yield "net-logistic", MLPClassifier((33,), activation="logistic", max_iter=30, random_state=7)


def regressors(n):
    yield "forest", RandomForestRegressor(n, max_depth=4, random_state=1)
    yield "extra", ExtraTreesRegressor(n, max_depth=4, random_state=2)
    yield "boosting", GradientBoostingRegressor(n_estimators=n, max_depth=3, random_state=3)
    yield "histogram", HistGradientBoostingRegressor(max_iter=n, max_depth=3, random_state=4)
    yield "tree", DecisionTreeRegressor(max_depth=4, random_state=5)
    yield "linear", LinearRegression()
    yield "ridge", Ridge()
    yield "lasso", Lasso(alpha=0.01)
    yield "net-relu", MLPRegressor(hidden_layer_sizes=(40, 17), max_iter=30, random_state=7)
    yield "net-identity", MLPRegressor(hidden_layer_sizes=(5,), activation="identity", max_iter=30, random_state=7)


def steps():
    yield "standard", StandardScaler()
    yield "minmax", MinMaxScaler(clip=True)
    yield "maxabs", MaxAbsScaler()
    yield "robust", RobustScaler()
    yield "l1", Normalizer("l1")
    yield "l2", Normalizer("l2")
    yield "max", Normalizer("max")
    yield "binary", Binarizer(threshold=0.3)
    yield "impute", SimpleImputer(strategy="median")
    yield "polynomial", PolynomialFeatures(2)
    yield "bins", KBinsDiscretizer(4, encode="ordinal")


def plain(small):
    n = 6 if small else 25
    for classes in (2, 3):
        x, y = data(classes, classes)
        for index, (name, model) in enumerate(classifiers(n)):
            if small and (index + classes) % 2:
                continue
            model.fit(x, y)
            for zipmap in (False, True):
                if small and zipmap != (index % 4 == 0):
                    continue
                yield f"trained-{name}-{classes}-{'maps' if zipmap else 'table'}", convert(model, x, zipmap), {"x": x[: 5 if zipmap else 17]}
            if not small:
                texts = np.array(["red", "green", "blue"])[y]
                yield f"trained-{name}-{classes}-texts", convert(model.fit(x, texts), x, False), {"x": x[:9]}
    x, y = data(0, 1)
    for index, (name, model) in enumerate(regressors(n)):
        if not small or index % 2:
            yield f"trained-{name}-regressor", convert(model.fit(x, y), x), {"x": x[:17]}
    if not small:
        both = np.stack([y, -y + 1], 1)
        for name, model in (("forest", RandomForestRegressor(n, max_depth=4, random_state=1)), ("linear", LinearRegression()), ("tree", DecisionTreeRegressor(max_depth=5))):
            yield f"trained-{name}-two-targets", convert(model.fit(x, both), x), {"x": x[:17]}
        yield "trained-isolation", to_onnx(IsolationForest(n_estimators=n, random_state=1).fit(x), initial_types=[("x", FloatTensorType([None, 8]))], target_opset=OPSET), {"x": x[:17]}
        xc, yc = data(2, 5)
        voting = VotingClassifier([("a", LogisticRegression()), ("b", DecisionTreeClassifier(max_depth=3))], voting="soft", flatten_transform=False).fit(xc, yc)
        yield "trained-voting", convert(voting, xc, False), {"x": xc[:17]}


def boosted(small):
    import lightgbm as lgb
    from onnxmltools import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType as Floats

    n = 8 if small else 40
    kinds = [("binary", 2, lgb.LGBMClassifier), ("multi", 3, lgb.LGBMClassifier), ("regressor", 0, lgb.LGBMRegressor), ("forest", 0, lgb.LGBMRegressor)]
    for missing in (False, True):
        for name, classes, make in kinds:
            x, y = data(classes, 20 + classes)
            if missing:
                x = x.copy()
                x[np.random.default_rng(1).random(x.shape) < 0.1] = np.nan
            more = dict(boosting_type="rf", bagging_freq=1, bagging_fraction=0.6) if name == "forest" else {}
            model = make(n_estimators=n, num_leaves=7 if small else 31, min_child_samples=5, random_state=3, verbose=-1, n_jobs=1, **more).fit(x, y)
            for zipmap in ((False, True) if classes and not small else (False,)):
                onx = convert_lightgbm(model, initial_types=[("x", Floats([None, 8]))], zipmap=zipmap, target_opset=15)
                yield f"lightgbm-{name}-{'missing' if missing else 'full'}-{'maps' if zipmap else 'table'}", onx, {"x": x[:21]}
    for objective in () if small else ("poisson", "tweedie", "quantile", "gamma", "cross_entropy"):
        x, y = data(0, 30)
        y = 1 / (1 + np.exp(-y)) if objective == "cross_entropy" else np.exp(y)
        model = lgb.LGBMRegressor(n_estimators=n, num_leaves=15, objective=objective, random_state=3, verbose=-1, n_jobs=1).fit(x, y)
        try:
            onx = convert_lightgbm(model, initial_types=[("x", Floats([None, 8]))], target_opset=15)
        except Exception as error:
            print(f"skipped lightgbm-{objective}: {error}")
            continue
        yield f"lightgbm-{objective}", onx, {"x": x[:21]}


def pipelines(small):
    xc, yc = data(3, 40)
    holes = xc.copy()
    holes[np.random.default_rng(2).random(xc.shape) < 0.15] = np.nan
    for index, (name, step) in enumerate(steps()):
        if small and index % 3:
            continue
        x = holes if name == "impute" else xc
        model = make_pipeline(step, LogisticRegression(max_iter=300)).fit(x, yc)
        yield f"pipeline-{name}", convert(model, x, False), {"x": x[:13]}
    rng = np.random.default_rng(3)
    colour = rng.choice(["red", "green", "blue"], 300)
    size = rng.choice(["S", "M", "L"], 300)
    count = rng.integers(0, 5, 300)
    table = np.empty((300, 2), object)
    table[:, 0], table[:, 1] = colour, size
    shown = np.array([["red", "S"], ["green", "XXL"], ["blue", "M"], ["pink", "L"]])
    for name, encoder in (("onehot", OneHotEncoder(handle_unknown="ignore", sparse_output=False)),
                          ("ordinal", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1))):
        model = encoder.fit(table)
        onx = to_onnx(model, initial_types=[("t", StringTensorType([None, 2]))], target_opset=OPSET)
        yield f"pipeline-{name}-texts", onx, {"t": shown}
    import pandas

    frame = pandas.DataFrame({"colour": colour, "size": size, "count": count, "a": xc[:, 0], "b": holes[:, 1]})
    columns = ColumnTransformer([
        ("onehot", OneHotEncoder(handle_unknown="ignore"), ["colour", "size"]),
        ("count", OneHotEncoder(handle_unknown="ignore"), ["count"]),
        ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["a", "b"]),
    ])
    kinds = [("colour", StringTensorType([None, 1])), ("size", StringTensorType([None, 1])), ("count", Int64TensorType([None, 1])),
             ("a", FloatTensorType([None, 1])), ("b", FloatTensorType([None, 1]))]
    inputs = {"colour": colour[:11, None], "size": size[:11, None], "count": count[:11, None], "a": xc[:11, :1], "b": holes[:11, 1:2]}
    heads = [("logistic", LogisticRegression(max_iter=200))]
    if not small:
        heads += [("forest", RandomForestClassifier(10, max_depth=4, random_state=1)), ("boosting", GradientBoostingClassifier(n_estimators=10, random_state=1)),
                  ("net", MLPClassifier((8,), max_iter=30, random_state=1))]
    for name, head in heads:
        model = make_pipeline(columns, head).fit(frame, yc)
        for zipmap in (False, True):
            onx = to_onnx(model, initial_types=kinds, options={id(model): {"zipmap": zipmap}}, target_opset=OPSET)
            yield f"pipeline-columns-{name}-{'maps' if zipmap else 'table'}", onx, inputs


def cases(small):
    for source in (plain, boosted, pipelines):
        yield from source(small)
