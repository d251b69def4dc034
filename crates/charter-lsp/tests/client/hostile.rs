//! What no editor should send, and what people do to a document.

use crate::support::{Client, charter, under, uri};
use serde_json::{Value, json};

#[test]
fn broken_messages_are_answered_and_survived() {
    let mut client = Client::with(&charter(""));
    client.send_raw(b"Content-Length: 5\r\n\r\n{nope");
    let refused = loop {
        let message = client.receive();
        if message["error"].is_object() {
            break message;
        }
    };
    assert_eq!((refused["error"]["code"].as_i64(), &refused["id"]), (Some(-32700), &Value::Null));
    for params in [
        json!(null),
        json!([]),
        json!({ "textDocument": 7 }),
        json!({ "textDocument": { "uri": uri("charter.yaml") }, "position": { "line": -1 } }),
    ] {
        for method in ["textDocument/hover", "textDocument/rename", "textDocument/codeAction", "textDocument/completion"] {
            let refused = client.ask(method, params.clone());
            assert!(refused.is_err_and(|(code, _)| code == -32602), "{method} {params}");
        }
    }
    for (method, params) in [
        ("textDocument/didOpen", json!({})),
        ("textDocument/didOpen", json!({ "textDocument": { "uri": "untitled:1", "text": "x" } })),
        (
            "textDocument/didChange",
            json!({ "textDocument": { "uri": uri("charter.yaml"), "version": 9 }, "contentChanges": [{ "range": 1, "text": "x" }] }),
        ),
        ("textDocument/didChange", json!({ "textDocument": { "uri": "file:///elsewhere" }, "contentChanges": [{ "text": "x" }] })),
        ("textDocument/didClose", json!({ "textDocument": { "uri": "file:///elsewhere" } })),
        ("$/setTrace", json!({ "value": "off" })),
        ("$/cancelRequest", json!({ "id": 99 })),
    ] {
        client.tell(method, params);
    }
    assert!(client.leave(), "it still answers");
}

#[test]
fn a_document_beyond_every_limit_is_told_so() {
    let mut client = Client::start(&[]);
    client.open("charter.yaml", &"a: b\n".repeat(700_000));
    let found = client.diagnostics("charter.yaml");
    assert_eq!(found[0]["code"], "Y003");
    let params = json!({ "textDocument": { "uri": uri("charter.yaml") }, "position": { "line": 600_000, "character": 2 } });
    assert_eq!(client.ask("textDocument/hover", params.clone()).unwrap(), Value::Null);
    assert_eq!(client.ask("textDocument/completion", params).unwrap()["items"], json!([]));
    assert!(client.leave());
}

#[test]
fn a_charter_that_is_typed_letter_by_letter_never_stops_the_server() {
    let text = charter(
        "stakeholders:\n  a: { role: b, cares: [q] }\nquality:\n  q:\n    measure: \"p99(latency) < 200ms\"\n    by: [\n      x,\n    ]\n    why: |\n      long\n",
    );
    let mut client = Client::start(&[]);
    client.open("charter.yaml", "");
    let typed: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    for (version, end) in typed.into_iter().enumerate() {
        let so_far = &text[..end];
        client.write("charter.yaml", i64::try_from(version).unwrap() + 2, so_far);
        // Questions at the end, where the cursor is; not after every letter, to keep the test short.
        if version % 3 == 0 {
            let column = so_far.rsplit('\n').next().unwrap().encode_utf16().count();
            let position = json!({ "line": so_far.matches('\n').count(), "character": column });
            let params = json!({ "textDocument": { "uri": uri("charter.yaml") }, "position": position });
            client.ask("textDocument/completion", params.clone()).unwrap();
            client.ask("textDocument/hover", params.clone()).unwrap();
            client.ask("textDocument/documentSymbol", params).unwrap();
        }
    }
    client.write("charter.yaml", 10_000, &text);
    let symbols = client.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": uri("charter.yaml") } })).unwrap();
    assert_eq!(symbols.as_array().unwrap().len(), 7);
    assert!(client.leave());
}

#[test]
fn a_charter_that_is_not_there_is_told_once_and_not_at_a_place() {
    let mut client = Client::start(&[]);
    client.open("contracts/a.odcs.yaml", "kind: DataContract\n");
    assert!(client.diagnostics("contracts/a.odcs.yaml").is_empty() || !client.told.is_empty());
    let params = json!({ "textDocument": { "uri": uri("contracts/a.odcs.yaml") }, "position": { "line": 0, "character": 0 } });
    assert_eq!(client.ask("textDocument/hover", params).unwrap(), Value::Null);
    assert!(client.leave());
}

#[test]
fn what_is_no_frame_ends_the_conversation_with_a_reason() {
    for (sent, reason) in [
        ("hello\r\n\r\n", "`Content-Length: 120`"),
        ("Content-Length: many\r\n\r\n{}", "`Content-Length: many` names no number of bytes"),
        ("Content-Length: 20\r\n\r\n{}", "the input ended within a message"),
        ("Content-Len", "the input ended within a header"),
    ] {
        let mut client = Client::with(&charter(""));
        client.ask("charter/statistics", json!({})).unwrap();
        client.send_raw(sent.as_bytes());
        client.hang_up();
        let told = loop {
            let message = client.receive();
            if message["error"].is_object() {
                break message;
            }
        };
        assert_eq!((told["error"]["code"].as_i64(), &told["id"]), (Some(-32700), &Value::Null), "{sent}");
        assert!(told["error"]["message"].as_str().unwrap().contains(reason), "{sent}: {told}");
        assert!(matches!(client.farewell(), charter_lsp::Farewell::Unreadable(why) if why.contains(reason)), "{sent}");
    }
}

#[test]
fn a_charter_on_one_long_line_is_answered_like_any_other() {
    // Half a megabyte: reading the line again for each of its words would take minutes.
    let risks: Vec<String> =
        (0..6000).map(|at| format!("r-{at}: {{ about: \"ä\", probability: low, impact: low, level: high, nope: 1 }}")).collect();
    let text = charter(&format!("risks: {{ {} }}\n", risks.join(", ")));
    let mut client = Client::with(&text);
    let found = client.diagnostics("charter.yaml");
    assert!(found.iter().any(|found| found["code"] == "Y009" && under(&text, &found["range"]) == "nope"), "{:?}", found.first());
    let at = |client: &mut Client, method: &str| {
        let column = text.lines().last().unwrap().encode_utf16().count() - 6;
        let position = json!({ "line": text.lines().count() - 1, "character": column });
        client.ask(method, json!({ "textDocument": { "uri": uri("charter.yaml") }, "position": position, "newName": "x" }))
    };
    for method in ["textDocument/hover", "textDocument/completion", "textDocument/documentSymbol", "textDocument/foldingRange"] {
        at(&mut client, method).unwrap();
    }
    assert!(client.leave());
}

#[test]
fn deep_nesting_is_answered_like_any_other() {
    for deep in ["[".repeat(200_000), "- ".repeat(200_000), "a: {".repeat(100_000), "{ a: [".repeat(100_000)] {
        let mut client = Client::with(&format!("risks: {deep}"));
        client.diagnostics("charter.yaml");
        let params = json!({ "textDocument": { "uri": uri("charter.yaml") }, "position": { "line": 0, "character": 300_000 }, "positions": [{ "line": 0, "character": 300_000 }] });
        for method in ["textDocument/completion", "textDocument/documentSymbol", "textDocument/foldingRange", "textDocument/selectionRange"]
        {
            client.ask(method, params.clone()).unwrap();
        }
        assert!(client.leave());
    }
}

#[test]
fn an_answer_that_nobody_waits_for_any_more_is_not_begun() {
    let text = charter("load: { peak: 1 rps }\n");
    let mut client = Client::with(&text);
    client.diagnostics("charter.yaml");
    for id in 900..960 {
        client.send(&json!({ "jsonrpc": "2.0", "id": id, "method": "textDocument/documentSymbol", "params": { "textDocument": { "uri": uri("charter.yaml") } } }));
        client.tell("$/cancelRequest", json!({ "id": id }));
    }
    let mut answers = 0;
    while answers < 60 {
        let message = client.receive();
        answers += usize::from(message["id"].as_u64().is_some_and(|id| (900..960).contains(&id)));
    }
    assert!(client.leave());
}
