//! Which dependencies are called while an answer is made; the others only deliver data or receive them.
//!
//! What follows when such a dependency fails belongs to the rules.

use crate::rule::Lint;
use charter_plan::resolved::Element;
use charter_spec::SectionName;
use charter_spec::ast::{Dependency, DependencyKind, Direction};
use charter_spec::names::Entry;

/// Whether an answer waits for the dependency: something needs or calls it, or it is reached by calls rather than by delivery.
pub(in crate::rules) fn is_called(lint: &Lint<'_>, dependency: &Entry<Dependency>) -> bool {
    if dependency.direction.as_ref().is_none_or(|direction| direction.value == Direction::Downstream) {
        return false;
    }
    let by_calls = dependency.kind.as_ref().is_some_and(|kind| match kind.value {
        DependencyKind::Lookup | DependencyKind::Http | DependencyKind::Grpc | DependencyKind::Query => true,
        DependencyKind::Batch | DependencyKind::Stream | DependencyKind::Queue => false,
    });
    let element = Element::new(SectionName::Dependencies, &dependency.id.value);
    by_calls || lint.resolved.references.to(&element).any(|reference| matches!(reference.role, "needs" | "calls" | "live"))
}

/// Whether something stands in for it: a ladder of its own, or one of a provider behind it.
pub(in crate::rules) fn has_ladder(lint: &Lint<'_>, dependency: &Entry<Dependency>) -> bool {
    let ladders = &lint.resolved.ladders;
    let own = Element::new(SectionName::Dependencies, &dependency.id.value);
    let provider = dependency.provider.as_ref().map(|provider| Element::new(SectionName::Providers, &provider.value.id));
    ladders.of(&own).next().is_some() || provider.is_some_and(|provider| ladders.of(&provider).next().is_some())
}
