//! Order and cancellation, without a pipe and without time.

use super::*;
use crate::host::Checked;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;

struct Nothing;

impl Host for Nothing {
    fn home(&self, _: &Path, _: &str) -> Option<Home> {
        None
    }

    fn charter_in(&self, _: &Path) -> Option<Home> {
        None
    }

    fn check(&mut self, _: &Home, _: &BTreeMap<String, Arc<[u8]>>) -> Result<Checked, String> {
        Err("nothing".to_owned())
    }

    fn page(&mut self, _: &str) -> Option<String> {
        None
    }

    fn statistics(&self) -> Value {
        json!({})
    }
}

fn request(id: u64) -> Incoming {
    Incoming::Request { id: json!(id), method: "charter/statistics".to_owned(), params: Value::Null }
}

fn cancel(id: u64) -> Incoming {
    Incoming::Notification { method: "$/cancelRequest".to_owned(), params: json!({ "id": id }) }
}

#[test]
fn a_request_that_is_cancelled_while_it_waits_is_never_begun() {
    let mut host = Nothing;
    let mut server = Server::new(&mut host);
    let mut waiting = VecDeque::new();
    for message in [request(1), request(2), cancel(1), cancel(7), cancel(2), request(3)] {
        server.queue(message, &mut waiting);
    }
    assert_eq!(waiting, [request(3)]);
    let answered: Vec<(&Value, &Value)> = server.outgoing.iter().map(|message| (&message["id"], &message["error"]["code"])).collect();
    assert_eq!(answered, [(&json!(1), &json!(-32800)), (&json!(2), &json!(-32800))]);
}

#[test]
fn a_change_is_due_when_nothing_has_come_for_a_moment_and_never_late() {
    let mut project = Project::new(Home { folder: "/".into(), document: "charter.yaml".to_owned() });
    assert_eq!(project.due(QUIET, LONGEST), None);
    let start = Instant::now();
    project.touch(start);
    assert_eq!(project.due(QUIET, LONGEST), Some(start + QUIET));
    for passed in (0..20).map(|step| Duration::from_millis(10 * step)) {
        project.touch(start + passed);
    }
    assert_eq!(project.due(QUIET, LONGEST), Some(start + LONGEST), "however much is typed");
}
