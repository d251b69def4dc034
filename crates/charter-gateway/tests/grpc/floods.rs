//! Many calls, and too much of something, on one connection.

use super::*;

#[tokio::test]
async fn a_flood_of_pings_ends_its_connection_only() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let (server, mut other) = serve(plan()).await;
    let mut stream = tokio::net::TcpStream::connect(server.grpc.unwrap()).await.unwrap();
    let mut flood = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    flood.extend(b"\0\0\x08\x06\0\0\0\0\0abcdefgh".repeat(5_000));
    // The server may close before all of it is taken.
    let _ = stream.write_all(&flood).await;
    let mut answer = Vec::new();
    let ended = timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await;
    assert!(ended.is_ok(), "the connection stays open");
    assert!(answer.len() < 17 * 2_000, "{} bytes of pongs", answer.len());
    assert_eq!(other.call("ServerLive", &ServerLiveRequest {}).await.status(), OK);
}

/// CVE-2023-44487: calls that are begun and reset at once cost their sender nothing.
#[tokio::test]
async fn a_flood_of_resets_ends_its_connection_only() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let (server, mut other) = serve(patient()).await;
    let frame = |kind: u8, flags: u8, stream: u32, payload: &[u8]| {
        [&(payload.len() as u32).to_be_bytes()[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
    };
    // RFC 7541: method and scheme by number, the rest as literals that are not remembered.
    let mut head = vec![0x83, 0x86];
    for (name, value) in
        [(&b"\x04"[..], "/inference.GRPCInferenceService/ModelInfer"), (b"\x01", "localhost"), (b"\x0f\x10", "application/grpc")]
    {
        head.extend_from_slice(name);
        head.push(value.len() as u8);
        head.extend_from_slice(value.as_bytes());
    }
    let message = framed(&rows("hangs", &[1.0]).encode_to_vec());
    let calls = |range: std::ops::Range<u32>| {
        let mut bytes = Vec::new();
        for stream in range.map(|call| call * 2 + 1) {
            bytes.extend(frame(1, 4, stream, &head));
            bytes.extend(frame(0, 1, stream, &message));
            bytes.extend(frame(3, 0, stream, &8_u32.to_be_bytes()));
        }
        bytes
    };
    let mut stream = tokio::net::TcpStream::connect(server.grpc.unwrap()).await.unwrap();
    let mut flood = [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &frame(4, 0, 0, &[])].concat();
    flood.extend(calls(0..5_000));
    // The server may close before all of it is taken.
    let _ = stream.write_all(&flood).await;
    let mut answer = Vec::new();
    let ended = timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await;
    assert!(ended.is_ok(), "the connection stays open");
    // None of them has kept the one place.
    let reply = other.call_with("ModelInfer", &rows("hangs", &[1.0]), &[("grpc-timeout", "100m")]).await;
    assert_eq!(reply.status(), DEADLINE_EXCEEDED, "{reply:?}");
}

#[tokio::test]
async fn one_connection_carries_many_calls_at_once() {
    let (server, client) = serve(plan()).await;
    let mut tasks = tokio::task::JoinSet::new();
    let mut clients = vec![client];
    for _ in 0..3 {
        clients.push(Client::connect(server.grpc.unwrap()).await);
    }
    for (number, mut client) in clients.into_iter().enumerate() {
        tasks.spawn(async move {
            let mut talks = Vec::new();
            for call in 0..100 {
                let value = (number * 100 + call) as f32;
                let count = if call % 2 == 0 { 1 } else { 32 };
                let request = client.request("/inference.GRPCInferenceService/ModelInfer");
                let mut talk = client.begin(request).await;
                talk.out.send_data(framed(&rows("fraud", &vec![value; count]).encode_to_vec()), true).unwrap();
                talks.push((value, count, talk));
            }
            for (value, count, talk) in talks {
                let answer: ModelInferResponse = talk.end().await.only();
                assert_eq!(floats(&answer.raw_output_contents[0]), vec![value; count]);
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
}
