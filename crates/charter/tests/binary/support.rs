//! The real binary on free ports, and small charters to serve.

use charter_verify::load::{LoadOutcome, LoadScenario, Shape, Spacing, Target, Traffic, run};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub(crate) const CHARTER: &str = env!("CARGO_BIN_EXE_charter");

/// The repository's shop.
pub(crate) fn shop() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/shop")
}

/// A copy of the shop's files in a folder of its own, so that a test may change them.
pub(crate) fn copy_of_shop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for part in ["charter.yaml", "contracts", "models", "tables", "samples", "cards"] {
        let status = Command::new("cp").arg("-r").arg(shop().join(part)).arg(folder.path()).status().expect("cp");
        assert!(status.success());
    }
    folder
}

/// `charter serve`; killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) data: String,
    pub(crate) admin: String,
}

impl Server {
    pub(crate) fn start(path: &Path, more: &[&str]) -> Self {
        Self::start_at(path, "127.0.0.1:0", more)
    }

    pub(crate) fn start_at(path: &Path, listen: &str, more: &[&str]) -> Self {
        Self::start_both_at(path, listen, "127.0.0.1:0", more)
    }

    pub(crate) fn start_both_at(path: &Path, listen: &str, admin: &str, more: &[&str]) -> Self {
        // Only tests that ask for it leave state behind.
        let state: &[&str] = if more.contains(&"--state") { &[] } else { &["--no-state"] };
        let mut child = Command::new(CHARTER)
            .arg("serve")
            .arg(path)
            .args(["--listen", listen, "--admin", admin])
            .args(state)
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("charter serve starts");
        let mut lines = BufReader::new(child.stdout.take().expect("output")).lines();
        let mut address = |word: &str| loop {
            let line = lines.next().unwrap_or_else(|| panic!("the server ended before it said its {word}")).expect("a line");
            if let Some(rest) = line.split("http://").nth(1).filter(|_| line.contains(word)) {
                break rest.split_whitespace().next().expect("an address").to_owned();
            }
        };
        let (data, admin) = (address("data plane"), address("admin plane"));
        // Whoever writes to a pipe that nobody reads stops sooner or later.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, data, admin }
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }

    /// Whether the process still runs.
    pub(crate) fn lives(&mut self) -> bool {
        self.child.try_wait().expect("a status").is_none()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request on a connection of its own: status and body.
pub(crate) fn ask(address: &str, method: &str, path: &str, body: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(address).expect("connected");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("sent");
    stream.write_all(body).expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no status in {text:?}"));
    (status, text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}

/// Sends one body over and over at a rate, in the open loop.
pub(crate) fn load(address: &str, route: &str, body: &str, rate_per_second: f64, seconds: u64) -> LoadOutcome {
    let target = Target::parse(&format!("http://{address}")).expect("an address");
    let request = target.post(&format!("/v2/models/{route}/infer"), "application/json", &[], body.as_bytes());
    let scenario = LoadScenario {
        target,
        traffic: vec![Traffic { name: route.to_owned(), weight: 1.0, requests: vec![request], draw: charter_verify::load::Draw::AtRandom }],
        shape: Shape::Open { rate_per_second, spacing: Spacing::Poisson, connections_max: 64 },
        warm_up: Duration::ZERO,
        duration: Duration::from_secs(seconds),
        timeout: Duration::from_secs(5),
        seed: 11,
        workers: 1,
    };
    run(&scenario, |_| {}).expect("the load ran")
}

/// A request for one diamond's price.
pub(crate) const DIAMOND: &str = r#"{"inputs":[
{"name":"carat","shape":[1,1],"datatype":"FP32","data":[0.7]},{"name":"depth","shape":[1,1],"datatype":"FP32","data":[61.5]},
{"name":"table","shape":[1,1],"datatype":"FP32","data":[57]},{"name":"length_mm","shape":[1,1],"datatype":"FP32","data":[5.7]},
{"name":"width_mm","shape":[1,1],"datatype":"FP32","data":[5.72]},{"name":"height_mm","shape":[1,1],"datatype":"FP32","data":[3.5]},
{"name":"cut","shape":[1,1],"datatype":"BYTES","data":["Ideal"]},{"name":"color","shape":[1,1],"datatype":"BYTES","data":["E"]},
{"name":"clarity","shape":[1,1],"datatype":"BYTES","data":["VS1"]}]}"#;
