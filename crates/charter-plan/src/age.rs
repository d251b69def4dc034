//! How old something is that has to be made anew: `age(validation-study) <= 1y`.
//!
//! A date comes from what was kept, in this order of trust: evidence in the store, the file that a control names as evidence, the day that the charter
//! states for it (`reviewed:`), the training of a model, the day of a decision. The newest counts. Whether an age is too much belongs to `criterion` and to lint.

use crate::evidence::{Evidence, Verdict};
use crate::resolved::{Element, Resolved};
use charter_spec::measure::{Argument, Measure, TermKind, ValueKind};
use charter_spec::quantity::Date;
use charter_spec::{Id, SectionName};
use serde_json::Value;

/// What `age(…)` may be of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aged {
    /// A control, model, requirement or decision.
    Element(Element),
    /// A file that some control names as evidence, by its path.
    File(String),
}

/// When it was last made, and what says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    pub date: Date,
    /// Completes "by …": `` `evidence/study.md` ``, `` its `reviewed` ``.
    pub by: String,
}

/// The name in `age(NAME) <= 1y`; `None` for another measure.
pub fn subject(measure: &Measure) -> Option<String> {
    let TermKind::Call { function, arguments } = &measure.term.kind else { return None };
    if function.value.single() != Some("age") {
        return None;
    }
    match arguments.as_slice() {
        [Argument::Term(term)] => match &term.kind {
            TermKind::Path(path) => Some(path.dotted()),
            _ => None,
        },
        [Argument::Value(value)] => match &value.kind {
            ValueKind::Path(path) => Some(path.dotted()),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a measure is about an age, whatever it names.
pub fn is_age(measure: &Measure) -> bool {
    matches!(&measure.term.kind, TermKind::Call { function, .. } if function.value.single() == Some("age"))
}

/// What a name in `age(…)` leads to: an element that has a date, or a file of evidence by its name without folder and ending.
pub fn named(resolved: &Resolved, name: &str) -> Option<Aged> {
    let has_date = |element: &Element| {
        use SectionName::{Constraints, Controls, Decisions, Models, Quality};
        !element.is_whole() && matches!(element.section, Controls | Models | Quality | Constraints | Decisions)
    };
    let element = match name.split_once('.') {
        Some(_) => resolved.index.named(name).filter(has_date),
        None => resolved.index.all(name).find(has_date),
    };
    element.map(Aged::Element).or_else(|| {
        let files = resolved.spec.controls.iter().flat_map(|control| &control.evidence);
        files.map(|file| file.value.as_str()).find(|path| stem(path) == name).map(|path| Aged::File(path.to_owned()))
    })
}

fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split_once('.').map_or(name, |(stem, _)| stem)
}

/// When it was last made, as far as anything says so. Evidence of something that did not hold is evidence of nothing.
pub fn last_made(resolved: &Resolved, evidence: &[Evidence], aged: &Aged) -> Option<Made> {
    let made = |date: Date, by: &str| Made { date, by: by.to_owned() };
    let element = match aged {
        Aged::File(path) => return resolved.evidence_dates.get(path).map(|date| made(*date, &format!("`{path}`"))),
        Aged::Element(element) => element,
    };
    let id = element.id.as_str();
    let kept = evidence.iter().filter(|kept| kept.requirement == id && kept.verdict == Verdict::Proved);
    let kept = kept.filter_map(|kept| day(&kept.measured_at)).max().map(|date| made(date, "evidence that is kept"));
    let stated = match element.section {
        SectionName::Controls => of_control(resolved, &element.id),
        SectionName::Models => {
            let trained = resolved.spec.models.get(id)?.versions.iter().next()?.trained.as_ref();
            trained.map(|trained| made(trained.value, "its `trained`"))
        }
        SectionName::Decisions => resolved.spec.decisions.get(id)?.date.as_ref().map(|date| made(date.value, "its `date`")),
        _ => None,
    };
    kept.into_iter().chain(stated).max_by_key(|made| made.date)
}

/// A stated day counts only with the evidence that it is the day of.
fn of_control(resolved: &Resolved, id: &Id) -> Option<Made> {
    let control = resolved.spec.controls.get(id)?;
    let paths = control.evidence.iter().map(|file| file.value.as_str());
    let files = paths.filter_map(|path| Some(Made { date: *resolved.evidence_dates.get(path)?, by: format!("`{path}`") }));
    let stated = control.reviewed.as_ref().filter(|_| !control.evidence.is_empty());
    let stated = stated.map(|reviewed| Made { date: reviewed.value, by: "its `reviewed`".to_owned() });
    files.chain(stated).max_by_key(|made| made.date)
}

/// The day of a time in RFC 3339, or of a date.
pub(crate) fn day(text: &str) -> Option<Date> {
    text.trim().get(..10).and_then(Date::parse)
}

/// Keys under which files of evidence say when they were made.
const KEYS: &[&str] =
    &["measured_at", "reviewed_at", "reviewed", "signed_at", "made_at", "date", "timestamp", "generated_at", "created_at", "created"];

/// The day that a file of evidence gives itself: JSON by its own keys or those of its `metadata` (CycloneDX, OSCAL), text by its front matter.
pub(crate) fn date_of(bytes: &[u8]) -> Option<Date> {
    let text = std::str::from_utf8(bytes).ok()?.trim_start();
    if text.starts_with('{') {
        let whole: Value = serde_json::from_str(text).ok()?;
        let told = |value: &Value, keys: &[&str]| keys.iter().find_map(|key| day(value.get(*key)?.as_str()?));
        return told(&whole, KEYS).or_else(|| told(whole.get("metadata")?, &["timestamp", "last-modified"]));
    }
    let matter = text.strip_prefix("---")?;
    let lines = matter.lines().skip(1).take_while(|line| line.trim_end() != "---");
    lines.filter_map(|line| line.split_once(':')).find_map(|(key, value)| {
        let value = value.trim().trim_matches(['"', '\'']);
        KEYS.contains(&key.trim()).then(|| day(value)).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_evidence_says_its_day_in_its_own_words() {
        let told = |text: &str| date_of(text.as_bytes()).map(|date| date.to_string());
        assert_eq!(told(r#"{ "measured_at": "2026-06-30T08:00:00Z" }"#).as_deref(), Some("2026-06-30"));
        assert_eq!(
            told(r#"{ "bomFormat": "CycloneDX", "metadata": { "timestamp": "2026-05-01T00:00:00Z" } }"#).as_deref(),
            Some("2026-05-01")
        );
        assert_eq!(told("---\ntitle: Study\ndate: \"2026-02-03\"\n---\nbody\n").as_deref(), Some("2026-02-03"));
        for silent in [
            "",
            "{",
            "[]",
            "date: 2026-02-03\n",
            "---\ntitle: x\n---\ndate: 2026-02-03\n",
            r#"{ "date": "soon" }"#,
            "---\ndate: 2026-13-40\n---\n",
        ] {
            assert_eq!(told(silent), None, "{silent}");
        }
        assert_eq!(date_of(&[0xff, 0xfe, 0]), None);
    }

    #[test]
    fn a_file_is_named_without_folder_and_ending() {
        assert_eq!(["evidence/baa-2026.pdf", "sbom/system.cdx.json", "plain"].map(stem), ["baa-2026", "system", "plain"]);
    }
}
