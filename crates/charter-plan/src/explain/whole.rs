//! Sections as a whole, and figures that belong to no element: `cost.total`, `load.peak`.

use super::Explainer;
use crate::resolved::Element;
use charter_spec::SectionName;

impl Explainer<'_> {
    /// A figure of a section by its name; `false` when there is none of that name.
    pub(super) fn figure_of(&mut self, section: SectionName, name: &str) -> bool {
        let resolved = self.resolved;
        let before = self.sections.len();
        match (section, name) {
            (SectionName::Cost, "total" | "known") => self.bill(),
            (SectionName::Cost, "ceiling") => self.figure("ceiling", resolved.cost.ceiling.as_ref()),
            (SectionName::Cost, "allowed" | "reserve") => self.figure("what may be spent", resolved.cost.allowed.as_ref()),
            (SectionName::Load, "peak") => self.figure("load.peak", resolved.load.peak_rps.as_ref()),
            (SectionName::Load, "average") => self.figure("load.average", resolved.load.average_rps.as_ref()),
            (SectionName::Load, "mix") => self.shares(),
            (SectionName::Capacity, "safety" | "zones" | "zone-loss") => {
                self.figure("busy after losing one of equal zones", resolved.capacity.zone_loss.as_ref());
            }
            (SectionName::Capacity, "queues") => {
                resolved.capacity.queues.iter().for_each(|queue| self.sized(queue.id.as_str()));
            }
            (SectionName::Capacity, "storage") => {
                resolved.capacity.storage.iter().for_each(|stored| self.sized(stored.id.as_str()));
            }
            (SectionName::Roadmap, "effort") => self.figure("effort", resolved.roadmap.effort_weeks.as_ref()),
            (SectionName::Team, "capacity") => self.figure("team", resolved.roadmap.team.as_ref()),
            (SectionName::Roadmap, name) => match name.strip_prefix("end(").and_then(|name| name.strip_suffix(')')) {
                Some(phase) => self.phase(phase),
                None => return false,
            },
            _ => return false,
        }
        self.sections.len() > before
    }

    /// A section as a whole; `false` when nothing is derived from it.
    pub(super) fn whole(&mut self, section: SectionName) -> bool {
        let resolved = self.resolved;
        let before = self.sections.len();
        match section {
            SectionName::Cost => self.bill(),
            SectionName::Load => {
                self.figure("load.peak", resolved.load.peak_rps.as_ref());
                self.figure("load.average", resolved.load.average_rps.as_ref());
                self.shares();
            }
            SectionName::Capacity => {
                self.figure("busy after losing one of equal zones", resolved.capacity.zone_loss.as_ref());
                for sized in &resolved.capacity.models {
                    self.figure(&format!("{}: replicas", sized.id), sized.planned.as_ref());
                }
                resolved.capacity.queues.iter().for_each(|queue| self.sized(queue.id.as_str()));
                resolved.capacity.storage.iter().for_each(|stored| self.sized(stored.id.as_str()));
            }
            SectionName::Latency => resolved.latency.budgets.iter().for_each(|budget| self.budget(budget.id.as_str())),
            SectionName::Degradation => resolved.ladders.all.iter().for_each(|ladder| self.ladders(ladder.of.id.as_str())),
            SectionName::Roadmap => resolved.roadmap.phases.iter().for_each(|phase| self.phase(phase.id.as_str())),
            SectionName::Team => self.figure("team", resolved.roadmap.team.as_ref()),
            SectionName::Quality | SectionName::Constraints => {
                let found: Vec<Element> =
                    resolved.proofs.iter().map(|found| found.element.clone()).filter(|element| element.section == section).collect();
                found.iter().for_each(|element| self.requirement(element));
            }
            SectionName::Routes | SectionName::Models => {
                let found: Vec<Element> =
                    resolved.load.served.iter().map(|served| served.element.clone()).filter(|element| element.section == section).collect();
                found.iter().for_each(|element| self.served(element));
            }
            _ => {
                let mut names: Vec<String> =
                    resolved.index.elements().filter(|element| element.section == section).map(|element| element.id.to_string()).collect();
                names.sort();
                self.facts(section.key(), names, Vec::new());
            }
        }
        self.sections.len() > before
    }

    fn shares(&mut self) {
        let resolved = self.resolved;
        self.figure("sum of the mix", resolved.load.mix_total.as_ref());
        for served in &resolved.load.served {
            self.figure(&format!("{}: load at the peak", served.element), served.peak_rps.as_ref());
        }
    }

    fn bill(&mut self) {
        let bill = &self.resolved.cost;
        for item in &bill.items {
            self.figure(&item.element.to_string(), item.per_month.as_ref());
        }
        match &bill.total {
            Some(total) => self.figure("total", Some(total)),
            None => self.figure("at least", bill.known.as_ref()),
        }
        let missing: Vec<String> =
            bill.items.iter().flat_map(|item| item.missing.iter().map(move |key| format!("{}: {key}", item.element))).collect();
        self.facts("not known", missing, Vec::new());
        self.figure("what may be spent", bill.allowed.as_ref());
        let split = &self.resolved.attribution;
        for (by, shares) in [("route", &split.by_route), ("model", &split.by_model), ("team", &split.by_team)] {
            for share in shares {
                self.figure(&format!("by {by}: {}", share.name), Some(&share.per_month));
            }
        }
    }

    pub(super) fn cost_item(&mut self, element: &Element) {
        let resolved = self.resolved;
        for item in resolved.cost.items.iter().filter(|item| item.element == *element) {
            self.figure(&element.to_string(), item.per_month.as_ref());
        }
    }

    pub(super) fn phase(&mut self, id: &str) {
        let resolved = self.resolved;
        let Some(phase) = resolved.roadmap.of(id) else { return };
        self.figure(&format!("roadmap.{id}: earliest end"), phase.earliest_end_weeks.as_ref());
        self.figure(&format!("roadmap.{id}: latest end"), phase.latest_end_weeks.as_ref());
        if phase.earliest_end_weeks.is_none() {
            let why = if phase.ongoing { "it has no end" } else { "it, or a phase before it, has no `box:` with an end" };
            self.facts(&format!("roadmap.{id}: end"), vec![why.to_owned()], vec![(format!("roadmap.{id}"), phase.span)]);
        }
    }
}
