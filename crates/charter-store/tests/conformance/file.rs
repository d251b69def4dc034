//! What only a store in a file promises: it outlives its process, says what is wrong with a file, and stays within its limits.

use charter_engine::store::{Store, StoreError};
use charter_store::embedded::Limits;
use charter_store::{Embedded, Memory};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

/// Names the file to a child process, which then only writes.
const CHILD: &str = "CHARTER_STORE_TEST_CHILD";
const ACKNOWLEDGED: usize = 60;

/// Writes without end and says each number once its write is done. Nothing without a parent that asks for it.
#[tokio::test]
async fn child_writes_until_it_is_killed() {
    let Ok(path) = std::env::var(CHILD) else { return };
    let store = Embedded::open(Path::new(&path)).expect("a store");
    for number in 1.. {
        store.append("log", &[number.to_string().into_bytes()]).await.expect("appended");
        store.put("last", number.to_string().as_bytes(), number - 1).await.expect("written");
        println!("done {number}");
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "file::child_writes_until_it_is_killed", "--nocapture"])
        .env(CHILD, &path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a child");
    let lines = BufReader::new(child.stdout.take().expect("its output")).lines().map_while(Result::ok);
    let done: Vec<u64> = lines.filter_map(|line| line.rsplit_once("done ")?.1.parse().ok()).take(ACKNOWLEDGED).collect();
    // SIGKILL: nothing of the child runs after it.
    child.kill().expect("killed");
    child.wait().expect("ended");
    assert_eq!(done.len(), ACKNOWLEDGED, "the child wrote");

    let store = Embedded::open(&path).expect("the store opens again");
    let last = done.last().copied().expect("a number");
    let records = store.read("log", 0, 10_000).await.expect("read");
    assert!(records.len() as u64 >= last, "{} records of {last} acknowledged", records.len());
    assert!(records.iter().zip(1_u64..).all(|(record, number)| record.bytes == number.to_string().into_bytes()));
    let document = store.get("last").await.expect("read").expect("a document");
    assert!(document.version >= last && document.bytes == document.version.to_string().into_bytes());
}

#[tokio::test]
async fn two_connections_to_one_file_see_each_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let (one, two) = (Embedded::open(&path).expect("a store"), Embedded::open(&path).expect("the same"));
    one.put("a", b"one", 0).await.expect("written");
    assert_eq!(two.put("a", b"two", 0).await, Err(StoreError::Conflict));
    assert_eq!(two.put("a", b"two", 1).await, Ok(2));
    assert_eq!(one.get("a").await.expect("read").expect("a document").bytes, b"two");
}

#[tokio::test]
async fn a_log_keeps_its_newest_records_and_no_number_comes_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let limits = Limits { retention: 10, ..Limits::default() };
    let stores: [Box<dyn Store>; 2] = [Box::new(Embedded::open_with(&path, limits).expect("a store")), Box::new(Memory::new(10))];
    for store in stores {
        for number in 0..25_u8 {
            store.append("log", &[vec![number]]).await.expect("appended");
        }
        let records = store.read("log", 0, 100).await.expect("read");
        assert_eq!(records.iter().map(|record| record.bytes[0]).collect::<Vec<_>>(), (15..25).collect::<Vec<_>>());
        assert_eq!(records.first().map(|record| record.sequence), Some(16));
    }
    let again = Embedded::open_with(&path, limits).expect("the store opens again");
    assert_eq!(again.append("log", &[vec![25]]).await, Ok(26), "numbers go on after a restart");
}

#[test]
fn a_damaged_file_is_named_as_such() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    std::fs::write(&path, b"this is no database at all, and long enough to be read as one. ".repeat(100)).expect("written");
    let error = Embedded::open(&path).expect_err("no store").to_string();
    assert!(error.contains("store.db` is damaged or no store") && error.contains("move it away"), "{error}");
}

#[tokio::test]
async fn a_file_damaged_in_the_middle_is_found_when_it_is_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let store = Embedded::open(&path).expect("a store");
    for number in 0..200_u32 {
        store.put(&format!("document/{number}"), &[7; 500], 0).await.expect("written");
    }
    drop(store);
    let mut bytes = std::fs::read(&path).expect("read");
    assert!(bytes.len() > 40_000, "the log was folded into the file when it was closed");
    let middle = bytes.len() / 8 * 4;
    bytes[8_192..middle].fill(0xA5);
    std::fs::write(&path, bytes).expect("written");
    let error = Embedded::open(&path).expect_err("damaged").to_string();
    assert!(error.contains("damaged"), "{error}");
}

#[test]
fn a_foreign_database_and_a_missing_folder_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let foreign = folder.path().join("foreign.db");
    let connection = rusqlite::Connection::open(&foreign).expect("a database");
    connection.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1)").expect("a table");
    drop(connection);
    let error = Embedded::open(&foreign).expect_err("not ours").to_string();
    assert!(error.contains("another program"), "{error}");

    let error = Embedded::open(&folder.path().join("missing/store.db")).expect_err("no folder").to_string();
    assert!(error.contains("does its folder exist"), "{error}");
}

#[tokio::test]
async fn a_full_store_says_so_and_keeps_what_it_has() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let store = Embedded::open_with(&path, Limits { file_bytes_max: 256 << 10, ..Limits::default() }).expect("a store");
    store.put("small", b"kept", 0).await.expect("written");
    let error = store.put("large", &vec![1; 1 << 20], 0).await.expect_err("full");
    assert!(matches!(&error, StoreError::Unavailable(reason) if reason.contains("full")), "{error}");
    assert_eq!(store.get("large").await, Ok(None));
    assert_eq!(store.put("small", b"still", 1).await, Ok(2), "what fits can still be written");
}
