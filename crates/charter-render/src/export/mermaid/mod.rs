//! Mermaid: how routes answer as flowcharts, C4 views, risks as a quadrant chart, the roadmap as a gantt chart. One file a diagram.

mod c4;
mod flowchart;
mod gantt;
mod quadrant;

use super::names::one_line;
use super::{Export, Input};

pub(super) fn write(input: &Input<'_>, out: &mut Export) {
    flowchart::write(input, out);
    c4::write(input, out);
    quadrant::write(input, out);
    gantt::write(input, out);
}

/// A text that is safe where Mermaid takes one without quotes: everything but letters, digits and a few signs becomes an entity, `#35;` being Mermaid's own form.
fn text(text: &str) -> String {
    escaped(text, " -_./@=+%→×")
}

/// A text in quotes, where more signs are safe. An empty one would be no string to Mermaid.
fn quoted(value: &str) -> String {
    let value = escaped(value, " -_./@=+%→×,:?!'()");
    if value.is_empty() { "\" \"".to_owned() } else { format!("\"{value}\"") }
}

fn escaped(text: &str, safe: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in one_line(text).chars() {
        if letter.is_alphanumeric() || safe.contains(letter) {
            out.push(letter);
        } else {
            out.push_str(&format!("#{};", u32::from(letter)));
        }
    }
    out
}
