//! Ten thousand mutated inference requests against the real binary: no panic, no 5xx, and it answers as before afterwards.

use crate::support::{DIAMOND, Server, ask, shop};
use charter_verify::Random;
use charter_verify::load::{Connection, Target};
use std::time::{Duration, Instant};

const REQUESTS: usize = 10_000;
const SEED: u64 = 20_261_123;

/// A body with up to four bytes changed, dropped, doubled or replaced by something that means something in JSON.
fn mutated(random: &mut Random, body: &[u8]) -> Vec<u8> {
    const TOKENS: [&[u8]; 12] =
        [b"-1", b"1e999", b"NaN", b"null", b"[[[[", b"]]", b"{}", b"\"\"", b"18446744073709551616", b"\\u0000", b"\"FP64\"", b"4294967296"];
    let mut bytes = body.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len().max(1));
        match random.below(5) {
            0 => bytes.insert(at, u8::try_from(random.below(256)).unwrap_or(0)),
            1 if !bytes.is_empty() => drop(bytes.remove(at)),
            2 => {
                let token = TOKENS[random.below(TOKENS.len())];
                bytes.splice(at..at, token.iter().copied());
            }
            3 => bytes.truncate(at),
            _ => {
                let end = (at + random.below(40)).min(bytes.len());
                let part = bytes[at.min(end)..end].to_vec();
                bytes.splice(at..at, part);
            }
        }
    }
    bytes
}

#[test]
fn ten_thousand_mutated_requests_cause_no_server_error() {
    println!("seed {SEED}");
    let mut server = Server::start(&shop(), &["--no-watch"]);
    let target = Target::parse(&format!("http://{}", server.data)).expect("an address");
    let mut random = Random::seeded(SEED);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut answers = std::collections::BTreeMap::<u16, usize>::new();
    runtime.block_on(async {
        let mut connection = None;
        for _ in 0..REQUESTS {
            let request = target.post("/v2/models/pricing/infer", "application/json", &[], &mutated(&mut random, DIAMOND.as_bytes()));
            let mut open = match connection.take() {
                Some(open) => open,
                None => Connection::open(target.address(), Instant::now() + Duration::from_secs(5)).await.expect("connected"),
            };
            let answer = open.exchange(request.bytes(), Instant::now() + Duration::from_secs(10)).await.expect("an answer");
            *answers.entry(answer.status).or_default() += 1;
            assert!(answer.status < 500, "status {}", answer.status);
            if open.is_reusable() {
                connection = Some(open);
            }
        }
    });
    println!("{answers:?}");
    assert!(answers.get(&400).copied().unwrap_or(0) > REQUESTS / 2, "most mutations are refused: {answers:?}");
    assert!(server.lives());
    assert_eq!(ask(&server.data, "POST", "/v2/models/pricing/infer", DIAMOND.as_bytes()).0, 200);
}
