//! What every store promises.

use charter_engine::store::{Store, StoreError};
use charter_store::limits::BYTES_MAX;
use std::sync::Arc;

type Shared = Arc<dyn Store>;

pub(crate) async fn versions_rise_by_one(store: Shared) {
    assert_eq!(store.get("rollout/fraud").await.expect("read"), None);
    for version in 0..3 {
        assert_eq!(store.put("rollout/fraud", &[version as u8], version).await, Ok(version + 1));
        let document = store.get("rollout/fraud").await.expect("read").expect("a document");
        assert_eq!((document.bytes, document.version), (vec![version as u8], version + 1));
    }
}

pub(crate) async fn a_write_over_another_version_is_a_conflict(store: Shared) {
    assert_eq!(store.put("a", b"never", 1).await, Err(StoreError::Conflict), "there is no version 1 to write over");
    store.put("a", b"one", 0).await.expect("written");
    assert_eq!(store.put("a", b"again", 0).await, Err(StoreError::Conflict));
    assert_eq!(store.put("a", b"ahead", 7).await, Err(StoreError::Conflict));
    let document = store.get("a").await.expect("read").expect("a document");
    assert_eq!((document.bytes.as_slice(), document.version), (b"one".as_slice(), 1), "a conflict changes nothing");
}

pub(crate) async fn one_of_many_writers_wins_each_version(store: Shared) {
    const WRITERS: u64 = 8;
    const EACH: u64 = 20;
    let writers = (0..WRITERS).map(|_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let mut conflicts = 0_u64;
            let mut done = 0;
            while done < EACH {
                let document = store.get("counter").await.expect("read");
                let (number, version) = document.map_or((0, 0), |document| (number(&document.bytes), document.version));
                match store.put("counter", (number + 1).to_string().as_bytes(), version).await {
                    Ok(_) => done += 1,
                    Err(StoreError::Conflict) => conflicts += 1,
                    Err(other) => panic!("{other}"),
                }
            }
            conflicts
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("a writer");
    }
    let document = store.get("counter").await.expect("read").expect("a document");
    assert_eq!((number(&document.bytes), document.version), (WRITERS * EACH, WRITERS * EACH), "no count is lost");
}

fn number(bytes: &[u8]) -> u64 {
    String::from_utf8_lossy(bytes).parse().expect("a number")
}

pub(crate) async fn keys_are_listed_by_prefix_in_order(store: Shared) {
    for key in ["rollout/b", "rollout/a", "rollouts", "flag/x", "rollout/a/z", "Rollout/a", "rollout/Z"] {
        store.put(key, b"", 0).await.expect("written");
    }
    assert_eq!(store.keys("rollout/").await.expect("keys"), ["rollout/Z", "rollout/a", "rollout/a/z", "rollout/b"]);
    assert_eq!(store.keys("rollout/a").await.expect("keys"), ["rollout/a", "rollout/a/z"]);
    assert_eq!(store.keys("").await.expect("keys").len(), 7);
    assert!(store.keys("nothing").await.expect("keys").is_empty());
}

pub(crate) async fn a_log_keeps_its_order(store: Shared) {
    let mut last = 0;
    for round in 0..10_u8 {
        let records: Vec<Vec<u8>> = (0..5).map(|place| vec![round, place]).collect();
        let sequence = store.append("rollouts", &records).await.expect("appended");
        assert!(sequence > last, "sequences rise");
        last = sequence;
    }
    let records = store.read("rollouts", 0, 1_000).await.expect("read");
    let expected: Vec<Vec<u8>> = (0..10).flat_map(|round| (0..5).map(move |place| vec![round, place])).collect();
    assert_eq!(records.iter().map(|record| record.bytes.clone()).collect::<Vec<_>>(), expected);
    assert!(records.windows(2).all(|pair| pair[0].sequence < pair[1].sequence));
    assert_eq!(records.last().map(|record| record.sequence), Some(last), "an append gives the sequence of its last record");
    assert!(store.read("exposures", 0, 10).await.expect("read").is_empty(), "logs are apart");
}

pub(crate) async fn appends_of_many_are_never_mixed(store: Shared) {
    let writers = (0..6_u8).map(|writer| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for _ in 0..10 {
                store.append("log", &vec![vec![writer]; 7]).await.expect("appended");
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("a writer");
    }
    let records = store.read("log", 0, 10_000).await.expect("read");
    assert_eq!(records.len(), 6 * 10 * 7);
    assert!(records.chunks(7).all(|chunk| chunk.iter().all(|record| record.bytes == chunk[0].bytes)), "an append stands in one piece");
}

pub(crate) async fn reading_goes_on_after_a_sequence(store: Shared) {
    let records: Vec<Vec<u8>> = (0..25).map(|number| vec![number]).collect();
    store.append("log", &records).await.expect("appended");
    let mut seen = Vec::new();
    let mut after = 0;
    loop {
        let page = store.read("log", after, 10).await.expect("read");
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 10);
        after = last.sequence;
        seen.extend(page.into_iter().map(|record| record.bytes));
    }
    assert_eq!(seen, records);
}

pub(crate) async fn bad_names_are_refused(store: Shared) {
    let long = "x".repeat(201);
    for name in ["", "a b", "ä", "a\0b", "a'b", "a\"b", "a\nb", "%", long.as_str()] {
        let bad = |error: StoreError| matches!(error, StoreError::BadName(_));
        assert!(store.get(name).await.is_err_and(bad), "get {name:?}");
        assert!(store.put(name, b"", 0).await.is_err_and(bad), "put {name:?}");
        assert!(store.append(name, &[Vec::new()]).await.is_err_and(bad), "append {name:?}");
        assert!(store.read(name, 0, 1).await.is_err_and(bad), "read {name:?}");
        assert!(name.is_empty() || store.keys(name).await.is_err_and(bad), "keys {name:?}");
    }
    let longest = "x".repeat(200);
    assert_eq!(store.put(&longest, b"", 0).await, Ok(1));
    assert_eq!(store.put("aZ09-_./:@", b"", 0).await, Ok(1));
}

pub(crate) async fn values_too_large_are_refused(store: Shared) {
    let large = vec![0_u8; BYTES_MAX + 1];
    let refused = |error: StoreError| matches!(error, StoreError::TooLarge { size, max, .. } if size > max);
    assert!(store.put("a", &large, 0).await.is_err_and(refused));
    assert!(store.append("log", &[b"small".to_vec(), large]).await.is_err_and(refused));
    assert!(store.read("log", 0, 10).await.expect("read").is_empty(), "all of an append, or none");
}

pub(crate) async fn bytes_come_back_as_they_were(store: Shared) {
    let all: Vec<u8> = (0..=255).collect();
    store.put("bytes", &all, 0).await.expect("written");
    store.append("bytes", &[all.clone(), Vec::new()]).await.expect("appended");
    assert_eq!(store.get("bytes").await.expect("read").expect("a document").bytes, all);
    let records = store.read("bytes", 0, 10).await.expect("read");
    assert_eq!(records.into_iter().map(|record| record.bytes).collect::<Vec<_>>(), [all, Vec::new()]);
}
