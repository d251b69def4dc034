//! Diagnostics for machines: the field names are stable.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use charter_spec::diagnostic::JsonDiagnostic;
use charter_spec::{Diagnostic, FileSet, Severity, Span, read};
use serde_json::json;

#[test]
fn a_problem_of_reading_as_json() {
    let files = FileSet::single("charter.yaml", &b"charter: 1\nsystem: shop\nload: { peak: 7GB }\n"[..]);
    let reading = read(&files, "charter.yaml");
    let value = serde_json::to_value(JsonDiagnostic::of(&files, &reading.diagnostics[0])).unwrap();
    assert_eq!(
        value,
        json!({
            "code": "Y016", "severity": "error", "title": "dimensions do not mix",
            "message": "`7GB` is bytes, not a rate such as `10_000 rps` or `200/s`",
            "file": "charter.yaml", "line": 3, "column": 15, "end_line": 3, "end_column": 18,
            "related": [{ "file": "charter.yaml", "line": 3, "column": 9, "end_line": 3, "end_column": 13,
                          "message": "this key takes a rate such as `10_000 rps` or `200/s`" }],
            "arithmetic": [], "help": "write a rate such as `10_000 rps` or `200/s`", "basis": null, "asks": null,
        })
    );
}

#[test]
fn a_finding_with_arithmetic_and_basis_as_text_and_json() {
    let files = FileSet::single("charter.yaml", &b"capacity:\n  safety: 1.5\n"[..]);
    let span = Span { start: 20, end: 23, ..Span::default() };
    let finding = Diagnostic::new("C006", Severity::Warning, "full after losing a zone", "losing one of three zones leaves no headroom")
        .at(span, "67 % busy")
        .sum("1 ÷ 1.5 ÷ (2 ÷ 3) = 100 %")
        .assumes("three equal zones")
        .asks("`capacity.zones`")
        .help("write `safety: 1.75`");
    let text = charter_spec::diagnostic::render(&files, &finding, charter_spec::diagnostic::Style::Plain);
    assert_eq!(
        text,
        "warning[C006]: losing one of three zones leaves no headroom\n --> charter.yaml:2:11\n  |\n2 |   safety: 1.5\n  |           ^^^ 67 % busy\n  \
         = 1 ÷ 1.5 ÷ (2 ÷ 3) = 100 %\nassumes: three equal zones\nasks: `capacity.zones`\nhelp: write `safety: 1.75`\n"
    );
    let colored = charter_spec::diagnostic::render(&files, &finding, charter_spec::diagnostic::Style::Colored);
    assert!(colored.starts_with("\u{1b}[1;33mwarning[C006]\u{1b}[0m: "));
    let value = serde_json::to_value(JsonDiagnostic::of(&files, &finding)).unwrap();
    assert_eq!(value["basis"], json!({ "kind": "assumes", "assumption": "three equal zones" }));
    assert_eq!(value["arithmetic"], json!(["1 ÷ 1.5 ÷ (2 ÷ 3) = 100 %"]));
}

#[test]
fn what_a_terminal_would_act_upon_is_not_printed() {
    // Escapes in quotes reach the message, a folded scalar brings a line break, raw ones stand in the source line.
    let text = "charter: 1\nsystem: shop\ntitle: [\"\u{1b}[31mred\"]\nload: { peak: \"10 \\e[31mrps\", average: 10 rps  co\n\n  more }\n";
    let files = FileSet::single("charter.yaml", text.as_bytes().to_vec());
    assert_eq!(read(&files, "charter.yaml").diagnostics.len(), 3);
    for diagnostic in &read(&files, "charter.yaml").diagnostics {
        let text = charter_spec::diagnostic::render(&files, diagnostic, charter_spec::diagnostic::Style::Plain);
        assert!(!text.contains('\u{1b}'), "{text:?}");
        let mut sentences = vec![&diagnostic.message];
        sentences.extend(&diagnostic.help);
        sentences.extend(diagnostic.labels.iter().map(|label| &label.text));
        assert!(sentences.iter().all(|sentence| !sentence.contains(char::is_control)), "{diagnostic:?}");
    }
}
