use crate::support::{Client, charter, uri};
use serde_json::{Value, json};

#[test]
fn hello_comes_first_and_once() {
    let mut client = Client::connect(&[]);
    assert_eq!(client.ask("textDocument/hover", json!({})).unwrap_err().0, -32002);
    let capabilities = json!({ "general": { "positionEncodings": ["utf-16", "utf-8"] } });
    let hello = client.ask("initialize", json!({ "capabilities": capabilities })).unwrap();
    assert_eq!(hello["capabilities"]["positionEncoding"], "utf-8");
    assert_eq!(hello["serverInfo"]["name"], "charter");
    assert_eq!(client.ask("initialize", json!({})).unwrap_err().0, -32600);
    assert_eq!(client.ask("no/such", json!({})).unwrap_err().0, -32601);
    assert!(client.leave());
}

#[test]
fn after_goodbye_nothing_is_answered() {
    let mut client = Client::with(&charter(""));
    client.ask("shutdown", Value::Null).unwrap();
    assert_eq!(client.ask("textDocument/hover", json!({})).unwrap_err().0, -32600);
    client.tell("exit", Value::Null);
    assert!(client.ended());
}

#[test]
fn an_editor_that_dies_ends_the_server() {
    let mut client = Client::with(&charter(""));
    client.hang_up();
    assert!(!client.ended(), "no goodbye was said");
}

#[test]
fn files_are_watched_where_the_client_can() {
    let mut client = Client::start_with(&[], &json!({ "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } } }));
    let message = client.receive();
    assert_eq!(message["method"], "client/registerCapability");
    assert_eq!(message["params"]["registrations"][0]["method"], "workspace/didChangeWatchedFiles");
    client.send(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": null }));
    assert!(client.leave());
}

#[test]
fn a_change_on_disk_is_seen() {
    let text = charter("include: [parts/more.yaml]\n");
    let mut client = Client::start(&[("charter.yaml", &text)]);
    client.open("charter.yaml", &text);
    assert!(client.diagnostics("charter.yaml").iter().any(|found| found["code"] == "Y021"));
    client.files.lock().unwrap().insert("parts/more.yaml".to_owned(), "stakeholders: { a: { role: b } }\n".to_owned());
    client.tell("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": uri("parts/more.yaml"), "type": 1 }] }));
    assert!(client.diagnostics("charter.yaml").iter().all(|found| found["code"] != "Y021"));
}
