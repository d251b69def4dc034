//! Feature flags: what can be turned on and off without a release.

use super::{ModelId, RouteId};
use serde::{Deserialize, Serialize};

/// Index into [`Plan::flags`](super::Plan::flags).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FlagId(pub u16);

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Flag {
    pub id: FlagId,
    pub name: String,
    /// Values by variant, in the order written; never empty.
    pub variants: Vec<(String, serde_json::Value)>,
    /// Position in `variants`.
    pub default_variant: u16,
    /// A disabled flag is not evaluated: callers take their own default, and it turns nothing off.
    pub enabled: bool,
    /// What is off while the flag's value is `false`.
    pub turns: Vec<Turn>,
    /// The first that applies decides.
    pub rules: Vec<FlagRule>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Turn {
    /// The route's first rung; a route without a ladder answers nothing.
    Route(RouteId),
    Rung {
        route: RouteId,
        rung: u8,
    },
    Model(ModelId),
    /// A feature by name.
    Feature(String),
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FlagRule {
    /// CEL over the evaluation context; `None` always applies.
    pub when: Option<String>,
    pub serve: Serve,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Serve {
    /// Position in `variants`.
    Variant(u16),
    /// Parts per 10,000 by position in `variants`; the targeting key decides, as flagd's `fractional` does.
    Split(Vec<(u16, u16)>),
}
