"""Every written model against its trainer, on every held-out row, through ONNX Runtime."""

import numpy
import onnxruntime

from place import SHOP

LIMIT = 1e-5


def run(truth):
    """Largest difference of each model: relative for values above 1, absolute below. Fails above `LIMIT`."""
    result = {}
    for name, (rows, expected) in truth.items():
        session = _open(name)
        difference, extra = _ranking(session, rows, expected) if name.startswith("recommendation") else (_scores(session, rows, expected), {})
        if not difference <= LIMIT:
            raise SystemExit(f"`{name}` differs from its trainer by {difference:.2e}; the limit is {LIMIT:.0e}")
        result[name] = {"rows": len(rows), "difference_below": _next_power(difference), "bytes": (SHOP / f"models/{name}.onnx").stat().st_size, **extra}
    return result


def _open(name):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(SHOP / f"models/{name}.onnx", options, providers=["CPUExecutionProvider"])


def _scores(session, rows, expected):
    feed = {}
    for slot in session.get_inputs():
        if slot.name == "features":
            feed[slot.name] = rows.to_numpy("float32")
        elif slot.type == "tensor(string)":
            feed[slot.name] = rows[slot.name].to_numpy(object)[:, None]
        else:
            feed[slot.name] = rows[slot.name].to_numpy("float32")[:, None]
    whole = session.run(None, feed)[0]
    alone = session.run(None, {name: value[:1] for name, value in feed.items()})[0]
    if whole.shape != (len(rows), 1) or alone.shape != (1, 1):
        raise SystemExit(f"shape {whole.shape} for {len(rows)} rows")
    expected = numpy.asarray(expected, dtype=float)
    return float((numpy.abs(whole[:, 0] - expected) / numpy.maximum(1, numpy.abs(expected))).max())


def _ranking(session, baskets, expected):
    """Scores are compared at the items that the graph answers; `order_differs` counts rows where rounding swapped near-equal items."""
    longest = max(len(basket) for basket in baskets)
    padded = numpy.full((len(baskets), longest), -1, dtype=numpy.int64)
    for row, basket in enumerate(baskets):
        padded[row, : len(basket)] = basket
    items, scores = session.run(["items", "scores"], {"basket": padded})
    reference = numpy.take_along_axis(expected, items, axis=1)
    order = numpy.argsort(-expected, axis=1, kind="stable")[:, : items.shape[1]]
    best = numpy.take_along_axis(expected, order, axis=1)
    difference = float(max(numpy.abs(scores - reference).max(), numpy.abs(scores - best).max()))
    return difference, {"rows_whose_order_differs": int((items != order).any(1).sum())}


def _next_power(value):
    """The power of ten just above: the digits below it are noise of the machine."""
    return float(f"1e{int(numpy.ceil(numpy.log10(max(value, 1e-12))))}")
