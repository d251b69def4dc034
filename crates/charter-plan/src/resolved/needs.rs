//! What must be up at run time for something to answer, followed through models, features and providers.
//!
//! Which rungs share a fate belongs to `ladders`.

use super::index::{Element, Index};
use charter_spec::{Id, SectionName, Span, Spec};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// Something that must be up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// A dependency, provider, feature, model, data set or container.
    pub element: Element,
    /// Where it is said.
    pub span: Span,
    /// Whether something stands in for it when it breaks: it has a ladder of its own.
    pub has_ladder: bool,
}

/// Most needs of one element that are followed.
const NEEDS_MAX: usize = 256;

/// Needs of elements, each followed once.
pub(super) struct Needs<'a> {
    spec: &'a Spec,
    index: &'a Index,
    known: HashMap<Element, Rc<[Need]>>,
}

impl<'a> Needs<'a> {
    pub(super) fn new(spec: &'a Spec, index: &'a Index) -> Self {
        Self { spec, index, known: HashMap::new() }
    }

    /// What is needed through an element, without itself.
    pub(super) fn of(&mut self, element: &Element) -> Rc<[Need]> {
        if let Some(known) = self.known.get(element) {
            return Rc::clone(known);
        }
        let mut needs = Vec::new();
        let mut seen = HashSet::from([element.clone()]);
        let mut waiting = vec![element.clone()];
        while let Some(next) = waiting.pop() {
            for (element, span) in self.direct(&next) {
                if needs.len() < NEEDS_MAX && seen.insert(element.clone()) {
                    needs.push(Need { has_ladder: self.has_ladder(&element), element: element.clone(), span });
                    waiting.push(element);
                }
            }
        }
        let needs: Rc<[Need]> = needs.into();
        self.known.insert(element.clone(), Rc::clone(&needs));
        needs
    }

    /// An element that is written as needed, and what is needed through it.
    pub(super) fn with(&mut self, element: Element, span: Span) -> Vec<Need> {
        let mut needs = vec![Need { has_ladder: self.has_ladder(&element), element: element.clone(), span }];
        needs.extend(self.of(&element).iter().cloned());
        needs
    }

    pub(super) fn has_ladder(&self, element: &Element) -> bool {
        let degraded = self.spec.degradation.as_ref().is_some_and(|degradation| degradation.ladders.contains(&element.id));
        let feature = || self.spec.features.get(&element.id).and_then(|feature| feature.serve.as_ref());
        degraded
            || element.section == SectionName::Features
                && feature().is_some_and(|serve| serve.cached.is_some() || serve.default_value.is_some())
    }

    fn direct(&self, element: &Element) -> Vec<(Element, Span)> {
        let mut direct = Vec::new();
        let mut add = |element: Option<Element>, span: Span| direct.extend(element.map(|element| (element, span)));
        match element.section {
            SectionName::Models => {
                let Some(model) = self.spec.models.get(&element.id) else { return direct };
                model.needs.iter().for_each(|need| add(self.index.find(&need.value), need.span));
                model.features.iter().for_each(|feature| add(self.index.find(&feature.value), feature.span));
                for version in &model.versions {
                    if let Some(provider) = &version.provider {
                        add(self.index.find(&provider.value), provider.span);
                    }
                }
            }
            SectionName::Features => {
                let Some(feature) = self.spec.features.get(&element.id) else { return direct };
                if let Some(live) = feature.serve.as_ref().and_then(|serve| serve.live.as_ref()) {
                    add(self.index.find(&live.value), live.span);
                }
            }
            SectionName::Dependencies => {
                let Some(dependency) = self.spec.dependencies.get(&element.id) else { return direct };
                if let Some(provider) = &dependency.provider {
                    add(self.index.find(&provider.value), provider.span);
                }
            }
            _ => {}
        }
        direct
    }

    pub(super) fn model(&self, id: &Id) -> Element {
        Element::new(SectionName::Models, id)
    }
}
