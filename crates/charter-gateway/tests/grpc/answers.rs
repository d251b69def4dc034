//! What is answered: metadata, inferences in every datatype, health.

use super::*;

#[tokio::test]
async fn the_server_and_its_routes_describe_themselves() {
    let (_server, mut client) = serve(plan()).await;
    assert!(client.call("ServerLive", &ServerLiveRequest {}).await.only::<ServerLiveResponse>().live);
    assert!(client.call("ServerReady", &ServerReadyRequest {}).await.only::<ServerReadyResponse>().ready);
    let server: ServerMetadataResponse = client.call("ServerMetadata", &ServerMetadataRequest {}).await.only();
    assert_eq!(server.name, "charter");

    let named = |name: &str, version: &str| ModelMetadataRequest { name: name.to_owned(), version: version.to_owned() };
    let metadata: ModelMetadataResponse = client.call("ModelMetadata", &named("fraud", "")).await.only();
    assert_eq!((metadata.name.as_str(), metadata.inputs[0].shape.as_slice()), ("fraud", [-1, 30].as_slice()));
    assert_eq!((metadata.outputs[0].name.as_str(), metadata.outputs[0].datatype.as_str()), ("score", "FP32"));
    let pinned: ModelMetadataResponse = client.call("ModelMetadata", &named("pinned", "v7")).await.only();
    assert_eq!(pinned.versions, ["v7"]);

    let ready = |name: &str| ModelReadyRequest { name: name.to_owned(), ..Default::default() };
    assert!(client.call("ModelReady", &ready("fraud")).await.only::<ModelReadyResponse>().ready);
    let config: ModelConfigResponse =
        client.call("ModelConfig", &ModelConfigRequest { name: "types".to_owned(), ..Default::default() }).await.only();
    let config = config.config.unwrap();
    assert_eq!((config.max_batch_size, config.input.len(), config.input[0].dims.as_slice()), (10_000, 14, [2].as_slice()));
    assert!(config.input.iter().all(|input| input.data_type != 0), "{config:?}");

    let index: RepositoryIndexResponse = client.call("RepositoryIndex", &RepositoryIndexRequest::default()).await.only();
    assert_eq!(index.models.len(), 9);
    let reply = client.call("ModelInfer", &rows("fraud", &[1.0, 2.0])).await;
    assert_eq!(reply.status(), OK, "{reply:?}");
    let asked = ModelStatisticsRequest { name: "fraud".to_owned(), ..Default::default() };
    let statistics: ModelStatisticsResponse = client.call("ModelStatistics", &asked).await.only();
    let of = &statistics.model_stats[0];
    assert_eq!((of.inference_count, of.execution_count), (2, 1));
    assert_eq!(of.inference_stats.as_ref().unwrap().queue, None, "what is not measured is not claimed");
}

#[tokio::test]
async fn an_answer_says_who_gave_it() {
    let (_server, mut client) = serve(plan()).await;
    let asked = [("x-request-id", "abc")];
    let reply = client.call_with("ModelInfer", &rows("fraud", &[2.0, 4.5]), &asked).await;
    let answer: ModelInferResponse = reply.only();
    assert_eq!((answer.model_name.as_str(), answer.model_version.as_str(), answer.id.as_str()), ("fraud", "v2", "request-7"));
    assert_eq!(answer.outputs[0].shape, [2, 1]);
    assert_eq!(floats(&answer.raw_output_contents[0]), [2.0, 4.5]);
    assert_eq!((text(&answer, "rung").as_str(), text(&answer, "model").as_str()), ("full", "mean@v2"));
    let header = |name: &str| reply.headers.get(name).map(|value| value.to_str().unwrap());
    assert_eq!((header("charter-rung"), header("charter-model")), (Some("full"), Some("mean@v2")));
    assert_eq!((header("charter-plan"), header("x-request-id")), (Some("ab12ab12ab12"), Some("abc")));

    let reply = client.call("ModelInfer", &rows("falls", &[3.0])).await;
    let answer: ModelInferResponse = reply.only();
    assert_eq!((text(&answer, "rung").as_str(), text(&answer, "reason").as_str()), ("fallback", "failed"));
    assert_eq!(reply.headers["charter-degraded"], "failed");

    let pinned = ModelInferRequest { model_version: "v7".to_owned(), ..rows("pinned", &[3.0]) };
    assert_eq!(client.call("ModelInfer", &pinned).await.only::<ModelInferResponse>().model_version, "v7");
}

/// Two values of every datatype, raw.
fn every_raw() -> Vec<(Datatype, Vec<u8>)> {
    let of = |datatype: Datatype| match datatype {
        Datatype::Bool => vec![1, 0],
        Datatype::Bytes => b"\x02\0\0\0ab\0\0\0\0".to_vec(),
        // Small positive numbers in every one of them, floats included.
        _ => (0..2 * datatype.size_bytes().unwrap()).map(|byte| byte as u8 % 16).collect(),
    };
    Datatype::ALL.into_iter().map(|datatype| (datatype, of(datatype))).collect()
}

#[tokio::test]
async fn every_datatype_goes_through_raw_contents() {
    let (_server, mut client) = serve(plan()).await;
    let every = every_raw();
    let mut request = ModelInferRequest { model_name: "types".to_owned(), ..Default::default() };
    // In another order than the signature's.
    for (datatype, raw) in every.iter().rev() {
        request.inputs.push(input(&format!("in_{}", datatype.name().to_lowercase()), datatype.name(), &[1, 2]));
        request.raw_input_contents.push(raw.clone());
    }
    let answer: ModelInferResponse = client.call("ModelInfer", &request).await.only();
    for (position, (datatype, raw)) in every.iter().enumerate() {
        assert_eq!(&answer.outputs[position].datatype, datatype.name());
        assert_eq!(&answer.raw_output_contents[position], raw, "{datatype}");
    }
    // Only what is asked for, in that order.
    let wanted = ["out_fp16", "out_bytes"];
    request.outputs = wanted.map(|name| InferRequestedOutputTensor { name: name.to_owned(), ..Default::default() }).to_vec();
    let answer: ModelInferResponse = client.call("ModelInfer", &request).await.only();
    assert_eq!(answer.outputs.iter().map(|output| output.name.as_str()).collect::<Vec<_>>(), wanted);
    assert_eq!(answer.raw_output_contents.len(), 2);
}

#[tokio::test]
async fn lists_are_read_like_raw_contents() {
    let (_server, mut client) = serve(plan()).await;
    let mut request = rows("fraud", &[]);
    let contents = InferTensorContents { fp32_contents: vec![1.5; 60], ..Default::default() };
    request.raw_input_contents.clear();
    request.inputs = vec![InferInputTensor { contents: Some(contents), ..input("input", "FP32", &[2, 30]) }];
    let answer: ModelInferResponse = client.call("ModelInfer", &request).await.only();
    assert_eq!(floats(&answer.raw_output_contents[0]), [1.5, 1.5]);
}

#[tokio::test]
async fn a_message_in_many_pieces_is_one_message() {
    let (_server, mut client) = serve(plan()).await;
    let request = client.request("/inference.GRPCInferenceService/ModelInfer");
    let mut talk = client.begin(request).await;
    let whole = framed(&rows("fraud", &[1.0, 2.0, 3.0]).encode_to_vec());
    for piece in whole.chunks(7) {
        talk.out.send_data(piece.to_vec().into(), false).unwrap();
    }
    talk.out.send_data(Default::default(), true).unwrap();
    let answer: ModelInferResponse = talk.end().await.only();
    assert_eq!(floats(&answer.raw_output_contents[0]), [1.0, 2.0, 3.0]);
}

#[tokio::test]
async fn health_is_told_for_the_server_and_for_routes() {
    let (mut server, mut client) = serve(plan()).await;
    for (service, status) in [("", 1), ("inference.GRPCInferenceService", 1), ("fraud", 1)] {
        let asked = HealthCheckRequest { service: service.to_owned() };
        assert_eq!(client.call("/grpc.health.v1.Health/Check", &asked).await.only::<HealthCheckResponse>().status, status);
    }
    let unknown = HealthCheckRequest { service: "nothing".to_owned() };
    assert_eq!(client.call("/grpc.health.v1.Health/Check", &unknown).await.status(), NOT_FOUND);

    let request = client.request("/grpc.health.v1.Health/Watch");
    let mut talk = client.begin(request).await;
    talk.out.send_data(framed(&[]), true).unwrap();
    let first = HealthCheckResponse::decode(talk.message().await.unwrap()).unwrap();
    assert_eq!(first.status, 1);
    server.stop();
    let last = HealthCheckResponse::decode(talk.message().await.unwrap()).unwrap();
    assert_eq!(last.status, 2, "a server that drains does not serve");
    assert_eq!(talk.end().await.status(), OK);
}
