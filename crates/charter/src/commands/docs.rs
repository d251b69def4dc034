//! `charter docs`: writes the site, or serves it and follows changes.

mod live;
mod write;

use crate::arguments::{Colour, Docs, Format};
use crate::exit::{Ending, Outcome, Problem};
use crate::known::{Known, date};
use crate::output::{colours, print, print_json};
use charter_backend::read_file_beneath;
use charter_backend::runtime::OnnxRuntimeSearch;
use charter_lint::{Report, rules};
use charter_plan::artifact::Artifacts;
use charter_plan::{Evidence, PlanCode};
use charter_render::site::{File, Input, RulePage, Waived, render};
use charter_spec::Diagnostic;
use charter_spec::names::FileKind;
use charter_verify::evidence::EvidenceStore;
use serde_json::json;
use std::path::Path;

/// Model cards are a few pages.
const CARD_BYTES_MAX: u64 = 1 << 20;

pub(crate) fn run(arguments: &Docs, colour: Colour) -> Outcome {
    if let Some(address) = arguments.serve {
        return live::run(arguments, address);
    }
    let made = make(arguments)?;
    if made.files.is_empty() {
        print(&made.problems.text(colours(colour)))?;
        return Ok(Ending::Findings);
    }
    let out = arguments.out.as_deref().unwrap_or(Path::new("site"));
    let written = write::write(out, &made.files)?;
    match arguments.format {
        Format::Json => print_json(&json!({
            "folder": out.display().to_string(), "files": made.files.len(), "changed": written.changed, "removed": written.removed,
            "errors": made.problems.errors,
        }))?,
        Format::Human => {
            let pages = made.files.iter().filter(|file| file.path.ends_with(".html")).count();
            let mut text = format!(
                "{pages} pages in {}, {} files changed: open {}\n",
                out.display(),
                written.changed,
                out.join("index.html").display()
            );
            if made.problems.errors > 0 {
                text.push_str(&format!("the charter has {} open errors; the page `Findings` tells them\n", made.problems.errors));
            }
            print(&text)?;
        }
    }
    if made.problems.unreadable {
        eprint!("{}", made.problems.text(colours(colour)));
        return Ok(Ending::Findings);
    }
    Ok(Ending::Fine)
}

/// A site, and what stands in the way of a better one.
pub(crate) struct Made {
    /// Empty when nothing of the charter could be read.
    pub(crate) files: Vec<File>,
    pub(crate) problems: Problems,
}

/// What is wrong with the charter.
pub(crate) struct Problems {
    pub(crate) errors: usize,
    /// Whether parts of it could not be read.
    pub(crate) unreadable: bool,
    plain: String,
    coloured: String,
}

impl Problems {
    pub(crate) fn text(&self, colour: bool) -> String {
        if colour { self.coloured.clone() } else { self.plain.clone() }
    }
}

/// Reads the charter and everything about it, and renders.
pub(crate) fn make(arguments: &Docs) -> Result<Made, Problem> {
    let today = date(arguments.today.as_deref())?;
    let mut known = Known::read(&arguments.source.path, &[], today, arguments.evidence.as_deref())?;
    read_cards(&mut known);
    let report = &known.checked.report;
    let files = &known.checked.folder.files;
    let errors = report.count(charter_spec::Severity::Error);
    // What the reader itself refuses: then the pages show only what was read.
    let is_of_reading = |found: &&Diagnostic| found.is_error() && charter_spec::diagnostic::explain(found.code).is_some();
    let refused: Vec<Diagnostic> = report.findings.iter().filter(is_of_reading).cloned().collect();
    let unreadable = !refused.is_empty() || known.checked.resolved.is_none();
    let told = Report::new(refused, &[], None);
    let problems = Problems { errors, unreadable, plain: told.to_text(files, false), coloured: told.to_text(files, true) };
    let Some(facts) = known.facts() else { return Ok(Made { files: Vec::new(), problems }) };
    let evidence: Vec<Evidence> = EvidenceStore::new(&known.kept).read().map(|stored| stored.evidence).unwrap_or_default();
    let artifacts = artifacts(&known);
    let waived: Vec<Waived<'_>> =
        report.waived.iter().map(|waived| Waived { finding: &waived.finding, waiver: &waived.waiver, until: waived.until }).collect();
    let rules = rule_pages();
    let input = Input {
        resolved: facts.resolved,
        plan: facts.plan,
        files,
        artifacts: &artifacts,
        evidence: &evidence,
        standings: facts.standings,
        sign_offs: facts.sign_offs,
        findings: &report.findings,
        waived: &waived,
        rules: &rules,
        today,
    };
    Ok(Made { files: render(&input), problems })
}

/// Checking only looks whether cards are there; their text is read here.
fn read_cards(known: &mut Known) {
    let folder = &mut known.checked.folder;
    let cards: Vec<String> = folder
        .references
        .iter()
        .filter(|reference| reference.kind == FileKind::Card)
        .map(|reference| reference.path.value.clone())
        .collect();
    for path in cards {
        if let Ok(bytes) = read_file_beneath(&folder.path, &path, CARD_BYTES_MAX) {
            folder.files.insert(path, bytes);
        }
    }
}

fn artifacts(known: &Known) -> Artifacts {
    known.checked.folder.artifacts(&OnnxRuntimeSearch::from_environment(None))
}

/// Rules of lint, codes of the reader and of the compiler.
fn rule_pages() -> Vec<RulePage<'static>> {
    let lint = rules::all().map(|rule| RulePage { code: rule.code, severity: rule.severity.word(), title: rule.title, page: rule.page });
    let reading = charter_spec::diagnostic::CODES.iter().map(|code| RulePage {
        code: code.name(),
        severity: code.severity().word(),
        title: code.title(),
        page: code.page(),
    });
    let compiling =
        PlanCode::ALL.iter().map(|code| RulePage { code: code.name(), severity: "error", title: code.title(), page: code.page() });
    lint.chain(reading).chain(compiling).collect()
}
