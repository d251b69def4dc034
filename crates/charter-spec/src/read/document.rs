//! The whole document: parts, sections, references.

use super::include::Includer;
use super::resolve::resolve;
use super::setting::{self, Setting};
use super::{Reader, Value};
use crate::ast::Spec;
use crate::diagnostic::{Code, Diagnostic};
use crate::reading::Reading;
use crate::source::{FileSet, Span};
use crate::yaml::NodeKind;

/// The version of the language that is read.
pub(super) const VERSION: u64 = 1;

/// Reads the document under `root` and the parts that it includes.
///
/// All problems are reported in one run. Time and memory are bounded by the limits of [`crate::limits`]. The order of diagnostics is
/// that of the document.
pub fn read(files: &FileSet, root: &str) -> Reading {
    read_with(files, root, &[])
}

/// Reads the document as if it said what the settings say. Each of them must stand among the files: see [`Setting::insert`].
pub fn read_with(files: &FileSet, root: &str, settings: &[Setting]) -> Reading {
    let mut reader = Reader::new(files);
    let Some(file) = files.find(root) else {
        let message = format!("there is no file `{root}`");
        reader.report(Diagnostic::reading(Code::Document, Span::default(), message).help("name a file that was loaded"));
        return Reading { spec: None, diagnostics: reader.into_diagnostics(), ..Reading::default() };
    };
    let mut whole = Includer::new(&mut reader).whole(file);
    reader.truncated = whole.truncated;
    if let Some(root) = whole.root.as_mut().filter(|_| !settings.is_empty()) {
        setting::place(root, settings, &mut reader);
    }
    let spec = match whole.root {
        Some(node) if matches!(node.kind, NodeKind::Mapping(_)) => Spec::read(&node, &mut reader),
        Some(node) => {
            let message = format!("{} stands where the sections of a charter are meant", node.shape());
            reader.report(Diagnostic::reading(Code::Document, node.span, message).help("start with `charter: 1`"));
            None
        }
        None => {
            if !whole.truncated {
                let message = "the document is empty";
                reader.report(Diagnostic::reading(Code::Document, Span::new(file, 0, 0), message).help("start with `charter: 1`"));
            }
            None
        }
    };
    if let Some(spec) = &spec {
        check_head(spec, &mut reader);
        let mentions = std::mem::take(&mut reader.mentions);
        let truncated = reader.truncated;
        resolve(spec, &mentions, truncated, &mut reader);
        reader.mentions = mentions;
    }
    let mut references = std::mem::take(&mut reader.references);
    references.sort_by_key(|reference| reference.path.span);
    let unreadable = std::mem::take(&mut reader.unreadable);
    let mut mentions = std::mem::take(&mut reader.mentions);
    mentions.sort_by_key(|mention| mention.span);
    Reading { spec, diagnostics: reader.into_diagnostics(), unreadable, references, mentions }
}

fn check_head(spec: &Spec, reader: &mut Reader<'_>) {
    if let Some(version) = &spec.charter
        && version.count() != VERSION
    {
        let message = format!("version {} of the language is not known", version.value);
        reader.report(Diagnostic::reading(Code::Version, version.span, message).help(format!("write `charter: {VERSION}`")));
    }
    check_currencies(spec, reader);
}

/// One charter has one currency: sums over two would need a rate of exchange that nobody stated.
fn check_currencies(spec: &Spec, reader: &mut Reader<'_>) {
    let written = std::mem::take(&mut reader.currencies);
    let stated = spec.currency.map(|currency| (currency.value, currency.span));
    let Some((currency, first)) = stated.or_else(|| written.iter().min_by_key(|other| other.span).map(|other| (other.value, other.span)))
    else {
        return;
    };
    for other in written.iter().filter(|other| other.value != currency) {
        reader.report(
            Diagnostic::reading(
                Code::Dimension,
                other.span,
                format!("this is in {}, the charter counts in {}", other.value.code(), currency.code()),
            )
            .at(first, format!("{} is stated here", currency.code()))
            .help(format!("write the amount in {}", currency.code())),
        );
    }
}
