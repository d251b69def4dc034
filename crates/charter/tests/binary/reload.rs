//! A reload under load loses no request; a bad one changes nothing.

use crate::support::{DIAMOND, Server, ask, copy_of_shop, load};

/// The fingerprint that the server says it runs.
fn plan(server: &Server) -> String {
    let status = ask(&server.admin, "GET", "/status", b"").1;
    status.split("sha256:").nth(1).map(|rest| rest[..64].to_owned()).expect("a fingerprint")
}

#[test]
fn a_reload_under_load_fails_no_request_and_serves_the_new_plan() {
    let folder = copy_of_shop();
    let server = Server::start(folder.path(), &["--no-watch"]);
    let charter = folder.path().join("charter.yaml");
    let first = std::fs::read_to_string(&charter).expect("the charter");
    let second = first.replace("rows_max: 256", "rows_max: 255");
    let outcome = std::thread::scope(|scope| {
        let loaded = scope.spawn(|| load(&server.data, "pricing", DIAMOND, 300.0, 6));
        for text in [&second, &first].into_iter().cycle().take(8) {
            let before = plan(&server);
            std::fs::write(&charter, text).expect("written");
            let (status, body) = ask(&server.admin, "POST", "/reload", b"");
            assert_eq!(status, 200, "{body}");
            assert_ne!(plan(&server), before, "the changed charter is served");
        }
        loaded.join().expect("the load ran")
    });
    let total = &outcome.report.total;
    assert_eq!(total.errors.total(), 0, "{:?}", total.errors);
    assert!(total.answered > 1_000, "{}", total.answered);
    assert_eq!(total.rungs.keys().map(String::as_str).collect::<Vec<_>>(), ["full"], "no reload cost a step down");
}

#[test]
fn a_bad_reload_is_refused_whole_and_says_where() {
    let folder = copy_of_shop();
    let server = Server::start(folder.path(), &["--no-watch"]);
    let charter = folder.path().join("charter.yaml");
    let good = std::fs::read_to_string(&charter).expect("the charter");
    std::fs::write(&charter, good.replace("fraud@v1", "fraud@v9")).expect("written");
    let (status, body) = ask(&server.admin, "POST", "/reload", b"");
    assert!((400..500).contains(&status), "{status} {body}");
    assert!(body.contains("v9") && body.contains("charter.yaml"), "{body}");
    let (status, body) = ask(&server.data, "POST", "/v2/models/pricing/infer", DIAMOND.as_bytes());
    assert_eq!(status, 200, "{body}");
    std::fs::write(&charter, good).expect("written");
    assert_eq!(ask(&server.admin, "POST", "/reload", b"").0, 200);
}

#[test]
fn a_changed_file_is_served_without_being_asked() {
    let folder = copy_of_shop();
    let server = Server::start(folder.path(), &[]);
    let before = plan(&server);
    let charter = folder.path().join("charter.yaml");
    let text = std::fs::read_to_string(&charter).expect("the charter");
    std::fs::write(&charter, text.replace("rows_max: 100", "rows_max: 99")).expect("written");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while plan(&server) == before {
        assert!(std::time::Instant::now() < deadline, "the change was not served within 20 s");
    }
}
