//! `charter docs`: a folder that is only ever its own, and pages that follow the charter.

use crate::support::{CHARTER, ask, copy_of_shop};
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn docs(path: &Path, more: &[&str]) -> Output {
    Command::new(CHARTER).arg("docs").arg(path).args(["--today", "2026-11-23"]).args(more).output().expect("charter docs runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_second_run_changes_only_what_changed() {
    let folder = copy_of_shop();
    let out = folder.path().join("site");
    let site = out.to_str().expect("a path");
    let first = docs(folder.path(), &["--out", site]);
    assert!(first.status.success(), "{}{}", text(&first.stdout), text(&first.stderr));
    assert!(fs::read_to_string(out.join("index.html")).expect("the brief").contains("Real-time decisions for the shop"));
    let again = docs(folder.path(), &["--out", site, "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&again.stdout).expect("JSON");
    assert_eq!((&report["changed"], &report["removed"]), (&0.into(), &0.into()), "{report}");

    let charter = folder.path().join("charter.yaml");
    let before = fs::read_to_string(&charter).expect("the charter");
    fs::write(&charter, before.replace("adr-002:", "adr-099:")).expect("written");
    fs::write(out.join("mine.txt"), "kept").expect("written");
    let third = docs(folder.path(), &["--out", site]);
    assert!(matches!(third.status.code(), Some(0 | 1)), "{}", text(&third.stderr));
    assert!(out.join("decision-adr-099.html").exists() && !out.join("decision-adr-002.html").exists());
    assert_eq!(fs::read_to_string(out.join("mine.txt")).expect("kept"), "kept");
}

#[test]
fn a_folder_of_other_things_is_not_written_into() {
    let folder = copy_of_shop();
    let refused = docs(folder.path(), &["--out", folder.path().join("models").to_str().expect("a path")]);
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused.stdout));
    assert!(text(&refused.stderr).contains("was not made by `charter docs`"), "{}", text(&refused.stderr));
    assert!(!folder.path().join("models/index.html").exists());
}

#[test]
fn what_cannot_be_read_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("charter.yaml"), "charter: 1\nsystem: [unfinished\n").expect("written");
    let told = docs(folder.path(), &["--out", folder.path().join("site").to_str().expect("a path")]);
    assert_eq!(told.status.code(), Some(1), "{}{}", text(&told.stdout), text(&told.stderr));
}

/// `charter docs --serve`; killed when dropped.
struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn start(path: &Path) -> Self {
        let mut child = Command::new(CHARTER)
            .arg("docs")
            .arg(path)
            .arg("--serve=127.0.0.1:0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("charter docs starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("output")).read_line(&mut line).expect("a line");
        let address =
            line.split("http://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_else(|| panic!("no address in {line:?}"));
        Self { address: address.to_owned(), child }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn open_pages_follow_the_charter_and_its_evidence() {
    let folder = copy_of_shop();
    let served = Served::start(folder.path());
    let (status, page) = ask(&served.address, "GET", "/", b"");
    assert!(status == 200 && page.contains("Real-time decisions for the shop") && page.contains("data-version=\"1\""), "{status}");
    assert_eq!(ask(&served.address, "GET", "/nothing.html", b"").0, 404);
    assert_eq!(ask(&served.address, "POST", "/", b"").0, 405);

    // Asked with the version that it has, the page waits until there is another.
    let charter = folder.path().join("charter.yaml");
    let before = fs::read_to_string(&charter).expect("the charter");
    fs::write(&charter, before.replace("Real-time decisions", "Quick decisions")).expect("written");
    assert_eq!(ask(&served.address, "GET", "/_live?1", b"").1, "2");
    assert!(ask(&served.address, "GET", "/", b"").1.contains("Quick decisions for the shop"));

    // What cannot be read leaves the pages as they were, and says so on them.
    fs::write(&charter, "charter: [").expect("written");
    assert_eq!(ask(&served.address, "GET", "/_live?2", b"").1, "3");
    let page = ask(&served.address, "GET", "/index.html", b"").1;
    assert!(page.contains("Quick decisions for the shop") && page.contains("cannot be read"), "{}", page.len());
}

#[test]
fn a_name_of_the_web_that_leads_here_reads_nothing() {
    use std::io::{Read, Write};
    let folder = copy_of_shop();
    let served = Served::start(folder.path());
    let mut stream = TcpStream::connect(&served.address).expect("connected");
    stream.write_all(b"GET / HTTP/1.1\r\nHost: attacker.example\r\nConnection: close\r\n\r\n").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 421") && !answer.contains("Real-time"), "{answer}");
    let refused = Command::new(CHARTER).arg("docs").arg(folder.path()).arg("--serve=0.0.0.0:0").output().expect("it runs");
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused.stderr));
}
