//! The input with what pages look up in it.

use super::input::Input;
use super::links::Links;
use charter_plan::resolved::{Element, Resolved};
use charter_plan::standing::{Standing, StatusLine};
use charter_spec::{Diagnostic, FileId, Id, SectionName, Severity, Span, Spec};
use std::collections::HashMap;

pub(super) struct Site<'a> {
    pub(super) input: Input<'a>,
    pub(super) links: Links,
    verdicts: HashMap<&'a str, &'a StatusLine>,
    /// Positions of findings by the elements that they point into.
    findings: HashMap<Element, Vec<usize>>,
}

impl<'a> Site<'a> {
    pub(super) fn new(input: Input<'a>) -> Self {
        let verdicts = input.standings.iter().map(|verdict| (verdict.requirement.as_str(), verdict)).collect();
        Self { input, links: Links::new(input.resolved), verdicts, findings: findings(&input) }
    }

    pub(super) fn resolved(&self) -> &'a Resolved {
        self.input.resolved
    }

    pub(super) fn spec(&self) -> &'a Spec {
        &self.input.resolved.spec
    }

    pub(super) fn title(&self) -> &'a str {
        let spec = self.spec();
        spec.title.as_ref().or(spec.system.as_ref()).map_or("A charter", |title| title.value.as_str())
    }

    pub(super) fn system(&self) -> &'a str {
        self.spec().system.as_ref().map_or("the system", |system| system.value.as_str())
    }

    /// What is known of a requirement; without a verdict it is unproved, and the reason says what is in the way.
    pub(super) fn verdict(&self, element: &Element) -> StatusLine {
        if let Some(verdict) = self.verdicts.get(element.id.as_str()) {
            let mut verdict = (*verdict).clone();
            verdict.unit = self.unit(element, &verdict.unit).to_owned();
            return verdict;
        }
        let found = self.resolved().proofs.iter().find(|found| found.element == *element);
        let (proof, reason) = match found {
            Some(found) => match found.proof {
                Some(proof) => (
                    proof.word(),
                    "nothing was run: there is no plan that this version serves; `charter plan` says what stands in the way".to_owned(),
                ),
                None => ("none", format!("nothing can prove it: {}", found.reason)),
            },
            None => ("none", "nothing is said about how it is proved".to_owned()),
        };
        StatusLine {
            requirement: element.id.to_string(),
            text: String::new(),
            assumptions: Vec::new(),
            proof: proof.to_owned(),
            standing: Standing::Unproved,
            reason,
            figure: None,
            interval: None,
            unit: String::new(),
            measured_at: None,
        }
    }

    /// The unit in which figures of a requirement are shown: a ratio that the charter writes as `0.6` is shown as such, and not as a percentage.
    pub(super) fn unit<'u>(&self, element: &Element, unit: &'u str) -> &'u str {
        let measure =
            self.spec().quality.get(&element.id).and_then(|scenario| scenario.measure.as_ref()).and_then(|written| written.value.measure());
        let written = measure.and_then(|measure| measure.value.quantity());
        if unit == "ratio" && element.section == SectionName::Quality && written.is_some_and(|written| !written.text.contains('%')) {
            ""
        } else {
            unit
        }
    }

    /// Every scenario and constraint with its verdict, in document order.
    pub(super) fn requirements(&self) -> Vec<(Element, StatusLine)> {
        let spec = self.spec();
        let scenarios = spec.quality.iter().map(|entry| Element::new(SectionName::Quality, &entry.id.value));
        let constraints = spec.constraints.iter().map(|entry| Element::new(SectionName::Constraints, &entry.id.value));
        scenarios.chain(constraints).map(|element| (element.clone(), self.verdict(&element))).collect()
    }

    /// Findings that point into an element.
    pub(super) fn findings_of(&self, element: &Element) -> impl Iterator<Item = (usize, &'a Diagnostic)> + use<'a, '_> {
        let findings = self.input.findings;
        self.findings.get(element).into_iter().flatten().filter_map(move |at| Some((*at, findings.get(*at)?)))
    }

    pub(super) fn count(&self, severity: Severity) -> usize {
        self.input.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// `charter.yaml:12:5`.
    pub(super) fn place(&self, span: Span) -> String {
        let position = self.input.files.position(span.file, span.start);
        format!("{}:{}:{}", self.input.files.path(span.file), position.line, position.column)
    }

    /// An element of a section by its id, when the charter declares it.
    pub(super) fn element(&self, section: SectionName, id: &Id) -> Option<Element> {
        self.resolved().index.contains(section, id).then(|| Element::new(section, id))
    }
}

/// Which elements each finding points into: an element reaches from its id to the next one in the same file.
fn findings(input: &Input<'_>) -> HashMap<Element, Vec<usize>> {
    let index = &input.resolved.index;
    let mut places: Vec<(FileId, u32, &Element)> =
        index.elements().filter_map(|element| index.place(element).map(|span| (span.file, span.start, element))).collect();
    places.sort_unstable();
    let mut findings: HashMap<Element, Vec<usize>> = HashMap::new();
    for (at, finding) in input.findings.iter().enumerate() {
        for label in &finding.labels {
            let next = places.partition_point(|(file, start, _)| (*file, *start) <= (label.span.file, label.span.start));
            let Some((file, _, element)) = next.checked_sub(1).and_then(|before| places.get(before)) else { continue };
            if *file != label.span.file {
                continue;
            }
            let list = findings.entry((*element).clone()).or_default();
            if list.last() != Some(&at) {
                list.push(at);
            }
        }
    }
    findings
}
