//! Feature flags: evaluation with `OpenFeature`'s semantics, and what a flag turns off.
//!
//! | room | what is in it |
//! |---|---|
//! | [`evaluation`] | values, reasons and error codes, as the specification names them |
//! | [`rule`] | one rule: a condition in CEL and what it serves |
//! | [`asking`] | who asks: an evaluation context, or a call |
//! | `turned` | what is off now, for the request path |
//!
//! The wire format of flags belongs to the edge, keeping an operator's choice to the watch.

pub mod asking;
pub mod evaluation;
pub mod rule;
mod turned;

pub use asking::Asking;
pub use evaluation::{Evaluation, FlagError, Reason};
pub use rule::check;

use crate::expression::ExpressionError;
use charter_plan::Plan;
use charter_plan::plan::{Flag, FlagId, ModelId, RouteId};
use rule::Rule;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use turned::{Standing, Turned};

/// No operator has chosen a variant.
const NOBODY: u32 = u32::MAX;

/// The flags of one plan.
#[derive(Debug, Default)]
pub struct Flags {
    prepared: Vec<Prepared>,
    turned: Turned,
    revision: AtomicU64,
}

#[derive(Debug)]
struct Prepared {
    flag: Flag,
    /// A rule that cannot be compiled makes each evaluation a parse error.
    rules: Result<Vec<Rule>, ExpressionError>,
    /// Position of the variant that an operator has chosen, else [`NOBODY`].
    chosen: AtomicU32,
}

/// A flag as operators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlagStatus {
    pub name: String,
    pub enabled: bool,
    pub default_variant: String,
    pub variants: Vec<String>,
    /// How many rules it has.
    pub rules: usize,
    /// What an operator has chosen over default and rules.
    pub chosen: Option<String>,
    /// Why the flag's rules cannot be evaluated.
    pub broken: Option<String>,
}

/// Why a variant cannot be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotChosen {
    NoSuchFlag,
    NoSuchVariant,
}

impl Flags {
    /// Flags of a plan; what operators chose before goes on where flag and variant still exist. `epoch` begins the revisions of a process, so that they
    /// do not begin again after a restart: milliseconds since 1970.
    pub(crate) fn prepare(plan: &Plan, before: Option<&Self>, epoch: u64) -> Self {
        let prepared: Vec<Prepared> = plan
            .flags
            .iter()
            .map(|flag| {
                let chosen = before.and_then(|before| before.named(&flag.name)?.chosen()).and_then(|variant| position(flag, &variant));
                Prepared {
                    rules: flag.rules.iter().map(|rule| Rule::compile(&flag.name, rule)).collect(),
                    flag: flag.clone(),
                    chosen: AtomicU32::new(chosen.unwrap_or(NOBODY)),
                }
            })
            .collect();
        let revision = before.map_or(epoch, |before| before.revision() + 1);
        let flags = Self { turned: Turned::of(plan), prepared, revision: AtomicU64::new(revision) };
        flags.turned.refresh(|flag| flags.standing(flag));
        flags
    }

    /// Evaluates one flag.
    ///
    /// # Errors
    /// [`FlagError`] with `OpenFeature`'s code; callers take their own default.
    pub fn evaluate(&self, name: &str, asking: &Asking<'_>) -> Result<Evaluation, FlagError> {
        let known = self.named(name).ok_or_else(|| FlagError::FlagNotFound(name.to_owned()))?;
        known.evaluate(asking)
    }

    /// Evaluates every flag, in the order of the plan.
    pub fn evaluate_all(&self, asking: &Asking<'_>) -> Vec<(&str, Result<Evaluation, FlagError>)> {
        self.prepared.iter().map(|known| (known.flag.name.as_str(), known.evaluate(asking))).collect()
    }

    /// Changes whenever the same context may give other values: with each choice of an operator and each reload.
    pub fn revision(&self) -> u64 {
        self.revision.load(Ordering::Acquire)
    }

    /// Serves one variant to all, or lets default and rules decide again.
    ///
    /// # Errors
    /// [`NotChosen`], and nothing has changed.
    pub fn choose(&self, name: &str, variant: Option<&str>) -> Result<(), NotChosen> {
        let known = self.named(name).ok_or(NotChosen::NoSuchFlag)?;
        let chosen = match variant {
            Some(variant) => position(&known.flag, variant).ok_or(NotChosen::NoSuchVariant)?,
            None => NOBODY,
        };
        if known.chosen.swap(chosen, Ordering::AcqRel) != chosen {
            self.turned.refresh(|flag| self.standing(flag));
            self.revision.fetch_add(1, Ordering::AcqRel);
        }
        Ok(())
    }

    pub fn status(&self) -> Vec<FlagStatus> {
        self.prepared.iter().map(Prepared::status).collect()
    }

    /// Whether a flag turns a rung of the route's ladder off for a call. One atomic load while no flag turns anything off.
    pub(crate) fn rung_off(&self, route: RouteId, rung: u8, asking: &Asking<'_>) -> bool {
        self.turned.rung(route, rung, |flag| self.denies(flag, asking))
    }

    /// Whether a flag turns off a route that has no ladder.
    pub(crate) fn route_off(&self, route: RouteId, asking: &Asking<'_>) -> bool {
        self.turned.route(route, |flag| self.denies(flag, asking))
    }

    pub(crate) fn model_off(&self, model: ModelId, asking: &Asking<'_>) -> bool {
        self.turned.model(model, |flag| self.denies(flag, asking))
    }

    /// Whether a flag turns a feature off.
    pub fn feature_off(&self, feature: &str, asking: &Asking<'_>) -> bool {
        self.turned.feature(feature, |flag| self.denies(flag, asking))
    }

    /// Whether a flag's value is `false` for this call. What cannot be evaluated turns nothing off: it falls back to the default variant.
    fn denies(&self, flag: FlagId, asking: &Asking<'_>) -> bool {
        self.prepared.get(usize::from(flag.0)).is_some_and(|known| match known.evaluate(asking) {
            Ok(evaluation) => evaluation.value == Some(serde_json::Value::Bool(false)),
            Err(error) => {
                tracing::debug!(flag = %known.flag.name, %error, "the flag cannot be evaluated; its default holds");
                known.says_no(known.flag.default_variant)
            }
        })
    }

    /// What a flag does to what it turns, as far as that can be said without a call.
    fn standing(&self, flag: FlagId) -> Standing {
        let Some(known) = self.prepared.get(usize::from(flag.0)) else { return Standing::On };
        let variant = match known.chosen_position() {
            _ if !known.flag.enabled => return Standing::On,
            Some(chosen) => chosen,
            None if known.flag.rules.is_empty() => known.flag.default_variant,
            None => return Standing::Asks,
        };
        if known.says_no(variant) { Standing::Off } else { Standing::On }
    }

    fn named(&self, name: &str) -> Option<&Prepared> {
        self.prepared.iter().find(|known| known.flag.name == name)
    }
}

impl Prepared {
    fn evaluate(&self, asking: &Asking<'_>) -> Result<Evaluation, FlagError> {
        if !self.flag.enabled {
            return Ok(Evaluation { value: None, variant: None, reason: Reason::Disabled });
        }
        if let Some(chosen) = self.chosen_position() {
            return self.serve(chosen, Reason::Static);
        }
        let rules = self.rules.as_ref().map_err(|error| FlagError::ParseError(error.to_string()))?;
        for rule in rules {
            if let Some((variant, reason)) = rule.apply(asking)? {
                return self.serve(variant, reason);
            }
        }
        let reason = if rules.is_empty() { Reason::Static } else { Reason::Default };
        self.serve(self.flag.default_variant, reason)
    }

    fn serve(&self, variant: u16, reason: Reason) -> Result<Evaluation, FlagError> {
        let Some((name, value)) = self.flag.variants.get(usize::from(variant)) else {
            return Err(FlagError::General(format!("flag `{}` has no variant {variant}", self.flag.name)));
        };
        Ok(Evaluation { value: Some(value.clone()), variant: Some(name.clone()), reason })
    }

    fn says_no(&self, variant: u16) -> bool {
        self.flag.variants.get(usize::from(variant)).is_some_and(|(_, value)| *value == serde_json::Value::Bool(false))
    }

    fn chosen_position(&self) -> Option<u16> {
        u16::try_from(self.chosen.load(Ordering::Acquire)).ok()
    }

    fn chosen(&self) -> Option<String> {
        let (name, _) = self.flag.variants.get(usize::from(self.chosen_position()?))?;
        Some(name.clone())
    }

    fn status(&self) -> FlagStatus {
        let name_of = |position: u16| self.flag.variants.get(usize::from(position)).map(|(name, _)| name.clone()).unwrap_or_default();
        FlagStatus {
            name: self.flag.name.clone(),
            enabled: self.flag.enabled,
            default_variant: name_of(self.flag.default_variant),
            variants: self.flag.variants.iter().map(|(name, _)| name.clone()).collect(),
            rules: self.flag.rules.len(),
            chosen: self.chosen(),
            broken: self.rules.as_ref().err().map(ToString::to_string),
        }
    }
}

fn position(flag: &Flag, variant: &str) -> Option<u32> {
    let position = flag.variants.iter().position(|(name, _)| name == variant)?;
    u16::try_from(position).ok().map(u32::from)
}

#[cfg(test)]
mod tests;
