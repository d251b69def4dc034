//! Calls that end before their time: deadlines, cancellation, streams, drain.

use super::*;

#[tokio::test]
async fn a_deadline_that_travels_ends_the_call() {
    let (_server, mut client) = serve(patient()).await;
    for (name, value) in [("grpc-timeout", "40m"), ("x-deadline-ms", "40")] {
        let began = Instant::now();
        let reply = client.call_with("ModelInfer", &rows("hangs", &[1.0]), &[(name, value)]).await;
        assert_eq!(reply.status(), DEADLINE_EXCEEDED, "{name}: {reply:?}");
        assert!(began.elapsed() < Duration::from_secs(5), "{name}");
    }
    let mut request = rows("hangs", &[1.0]);
    let micros = InferParameter { parameter_choice: Some(ParameterChoice::Int64Param(40_000)) };
    request.parameters.insert("timeout".to_owned(), micros);
    assert_eq!(client.call("ModelInfer", &request).await.status(), DEADLINE_EXCEEDED);
}

/// An answer says that the server has seen what this connection sent before.
async fn seen(client: &mut Client) {
    assert_eq!(client.call("ServerLive", &ServerLiveRequest {}).await.status(), OK);
}

#[tokio::test]
async fn a_cancelled_call_gives_its_place_back() {
    let (server, mut client) = serve(patient()).await;
    let mut other = Client::connect(server.grpc.unwrap()).await;
    let short = [("grpc-timeout", "100m")];
    for method in ["ModelInfer", "ModelStreamInfer"] {
        let request = client.request(&format!("/inference.GRPCInferenceService/{method}"));
        let mut talk = client.begin(request).await;
        talk.send(&rows("hangs", &[1.0]));
        if method == "ModelInfer" {
            talk.out.send_data(Default::default(), true).unwrap();
        }
        seen(&mut client).await;
        let reply = other.call_with("ModelInfer", &rows("hangs", &[1.0]), &short).await;
        assert_eq!((reply.status(), reply.code()), (RESOURCE_EXHAUSTED, "overloaded"), "{method}: one call at a time");
        talk.out.send_reset(Reason::CANCEL);
        seen(&mut client).await;
        let reply = other.call_with("ModelInfer", &rows("hangs", &[1.0]), &short).await;
        assert_eq!(reply.status(), DEADLINE_EXCEEDED, "{method}: the call that was cancelled still has its place");
    }
}

#[tokio::test]
async fn a_connection_that_goes_away_takes_its_calls_with_it() {
    let (server, mut client) = serve(patient()).await;
    let mut other = Client::connect(server.grpc.unwrap()).await;
    let mut talk = client.begin(client.request("/inference.GRPCInferenceService/ModelInfer")).await;
    talk.out.send_data(framed(&rows("hangs", &[1.0]).encode_to_vec()), true).unwrap();
    seen(&mut client).await;
    let short = [("grpc-timeout", "100m")];
    assert_eq!(other.call_with("ModelInfer", &rows("hangs", &[1.0]), &short).await.status(), RESOURCE_EXHAUSTED);
    client.connection.abort();
    drop((client, talk));
    let freed = async { while other.call_with("ModelInfer", &rows("hangs", &[1.0]), &short).await.status() != DEADLINE_EXCEEDED {} };
    timeout(Duration::from_secs(5), freed).await.expect("the place is given back long before the call's own deadline");
}

#[tokio::test]
async fn a_stream_answers_in_order_and_survives_errors() {
    let (_server, mut client) = serve(plan()).await;
    let request = client.request("/inference.GRPCInferenceService/ModelStreamInfer");
    let mut talk = client.begin(request).await;
    for index in 0..20 {
        let route = if index % 5 == 4 { "nothing" } else { "fraud" };
        talk.send(&ModelInferRequest { id: format!("{index}"), ..rows(route, &[index as f32]) });
    }
    for index in 0..20 {
        let answer = ModelStreamInferResponse::decode(talk.message().await.unwrap()).unwrap();
        let inner = answer.infer_response.unwrap();
        assert_eq!(inner.id, format!("{index}"));
        if index % 5 == 4 {
            assert!(answer.error_message.contains("nothing"), "{answer:?}", answer = answer.error_message);
            assert_eq!(text(&inner, "code"), "route-unknown");
        } else {
            assert_eq!((answer.error_message.as_str(), floats(&inner.raw_output_contents[0])), ("", vec![index as f32]));
        }
    }
    talk.out.send_data(Default::default(), true).unwrap();
    assert_eq!(talk.end().await.status(), OK);
}

#[tokio::test]
async fn a_stream_has_a_deadline_and_ends_with_what_it_cannot_read() {
    let (_server, mut client) = serve(plan()).await;
    let request = client.request("/inference.GRPCInferenceService/ModelStreamInfer").header("grpc-timeout", "60m");
    let talk = client.begin(request).await;
    assert_eq!(talk.end().await.status(), DEADLINE_EXCEEDED);
    let request = client.request("/inference.GRPCInferenceService/ModelStreamInfer");
    let mut talk = client.begin(request).await;
    talk.send(&rows("fraud", &[1.0]));
    talk.out.send_data(vec![9, 0, 0, 0, 0].into(), false).unwrap();
    let reply = talk.end().await;
    assert_eq!((reply.status(), reply.messages.len()), (INVALID_ARGUMENT, 1));
}

#[tokio::test]
async fn a_drain_ends_streams_and_lets_calls_finish() {
    let (mut server, mut client) = serve(patient()).await;
    let request = client.request("/inference.GRPCInferenceService/ModelStreamInfer");
    let mut stream = client.begin(request).await;
    stream.send(&rows("fraud", &[1.0]));
    assert!(stream.message().await.is_some());
    let request = client.request("/inference.GRPCInferenceService/ModelInfer").header("grpc-timeout", "400m");
    let mut call = client.begin(request).await;
    call.out.send_data(framed(&rows("hangs", &[1.0]).encode_to_vec()), true).unwrap();
    // An answer on the same connection says that what was sent before it has arrived.
    assert_eq!(client.call("ServerLive", &ServerLiveRequest {}).await.status(), OK);
    server.stop();
    let reply = stream.end().await;
    assert_eq!((reply.status(), reply.code()), (UNAVAILABLE, "draining"));
    assert_eq!(call.end().await.status(), DEADLINE_EXCEEDED, "its own deadline, not the drain's");
    let drained = timeout(Duration::from_secs(5), &mut server.task).await.expect("the server drains").unwrap();
    assert_eq!(drained.cut, 0);
    assert!(timeout(Duration::from_secs(5), client.connection).await.is_ok(), "the connection ends");
}
