//! Changes of files as the client takes them.

use crate::server::Snapshot;
use crate::server::lifecycle::Client;
use charter_spec::edit::TextEdit;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Edits of one or more files, all of them or none. Open documents are named with their version, so that a client that has gone on refuses.
pub(super) fn workspace_edit(snapshot: &Snapshot, edits: &[TextEdit], client: Client) -> Value {
    let mut by_path: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for edit in edits {
        let edit_of = json!({ "range": snapshot.stretch(edit.span).to_json(), "newText": edit.text });
        by_path.entry(snapshot.checked.files.path(edit.span.file)).or_default().push(edit_of);
    }
    if client.versioned_edits {
        let changes: Vec<Value> = by_path
            .into_iter()
            .map(|(path, edits)| json!({ "textDocument": { "uri": snapshot.uri(path), "version": snapshot.versions.get(path) }, "edits": edits }))
            .collect();
        return json!({ "documentChanges": changes });
    }
    let changes: Map<String, Value> = by_path.into_iter().map(|(path, edits)| (snapshot.uri(path), edits.into())).collect();
    json!({ "changes": changes })
}
