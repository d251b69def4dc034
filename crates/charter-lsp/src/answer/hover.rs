//! What is known of the thing at a place: the derivation of an id, the meaning of a key or word, the page of a rule.

use super::mentions::{Subject, subject};
use super::{Scene, Where};
use crate::outline::{Outline, Role, Spot, Step};
use crate::wire::Refusal;
use charter_plan::explain::Section;
use charter_plan::{Explanation, PlanCode};
use serde_json::{Value, json};
use std::fmt::Write;

/// Most lines of a derivation that a bubble shows; `charter explain` shows all.
const LINES_MAX: usize = 40;

pub(crate) fn hover(scene: &Scene<'_>, at: Where) -> Result<Value, Refusal> {
    let spot = if scene.is_charter() { Outline::spot(&scene.document.text, at.offset) } else { None };
    let mut parts = Vec::new();
    let mut range = None;
    if let Some((subject, span)) = at.file.and_then(|file| subject(scene.snapshot, file, at.offset)) {
        range = Some(scene.snapshot.stretch(span));
        parts.extend(about(scene, &subject));
    }
    if let Some(spot) = spot.filter(|spot| !spot.word.is_empty()) {
        let told = by_language(scene, &spot);
        if !told.is_empty() {
            range = range.or_else(|| Some(scene.document.lines.stretch(&scene.document.text, spot.word.start, spot.word.end)));
            parts.extend(told);
        }
    }
    if parts.is_empty() {
        return Ok(Value::Null);
    }
    let text = parts.join("\n\n---\n\n");
    let kind = if scene.client.markdown { "markdown" } else { "plaintext" };
    let mut answer = json!({ "contents": { "kind": kind, "value": text } });
    if let Some(range) = range {
        answer["range"] = range.to_json();
    }
    Ok(answer)
}

fn about(scene: &Scene<'_>, subject: &Subject) -> Option<String> {
    let name = match subject {
        Subject::Element(element) => {
            // A rule that is weighed here is told by its page.
            if let Some(page) = page(&element.id).filter(|_| element.section == charter_spec::SectionName::Lint) {
                return Some(page);
            }
            element.to_string()
        }
        Subject::Version { model, .. } => model.to_string(),
        Subject::Section(section) => section.key().to_owned(),
        Subject::File(path) => return Some(format!("`{path}`")),
    };
    explained(scene, &name).map(|explanation| written(&explanation))
}

fn explained(scene: &Scene<'_>, name: &str) -> Option<Explanation> {
    let checked = &scene.snapshot.checked;
    charter_plan::explain(checked.resolved.as_ref()?, checked.plan.as_ref(), &checked.files, name).ok()
}

/// What schema, figures and rules say of the key or word at a place.
fn by_language(scene: &Scene<'_>, spot: &Spot) -> Vec<String> {
    let word = scene.document.text.get(spot.word.clone()).unwrap_or("").trim_matches(['"', '\'']);
    let mut parts = Vec::new();
    if spot.role == Role::Value || spot.path.last() == Some(&Step::Item) {
        if let Some(doc) = scene.language.word_doc(&spot.path, word) {
            parts.push(format!("`{word}`: {doc}"));
        }
        parts.extend(page(word));
        if let Some((section, _)) = word.split_once('.')
            && charter_spec::SectionName::from_key(section).is_some()
        {
            parts.extend(explained(scene, word).map(|explanation| written(&explanation)));
        }
        return parts;
    }
    let mut path = spot.path.clone();
    path.push(Step::Key(word.to_owned()));
    if let Some(doc) = scene.language.key_doc(&path) {
        let takes = scene.language.value_hint(&path).map(|hint| format!(" ({hint})")).unwrap_or_default();
        parts.push(format!("**{word}**: {doc}{takes}"));
    }
    // A key that is a figure of the charter: `load.peak`, `cost.total`.
    if let [Step::Key(section), Step::Key(key)] = path.as_slice()
        && parts.len() == 1
        && charter_spec::SectionName::from_key(section).is_some()
        && scene.snapshot.checked.resolved.as_ref().is_some_and(|resolved| resolved.index.named(&format!("{section}.{key}")).is_none())
    {
        parts.extend(explained(scene, &format!("{section}.{key}")).map(|explanation| written(&explanation)));
    }
    parts
}

/// The page of a rule, of a code of reading or of compiling; without its examples, which `charter explain` shows.
fn page(code: &str) -> Option<String> {
    let is_code = code.len() == 4 && code.starts_with(|letter: char| letter.is_ascii_uppercase());
    if !is_code {
        return None;
    }
    if let Some(rule) = charter_lint::rules::find(code) {
        return Some(rule.page.split("\n## ").next().unwrap_or(rule.page).trim().to_owned());
    }
    if let Some(found) = charter_spec::diagnostic::explain(code) {
        return Some(format!("# {}: {}\n\n{}", found.name(), found.title(), found.page()));
    }
    PlanCode::find(code).map(|found| format!("# {}: {}\n\n{}", found.name(), found.title(), found.page()))
}

/// An explanation as Markdown.
fn written(explanation: &Explanation) -> String {
    let mut text = format!("**{}**\n", explanation.title);
    let mut left = LINES_MAX;
    for section in &explanation.sections {
        if left == 0 {
            let _ = write!(text, "\n… `charter explain {}` shows the rest\n", explanation.id);
            break;
        }
        left = left.saturating_sub(1 + section.steps.len() + section.assumptions.len());
        one(&mut text, section);
    }
    text
}

fn one(text: &mut String, section: &Section) {
    let result = if section.result.is_empty() { String::new() } else { format!(": **{}**", section.result) };
    let _ = write!(text, "\n{}{result}\n\n", section.title);
    for step in &section.steps {
        let _ = writeln!(text, "- {step}");
    }
    for assumption in &section.assumptions {
        let _ = writeln!(text, "- assuming that {assumption}");
    }
}
