"""An unmodified Triton gRPC client against a Charter server.

    python tritonclient_grpc.py HOST:PORT [--rest HOST:PORT] [--samples FOLDER] [--types ROUTE] ROUTE [ROUTE ...]

Needs requirements.txt. For each route it asks for readiness, metadata, configuration and statistics, and infers one and three rows of FOLDER/ROUTE.csv (or of its own making): with
raw contents, asynchronously and as a stream; with --rest the answers must equal those of the HTTP client. On the first route it sends 400 requests of 1 and 32 rows from 16 threads
and checks every answer against the one that the same rows got alone. The route of --types answers its inputs, and all of
them must come back. Exit code 0 when everything holds.
"""

import concurrent.futures
import queue
import sys

import grpc as plain
import numpy as np
import tritonclient.grpc as grpc
from tritonclient.grpc import service_pb2
from tritonclient.utils import InferenceServerException, triton_to_np_dtype

import tritonclient_http as rest


def tensors(module, arrays: dict, specs) -> list:
    inputs = []
    for spec in specs:
        tensor = module.InferInput(spec["name"], list(arrays[spec["name"]].shape), spec["datatype"])
        tensor.set_data_from_numpy(arrays[spec["name"]])
        inputs.append(tensor)
    return inputs


def described(client, route: str) -> dict:
    """Metadata in the form that the HTTP client has it."""
    metadata = client.get_model_metadata(route)
    as_dict = lambda specs: [{"name": spec.name, "datatype": spec.datatype, "shape": list(spec.shape)} for spec in specs]
    assert metadata.name == route and metadata.inputs and metadata.outputs, metadata
    return {"inputs": as_dict(metadata.inputs), "outputs": as_dict(metadata.outputs)}


def arrays_of(route: str, metadata: dict, rows: int) -> dict:
    return {spec["name"]: rest.values(route, spec, rows) for spec in metadata["inputs"]}


def results(result, metadata: dict) -> dict:
    return {spec["name"]: result.as_numpy(spec["name"]) for spec in metadata["outputs"]}


def equal(left: dict, right: dict, what: str) -> None:
    for name, expected in left.items():
        assert rest.same(expected, right[name]), f"{what}: `{name}` differs"


def check_route(client, other, route: str) -> None:
    assert client.is_model_ready(route), f"{route} is not ready"
    metadata = described(client, route)
    configuration = client.get_model_config(route).config
    assert configuration.name == route and configuration.max_batch_size > 0 and len(configuration.input) == len(metadata["inputs"]), configuration
    for rows in (1, 3):
        arrays = arrays_of(route, metadata, rows)
        inputs = tensors(grpc, arrays, metadata["inputs"])
        outputs = [grpc.InferRequestedOutput(spec["name"]) for spec in metadata["outputs"]]
        result = client.infer(route, inputs, outputs=outputs, request_id="request-7", client_timeout=10, parameters={"key": "someone"})
        response = result.get_response()
        assert response.id == "request-7" and response.model_name == route and response.parameters["rung"].string_param, response
        answer = results(result, metadata)
        assert all(value.shape[0] == rows for value in answer.values()), f"{route}: another number of rows"
        # Without named outputs: all of them.
        equal(answer, results(client.infer(route, inputs), metadata), f"{route}, all outputs")
        if other:
            http_result = other.infer(route, tensors(rest.http, arrays, metadata["inputs"]))
            equal(answer, results(http_result, metadata), f"{route}, gRPC and HTTP")
        ended = queue.Queue()
        client.async_infer(route, inputs, callback=lambda result, error: ended.put((result, error)))
        result, error = ended.get(timeout=10)
        assert error is None, error
        equal(answer, results(result, metadata), f"{route}, asynchronous")
    statistics = client.get_inference_statistics(route).model_stats[0]
    assert statistics.inference_stats.success.count > 0, statistics


def check_stream(client, route: str) -> None:
    metadata = described(client, route)
    arrays = arrays_of(route, metadata, 1)
    inputs = tensors(grpc, arrays, metadata["inputs"])
    alone = results(client.infer(route, inputs), metadata)
    ended = queue.Queue()
    client.start_stream(callback=lambda result, error: ended.put((result, error)))
    for number in range(20):
        client.async_stream_infer("no-such-route" if number == 10 else route, inputs, request_id=f"{number}")
    for number in range(20):
        result, error = ended.get(timeout=10)
        if number == 10:
            assert isinstance(error, InferenceServerException) and "no-such-route" in str(error), error
        else:
            assert error is None and result.get_response().id == f"{number}", (number, error)
            equal(alone, results(result, metadata), f"{route}, stream")
    client.stop_stream()


def check_concurrent(address: str, client, route: str) -> None:
    metadata = described(client, route)
    cases = []
    for number in range(400):
        rows = 1 if number % 2 else 32
        all_rows = arrays_of(route, metadata, 40)
        cases.append({name: array[number % 8 : number % 8 + rows] for name, array in all_rows.items()})
    alone = {}
    for number, arrays in enumerate(cases):
        key = (number % 8, len(next(iter(arrays.values()))))
        if key not in alone:
            alone[key] = results(client.infer(route, tensors(grpc, arrays, metadata["inputs"])), metadata)
    clients = [grpc.InferenceServerClient(address) for _ in range(4)]

    def one(number: int) -> None:
        arrays = cases[number]
        result = clients[number % 4].infer(route, tensors(grpc, arrays, metadata["inputs"]), request_id=f"{number}")
        assert result.get_response().id == f"{number}"
        equal(alone[(number % 8, len(next(iter(arrays.values()))))], results(result, metadata), f"{route}, request {number}")

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(one, range(len(cases))))
    for extra in clients:
        extra.close()


def check_errors(address: str, client, route: str) -> None:
    def fails(what, status: str, words: str) -> None:
        try:
            what()
        except InferenceServerException as error:
            assert error.status() == f"StatusCode.{status}" and words in error.message(), (error.status(), error.message())
        else:
            raise AssertionError(f"taken: {words}")

    fails(lambda: client.get_model_metadata("no-such-route"), "NOT_FOUND", "no-such-route")
    fails(lambda: client.load_model(route), "UNIMPLEMENTED", "charter")
    fails(lambda: client.get_system_shared_memory_status(), "UNIMPLEMENTED", "shared memory")
    fails(lambda: client.get_trace_settings(), "UNIMPLEMENTED", "admin")
    tensor = grpc.InferInput("no-such-input", [1, 1], "FP32")
    tensor.set_data_from_numpy(np.zeros([1, 1], dtype=np.float32))
    fails(lambda: client.infer(route, [tensor]), "INVALID_ARGUMENT", "no-such-input")
    metadata = described(client, route)
    inputs = tensors(grpc, arrays_of(route, metadata, 1), metadata["inputs"])
    fails(lambda: client.infer(route, inputs, compression_algorithm="gzip"), "UNIMPLEMENTED", "compress")
    # The codes of the public table come beside the status.
    with plain.insecure_channel(address) as channel:
        call = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer", service_pb2.ModelInferRequest.SerializeToString, service_pb2.ModelInferResponse.FromString)
        try:
            call(service_pb2.ModelInferRequest(model_name="no-such-route"))
            raise AssertionError("an unknown route was called")
        except plain.RpcError as error:
            assert ("charter-code", "route-unknown") in error.trailing_metadata(), error.trailing_metadata()


def check_types(client, route: str) -> None:
    """A route that answers its inputs: `in_…` comes back as `out_…`."""
    metadata = described(client, route)
    arrays = {}
    for spec in metadata["inputs"]:
        kind = spec["datatype"]
        if kind == "BYTES":
            arrays[spec["name"]] = np.array([[b"\xff\xfe", b""], ["ü".encode(), b"x" * 300]], dtype=np.object_)
        elif kind == "BOOL":
            arrays[spec["name"]] = np.array([[True, False], [False, True]])
        else:
            arrays[spec["name"]] = np.array([[0, 1], [2, 100]]).astype(triton_to_np_dtype(kind))
    answer = client.infer(route, tensors(grpc, arrays, metadata["inputs"]))
    for spec in metadata["inputs"]:
        came = answer.as_numpy(spec["name"].replace("in_", "out_"))
        assert (np.asarray(came) == arrays[spec["name"]]).all(), (spec, came)


def main() -> int:
    arguments = sys.argv[1:]
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    address, routes, other, types = arguments[0].removeprefix("http://"), arguments[1:], None, None
    while routes and routes[0].startswith("--"):
        if routes[0] == "--rest":
            other = rest.http.InferenceServerClient(routes[1].removeprefix("http://"))
        elif routes[0] == "--samples":
            rest.SAMPLES = rest.pathlib.Path(routes[1])
        elif routes[0] == "--types":
            types = routes[1]
        routes = routes[2:]
    client = grpc.InferenceServerClient(address)
    assert client.is_server_live() and client.is_server_ready()
    server = client.get_server_metadata()
    assert server.name == "charter" and server.version, server
    names = [model.name for model in client.get_model_repository_index().models]
    for route in routes:
        assert route in names, f"{route} is not in the index"
        check_route(client, other, route)
        print(f"{route}: ok")
    check_stream(client, routes[0])
    print("stream: ok")
    check_concurrent(address, client, routes[0])
    print("400 requests at once: ok")
    check_errors(address, client, routes[0])
    print("errors: ok")
    if types:
        check_types(client, types)
        print("datatypes: ok")
    client.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
