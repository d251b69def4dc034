//! What is refused, and by which status and code.

use super::*;

#[tokio::test]
async fn what_is_wrong_with_a_request_is_its_callers_fault() {
    let (_server, mut client) = serve(plan()).await;
    let good = || rows("fraud", &[1.0]);
    let of = |change: fn(&mut ModelInferRequest)| {
        let mut request = good();
        change(&mut request);
        request
    };
    let cases: Vec<(&str, ModelInferRequest, u32, &str)> = vec![
        ("unknown route", rows("nothing", &[1.0]), NOT_FOUND, "route-unknown"),
        ("empty", ModelInferRequest::default(), INVALID_ARGUMENT, "bad-input"),
        ("identities", rows("closed", &[1.0]), UNAUTHENTICATED, "identity-required"),
        ("pinning", of(|request| request.model_version = "v2".to_owned()), PERMISSION_DENIED, "pinning-off"),
        ("no input", of(|request| (request.inputs.clear(), request.raw_input_contents.clear()).1), INVALID_ARGUMENT, "bad-input"),
        ("unknown input", of(|request| request.inputs[0].name = "x".to_owned()), INVALID_ARGUMENT, "bad-input"),
        ("datatype", of(|request| request.inputs[0].datatype = "FP64".to_owned()), INVALID_ARGUMENT, "input-datatype"),
        ("no datatype", of(|request| request.inputs[0].datatype = "float".to_owned()), INVALID_ARGUMENT, "bad-input"),
        ("shape", of(|request| request.inputs[0].shape = vec![1, 31]), INVALID_ARGUMENT, "input-shape"),
        ("negative", of(|request| request.inputs[0].shape = vec![-1, 30]), INVALID_ARGUMENT, "bad-input"),
        ("overflow", of(|request| request.inputs[0].shape = vec![i64::MAX, 30]), INVALID_ARGUMENT, "input-shape"),
        ("rank", of(|request| request.inputs[0].shape = vec![1; 9]), INVALID_ARGUMENT, "bad-input"),
        ("no rows", rows("fraud", &[]), INVALID_ARGUMENT, "rows"),
        ("short", of(|request| request.raw_input_contents[0].truncate(119)), INVALID_ARGUMENT, "bad-binary"),
        ("long", of(|request| request.raw_input_contents[0].push(0)), INVALID_ARGUMENT, "bad-binary"),
        ("two raws", of(|request| request.raw_input_contents.push(Vec::new())), INVALID_ARGUMENT, "bad-binary"),
        (
            "twice",
            of(|request| (request.inputs.push(request.inputs[0].clone()), request.raw_input_contents.push(vec![0; 120])).1),
            INVALID_ARGUMENT,
            "bad-input",
        ),
        ("both", of(|request| request.inputs[0].contents = Some(InferTensorContents::default())), INVALID_ARGUMENT, "bad-input"),
        ("nothing", of(|request| request.raw_input_contents.clear()), INVALID_ARGUMENT, "bad-input"),
        (
            "unknown output",
            of(|request| request.outputs = vec![InferRequestedOutputTensor { name: "x".to_owned(), ..Default::default() }]),
            INVALID_ARGUMENT,
            "bad-outputs",
        ),
        ("not finite", rows("fraud", &[f32::NAN]), INVALID_ARGUMENT, "input-not-finite"),
        ("too many rows", rows("fraud", &[0.0; 10_001]), INVALID_ARGUMENT, "rows"),
    ];
    for (name, request, status, code) in cases {
        let reply = client.call("ModelInfer", &request).await;
        assert_eq!((reply.status(), reply.code()), (status, code), "{name}: {reply:?}");
        assert!(reply.end("grpc-message").is_some_and(|message| !message.is_empty()) && reply.messages.is_empty(), "{name}");
        assert_eq!(reply.end("grpc-retry-pushback-ms"), Some("-1"), "{name}");
    }
    let reply = client.call("ModelInfer", &good()).await;
    assert_eq!(reply.status(), OK, "the connection goes on");
}

#[tokio::test]
async fn bytes_that_are_no_message_are_refused() {
    let (_server, mut client) = serve(plan()).await;
    let good = framed(&rows("fraud", &[1.0]).encode_to_vec());
    let whole = good.to_vec();
    let with_flag = |flag: u8| [&[flag], &whole[1..]].concat();
    let cases: Vec<(&str, Vec<u8>, u32)> = vec![
        ("nothing", Vec::new(), INVALID_ARGUMENT),
        ("a part of the prefix", vec![0, 0], INVALID_ARGUMENT),
        ("cut off", whole[..whole.len() - 1].to_vec(), INVALID_ARGUMENT),
        ("two messages", [whole.clone(), whole.clone()].concat(), INVALID_ARGUMENT),
        ("compressed", with_flag(1), UNIMPLEMENTED),
        ("another flag", with_flag(7), INVALID_ARGUMENT),
        ("not protobuf", framed(b"\xff\xff\xff\xff").to_vec(), INVALID_ARGUMENT),
        ("a group", framed(b"\x0b\x0c").to_vec(), INVALID_ARGUMENT),
        ("a name that is no text", framed(b"\x0a\x02\xff\xfe").to_vec(), INVALID_ARGUMENT),
        ("a claimed 4 GiB", vec![0, 0xff, 0xff, 0xff, 0xff], RESOURCE_EXHAUSTED),
        ("thousands of tensors", framed(&b"\x2a\x00".repeat(2_000)).to_vec(), INVALID_ARGUMENT),
    ];
    for (name, body, status) in cases {
        for method in ["ModelInfer", "ModelMetadata"] {
            let request = client.request(&format!("/inference.GRPCInferenceService/{method}"));
            let reply = client.raw(request, body.clone()).await;
            // To `ModelMetadata` some of these are messages with another meaning.
            let is_other = method == "ModelMetadata" && [NOT_FOUND, RESOURCE_EXHAUSTED].contains(&reply.status());
            assert!(reply.status() == status || is_other, "{name}: {reply:?}");
        }
    }
}

#[tokio::test]
async fn a_call_that_is_not_ours_is_refused() {
    let (_server, mut client) = serve(plan()).await;
    let message = framed(b"");
    for (path, status) in [
        ("/inference.GRPCInferenceService/Nothing", UNIMPLEMENTED),
        ("/inference.GRPCInferenceService/RepositoryModelLoad", UNIMPLEMENTED),
        ("/inference.GRPCInferenceService/SystemSharedMemoryStatus", UNIMPLEMENTED),
        ("/other.Service/Method", UNIMPLEMENTED),
        ("/", UNIMPLEMENTED),
    ] {
        let request = client.request(path);
        assert_eq!(client.raw(request, message.clone()).await.status(), status, "{path}");
    }
    let path = "/inference.GRPCInferenceService/ServerLive";
    let request = http::Request::post(format!("http://evil.example{path}")).header("content-type", "application/grpc");
    assert_eq!(client.raw(request, message.clone()).await.status(), PERMISSION_DENIED);
    let request = client.request(path).method("PUT");
    assert_eq!(client.raw(request, message.clone()).await.http, 405);
    let request = http::Request::post(format!("http://localhost{path}")).header("content-type", "application/json");
    assert_eq!(client.raw(request, message.clone()).await.http, 415);
    for timeout in ["1", "x", "123456789m", "-1S"] {
        let request = client.request("/inference.GRPCInferenceService/ModelInfer").header("grpc-timeout", timeout);
        assert_eq!(client.raw(request, framed(&rows("fraud", &[1.0]).encode_to_vec())).await.code(), "bad-deadline");
    }
    for (priority, status) in [("batch", OK), ("urgent", INVALID_ARGUMENT)] {
        let reply = client.call_with("ModelInfer", &rows("fraud", &[1.0]), &[("x-priority", priority)]).await;
        assert_eq!(reply.status(), status, "{priority}: {reply:?}");
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_before_it_is_read() {
    let plan = Plan { limits: Limits { body_bytes_max: 1_000, ..Limits::default() }, ..plan() };
    let (_server, mut client) = serve(plan).await;
    assert_eq!(client.call("ModelInfer", &rows("fraud", &[1.0])).await.status(), OK);
    let reply = client.call("ModelInfer", &rows("fraud", &[1.0; 100])).await;
    assert_eq!((reply.status(), reply.code()), (RESOURCE_EXHAUSTED, "body-too-large"));
    let large = "x".repeat(40_000);
    let reply = client.call_with("ModelInfer", &rows("fraud", &[1.0]), &[("x-large", &large)]).await;
    assert_eq!(reply.http, 431);
}

#[tokio::test]
async fn faults_of_models_keep_their_codes() {
    // To print a panic may take longer than the route gives its models.
    let (_server, mut client) = serve(with_time("panics")).await;
    let reply = client.call("ModelInfer", &rows("dead", &[1.0])).await;
    assert_eq!((reply.status(), reply.code()), (UNAVAILABLE, "no-rung-left"));
    assert_eq!((reply.end("charter-fail"), reply.end("grpc-retry-pushback-ms")), (Some("closed"), Some("1000")));
    let reply = client.call("ModelInfer", &rows("panics", &[1.0])).await;
    assert_eq!((reply.status(), reply.code()), (UNAVAILABLE, "no-rung-left"), "{reply:?}");
    assert!(!format!("{reply:?}").contains("made to panic"), "{reply:?}");
    let reply = client.call("ModelInfer", &rows("raw", &[1.0])).await;
    assert_eq!(
        reply.only::<ModelInferResponse>().raw_output_contents[0],
        b"\x02\0\0\0\xff\xfe",
        "bytes that are no text are no problem here"
    );
}
