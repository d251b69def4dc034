"""An unmodified Triton HTTP client against a Charter server.

    python tritonclient_http.py HOST:PORT [--samples FOLDER] ROUTE [ROUTE ...]

Needs requirements.txt. For each route it asks for metadata and configuration, takes one and three rows from FOLDER/ROUTE.csv, or makes them up from the metadata, and infers with
JSON and with binary tensors, both ways, in all combinations; the answers must be equal. Exit code 0 when everything holds.
"""

import csv
import pathlib
import sys

import numpy as np
import tritonclient.http as http
from tritonclient.utils import InferenceServerException, triton_to_np_dtype


SAMPLES = None


def sampled(route: str, spec: dict, rows: int) -> np.ndarray:
    """The first rows of the route's samples; a cell of several numbers is a row of them, padded with -1."""
    with open(SAMPLES / f"{route}.csv", newline="") as file:
        cells = [row[spec["name"]] for row, _ in zip(csv.DictReader(file), range(rows))]
    if spec["datatype"] == "BYTES":
        return np.array([cell.encode() for cell in cells], dtype=np.object_).reshape(rows, 1)
    dtype = triton_to_np_dtype(spec["datatype"])
    if spec["shape"][1] != 1:
        lists = [[int(item) for item in cell.split()] for cell in cells]
        length = max(map(len, lists))
        return np.array([row + [-1] * (length - len(row)) for row in lists], dtype=dtype)
    return np.array([float(cell) if cell else np.nan for cell in cells]).astype(dtype).reshape(rows, 1)


def values(route: str, spec: dict, rows: int) -> np.ndarray:
    """Rows of the samples; without any, small whole numbers: inside the range of most contracts, exact in every datatype."""
    if SAMPLES:
        return sampled(route, spec, rows)
    shape = [rows] + [length if length >= 0 else 1 for length in spec["shape"][1:]]
    count = int(np.prod(shape))
    if spec["datatype"] == "BYTES":
        return np.array([b"1" for _ in range(count)], dtype=np.object_).reshape(shape)
    dtype = triton_to_np_dtype(spec["datatype"])
    return (np.arange(count) % 2).astype(dtype).reshape(shape)


def infer(client, route: str, metadata: dict, rows: int, binary_in: bool, binary_out: bool):
    inputs = []
    for spec in metadata["inputs"]:
        data = values(route, spec, rows)
        tensor = http.InferInput(spec["name"], list(data.shape), spec["datatype"])
        # The client itself has no JSON form of these two.
        half = spec["datatype"] in ("FP16", "BF16")
        tensor.set_data_from_numpy(data, binary_data=binary_in or half)
        inputs.append(tensor)
    outputs = [http.InferRequestedOutput(spec["name"], binary_data=binary_out or spec["datatype"] in ("FP16", "BF16")) for spec in metadata["outputs"]]
    result = client.infer(route, inputs, outputs=outputs, request_id="request-7")
    response = result.get_response()
    assert response["id"] == "request-7", response
    assert response["model_name"] == route, response
    assert response["parameters"]["rung"], response
    return {spec["name"]: result.as_numpy(spec["name"]) for spec in metadata["outputs"]}


def same(left, right) -> bool:
    if left.dtype == np.object_ or right.dtype == np.object_:
        def text(array):
            return [item.decode() if isinstance(item, bytes) else str(item) for item in array.flatten()]
        return text(left) == text(right)
    return np.allclose(np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64), equal_nan=True)


def check_route(client, route: str) -> None:
    assert client.is_model_ready(route), f"{route} is not ready"
    metadata = client.get_model_metadata(route)
    assert metadata["name"] == route and metadata["inputs"] and metadata["outputs"], metadata
    configuration = client.get_model_config(route)
    assert configuration["name"] == route and configuration["max_batch_size"] > 0, configuration
    for rows in (1, 3):
        answers = [infer(client, route, metadata, rows, binary_in, binary_out) for binary_in in (False, True) for binary_out in (False, True)]
        for answer in answers[1:]:
            for name, expected in answers[0].items():
                assert same(expected, answer[name]), f"{route}: `{name}` differs between JSON and binary"
        for spec in metadata["outputs"]:
            assert answers[0][spec["name"]].shape[0] == rows, f"{route}: `{spec['name']}` has another number of rows"
    # Without named outputs this client asks for all of them in binary.
    inputs = []
    for spec in metadata["inputs"]:
        data = values(route, spec, 1)
        tensor = http.InferInput(spec["name"], list(data.shape), spec["datatype"])
        tensor.set_data_from_numpy(data)
        inputs.append(tensor)
    result = client.infer(route, inputs)
    assert all(result.as_numpy(spec["name"]) is not None for spec in metadata["outputs"])
    # The same, with the client's own asynchronous call.
    assert client.async_infer(route, inputs).get_result().as_numpy(metadata["outputs"][0]["name"]) is not None
    assert client.get_inference_statistics(route)["model_stats"][0]["inference_stats"]["success"]["count"] > 0


def check_errors(client, route: str) -> None:
    try:
        client.get_model_metadata("no-such-route")
        raise AssertionError("an unknown model was described")
    except InferenceServerException as error:
        assert "no-such-route" in str(error), error
    try:
        client.load_model(route)
        raise AssertionError("a model was loaded")
    except InferenceServerException as error:
        assert "charter" in str(error), error
    metadata = client.get_model_metadata(route)
    spec = metadata["inputs"][0]
    tensor = http.InferInput("no-such-input", [1, 1], "FP32")
    tensor.set_data_from_numpy(np.zeros([1, 1], dtype=np.float32))
    try:
        client.infer(route, [tensor])
        raise AssertionError("an unknown input was taken")
    except InferenceServerException as error:
        assert "no-such-input" in str(error), error
    assert spec["name"]


def main() -> int:
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    address, routes = sys.argv[1].removeprefix("http://"), sys.argv[2:]
    if routes[0] == "--samples":
        global SAMPLES
        SAMPLES, routes = pathlib.Path(routes[1]), routes[2:]
    client = http.InferenceServerClient(address, concurrency=2)
    assert client.is_server_live() and client.is_server_ready()
    assert client.get_server_metadata()["name"] == "charter"
    names = [row["name"] for row in client.get_model_repository_index()]
    for route in routes:
        assert route in names, f"{route} is not in the index"
        check_route(client, route)
        print(f"{route}: ok")
    check_errors(client, routes[0])
    print("errors: ok")
    client.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
