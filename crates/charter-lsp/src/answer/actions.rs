//! What can be done about a finding with one key: the change that it carries, and all mechanical ones at once.

use super::diagnostics::diagnostic;
use super::edits::workspace_edit;
use crate::server::Snapshot;
use crate::server::lifecycle::Client;
use crate::text::Stretch;
use charter_spec::Fix;
use charter_spec::edit::{TextEdit, text_edits};
use serde_json::{Value, json};

const QUICK_FIX: &str = "quickfix";
const FIX_ALL: &str = "source.fixAll";

pub(crate) fn actions(snapshot: &Snapshot, path: &str, wanted: Stretch, kinds: Option<&[Value]>, client: Client) -> Value {
    let asked = |kind: &str| kinds.is_none_or(|kinds| kinds.iter().filter_map(Value::as_str).any(|asked| covers(asked, kind)));
    let Some(file) = snapshot.checked.files.find(path) else { return json!([]) };
    let findings = &snapshot.checked.report.findings;
    let mut actions = Vec::new();
    if asked(QUICK_FIX) {
        for finding in findings.iter().filter(|finding| finding.span().file == file) {
            let stretch = snapshot.stretch(finding.span());
            let touches = stretch.start <= wanted.end && wanted.start <= stretch.end;
            let Some(fix) = finding.fix.as_ref().filter(|_| touches) else { continue };
            let Some(edits) = text_edits(&snapshot.checked.files, &fix.changes) else { continue };
            actions.push(json!({
                "title": format!("{}: {}", finding.code, fix.title),
                "kind": QUICK_FIX,
                "isPreferred": fix.is_mechanical(),
                "diagnostics": [diagnostic(snapshot, finding, None)],
                "edit": workspace_edit(snapshot, &edits, client),
            }));
        }
    }
    if asked(FIX_ALL) && kinds.is_some() {
        let mechanical = findings.iter().filter(|finding| finding.span().file == file).filter_map(|finding| finding.fix.as_ref());
        let edits =
            apart(mechanical.filter(|fix| fix.is_mechanical()).filter_map(|fix: &Fix| text_edits(&snapshot.checked.files, &fix.changes)));
        if !edits.is_empty() {
            let edit = workspace_edit(snapshot, &edits, client);
            actions.push(json!({ "title": "mend what is mechanical (`charter check --fix`)", "kind": FIX_ALL, "edit": edit }));
        }
    }
    actions.into()
}

/// Whether a kind that is asked for means another: `quickfix` means `quickfix.x` too.
fn covers(asked: &str, kind: &str) -> bool {
    asked.is_empty() || kind == asked || kind.strip_prefix(asked).is_some_and(|rest| rest.starts_with('.'))
}

/// Edits that do not overlap, the first of two that do.
fn apart(fixes: impl Iterator<Item = Vec<TextEdit>>) -> Vec<TextEdit> {
    let mut kept: Vec<TextEdit> = Vec::new();
    for edits in fixes {
        let clashes = edits.iter().any(|edit| {
            kept.iter()
                .any(|other| other.span.file == edit.span.file && edit.span.start <= other.span.end && other.span.start <= edit.span.end)
        });
        if !clashes {
            kept.extend(edits);
        }
    }
    kept
}
