//! What is said about an element, by its section.

use super::Explainer;
use crate::resolved::Element;
use charter_spec::SectionName;

impl Explainer<'_> {
    pub(super) fn element(&mut self, element: &Element) {
        match element.section {
            SectionName::Quality | SectionName::Constraints => self.requirement(element),
            SectionName::Routes | SectionName::Models => self.served(element),
            SectionName::Latency => self.budget(element.id.as_str()),
            SectionName::Capacity => self.sized(element.id.as_str()),
            SectionName::Cost => self.cost_item(element),
            SectionName::Degradation => self.ladders(element.id.as_str()),
            SectionName::Roadmap => self.phase(element.id.as_str()),
            SectionName::Dependencies | SectionName::Providers => self.dependency(element),
            SectionName::Rollouts | SectionName::Experiments | SectionName::Flags | SectionName::Chaos => self.moving(element),
            _ => {}
        }
        self.relations(element);
    }

    fn dependency(&mut self, element: &Element) {
        let resolved = self.resolved;
        let hard = resolved.availability.chains.iter().flat_map(|chain| chain.hard.iter().map(move |hard| (chain, hard)));
        let mut lines = Vec::new();
        let mut places = Vec::new();
        for (chain, dependency) in hard.filter(|(_, dependency)| dependency.element == *element) {
            lines.push(format!("{} has no answer without it ({})", chain.element, super::served::reason(dependency.reason)));
            places.push((chain.element.to_string(), dependency.span));
        }
        self.facts("hard dependency of", lines, places);
        self.ladders(element.id.as_str());
    }

    /// Who it speaks of, and who speaks of it.
    fn relations(&mut self, element: &Element) {
        let resolved = self.resolved;
        let (mut lines, mut places) = (Vec::new(), Vec::new());
        for reference in resolved.references.from(element) {
            lines.push(format!("{} → {}", reference.role, reference.to));
            places.push((reference.to.to_string(), reference.span));
        }
        self.facts(&format!("{element} refers to"), lines, places);
        let (mut lines, mut places) = (Vec::new(), Vec::new());
        for reference in resolved.references.to(element) {
            lines.push(format!("{}, as `{}`", reference.from, reference.role));
            places.push((reference.from.to_string(), reference.span));
        }
        self.facts(&format!("{element} is referred to by"), lines, places);
        if self.sections.is_empty()
            && let Some(span) = resolved.index.place(element)
        {
            self.facts(
                &element.to_string(),
                vec!["nothing is derived from it, and nothing refers to it".to_owned()],
                vec![(element.to_string(), span)],
            );
        }
    }
}
