//! A diagnostic for people, in the manner of rustc.

use std::fmt::Write;

use super::{Basis, Diagnostic, Label, Severity};
use crate::source::FileSet;

/// Whether escape codes colour the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Text only.
    #[default]
    Plain,
    /// With ANSI colours.
    Colored,
}

/// Most characters of a source line that are shown.
const LINE_SHOWN_MAX: usize = 160;

/// One diagnostic as text, with a newline at its end.
pub fn render(files: &FileSet, diagnostic: &Diagnostic, style: Style) -> String {
    let mut out = String::new();
    let paint = Paint { style };
    let color = match diagnostic.severity {
        Severity::Error => "1;31",
        Severity::Warning => "1;33",
        Severity::Hint => "1;36",
    };
    let head = format!("{}[{}]", diagnostic.severity.word(), diagnostic.code);
    let _ = writeln!(out, "{}: {}", paint.with(color, &head), paint.with("1", &diagnostic.message));
    let width = gutter_width(files, diagnostic);
    for (index, label) in diagnostic.labels.iter().enumerate() {
        write_label(&mut out, files, label, index == 0, width, paint, color);
    }
    for line in &diagnostic.arithmetic {
        let _ = writeln!(out, "{} {line}", paint.with("1;34", &format!("{:width$} =", "")));
    }
    match &diagnostic.basis {
        Some(Basis::Proven) => {
            let _ = writeln!(out, "{} by the figures given", paint.with("1", "proven:"));
        }
        Some(Basis::Assumes(assumption)) => {
            let _ = writeln!(out, "{} {assumption}", paint.with("1", "assumes:"));
        }
        None => {}
    }
    if let Some(weighed) = &diagnostic.weighed {
        let why = weighed.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        let owner = weighed.owner.as_ref().map(|owner| format!(" ({owner})")).unwrap_or_default();
        let _ = writeln!(out, "{} {} to the rule, set by the charter{owner}{why}", paint.with("1", "weighed:"), weighed.was.word());
    }
    if let Some(asks) = &diagnostic.asks {
        let _ = writeln!(out, "{} {asks}", paint.with("1", "asks:"));
    }
    if let Some(help) = &diagnostic.help {
        let _ = writeln!(out, "{} {help}", paint.with("1", "help:"));
    }
    out
}

#[derive(Clone, Copy)]
struct Paint {
    style: Style,
}

impl Paint {
    fn with(self, color: &str, text: &str) -> String {
        match self.style {
            Style::Plain => text.to_owned(),
            Style::Colored => format!("\u{1b}[{color}m{text}\u{1b}[0m"),
        }
    }
}

fn gutter_width(files: &FileSet, diagnostic: &Diagnostic) -> usize {
    let lines = diagnostic.labels.iter().map(|label| files.position(label.span.file, label.span.start).line);
    lines.max().unwrap_or(1).to_string().len()
}

fn write_label(out: &mut String, files: &FileSet, label: &Label, primary: bool, width: usize, paint: Paint, color: &str) {
    let start = files.position(label.span.file, label.span.start);
    let arrow = if primary { "-->" } else { ":::" };
    let _ = writeln!(out, "{:width$}{} {}:{}:{}", "", paint.with("1;34", arrow), files.path(label.span.file), start.line, start.column);
    let Some((line, skipped)) = files.window(label.span.file, label.span.start) else { return };
    let end = files.position(label.span.file, label.span.end);
    let column = start.column - skipped;
    let last = if end.line == start.line { end.column - skipped } else { line.chars().count() + 1 };
    // A long flow mapping would push the place off the screen: show a part around it.
    let first_shown = if column > LINE_SHOWN_MAX * 3 / 4 { column - LINE_SHOWN_MAX / 2 } else { 1 };
    let shown: String = line.chars().skip(first_shown - 1).take(LINE_SHOWN_MAX).map(visible).collect();
    let offset = column - first_shown;
    let room = LINE_SHOWN_MAX.saturating_sub(offset).max(1);
    let carets = last.saturating_sub(column).clamp(1, room);
    let mark = if primary { "^" } else { "-" }.repeat(carets);
    let note = if label.text.is_empty() { String::new() } else { format!(" {}", label.text) };
    let bar = paint.with("1;34", "|");
    let _ = writeln!(out, "{:width$} {bar}", "");
    let _ = writeln!(out, "{} {bar} {}", paint.with("1;34", &format!("{:>width$}", start.line)), shown.trim_end());
    let marked = paint.with(if primary { color } else { "1;34" }, &format!("{mark}{note}"));
    let _ = writeln!(out, "{:width$} {bar} {}{marked}", "", " ".repeat(offset));
}

/// A character as one column; what a terminal would act upon is replaced.
fn visible(character: char) -> char {
    match character {
        '\t' => ' ',
        character if character.is_control() => '\u{fffd}',
        character => character,
    }
}
