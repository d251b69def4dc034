//! A charter with everything that is known about it today: its plan, its evidence, where each requirement stands, who signed what.
//!
//! What follows from that belongs to `charter-plan`.

use crate::arguments::Set;
use crate::compiled::{Checked, check};
use crate::exit::{Ending, Outcome, Problem};
use crate::folder::Folder;
use crate::output::{print, tell, today};
use charter_plan::Evidence;
use charter_plan::criterion::Facts;
use charter_plan::gate::sign_off::SignOff;
use charter_plan::resolved::Resolved;
use charter_plan::standing::{StatusLine, standings};
use charter_spec::limits::SETTINGS_MAX;
use charter_spec::quantity::Date;
use charter_spec::{Diagnostic, Setting};
use charter_verify::evidence::{EvidenceStore, SignOffStore};
use std::path::{Path, PathBuf};

/// Everything that is known.
pub(crate) struct Known {
    pub(crate) checked: Checked,
    pub(crate) standings: Vec<StatusLine>,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) sign_offs: Vec<SignOff>,
    /// Where evidence is kept.
    pub(crate) kept: PathBuf,
    /// Files there that cannot be read: name and reason.
    pub(crate) unreadable: Vec<(String, String)>,
    pub(crate) today: Date,
}

impl Known {
    /// Reads the charter, with other values in place of some, and what is kept about it.
    pub(crate) fn read(path: &Path, settings: &[Setting], today: Date, evidence: Option<&Path>) -> Result<Self, Problem> {
        let known = Self::quietly(path, settings, today, evidence)?;
        tell_unread(&known.checked);
        Ok(known)
    }

    /// The same without a word about what could not be read.
    fn quietly(path: &Path, settings: &[Setting], today: Date, evidence: Option<&Path>) -> Result<Self, Problem> {
        let folder = Folder::read_with(path, settings)?;
        refuse_settings(&folder)?;
        let kept = evidence.map_or_else(|| folder.path.join("evidence"), Path::to_path_buf);
        let checked = check(folder, today);
        let failed = |problem: charter_verify::evidence::StoreError| Problem::Environment(problem.to_string());
        let stored = EvidenceStore::new(&kept).read().map_err(failed)?;
        let signed = SignOffStore::beside(&kept).read().map_err(failed)?;
        let evidence: &[Evidence] = &stored.evidence;
        let standings = checked
            .resolved
            .as_ref()
            .map(|resolved| standings(resolved, checked.plan.as_ref(), evidence, jiff::Timestamp::now()))
            .unwrap_or_default();
        let unreadable = stored.unreadable.into_iter().chain(signed.unreadable).collect();
        Ok(Self { checked, standings, evidence: stored.evidence, sign_offs: signed.records, kept, unreadable, today })
    }

    /// What criteria are judged by; `None` when nothing at all of the charter could be read.
    pub(crate) fn facts(&self) -> Option<Facts<'_>> {
        let resolved = self.checked.resolved.as_ref()?;
        Some(Facts {
            resolved,
            files: &self.checked.folder.files,
            plan: self.checked.plan.as_ref(),
            standings: &self.standings,
            evidence: &self.evidence,
            sign_offs: &self.sign_offs,
            today: self.today,
        })
    }

    /// Prints why nothing could be read.
    pub(crate) fn refuse(&self, colour: bool) -> Outcome {
        print(&self.checked.report.to_text(&self.checked.folder.files, colour))?;
        Ok(Ending::Findings)
    }

    /// One line for each kept file that could not be read.
    pub(crate) fn not_counted(&self) -> String {
        self.unreadable.iter().map(|(file, problem)| format!("not counted: {file}: {problem}\n")).collect()
    }
}

/// Where some of the charter cannot be read, what is said rests on the rest, and an id may be missing for that alone.
fn tell_unread(checked: &Checked) {
    let unread = checked.report.findings.iter().filter(|finding| finding.is_error() && finding.code.starts_with("Y0")).count();
    if unread > 0 {
        let errors = if unread == 1 { "1 error".to_owned() } else { format!("{unread} errors") };
        tell(&format!("charter: {errors} of reading: what follows rests on what could be read; `charter check` shows what could not"));
    }
}

/// A folder of evidence that is named on the command line must be there to be read.
pub(crate) fn is_there(evidence: Option<&Path>) -> Result<(), Problem> {
    match evidence {
        Some(path) if !path.is_dir() => {
            let what = if path.exists() { "is no folder" } else { "is not there" };
            Err(Problem::Environment(format!(
                "--evidence: `{}` {what}; name the folder that `charter verify` keeps its results in, or leave the option out for `evidence/` beside the charter",
                path.display()
            )))
        }
        _ => Ok(()),
    }
}

/// The date that `--today` says, else the machine's.
pub(crate) fn date(written: Option<&str>) -> Result<Date, Problem> {
    match written {
        None => Ok(today()),
        Some(text) => Date::parse(text).ok_or_else(|| Problem::Usage(format!("`{text}` is no date; write --today 2026-11-23"))),
    }
}

/// The settings of a command line.
pub(crate) fn settings(set: &Set) -> Result<Vec<Setting>, Problem> {
    if set.set.len() > SETTINGS_MAX {
        return Err(Problem::Usage(format!(
            "--set is given {} times, and at most {SETTINGS_MAX} are taken; change the charter itself",
            set.set.len()
        )));
    }
    set.set.iter().map(|text| Setting::parse(text).map_err(|problem| Problem::Usage(format!("--set: {problem}")))).collect()
}

/// A setting that cannot be read or placed changes nothing, so that nothing could be told of it.
pub(crate) fn refuse_settings(folder: &Folder) -> Result<(), Problem> {
    let of_setting = |diagnostic: &&Diagnostic| folder.files.path(diagnostic.span().file).starts_with("--set ");
    let problems: Vec<Diagnostic> =
        folder.diagnostics.iter().filter(of_setting).filter(|diagnostic| diagnostic.is_error()).cloned().collect();
    if problems.is_empty() {
        return Ok(());
    }
    // What stands on the command line, `--fix` does not mend.
    let offered = |problem: Diagnostic| Diagnostic { fix: problem.fix.clone().map(charter_spec::Fix::offered), ..problem };
    let report = charter_lint::Report::new(problems.into_iter().map(offered).collect(), &[], None);
    Err(Problem::Usage(format!("a value cannot be set\n\n{}", report.to_text(&folder.files, false).trim_end())))
}

/// The charter as written beside the charter as set: what `--set` compares.
pub(crate) fn both(known: &Known, set: &[Setting], path: &Path) -> Result<Option<Known>, Problem> {
    if set.is_empty() {
        return Ok(None);
    }
    Known::quietly(path, &[], known.today, Some(&known.kept)).map(Some)
}

/// The resolved charters of both, when both could be read.
pub(crate) fn resolved_pair<'a>(before: &'a Known, after: &'a Known) -> Option<(&'a Resolved, &'a Resolved)> {
    Some((before.checked.resolved.as_ref()?, after.checked.resolved.as_ref()?))
}
