//! Code, for critical paths only: the rungs of a critical route in their order, as the engine tries them.

use super::builder::{Builder, New};
use super::{Declared, ElementId, Kind, Tag};
use charter_plan::resolved::{LadderOrigin, LadderRung, RungMeans};
use charter_spec::SectionName;

impl Builder<'_> {
    pub(super) fn code(&mut self) {
        let spec = self.spec;
        for route in &spec.routes {
            let declared = Declared::new(SectionName::Routes, &route.id.value);
            let Some(parent) = self.find_declared(&declared).filter(|id| self.element(*id).has(Tag::Critical)) else { continue };
            let ladder = self.resolved.ladders.of(&declared).find(|ladder| ladder.origin == LadderOrigin::Answer);
            let mut above: Option<ElementId> = None;
            for rung in ladder.iter().flat_map(|ladder| &ladder.rungs) {
                let id = self.rung(parent, route.id.value.as_str(), rung);
                if let Some(above) = above {
                    self.relate(above, id, "steps down to", "", rung.span);
                }
                if let RungMeans::Model { model, .. } = &rung.means
                    && let Some(model) = self.find(SectionName::Models, model)
                {
                    self.relate(id, model, "asks", "", rung.span);
                }
                above = Some(id);
            }
        }
    }

    fn rung(&mut self, parent: ElementId, route: &str, rung: &LadderRung) -> ElementId {
        let mut new = New::derived("rung", Kind::Code, &format!("{route}-{}", rung.name), rung.name.as_str(), rung.span);
        new.parent = Some(parent);
        new.tags.push(Tag::Critical);
        new.technology = means(&rung.means);
        new.description = if rung.cannot_fail { "Answers whatever else is broken".to_owned() } else { String::new() };
        new.fact("within", rung.within_ms.as_ref().map(|figure| format!("{} ms", figure.value())));
        self.add(new)
    }
}

fn means(means: &RungMeans) -> String {
    match means {
        RungMeans::Model { model, version: Some(version) } => format!("model {model}@{version}"),
        RungMeans::Model { model, version: None } => format!("model {model}"),
        RungMeans::Full(word) | RungMeans::PreviousVersion(word) | RungMeans::Other(word) => word.clone(),
        RungMeans::Rule => "rule".to_owned(),
        RungMeans::Static => "fixed answer".to_owned(),
        RungMeans::Lookup => "table".to_owned(),
        RungMeans::Cached => "earlier answer".to_owned(),
        RungMeans::Precomputed => "computed beforehand".to_owned(),
        RungMeans::SameProvider => "same provider".to_owned(),
        RungMeans::Element(element) => element.to_string(),
        RungMeans::Composite => "several nodes".to_owned(),
    }
}
