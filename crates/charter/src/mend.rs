//! `charter check --fix`: makes the mechanical changes in memory, holds the result against what was found before, and only then writes files.
//!
//! Which changes are mechanical belongs to the rules and the reader.

use crate::compiled::{Checked, check};
use crate::disk::Remembering;
use crate::exit::Problem;
use crate::folder::{Folder, locate};
use charter_lint::Lint;
use charter_lint::fix::{Mend, mended, mends, unified};
use charter_spec::quantity::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One change may uncover the next; a chain longer than this is a mistake of ours.
const ROUNDS_MAX: usize = 10;

/// What was, or would be, changed.
pub(crate) struct Mended {
    /// The charter as it is afterwards.
    pub(crate) checked: Checked,
    pub(crate) mends: Vec<Mend>,
    /// The folder, with its path as the disk knows it.
    folder: PathBuf,
    /// Changed files by path: before and after.
    files: BTreeMap<String, (String, String)>,
}

/// Changed files by path, as they are after the changes.
type Texts = BTreeMap<String, String>;

/// Errors by code. What the plan says counts only where there was one before: while the charter cannot be read, nobody has compiled it.
type Errors = BTreeMap<&'static str, usize>;

struct Bench {
    folder: PathBuf,
    document: String,
    disk: Remembering,
    today: Date,
}

impl Bench {
    fn check(&self, over: &Texts) -> Result<Checked, Problem> {
        let over = over.iter().map(|(path, text)| (self.folder.join(path), Arc::from(text.as_bytes()))).collect();
        let disk = Arc::new(self.disk.over(over));
        Ok(check(Folder::read_from(self.folder.clone(), self.document.clone(), &[], disk)?, self.today))
    }
}

/// Makes every mechanical change that brings no new error, until none is left. What is left to a person is only offered afterwards.
pub(crate) fn mend(path: &Path, today: Date) -> Result<Mended, Problem> {
    let (folder, document) = locate(path)?;
    let bench = Bench { folder, document, disk: Remembering::default(), today };
    let mut over = Texts::new();
    let mut checked = bench.check(&over)?;
    let mut originals = Texts::new();
    let mut made: Vec<Mend> = Vec::new();
    let mut given_up: BTreeSet<(&'static str, String)> = BTreeSet::new();
    for _ in 0..ROUNDS_MAX {
        let mut chosen = mends(&checked.folder.files, &checked.report.findings);
        chosen.retain(|mend| !given_up.contains(&(mend.code, mend.message.clone())));
        let found = sound(&bench, &checked, &over, &chosen)?;
        for mend in chosen.iter().filter(|mend| !found.kept.contains(mend)) {
            given_up.insert((mend.code, mend.message.clone()));
        }
        let Some((next, texts)) = found.after else {
            if found.kept.is_empty() && chosen.is_empty() {
                break;
            }
            continue;
        };
        for path in texts.keys() {
            let before = || checked.folder.files.get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default();
            originals.entry(path.clone()).or_insert_with(before);
        }
        made.extend(found.kept);
        (checked, over) = (next, texts);
        // What did harm before may do none now.
        given_up.clear();
    }
    only_made(&mut checked, &[]);
    let files = over.into_iter().filter_map(|(path, after)| Some((path.clone(), (originals.get(&path)?.clone(), after))));
    let files = files.filter(|(_, (before, after))| before != after).collect();
    Ok(Mended { checked, mends: made, folder: bench.folder, files })
}

/// Leaves of a report's mechanical changes those that were made when it was tried; the others are offered, and a person chooses.
pub(crate) fn only_made(checked: &mut Checked, made: &[Mend]) {
    for finding in &mut checked.report.findings {
        let taken = made.iter().any(|mend| mend.code == finding.code && mend.message == finding.message);
        if let Some(fix) = finding.fix.take() {
            finding.fix = Some(if fix.is_mechanical() && !taken { fix.offered() } else { fix });
        }
    }
}

/// Changes that can be made together, and the charter with them.
#[derive(Default)]
struct Sound {
    kept: Vec<Mend>,
    after: Option<(Checked, Texts)>,
}

/// All at once where that harms nothing; else halves of them, and at last each by itself, beside those that were found to do no harm.
fn sound(bench: &Bench, before: &Checked, over: &Texts, chosen: &[Mend]) -> Result<Sound, Problem> {
    let mut found = Sound::default();
    let mut open: Vec<&[Mend]> = if chosen.is_empty() { Vec::new() } else { vec![chosen] };
    while let Some(part) = open.pop() {
        let together: Vec<Mend> = found.kept.iter().chain(part).cloned().collect();
        match attempt(bench, before, over, &together)? {
            Some(after) => found = Sound { kept: together, after: Some(after) },
            None if part.len() > 1 => {
                let (first, second) = part.split_at(part.len() / 2);
                open.extend([second, first]);
            }
            None => {}
        }
    }
    Ok(found)
}

/// The charter after changes, unless they bring an error that was not there.
fn attempt(bench: &Bench, before: &Checked, over: &Texts, chosen: &[Mend]) -> Result<Option<(Checked, Texts)>, Problem> {
    let Some(texts) = mended(&before.folder.files, chosen) else { return Ok(None) };
    let mut next = over.clone();
    next.extend(texts);
    let after = bench.check(&next)?;
    let (old, new) = (errors(before, bench.today), errors(&after, bench.today));
    let compiled = before.plan.is_some() || !old.keys().any(|code| is_reading(code));
    let worse = new.iter().any(|(code, count)| {
        let uncovered = !compiled && code.starts_with("Y1");
        !uncovered && *count > old.get(code).copied().unwrap_or(0)
    });
    Ok((!worse).then_some((after, next)))
}

fn is_reading(code: &str) -> bool {
    code.starts_with("Y0")
}

/// Errors of reading and compiling as they are told; those of rules as they are found, before waivers, and also about elements that could not be read
/// whole: of these the report is silent, and what it tells of them later is not new.
fn errors(checked: &Checked, today: Date) -> Errors {
    let mut counts = Errors::new();
    let told = checked.report.findings.iter().filter(|finding| finding.is_error() && finding.code.starts_with('Y'));
    for finding in told {
        *counts.entry(finding.code).or_default() += 1;
    }
    if let Some(resolved) = &checked.resolved {
        let lint = Lint { resolved, evidence: &checked.folder.evidence(), plan: checked.plan.as_ref(), today };
        for finding in charter_lint::rule::run(&lint).iter().filter(|finding| finding.is_error()) {
            *counts.entry(finding.code).or_default() += 1;
        }
    }
    counts
}

impl Mended {
    /// Every changed file as a unified diff.
    pub(crate) fn diff(&self) -> String {
        self.files.iter().map(|(path, (before, after))| unified(path, before, after)).collect()
    }

    /// Writes what has changed: each file whole or not at all, and none when one of them is another than the one that was read.
    pub(crate) fn write(&self) -> Result<(), Problem> {
        let mut ready = Vec::new();
        for (path, (before, after)) in &self.files {
            let failed = |problem: std::io::Error| Problem::Environment(format!("cannot write `{path}`: {problem}"));
            // A link stays a link: what it leads to is replaced.
            let target = self.folder.join(path).canonicalize().map_err(failed)?;
            let parent = target.parent().unwrap_or(Path::new("."));
            let mut aside = aside(parent).map_err(failed)?;
            aside.0.write_all(after.as_bytes()).and_then(|()| aside.0.sync_all()).map_err(failed)?;
            let permissions = std::fs::metadata(&target).map_err(failed)?.permissions();
            aside.0.set_permissions(permissions).map_err(failed)?;
            ready.push((path, target, aside.1, before));
        }
        let changed = ready.iter().find(|(_, target, _, before)| !std::fs::read(target).is_ok_and(|now| now == before.as_bytes()));
        if let Some((path, ..)) = changed {
            return Err(Problem::Refused(format!("`{path}` changed while it was mended, and nothing was written; run it again")));
        }
        for (path, target, aside, _) in ready {
            aside.take(&target).map_err(|problem| Problem::Environment(format!("cannot write `{path}`: {problem}")))?;
        }
        Ok(())
    }
}

/// A file beside the one that it becomes; removed when it does not.
struct Aside(Option<PathBuf>);

impl Aside {
    fn take(mut self, target: &Path) -> std::io::Result<()> {
        match self.0.take() {
            Some(own) => std::fs::rename(own, target),
            None => Ok(()),
        }
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            // What cannot be removed is a hidden file that no charter names.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// A new hidden file in a folder.
fn aside(folder: &Path) -> std::io::Result<(std::fs::File, Aside)> {
    for attempt in 0..100_u32 {
        let path = folder.join(format!(".charter-fix-{}-{attempt}", std::process::id()));
        match std::fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((file, Aside(Some(path)))),
            Err(problem) if problem.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(problem) => return Err(problem),
        }
    }
    Err(std::io::Error::new(std::io::ErrorKind::AlreadyExists, "its folder is full of unfinished files"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "charter: 1\nsystem: shop\ntitle: Shop\nowner: architect\n";

    fn today() -> Date {
        Date::parse("2026-11-23").unwrap()
    }

    #[test]
    fn a_file_that_has_changed_meanwhile_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("charter.yaml");
        std::fs::write(&path, format!("{BODY}load: {{ peek: 1 rps }}\n")).unwrap();
        let mended = mend(folder.path(), today()).unwrap();
        assert_eq!(mended.mends.len(), 1);
        std::fs::write(&path, BODY).unwrap();
        assert!(matches!(mended.write(), Err(Problem::Refused(message)) if message.contains("changed while it was mended")));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), BODY);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    /// Letters of the reference case are swapped, one word at a time: what is mended stays mended, and nothing gets worse.
    #[test]
    fn a_second_time_changes_nothing_and_no_error_appears() {
        let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/reference/charter.yaml");
        let text = std::fs::read_to_string(reference).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("charter.yaml");
        let words: Vec<(usize, &str)> = text
            .match_indices(|letter: char| letter.is_ascii_lowercase())
            .filter(|(at, _)| {
                text[..*at].ends_with([' ', '[', '{']) && text[*at..].chars().take(5).all(|letter| letter.is_ascii_lowercase())
            })
            .collect();
        let mut mended_some = 0;
        for (at, _) in words.iter().step_by(words.len() / 60) {
            let mut bytes = text.clone().into_bytes();
            bytes.swap(at + 2, at + 3);
            std::fs::write(&path, &bytes).unwrap();
            let before = errors(&check(Folder::read(folder.path()).unwrap(), today()), today());
            let first = mend(folder.path(), today()).unwrap();
            first.write().unwrap();
            mended_some += usize::from(!first.mends.is_empty());
            let after = errors(&check(Folder::read(folder.path()).unwrap(), today()), today());
            for (code, count) in &after {
                assert!(code.starts_with("Y1") || *count <= before.get(code).copied().unwrap_or(0), "{code} at {at}: {before:?} {after:?}");
            }
            let second = mend(folder.path(), today()).unwrap();
            assert!(second.mends.is_empty(), "at {at}: {:?}", second.mends);
        }
        assert!(mended_some > 10, "{mended_some}");
    }

    /// Applies a unified diff of one file, strictly.
    fn patched(old: &str, diff: &str) -> String {
        let mut rest: Vec<&str> = old.split_inclusive('\n').collect();
        let mut taken = 0;
        let mut new = String::new();
        let mut lines = diff.split_inclusive('\n').peekable();
        while let Some(line) = lines.next() {
            if let Some(head) = line.strip_prefix("@@ -") {
                let (first, count) = head.split(' ').next().unwrap().split_once(',').unwrap_or((head.split(' ').next().unwrap(), "1"));
                let start = first.parse::<usize>().unwrap() - usize::from(count != "0");
                new.extend(rest.drain(..start - taken));
                taken = start;
                continue;
            }
            let (Some(mark), false) = (line.chars().next(), line.starts_with("--- ") || line.starts_with("+++ ")) else { continue };
            let open = lines.peek().is_some_and(|next| next.starts_with('\\'));
            let text = if open { line[1..].trim_end_matches('\n') } else { &line[1..] };
            match mark {
                ' ' | '-' => {
                    assert_eq!(rest.remove(0), text, "in\n{diff}");
                    taken += 1;
                    if mark == ' ' {
                        new.push_str(text);
                    }
                }
                '+' => new.push_str(text),
                '\\' => {}
                other => panic!("`{other}` begins no line of a diff:\n{diff}"),
            }
        }
        new.extend(rest);
        new
    }

    /// Charters that rules and the reader find fault with: every failing text of every rule, and what only the reader sees.
    fn failing() -> Vec<String> {
        let head = "charter: 1\nsystem: example\ntitle: Example\nowner: architect\ncurrency: USD\n";
        let mut texts: Vec<String> = [
            "risks:\n  late: { probability: low, impact: low }\nrisks2:\n  other: { probability: low, impact: low }\n",
            "risks2:\n  other: { probability: low, impact: low }\n",
            "load: { peek: 10 ms }\nrisks:\n  late: { probability: low, impact: low, level: high }\n",
            "load: { peek: 10 rps, peak: 20 rps }\nrisks: { late: { probabilty: low, impct: low, level: high } }\n",
            "stakeholders: { sponsor: { role: sponsor, cares: [quik, quik] } }\nquality: { quick: { attribute: performence, measure: p99(latncy) < 200ms } }\n",
            "dependencies:\n  lake: { direction: upstream, kind: stream, region: NO, hard: yes }\n  sea: { direction: upstrem, kind: stream, region: NO, hard: off }",
        ]
        .map(|body| format!("{head}{body}"))
        .to_vec();
        let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../charter-lint/tests/rules");
        let mut pages: Vec<PathBuf> = std::fs::read_dir(rules).unwrap().map(|entry| entry.unwrap().path()).collect();
        pages.sort();
        for page in pages.iter().filter(|page| page.extension().is_some_and(|extension| extension == "md")) {
            let page = std::fs::read_to_string(page).unwrap();
            let failing = page.split("\n## ").filter(|section| section.starts_with("Fails"));
            for body in failing.flat_map(|section| section.split("```yaml\n").skip(1)).filter_map(|rest| rest.split("\n```").next()) {
                texts.push(if body.contains("charter:") { format!("{body}\n") } else { format!("{head}{body}\n") });
            }
        }
        texts
    }

    #[test]
    fn what_is_made_is_what_is_shown_and_a_second_time_finds_nothing() {
        let mut mended_by: BTreeMap<&'static str, usize> = BTreeMap::new();
        for text in failing() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("charter.yaml");
            std::fs::write(&path, &text).unwrap();
            let first = mend(folder.path(), today()).unwrap();
            let left =
                first.checked.report.findings.iter().filter(|finding| finding.fix.as_ref().is_some_and(charter_spec::Fix::is_mechanical));
            assert_eq!(left.count(), 0, "nothing is promised again after\n{text}");
            first.write().unwrap();
            let written = std::fs::read_to_string(&path).unwrap();
            assert_eq!(patched(&text, &first.diff()), written, "the diff is not what was written:\n{}", first.diff());
            assert_eq!(first.mends.is_empty(), written == text, "{text}");
            let second = mend(folder.path(), today()).unwrap();
            assert!(second.mends.is_empty(), "{:?} the second time in\n{text}", second.mends);
            for made in &first.mends {
                *mended_by.entry(made.code).or_default() += 1;
            }
        }
        for code in ["K001", "M002", "C001", "C003", "N001", "T006", "Y009"] {
            assert!(mended_by.contains_key(code), "{code} mends nothing in {mended_by:?}");
        }
    }
}
