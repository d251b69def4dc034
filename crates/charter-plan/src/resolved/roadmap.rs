//! When phases end, and how much work they hold.

use super::figure::Figure;
use crate::arithmetic::derivation::{Derivation, number};
use crate::arithmetic::roadmap as formula;
use charter_spec::ast::{Phase, PhaseBox};
use charter_spec::names::Entry;
use charter_spec::{Id, Span, Spec};
use std::collections::HashMap;

const WEEK_SECONDS: f64 = 604_800.0;

/// The roadmap in weeks from its start.
#[derive(Clone, Debug, Default)]
pub struct RoadmapFigures {
    /// In document order.
    pub phases: Vec<PhaseFigures>,
    /// Work that the tasks hold, in weeks of one person; `None` when no task says.
    pub effort_weeks: Option<Figure>,
    /// People in the team; `None` without a team.
    pub team: Option<Figure>,
    by_id: HashMap<Id, usize>,
}

/// One phase.
#[derive(Clone, Debug)]
pub struct PhaseFigures {
    pub id: Id,
    pub span: Span,
    /// Shortest and longest length as written, in weeks; `None` without a box or without an end.
    pub weeks: Option<(f64, f64)>,
    pub ongoing: bool,
    /// The phases on the longest way to its earliest end, itself last; at most 64.
    pub chain: Vec<Id>,
    /// The same to its latest end: another way where a phase that may be short may also be long.
    pub latest_chain: Vec<Id>,
    /// Earliest end, in weeks; `None` when a phase before it has no end.
    pub earliest_end_weeks: Option<Figure>,
    /// Latest end, in weeks.
    pub latest_end_weeks: Option<Figure>,
}

impl RoadmapFigures {
    pub fn of(&self, id: &str) -> Option<&PhaseFigures> {
        self.by_id.get(id).and_then(|at| self.phases.get(*at))
    }

    pub(super) fn new(spec: &Spec) -> Self {
        let mut figures = Self { effort_weeks: effort(spec), team: team(spec), ..Self::default() };
        let mut previous: Option<Id> = None;
        for entry in &spec.roadmap {
            let phase = figures.phase(entry, previous.as_ref());
            figures.by_id.insert(phase.id.clone(), figures.phases.len());
            figures.phases.push(phase);
            previous = Some(entry.id.value.clone());
        }
        figures
    }

    /// A phase comes after those that it names, else after the one above it. One that names a later phase is held as if it named none.
    fn phase(&self, entry: &Entry<Phase>, previous: Option<&Id>) -> PhaseFigures {
        let id = &entry.id.value;
        let before: Vec<&PhaseFigures> = if entry.after.is_written() {
            entry.after.iter().filter_map(|after| self.of(after.value.as_str())).collect()
        } else {
            previous.and_then(|previous| self.of(previous)).into_iter().collect()
        };
        let last = |end: fn(&PhaseFigures) -> Option<&Figure>| {
            let end = |phase: &PhaseFigures| end(phase).map_or(f64::INFINITY, Figure::value);
            before.iter().copied().max_by(|left, right| end(left).total_cmp(&end(right)))
        };
        let before_earliest = last(|phase| phase.earliest_end_weeks.as_ref()).map(|phase| phase.chain.as_slice()).unwrap_or_default();
        let before_latest = last(|phase| phase.latest_end_weeks.as_ref()).map(|phase| phase.latest_chain.as_slice()).unwrap_or_default();
        let with_itself = |before: &[Id]| {
            let mut chain = before.to_vec();
            if chain.len() < CHAIN_MAX {
                chain.push(id.clone());
            }
            chain
        };
        let (weeks, ongoing) = match entry.time_box.as_ref().map(|written| &written.value) {
            Some(PhaseBox::Time(range)) => (Some((range.low.seconds() / WEEK_SECONDS, range.high.seconds() / WEEK_SECONDS)), false),
            Some(PhaseBox::Ongoing) => (None, true),
            None => (None, false),
        };
        let figure = |before: &[Id], formula: fn(&[formula::Phase]) -> Derivation| {
            let (phases, inputs) = self.parts(before, entry, weeks)?;
            let start = Figure::derived(formula(&phases))?
                .assume("the clock starts with the first phase, and phases run one after another", "roadmap");
            Some(inputs.into_iter().fold(start, |figure, (name, span)| figure.input(name, span)))
        };
        PhaseFigures {
            id: id.clone(),
            span: entry.id.span,
            weeks,
            ongoing,
            chain: with_itself(before_earliest),
            latest_chain: with_itself(before_latest),
            earliest_end_weeks: figure(before_earliest, formula::earliest_end_weeks),
            latest_end_weeks: figure(before_latest, formula::latest_end_weeks),
        }
    }

    /// The phases of the chain with their lengths and places. Chains hold at most [`CHAIN_MAX`] phases, so that a roadmap of thousands stays quick.
    #[allow(clippy::type_complexity)]
    fn parts(&self, before: &[Id], entry: &Entry<Phase>, weeks: Option<(f64, f64)>) -> Option<(Vec<formula::Phase>, Vec<(String, Span)>)> {
        let (weeks_min, weeks_max) = weeks?;
        let mut phases = Vec::new();
        let mut inputs = Vec::new();
        if before.len() >= CHAIN_MAX {
            return None;
        }
        for id in before {
            let phase = self.of(id)?;
            let (weeks_min, weeks_max) = phase.weeks?;
            phases.push(formula::Phase { name: id.to_string(), weeks_min, weeks_max });
            inputs.push((format!("roadmap.{id}.box"), phase.span));
        }
        phases.push(formula::Phase { name: entry.id.value.to_string(), weeks_min, weeks_max });
        let span = entry.time_box.as_ref().map_or(entry.id.span, |written| written.span);
        inputs.push((format!("roadmap.{}.box", entry.id.value), span));
        Some((phases, inputs))
    }
}

/// Most phases one after another that are added up.
const CHAIN_MAX: usize = 64;

fn effort(spec: &Spec) -> Option<Figure> {
    let mut total = 0.0;
    let mut figure = Figure::new(Derivation::new(0.0, "person-weeks"));
    for phase in &spec.roadmap {
        for task in phase.tasks.iter() {
            let Some(effort) = &task.effort else { continue };
            total += formula::person_weeks(effort.quantity());
            figure = figure.input(format!("roadmap.{}.do.{}.effort", phase.id.value, task.id.value), effort.span);
        }
    }
    if figure.inputs.is_empty() {
        return None;
    }
    figure.derivation =
        Derivation::new(total, "person-weeks").step(format!("efforts of all tasks add up to {} person-weeks", number(total)));
    Some(figure)
}

fn team(spec: &Spec) -> Option<Figure> {
    let team = spec.team.as_ref()?;
    let people: f64 = team.roles.iter().map(|role| role.value.value.value()).sum();
    let terms: Vec<String> = team.roles.iter().map(|role| format!("{} {}", number(role.value.value.value()), role.id.value)).collect();
    if terms.is_empty() {
        return None;
    }
    let derivation = Derivation::new(people, "people").step(format!("{} = {} people", terms.join(" + "), number(people)));
    let figure = Figure::new(derivation);
    Some(team.roles.iter().fold(figure, |figure, role| figure.input(format!("team.{}", role.id.value), role.value.span)))
}
