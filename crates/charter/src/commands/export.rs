//! `charter export`

use crate::arguments::drafting::ImportKind;
use crate::arguments::{Colour, Export, Format as Shape};
use crate::exit::{Ending, Outcome, Problem};
use crate::folder::Folder;
use crate::gather::gather;
use crate::output::{colours, print, print_json, today};
use charter_backend::runtime::OnnxRuntimeSearch;
use charter_lint::Report;
use charter_render::export::{self, File, Format, Input, Note};
use charter_spec::quantity::Date;
use charter_spec::{Diagnostic, FileSet};
use std::fmt::Write;
use std::path::Path;

pub(crate) fn run(arguments: &Export, colour: Colour) -> Outcome {
    if arguments.list {
        return list(arguments.format);
    }
    let name = arguments.target.as_deref().unwrap_or_default();
    let format = Format::from_name(name).ok_or_else(|| unknown(name))?;
    let today = match &arguments.today {
        Some(text) => Date::parse(text).ok_or_else(|| Problem::Usage(format!("`{text}` is no date; write YYYY-MM-DD")))?,
        None => today(),
    };
    let mut folder = Folder::read(&arguments.source.path)?;
    // What could not be read would be missing from the export without a word.
    let readable = !folder.diagnostics.iter().any(Diagnostic::is_error);
    let Some(spec) = folder.spec.take().filter(|_| readable) else {
        let report = Report::new(folder.diagnostics, &folder.unreadable, None);
        print(&report.to_text(&folder.files, colours(colour)))?;
        return Ok(Ending::Findings);
    };
    if format == Format::OpenSlo && spec.quality.iter().any(|scenario| scenario.facts.contains("openslo")) {
        objectives(&mut folder)?;
    }
    let resolved = charter_plan::resolve(spec, &folder.files);
    let kept = arguments.evidence.clone().unwrap_or_else(|| folder.path.join("evidence"));
    let stored = charter_verify::evidence::EvidenceStore::new(kept).read().map_err(|problem| Problem::Environment(problem.to_string()))?;
    for (file, problem) in &stored.unreadable {
        eprintln!("note: evidence that cannot be read is not used: {file}: {problem}");
    }
    let artifacts = folder.artifacts(&OnnxRuntimeSearch::from_environment(None));
    let input = Input { resolved: &resolved, files: &folder.files, artifacts: &artifacts, evidence: &stored.evidence, today };
    let made = export::export(format, &input);
    if arguments.format == Shape::Json {
        print_json(&as_json(&made.files, &made.notes, &folder.files))?;
    } else {
        made.notes.iter().for_each(|note| eprint!("{}", noted(note, &folder.files)));
        if !made.files.is_empty() {
            deliver(format, &made.files, arguments.out.as_deref())?;
        }
    }
    if made.files.is_empty() {
        eprintln!("charter: the charter has nothing that `{name}` is about");
        return Ok(Ending::Findings);
    }
    Ok(Ending::Fine)
}

/// Reads the objectives that were imported: scenarios name them, and what a charter has no word for stands beside them.
fn objectives(folder: &mut Folder) -> Result<(), Problem> {
    let kept = folder.path.join(charter_draft::openslo::FOLDER);
    if !kept.is_dir() {
        return Ok(());
    }
    let sources = gather(ImportKind::OpenSlo, &kept)?;
    for path in sources.files.paths() {
        let named = format!("{}/{path}", charter_draft::openslo::FOLDER);
        if let Some(bytes) = sources.files.get(path).filter(|_| folder.files.find(&named).is_none()) {
            folder.files.insert(named, bytes.to_vec());
        }
    }
    if sources.cut {
        eprintln!("note: there are more files in `{}` than are read; what lies behind the limit is not exported", kept.display());
    }
    Ok(())
}

fn unknown(name: &str) -> Problem {
    let names: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
    let near = charter_spec::names::nearest(name, names.iter().copied());
    let help = near.map_or_else(|| format!("there are {}", names.join(", ")), |near| format!("did you mean `{near}`?"));
    Problem::Usage(format!("no format `{name}`; {help}"))
}

fn list(shape: Shape) -> Outcome {
    if shape == Shape::Json {
        let rows = Format::ALL.iter().map(|format| {
            serde_json::json!({ "name": format.name(), "standard": format.standard(), "carries": format.carries(), "leaves": format.leaves() })
        });
        print_json(&rows.collect())?;
        return Ok(Ending::Fine);
    }
    let mut text = String::new();
    for format in Format::ALL {
        let _ = writeln!(text, "{:<12} {}", format.name(), format.standard());
        let _ = writeln!(text, "{:<12} carries {}", "", format.carries());
        let _ = writeln!(text, "{:<12} cannot carry {}\n", "", format.leaves());
    }
    print(&text)?;
    Ok(Ending::Fine)
}

/// A note with its place, as `charter check` shows places.
fn noted(note: &Note, files: &FileSet) -> String {
    let mut text = format!("note: {}\n", note.text);
    if let Some(span) = note.span {
        let position = files.position(span.file, span.start);
        let _ = writeln!(text, "  --> {}:{}:{}", files.path(span.file), position.line, position.column);
    }
    text
}

fn as_json(made: &[File], notes: &[Note], files: &FileSet) -> serde_json::Value {
    let notes = notes.iter().map(|note| {
        let place = note.span.map(|span| {
            let position = files.position(span.file, span.start);
            serde_json::json!({ "file": files.path(span.file), "line": position.line, "column": position.column })
        });
        serde_json::json!({ "text": note.text, "place": place })
    });
    let made = made.iter().map(|file| serde_json::json!({ "path": file.path, "text": file.text }));
    serde_json::json!({ "files": made.collect::<Vec<_>>(), "notes": notes.collect::<Vec<_>>() })
}

/// To standard output, to a file, or into a folder.
fn deliver(format: Format, files: &[File], out: Option<&Path>) -> Result<(), Problem> {
    let Some(out) = out else {
        return match files {
            [file] => print(&file.text),
            several => {
                Err(Problem::Usage(format!("`{}` gives {} files here; name a folder for them with `--out`", format.name(), several.len())))
            }
        };
    };
    let make = |folder: &Path| {
        std::fs::create_dir_all(folder).map_err(|problem| {
            Problem::Environment(format!("cannot make the folder `{}`: {problem}; name another one by `--out`", folder.display()))
        })
    };
    let write = |path: &Path, text: &str| {
        std::fs::write(path, text)
            .map_err(|problem| Problem::Environment(format!("cannot write `{}`: {problem}; name another place by `--out`", path.display())))
    };
    if let [file] = files
        && !out.is_dir()
        && !out.as_os_str().to_string_lossy().ends_with('/')
    {
        // A bare name has the empty path as its parent.
        if let Some(parent) = out.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            make(parent)?;
        }
        return write(out, &file.text);
    }
    make(out)?;
    for file in files {
        let path = out.join(&file.path);
        // Records by hand keep the folders that they lie in.
        make(path.parent().unwrap_or(out))?;
        write(&path, &file.text)?;
    }
    let word = if files.len() == 1 { "file" } else { "files" };
    eprintln!("wrote {} {word} to {}", files.len(), out.display());
    Ok(())
}
