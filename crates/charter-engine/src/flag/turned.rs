//! What flags turn off now, laid out for the request path.
//!
//! INVARIANT: while `active` is false nothing is off and no flag has to be evaluated. How a flag is evaluated does not belong here.

use charter_plan::Plan;
use charter_plan::plan::{FlagId, ModelId, RouteId, Turn};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// What a flag does, as far as that can be said without a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    On = 0,
    /// It has rules: each call is another matter.
    Asks = 1,
    Off = 2,
}

#[derive(Debug, Default)]
pub(super) struct Turned {
    active: AtomicBool,
    models: Vec<Target>,
    /// By route, then by rung.
    rungs: Vec<Vec<Target>>,
    /// Routes without a ladder.
    routes: Vec<Target>,
    features: Vec<(String, Target)>,
}

/// Something that flags turn off: off while any of them says so.
#[derive(Debug, Default)]
struct Target {
    flags: Vec<FlagId>,
    /// The strongest [`Standing`] among the flags.
    standing: AtomicU8,
}

impl Turned {
    /// Everything that flags of the plan turn.
    pub(super) fn of(plan: &Plan) -> Self {
        let mut turned = Self {
            active: AtomicBool::new(false),
            models: plan.models.iter().map(|_| Target::default()).collect(),
            rungs: plan
                .routes
                .iter()
                .map(|route| route.node.own_ladder().unwrap_or_default().iter().map(|_| Target::default()).collect())
                .collect(),
            routes: plan.routes.iter().map(|_| Target::default()).collect(),
            features: Vec::new(),
        };
        for flag in &plan.flags {
            for turn in &flag.turns {
                turned.add(flag.id, turn);
            }
        }
        turned
    }

    fn add(&mut self, flag: FlagId, turn: &Turn) {
        let target = match turn {
            Turn::Route(route) => match self.rungs.get_mut(usize::from(route.0)).and_then(|rungs| rungs.first_mut()) {
                Some(rung) => Some(rung),
                None => self.routes.get_mut(usize::from(route.0)),
            },
            Turn::Rung { route, rung } => self.rungs.get_mut(usize::from(route.0)).and_then(|rungs| rungs.get_mut(usize::from(*rung))),
            Turn::Model(model) => self.models.get_mut(usize::from(model.0)),
            Turn::Feature(name) => {
                if self.features.iter().all(|(known, _)| known != name) {
                    self.features.push((name.clone(), Target::default()));
                }
                self.features.iter_mut().find(|(known, _)| known == name).map(|(_, target)| target)
            }
        };
        if let Some(target) = target {
            target.flags.push(flag);
        }
    }

    /// Works out again what is off; called when a flag changes, not by calls.
    pub(super) fn refresh(&self, standing: impl Fn(FlagId) -> Standing) {
        let targets = self.models.iter().chain(self.rungs.iter().flatten()).chain(&self.routes);
        let mut active = false;
        for target in targets.chain(self.features.iter().map(|(_, target)| target)) {
            let strongest = target.flags.iter().map(|flag| standing(*flag)).max().unwrap_or(Standing::On);
            target.standing.store(strongest as u8, Ordering::Release);
            active |= strongest != Standing::On;
        }
        self.active.store(active, Ordering::Release);
    }

    pub(super) fn rung(&self, route: RouteId, rung: u8, denies: impl Fn(FlagId) -> bool) -> bool {
        let target = || self.rungs.get(usize::from(route.0))?.get(usize::from(rung));
        self.is_active() && target().is_some_and(|target| target.is_off(denies))
    }

    pub(super) fn route(&self, route: RouteId, denies: impl Fn(FlagId) -> bool) -> bool {
        self.is_active() && self.routes.get(usize::from(route.0)).is_some_and(|target| target.is_off(denies))
    }

    pub(super) fn model(&self, model: ModelId, denies: impl Fn(FlagId) -> bool) -> bool {
        self.is_active() && self.models.get(usize::from(model.0)).is_some_and(|target| target.is_off(denies))
    }

    pub(super) fn feature(&self, name: &str, denies: impl Fn(FlagId) -> bool) -> bool {
        let target = || self.features.iter().find(|(known, _)| known == name);
        self.is_active() && target().is_some_and(|(_, target)| target.is_off(denies))
    }

    fn is_active(&self) -> bool {
        self.active.load(Ordering::Acquire)
    }
}

impl Target {
    fn is_off(&self, denies: impl Fn(FlagId) -> bool) -> bool {
        match self.standing.load(Ordering::Acquire) {
            0 => false,
            1 => self.flags.iter().any(|flag| denies(*flag)),
            _ => true,
        }
    }
}
