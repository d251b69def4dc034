"""Writes models with inputs and ONNX Runtime's answers, which `tests/differential.rs` holds this crate to.

    python3 -m venv VENV && VENV/bin/pip install -r requirements.txt
    VENV/bin/python generate.py FOLDER                  every case, about 875
    CHARTER_ONNX_CASES=FOLDER cargo test -p charter-onnx --test differential
    VENV/bin/python generate.py corpus --small          the committed part, under 600 KB

A case is NAME.onnx and NAME.json: inputs and outputs as name, type, shape and flat data; floats that JSON
lacks are the texts nan, inf and -inf. Seeds are fixed; the training libraries decide the rest.
"""
import argparse
import json
import pathlib
import warnings

import numpy as np
import onnx
import onnxruntime as ort

import graphs
import trained
import trees

warnings.filterwarnings("ignore")


def plain(array):
    """A tensor as JSON: texts stay texts, other numbers are written so that they read back exactly."""
    array = np.asarray(array)
    kind = {"f4": "float", "f8": "double", "i8": "int64", "i4": "int32", "b1": "bool"}.get(array.dtype.str[1:], "string")
    flat = array.ravel().tolist()
    if kind in ("float", "double"):
        flat = [float(v) if np.isfinite(v) else ("nan" if v != v else ("inf" if v > 0 else "-inf")) for v in flat]
        if kind == "float":
            flat = [v if isinstance(v, str) else float(np.format_float_positional(np.float32(v), unique=True, trim="0")) for v in flat]
    elif kind == "string":
        flat = [str(v) for v in flat]
    return {"type": kind, "shape": list(array.shape), "data": flat}


def answer(output):
    """What ONNX Runtime answered; maps become a table, columns in the order of the first map's keys."""
    if isinstance(output, list):
        keys = list(output[0])
        return np.array([[row[key] for key in keys] for row in output], np.float32)
    return np.asarray(output)


def write(folder, name, model, inputs):
    """Writes one case; False when ONNX Runtime refuses the model or the input."""
    if model is None:
        return False
    data = model.SerializeToString()
    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    try:
        session = ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        outputs = session.run(None, inputs)
    except Exception as error:
        print(f"skipped {name}: {str(error).splitlines()[0][:150]}")
        return False
    (folder / f"{name}.onnx").write_bytes(data)
    case = {
        "inputs": [{"name": key} | plain(value) for key, value in inputs.items()],
        "outputs": [{"name": info.name} | plain(answer(value)) for info, value in zip(session.get_outputs(), outputs)],
    }
    (folder / f"{name}.json").write_text(json.dumps(case, separators=(",", ":")))
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--small", action="store_true", help="only the cases that are committed")
    parser.add_argument("--only", default="", help="only names that hold this text")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    written = refused = 0
    for source in (graphs, trees, trained):
        for name, model, inputs in source.cases(arguments.small):
            if arguments.only in name:
                if write(arguments.folder, name, model, inputs):
                    written += 1
                else:
                    refused += 1
    total = sum(path.stat().st_size for path in arguments.folder.iterdir())
    print(f"{written} cases, {refused} refused by ONNX Runtime, {total / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
