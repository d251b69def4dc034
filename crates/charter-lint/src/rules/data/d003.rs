//! Personal data that may leave the area they must stay in.

use super::residency::{inside, residency};
use crate::rule::{Findings, Lint, Rule};
use charter_spec::ast::DataClass;
use charter_spec::{Field, Severity, Span, Spanned, Spec};

pub(super) const RULE: Rule = Rule {
    code: "D003",
    severity: Severity::Error,
    title: "personal data at a dependency whose region is outside or unknown",
    page: include_str!("../../../tests/rules/D003.md"),
    check,
};

/// A place that data go to.
struct Place<'a> {
    key: String,
    span: Span,
    class: &'a Field<DataClass>,
    region: Option<&'a Spanned<String>>,
}

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    let Some(residency) = residency(spec) else { return };
    for place in places(spec) {
        let Some(class) = place.class.as_ref().filter(|class| is_about_people(class.value)) else { continue };
        let areas = residency.areas.join(", ");
        let lies = place.region.map(|region| inside(&region.value, &residency.areas));
        let finding = match (place.region, lies) {
            (_, Some(Some(true))) => continue,
            (Some(region), Some(Some(false))) => RULE
                .finding(format!("{} data go to `{}` in `{}`, outside {areas}", class.value.word(), place.key, region.value))
                .at(region.span, format!("not in {areas}"))
                .at(residency.span, "data must stay here")
                .help(format!("use a region in {areas}, or keep personal data from it"))
                .proven(),
            (Some(region), _) => RULE
                .finding(format!("{} data go to `{}`, and nothing here knows where `{}` lies", class.value.word(), place.key, region.value))
                .at(region.span, "no region that is known")
                .at(residency.span, "data must stay here")
                .help("name the region as its cloud does, or its country by two letters")
                .assumes(format!("`{}` lies outside {areas}", region.value))
                .asks(format!("`{}.region`", place.key)),
            (None, _) => RULE
                .finding(format!("{} data go to `{}`, which states no region", class.value.word(), place.key))
                .at(place.span, "where does it run?")
                .at(residency.span, "data must stay here")
                .help("state its region, or send it no data about people")
                .assumes(format!("`{}` may run outside {areas}", place.key))
                .asks(format!("`{}.region`", place.key)),
        };
        findings.push(finding.at(class.span, format!("{} data", class.value.word())));
    }
}

fn places(spec: &Spec) -> impl Iterator<Item = Place<'_>> {
    let dependencies = spec.dependencies.iter().map(|entry| {
        let provider = || spec.providers.get(&entry.provider.as_ref()?.value.id)?.region.as_ref();
        Place {
            key: format!("dependencies.{}", entry.id.value),
            span: entry.id.span,
            class: &entry.data,
            region: entry.region.as_ref().or_else(provider),
        }
    });
    let providers = spec.providers.iter().map(|entry| Place {
        key: format!("providers.{}", entry.id.value),
        span: entry.id.span,
        class: &entry.data,
        region: entry.region.as_ref(),
    });
    let data = spec.data.iter().map(|entry| Place {
        key: format!("data.{}", entry.id.value),
        span: entry.id.span,
        class: &entry.class,
        region: entry.region.as_ref(),
    });
    dependencies.chain(providers).chain(data)
}

fn is_about_people(class: DataClass) -> bool {
    matches!(class, DataClass::Personal | DataClass::Pseudonymous | DataClass::Sensitive)
}
