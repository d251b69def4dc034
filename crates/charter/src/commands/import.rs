//! `charter import`

use crate::arguments::drafting::{Import, ImportKind};
use crate::arguments::{Colour, Format};
use crate::exit::{Ending, Outcome, Problem};
use crate::folder::Folder;
use crate::gather::{Sources, gather, slashed};
use crate::output::{colours, print, print_json};
use crate::place::Placing;
use charter_draft::import::{Draft, Target};
use charter_draft::{madr, odcs, openslo, part, structurizr};
use charter_spec::diagnostic::{JsonDiagnostic, Style, render};
use charter_spec::{FileSet, Severity, Spec};
use std::io::IsTerminal;
use std::path::Path;

/// The document's name in a folder.
const DOCUMENT: &str = "charter.yaml";

pub(crate) fn run(arguments: &Import, colour: Colour) -> Outcome {
    let sources = gather(arguments.kind, &arguments.source)?;
    if sources.cut {
        eprintln!(
            "charter: there are more files in `{}` than an import takes; what lies behind the limit is left out",
            arguments.source.display()
        );
    }
    match (&arguments.into, &arguments.out) {
        (Some(folder), _) => into(arguments, folder, &sources, colour),
        (None, Some(file)) => out(arguments, file, &sources, colour),
        (None, None) => preview(arguments, &sources, colour),
    }
}

/// Runs the importer of a kind.
pub(crate) fn draft(kind: ImportKind, sources: &Sources, target: &Target<'_>) -> Draft {
    match kind {
        ImportKind::Madr => madr::import(&sources.files, target),
        ImportKind::Odcs => odcs::import(&sources.files, target),
        ImportKind::OpenSlo => openslo::import(&sources.files, target),
        ImportKind::Structurizr => structurizr::import(&sources.files, sources.root.as_deref().unwrap_or_default(), target),
    }
}

/// Where sources lie seen from a folder, when they lie beneath it and are named where they are.
pub(crate) fn home(kind: ImportKind, base: &Path, folder: &Path) -> Option<String> {
    let base = std::fs::canonicalize(base).ok()?;
    let folder = std::fs::canonicalize(folder).ok()?;
    let inside = base.strip_prefix(&folder).ok()?;
    // What the charter does not name may be anywhere; it is copied where the charter is moved with it.
    matches!(kind, ImportKind::Madr | ImportKind::Odcs).then(|| slashed(inside))
}

fn preview(arguments: &Import, sources: &Sources, colour: Colour) -> Outcome {
    let draft = draft(arguments.kind, sources, &Target::default());
    let (system, title) = named(&draft, &arguments.source);
    if arguments.format == Format::Json {
        print_json(&summary(&draft, &sources.files, &[], Some(&draft.charter(&system, title.as_deref()))))?;
        return Ok(ending(&draft));
    }
    print(&draft.charter(&system, title.as_deref()))?;
    let style =
        if colour == Colour::Always || (colour == Colour::Auto && std::io::stderr().is_terminal()) { Style::Colored } else { Style::Plain };
    eprint!("{}", told(&draft, &sources.files, style));
    eprintln!("{}; nothing is written without --into or --out", counted(&draft));
    Ok(ending(&draft))
}

fn out(arguments: &Import, file: &Path, sources: &Sources, colour: Colour) -> Outcome {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let target = Target { spec: None, home: home(arguments.kind, &sources.base, folder) };
    let mut draft = draft(arguments.kind, sources, &target);
    let (system, title) = named(&draft, &arguments.source);
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut placing = Placing::default();
    placing.add_all(std::mem::take(&mut draft.files));
    if !draft.is_empty() {
        placing.add(name, draft.charter(&system, title.as_deref()));
    }
    finish(arguments, placing, folder, &draft, sources, colour)
}

fn into(arguments: &Import, folder: &Path, sources: &Sources, colour: Colour) -> Outcome {
    let document = folder.join(DOCUMENT);
    if !document.is_file() {
        // The folder is made with the first file in it: an import of nothing leaves nothing behind.
        return out(arguments, &document, sources, colour);
    }
    let part_path = arguments.kind.part();
    let known = Folder::read(folder)?;
    // What an earlier import wrote is written anew, so it takes no names.
    let mut others = known.files.clone();
    if others.find(part_path).is_some() {
        others.insert(part_path, b"{}\n".to_vec());
    }
    let spec = charter_spec::read(&others, DOCUMENT).spec.unwrap_or_default();
    let target = Target { spec: Some(&spec), home: home(arguments.kind, &sources.base, folder) };
    let mut draft = draft(arguments.kind, sources, &target);
    let mut placing = Placing::default();
    if !draft.is_empty() {
        let (text, changed) = included(&known.files, part_path)?;
        let part = draft.part();
        check(&known.files, &text, part_path, &part, &draft)?;
        placing.add_all(std::mem::take(&mut draft.files));
        placing.add(part_path, part);
        if changed {
            placing.change(DOCUMENT, text);
        }
    }
    finish(arguments, placing, folder, &draft, sources, colour)
}

/// The charter's text with the part among those that it includes, and whether that is new.
fn included(files: &FileSet, part_path: &str) -> Result<(String, bool), Problem> {
    let bytes = files.get(DOCUMENT).unwrap_or_default();
    let text = std::str::from_utf8(bytes).map_err(|_| Problem::Environment(format!("`{DOCUMENT}` is not UTF-8")))?;
    let spec: Spec = charter_spec::read(files, DOCUMENT).spec.unwrap_or_default();
    let written = part::include(text, &spec, part_path).map_err(Problem::Refused)?;
    let changed = written != text;
    Ok((written, changed))
}

/// Refuses to write what the charter could not be read with: every problem of reading that is not there before is one of the import.
fn check(files: &FileSet, text: &str, part_path: &str, part: &str, draft: &Draft) -> Result<(), Problem> {
    let before = charter_spec::read(files, DOCUMENT).diagnostics.len();
    let mut after = files.clone();
    after.insert(DOCUMENT, text.as_bytes().to_vec());
    after.insert(part_path, part.as_bytes().to_vec());
    for (path, bytes) in &draft.files {
        after.insert(path.clone(), bytes.clone());
    }
    let reading = charter_spec::read(&after, DOCUMENT);
    if reading.diagnostics.len() <= before {
        return Ok(());
    }
    let first = reading.diagnostics.iter().find(|problem| after.path(problem.span().file) == part_path).or(reading.diagnostics.last());
    let told = first.map(|problem| render(&after, problem, Style::Plain)).unwrap_or_default();
    Err(Problem::Refused(format!("nothing is written: the charter could not be read with what would be imported\n{told}")))
}

fn finish(arguments: &Import, placing: Placing, folder: &Path, draft: &Draft, sources: &Sources, colour: Colour) -> Outcome {
    let written = placing.write(folder, arguments.force)?;
    match arguments.format {
        Format::Json => print_json(&summary(draft, &sources.files, &written, None))?,
        Format::Human => {
            let style = if colours(colour) { Style::Colored } else { Style::Plain };
            let mut text = told(draft, &sources.files, style);
            text.push_str(&format!("{}\n", counted(draft)));
            for path in &written {
                text.push_str(&format!("wrote {}\n", folder.join(path).display()));
            }
            if written.is_empty() {
                text.push_str("nothing new to write\n");
            }
            print(&text)?;
        }
    }
    Ok(ending(draft))
}

/// The system's id and title: from the sources, else from the name of the folder.
pub(crate) fn named(draft: &Draft, source: &Path) -> (String, Option<String>) {
    if let Some((id, title)) = draft.system.clone().filter(|(id, _)| !id.is_empty()) {
        return (id, title);
    }
    let name = std::fs::canonicalize(source)
        .ok()
        .and_then(|path| path.file_stem().map(|name| name.to_string_lossy().into_owned()))
        .unwrap_or_default();
    let id = charter_draft::identified(&name);
    (if id.is_empty() { "system".to_owned() } else { id }, None)
}

fn told(draft: &Draft, files: &FileSet, style: Style) -> String {
    draft.notes.iter().map(|note| render(files, note, style)).collect()
}

fn counted(draft: &Draft) -> String {
    let what = if draft.counts.is_empty() { "nothing is imported".to_owned() } else { format!("imported {}", draft.summary()) };
    let notes: Vec<String> = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Hint, "hint")]
        .iter()
        .filter_map(|(severity, word)| match draft.noted(*severity) {
            0 => None,
            1 => Some(format!("1 {word}")),
            number => Some(format!("{number} {word}s")),
        })
        .collect();
    if notes.is_empty() { what } else { format!("{what}; {}", notes.join(", ")) }
}

fn summary(draft: &Draft, files: &FileSet, written: &[String], charter: Option<&str>) -> serde_json::Value {
    let notes: Vec<JsonDiagnostic> = draft.notes.iter().map(|note| JsonDiagnostic::of(files, note)).collect();
    let counts: serde_json::Map<String, serde_json::Value> =
        draft.counts.iter().map(|(number, what)| ((*what).to_owned(), (*number).into())).collect();
    serde_json::json!({ "imported": counts, "written": written, "notes": notes, "charter": charter })
}

fn ending(draft: &Draft) -> Ending {
    if draft.counts.is_empty() || draft.noted(Severity::Error) > 0 { Ending::Findings } else { Ending::Fine }
}
