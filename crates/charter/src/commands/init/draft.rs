//! Checks a charter before it is on disk, and takes on what is open: a new charter passes its own check, and says what it does not know yet.

use crate::compiled::check;
use crate::disk::{Direct, Disk, Unread};
use crate::exit::Problem;
use crate::folder::{DOCUMENT, Folder};
use charter_draft::begin::{Begun, waive};
use charter_lint::Report;
use charter_plan::Evidence;
use charter_plan::artifact::{Artifact, SampleFacts};
use charter_spec::Severity;
use charter_spec::quantity::Date;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Days until an open question fails the check.
const DAYS: i64 = 30;

/// Files that are about to be written, before those that lie on disk.
struct Draft {
    files: BTreeMap<String, Arc<[u8]>>,
}

impl Disk for Draft {
    fn bytes(&self, folder: &Path, path: &str, bytes_max: u64) -> Result<Arc<[u8]>, Unread> {
        match self.files.get(path) {
            Some(bytes) => Ok(Arc::clone(bytes)),
            None => Direct.bytes(folder, path, bytes_max),
        }
    }

    fn artifact(&self, folder: &Path, path: &str) -> Option<Artifact> {
        Direct.artifact(folder, path)
    }

    fn sample(&self, folder: &Path, path: &str) -> Option<SampleFacts> {
        Direct.sample(folder, path)
    }

    fn evidence(&self, _: &Path) -> Vec<Evidence> {
        Vec::new()
    }
}

fn checked(begun: &Begun, folder: &Path, today: Date) -> Result<(Report, Folder), Problem> {
    let mut files: BTreeMap<String, Arc<[u8]>> =
        begun.files.iter().map(|(path, bytes)| (path.clone(), Arc::from(bytes.as_slice()))).collect();
    files.insert(DOCUMENT.to_owned(), Arc::from(begun.text().into_bytes()));
    let folder = Folder::read_from(folder.to_path_buf(), DOCUMENT.to_owned(), &[], Arc::new(Draft { files }))?;
    let checked = check(folder, today);
    Ok((checked.report, checked.folder))
}

/// Puts a waiver where a rule would fail the check; gives back what a check will say, in a line.
pub(super) fn settle(begun: &mut Begun, folder: &Path, owner: &str, today: Date) -> Result<String, Problem> {
    let (report, _) = checked(begun, folder, today)?;
    let mut rules: BTreeMap<String, String> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| finding.severity == Severity::Error) {
        if charter_lint::rules::find(finding.code).is_some() {
            rules.entry(finding.code.to_owned()).or_insert_with(|| finding.title.to_owned());
        }
    }
    let rules: Vec<(String, String)> = rules.into_iter().collect();
    waive(begun, &rules, owner, later(today)?);
    let (report, folder) = checked(begun, folder, today)?;
    if report.fails() {
        let told = report.to_text(&folder.files, false);
        return Err(Problem::Refused(format!("nothing is written: the charter would not pass its own check\n{told}")));
    }
    let mut line =
        format!("the charter has no errors, {} warnings and {} hints", report.count(Severity::Warning), report.count(Severity::Hint));
    if !rules.is_empty() {
        let codes: Vec<&str> = rules.iter().map(|(code, _)| code.as_str()).collect();
        line.push_str(&format!("; {} stand under a waiver until {}", codes.join(", "), later(today)?));
    }
    Ok(line)
}

fn later(today: Date) -> Result<Date, Problem> {
    let number = |part: u8| i8::try_from(part).unwrap_or(1);
    let day = jiff::civil::Date::new(i16::try_from(today.year).unwrap_or(2000), number(today.month), number(today.day));
    let later = day.and_then(|day| day.checked_add(jiff::Span::new().days(DAYS)));
    let later = later.map_err(|problem| Problem::Environment(format!("the date of today cannot be counted on: {problem}")))?;
    Ok(Date {
        year: u16::try_from(later.year()).unwrap_or(today.year),
        month: u8::try_from(later.month()).unwrap_or(1),
        day: u8::try_from(later.day()).unwrap_or(1),
    })
}
