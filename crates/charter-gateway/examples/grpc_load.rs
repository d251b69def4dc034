//! gRPC beside REST on the same route, in turn: `grpc_load REST_ADDRESS GRPC_ADDRESS SERVER_PID [SECONDS [ROUNDS]]`.
//!
//! Calls `fraud` (one row of 30 floats) of `serve_fake` with 64 calls in flight: REST over 64 connections, in JSON and with binary tensors; gRPC with
//! raw contents over 64 connections, over 8 with 8 streams each, and over one with 64. Every answer is checked for its score. Prints
//! calls a second and the server's processor time for each call (from `/proc`, so on Linux only).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a measurement that cannot go on stops")]

use bytes::{BufMut, Bytes, BytesMut};
use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const IN_FLIGHT: usize = 64;
const WIDTH: usize = 30;

/// What is measured in turn: name, connections, what is sent.
const KINDS: [(&str, usize, Kind); 5] = [
    ("REST JSON, 64 connections", 64, Kind::Json),
    ("REST binary, 64 connections", 64, Kind::Binary),
    ("gRPC, 64 connections x 1", 64, Kind::Grpc),
    ("gRPC, 8 connections x 8", 8, Kind::Grpc),
    ("gRPC, 1 connection x 64", 1, Kind::Grpc),
];
const REST_BINARY: usize = 1;

#[derive(Clone, Copy)]
struct Round {
    calls_per_s: f64,
    cpu_us: f64,
}

#[derive(Default)]
struct Tally {
    calls: AtomicU64,
    over: AtomicBool,
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next();
    let (Some(rest), Some(grpc), Some(pid)) = (next(), next(), next()) else {
        panic!("grpc_load REST_ADDRESS GRPC_ADDRESS SERVER_PID [SECONDS [ROUNDS]]")
    };
    let (rest, grpc): (SocketAddr, SocketAddr) = (rest.parse().unwrap(), grpc.parse().unwrap());
    let seconds: u64 = next().map_or(3, |text| text.parse().unwrap());
    let rounds: usize = next().map_or(3, |text| text.parse().unwrap());
    let mut done: Vec<Vec<Round>> = KINDS.iter().map(|_| Vec::new()).collect();
    for round in 1..=rounds {
        for ((name, connections, kind), of) in KINDS.into_iter().zip(&mut done) {
            let measured = measure(connections, kind, (rest, grpc), &pid, Duration::from_secs(seconds)).await;
            let Round { calls_per_s, cpu_us } = measured;
            of.push(measured);
            eprintln!("round {round} {name}: {calls_per_s:.0} calls/s, {cpu_us:.1} µs of server time a call");
        }
    }
    println!("\n{IN_FLIGHT} calls in flight, {seconds} s x {rounds}; median (least-most)\n");
    println!("| protocol | calls/s | ÷ REST binary of its round | server CPU µs/call |\n|---|---|---|---|");
    for ((name, ..), of) in KINDS.iter().zip(&done) {
        let ratios = of.iter().zip(&done[REST_BINARY]).map(|(own, rest)| own.calls_per_s / rest.calls_per_s);
        let calls = spread(of.iter().map(|round| round.calls_per_s), 0);
        println!("| {name} | {calls} | {} | {} |", spread(ratios, 2), spread(of.iter().map(|round| round.cpu_us), 1));
    }
}

/// `median (least-most)`.
fn spread(figures: impl Iterator<Item = f64>, digits: usize) -> String {
    let mut sorted: Vec<f64> = figures.collect();
    sorted.sort_by(f64::total_cmp);
    let (least, most) = (sorted[0], sorted[sorted.len() - 1]);
    format!("{:.digits$} ({least:.digits$}-{most:.digits$})", sorted[sorted.len() / 2])
}

#[derive(Clone, Copy)]
enum Kind {
    Json,
    Binary,
    Grpc,
}

async fn measure(connections: usize, kind: Kind, (rest, grpc): (SocketAddr, SocketAddr), pid: &str, time: Duration) -> Round {
    let tally = Arc::new(Tally::default());
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        match kind {
            Kind::Json => drop(tasks.spawn(http1(rest, json(), Arc::clone(&tally)))),
            Kind::Binary => drop(tasks.spawn(http1(rest, binary(), Arc::clone(&tally)))),
            Kind::Grpc => drop(tasks.spawn(http2(grpc, IN_FLIGHT / connections, Arc::clone(&tally)))),
        }
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (cpu, calls, began) = (cpu_us(pid), tally.calls.load(Ordering::Relaxed), Instant::now());
    tokio::time::sleep(time).await;
    let (calls, elapsed) = ((tally.calls.load(Ordering::Relaxed) - calls) as f64, began.elapsed().as_secs_f64());
    let cpu = cpu_us(pid) - cpu;
    tally.over.store(true, Ordering::Relaxed);
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
    Round { calls_per_s: calls / elapsed, cpu_us: cpu / calls }
}

fn nodelay(stream: TcpStream) -> TcpStream {
    stream.set_nodelay(true).unwrap();
    stream
}

/// User and system time of a process; a tick is 10 ms on Linux.
fn cpu_us(pid: &str) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) * 10_000.0
}

fn row() -> Vec<f32> {
    (0..WIDTH).map(|index| index as f32 * 0.37 - 3.0).collect()
}

fn json() -> Vec<u8> {
    let body = serde_json::json!({ "inputs": [{ "name": "input", "datatype": "FP32", "shape": [1, WIDTH], "data": row() }] }).to_string();
    head(body.len(), "", body.as_bytes())
}

fn binary() -> Vec<u8> {
    let text = serde_json::json!({
        "inputs": [{ "name": "input", "datatype": "FP32", "shape": [1, WIDTH], "parameters": { "binary_data_size": WIDTH * 4 } }],
        "parameters": { "binary_data_output": true },
    })
    .to_string();
    let mut body = text.clone().into_bytes();
    row().iter().for_each(|value| body.extend_from_slice(&value.to_le_bytes()));
    head(body.len(), &format!("Inference-Header-Content-Length: {}\r\n", text.len()), &body)
}

fn head(length: usize, more: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("POST /v2/models/fraud/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n{more}\r\n");
    [head.as_bytes(), body].concat()
}

async fn http1(address: SocketAddr, request: Vec<u8>, tally: Arc<Tally>) {
    let mut stream = nodelay(TcpStream::connect(address).await.unwrap());
    let mut held = Vec::with_capacity(4096);
    while !tally.over.load(Ordering::Relaxed) {
        stream.write_all(&request).await.unwrap();
        held.clear();
        loop {
            assert!(stream.read_buf(&mut held).await.unwrap() > 0, "the server closed");
            if let Some(end) = held.windows(4).position(|window| window == b"\r\n\r\n") {
                let head = std::str::from_utf8(&held[..end]).unwrap();
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse::<usize>().unwrap();
                if held.len() == end + 4 + length {
                    break;
                }
            }
        }
        assert!(
            held.starts_with(b"HTTP/1.1 200") && held.windows(5).any(|window| window == b"score"),
            "{}",
            String::from_utf8_lossy(&held)
        );
        tally.calls.fetch_add(1, Ordering::Relaxed);
    }
}

/// A `ModelInferRequest` with raw contents, framed.
fn message() -> Bytes {
    let raw: Vec<u8> = row().iter().flat_map(|value| value.to_le_bytes()).collect();
    let mut input = b"\x0a\x05input\x12\x04FP32\x1a\x02".to_vec();
    input.extend_from_slice(&[1, WIDTH as u8]);
    let mut message = BytesMut::new();
    message.put_slice(b"\x0a\x05fraud\x2a");
    message.put_u8(input.len() as u8);
    message.put_slice(&input);
    message.put_slice(&[0x3a, raw.len() as u8]);
    message.put_slice(&raw);
    let mut framed = BytesMut::new();
    framed.put_u8(0);
    framed.put_u32(message.len() as u32);
    framed.put_slice(&message);
    framed.freeze()
}

/// What comes before the first request: the preface, settings as they are, and room for all answers of a run.
const OPENING: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\x04\x08\0\0\0\0\0\x7f\xfe\0\0";
const SETTINGS_ACK: &[u8] = b"\0\0\0\x04\x01\0\0\0\0";

fn frame(out: &mut BytesMut, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    out.put_uint(payload.len() as u64, 3);
    out.put_slice(&[kind, flags]);
    out.put_u32(stream);
    out.put_slice(payload);
}

/// The header block of a connection's first request, whose fields the server remembers, or of a later one, which names them by number (RFC 7541).
fn block(is_first: bool) -> Vec<u8> {
    let mut block = vec![0x83, 0x86];
    if !is_first {
        block.extend_from_slice(&[0xc1, 0xc0, 0xbf, 0xbe]);
        return block;
    }
    let mut put = |name: &[u8], value: &str| {
        block.extend_from_slice(name);
        block.push(value.len() as u8);
        block.extend_from_slice(value.as_bytes());
    };
    put(&[0x44], "/inference.GRPCInferenceService/ModelInfer");
    put(&[0x41], "localhost");
    put(&[0x5f], "application/grpc");
    put(b"\x40\x02te", "trailers");
    block
}

/// A connection with so many calls in flight. Frames are put together by hand, as the bytes of REST are: the server is measured, not a client.
async fn http2(address: SocketAddr, calls: usize, tally: Arc<Tally>) {
    let mut stream = nodelay(TcpStream::connect(address).await.unwrap());
    let (message, mut next) = (message(), 1_u32);
    let mut out = BytesMut::from(OPENING);
    let mut ask = |out: &mut BytesMut| {
        frame(out, 1, 4, next, &block(next == 1));
        frame(out, 0, 1, next, &message);
        next += 2;
    };
    (0..calls).for_each(|_| ask(&mut out));
    let mut held = BytesMut::with_capacity(64 << 10);
    let mut open = calls;
    let mut scored: HashSet<u32> = HashSet::new();
    while open > 0 {
        if !out.is_empty() {
            stream.write_all(&out.split()).await.unwrap();
        }
        assert!(stream.read_buf(&mut held).await.unwrap() > 0, "the server closed");
        while let Some(&[a, b, c, kind, flags, w, x, y, z]) = held.first_chunk::<9>() {
            let length = u32::from_be_bytes([0, a, b, c]) as usize;
            if held.len() < 9 + length {
                break;
            }
            let payload = held.split_to(9 + length);
            let id = u32::from_be_bytes([w, x, y, z]);
            match (kind, flags & 1) {
                (0, 0) => assert!(payload.windows(5).any(|window| window == b"score") && scored.insert(id), "{payload:?}"),
                // Headers that end the stream: trailers, as there was data.
                (1, 1) => {
                    assert!(scored.remove(&id), "an answer without a score: {payload:?}");
                    tally.calls.fetch_add(1, Ordering::Relaxed);
                    if tally.over.load(Ordering::Relaxed) {
                        open -= 1;
                    } else {
                        ask(&mut out);
                    }
                }
                (4, 0) => out.put_slice(SETTINGS_ACK),
                (1, 0) | (4, 1) | (8, _) => {}
                _ => panic!("frame {kind} with flags {flags}"),
            }
        }
    }
}
