//! Feature flags: variants, rules, and what they turn off.
//!
//! Evaluating a flag for a caller belongs to the gateway.

use super::PlanCode;
use super::compiler::{Compiler, text};
use super::split::parts;
use crate::arithmetic::derivation::percent;
use crate::explain::nearest_word;
use crate::plan::{Flag, FlagId, FlagRule, ModelId, Route, Serve, Source, Turn};
use charter_spec::ast::{Flag as Written, FlagRule as WrittenRule};
use charter_spec::names::Entry;
use charter_spec::{Link, Plain, SectionName, Spanned};
use serde_json::Value;

/// The flags of a charter. `routes` are those that could be compiled.
pub(super) fn of(compiler: &mut Compiler<'_>, routes: &[Route]) -> Vec<Flag> {
    let resolved = compiler.resolved;
    let mut flags = Vec::new();
    for entry in &resolved.spec.flags {
        let Ok(id) = u16::try_from(flags.len()).map(FlagId) else { break };
        flags.extend(flag(compiler, id, entry, routes));
    }
    flags
}

fn flag(compiler: &mut Compiler<'_>, id: FlagId, entry: &Entry<Written>, routes: &[Route]) -> Option<Flag> {
    let variants: Vec<(String, Value)> = if entry.variants.is_empty() {
        vec![("true".to_owned(), Value::Bool(true)), ("false".to_owned(), Value::Bool(false))]
    } else {
        entry.variants.iter().map(|variant| (variant.id.value.to_string(), json(&variant.value.value))).collect()
    };
    if let Some((first, rest)) = variants.split_first()
        && let Some((name, _)) = rest.iter().find(|(_, value)| !same_kind(value, &first.1))
    {
        let place = entry.variants.get_entry(name).map_or(entry.id.span, |variant| variant.value.span);
        let message = format!("the variants `{}` and `{name}` of flag `{}` are of different types", first.0, entry.id.value);
        compiler.report(PlanCode::Flag.at(place, message).help("a client asks for a flag as one type: make them alike"));
        return None;
    }
    // The reader has checked the names.
    let position = |name: &str| variants.iter().position(|(known, _)| known == name).and_then(|at| u16::try_from(at).ok());
    let default_variant = entry.default_variant.as_ref().map_or(Some(0), |name| position(&name.value))?;
    let mut turns = Vec::new();
    for link in &entry.turns {
        turns.extend(turn(compiler, link, routes)?);
    }
    if let Some(link) = entry.turns.first()
        && !variants.iter().any(|(_, value)| *value == Value::Bool(false))
    {
        let message = format!("flag `{}` turns something off, and none of its variants is `false`", entry.id.value);
        compiler.report(
            PlanCode::Flag.at(link.span, message).at(entry.id.span, "the flag").help("give it a variant that is `false`, or none at all"),
        );
        return None;
    }
    let mut rules = Vec::with_capacity(entry.rules.len());
    for rule in &entry.rules {
        rules.push(self::rule(compiler, rule, &position)?);
    }
    let enabled = entry.enabled.as_ref().is_none_or(|enabled| enabled.value);
    Some(Flag { id, name: entry.id.value.to_string(), variants, default_variant, enabled, turns, rules })
}

fn rule(compiler: &mut Compiler<'_>, rule: &Spanned<WrittenRule>, position: &dyn Fn(&str) -> Option<u16>) -> Option<FlagRule> {
    let serve = match (&rule.serve, rule.split.is_empty()) {
        (Some(variant), true) => Serve::Variant(position(&variant.value)?),
        (None, false) => {
            let ratios: Vec<f64> = rule.split.iter().map(|share| share.value.value.ratio()).collect();
            let total: f64 = ratios.iter().sum();
            if (total - 1.0).abs() > 1e-6 {
                let terms: Vec<String> = ratios.iter().map(|ratio| percent(*ratio)).collect();
                let sum = format!("{} = {}", terms.join(" + "), percent(total));
                let place = rule.split.span().unwrap_or(rule.span);
                let problem = PlanCode::Weights.at(place, format!("the shares of the variants add up to {}", percent(total)));
                compiler.report(problem.sum(sum).help("make them add up to 100 %"));
                return None;
            }
            let weights = parts(&ratios);
            if let Some((empty, _)) = rule.split.iter().zip(&weights).find(|(_, weight)| **weight == 0) {
                let problem = PlanCode::Weights.at(empty.value.span, format!("nobody gets variant `{}` by this rule", empty.id.value));
                compiler.report(problem.help("give it at least 0.01 %, or remove it"));
                return None;
            }
            let shares = rule.split.iter().zip(weights).map(|(variant, part)| Some((position(text(&variant.id.value))?, part)));
            Serve::Split(shares.collect::<Option<Vec<_>>>()?)
        }
        (serve, _) => {
            let what = if serve.is_some() { "both a variant and shares" } else { "neither a variant nor shares" };
            compiler.report(PlanCode::Flag.at(rule.span, format!("the rule serves {what}")).help("write one of `serve:` and `split:`"));
            return None;
        }
    };
    if let Some(when) = &rule.when {
        compiler.conditions.push(when.clone());
    }
    Some(FlagRule { when: rule.when.as_ref().map(|when| when.value.clone()), serve })
}

/// What a link turns: `fraud` a route, else a model in every version, else a feature; `fraud/previous` a rung; `fraud@v2` one version.
fn turn(compiler: &mut Compiler<'_>, link: &Spanned<Link>, routes: &[Route]) -> Option<Vec<Turn>> {
    let resolved = compiler.resolved;
    let spec = &resolved.spec;
    let written = link.value.as_str();
    let (section, name) = match written.split_once('.').map(|(section, name)| (SectionName::from_key(section), name)) {
        Some((Some(section), name)) => (Some(section), name),
        _ => (None, written),
    };
    let may = |wanted: SectionName| section.is_none_or(|section| section == wanted);
    if let Some((route, rung)) = name.split_once('/')
        && may(SectionName::Routes)
    {
        if let Some(known) = routes.iter().find(|known| known.name == route) {
            return rung_of(compiler, known, rung, link).map(|turn| vec![turn]);
        }
        // A route that could not be compiled has its own errors.
        if spec.routes.contains(route) {
            return None;
        }
    }
    if let Some((model, version)) = name.split_once('@') {
        let found = versions(compiler, model).into_iter().find(|(_, known)| known == version);
        if let Some((id, _)) = found {
            return Some(vec![Turn::Model(id)]);
        }
        if spec.models.get(model).is_some_and(|model| model.versions.contains(version)) {
            not_asked(compiler, name, link);
            return Some(Vec::new());
        }
    }
    if spec.routes.contains(name) && may(SectionName::Routes) {
        return routes.iter().find(|known| known.name == name).map(|known| vec![Turn::Route(known.id)]);
    }
    if spec.models.contains(name) && may(SectionName::Models) {
        let found = versions(compiler, name);
        if found.is_empty() {
            not_asked(compiler, name, link);
        }
        return Some(found.into_iter().map(|(id, _)| Turn::Model(id)).collect());
    }
    if spec.features.contains(name) && may(SectionName::Features) {
        return Some(vec![Turn::Feature(name.to_owned())]);
    }
    let known = spec.routes.iter().map(|entry| text(&entry.id.value)).chain(spec.models.iter().map(|entry| text(&entry.id.value)));
    let known = known.chain(spec.features.iter().map(|entry| text(&entry.id.value)));
    let help = match nearest_word(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write a route (`fraud`), a rung (`fraud/previous`), a model (`models.fraud`, `fraud@v2`) or a feature".to_owned(),
    };
    compiler.report(PlanCode::Flag.at(link.span, format!("`{written}` is nothing that a flag turns on and off")).help(help));
    None
}

fn not_asked(compiler: &mut Compiler<'_>, name: &str, link: &Spanned<Link>) {
    compiler.report(PlanCode::NotRun.at(link.span, format!("no route asks `{name}`, so there is nothing to turn off")));
}

fn rung_of(compiler: &mut Compiler<'_>, route: &Route, rung: &str, link: &Spanned<Link>) -> Option<Turn> {
    let Some(rungs) = route.node.own_ladder() else {
        let message = format!("route `{}` has no ladder, so it has no rung `{rung}`", route.name);
        compiler.report(PlanCode::Flag.at(link.span, message).help(format!("turn the whole route: `{}`", route.name)));
        return None;
    };
    let found = rungs.iter().position(|known| known.name == rung).and_then(|at| u8::try_from(at).ok());
    if found.is_none() {
        let names: Vec<String> = rungs.iter().map(|known| format!("`{}/{}`", route.name, known.name)).collect();
        let message = format!("route `{}` has no rung `{rung}`", route.name);
        compiler.report(PlanCode::Flag.at(link.span, message).help(format!("it has {}", names.join(", "))));
    }
    found.map(|rung| Turn::Rung { route: route.id, rung })
}

/// The versions of a declared model that the plan asks. Rules and tables of a route may bear the same name, and are no versions of it.
pub(super) fn versions(compiler: &Compiler<'_>, name: &str) -> Vec<(ModelId, String)> {
    let declared =
        compiler.models.iter().filter(|model| model.name == name && matches!(model.source, Source::Onnx { .. } | Source::Oip { .. }));
    declared.map(|model| (model.id, model.version.clone())).collect()
}

fn json(value: &Plain) -> Value {
    match value {
        Plain::Bool(value) => Value::Bool(*value),
        Plain::Integer(value) => Value::from(*value),
        Plain::Float(value) => Value::from(*value),
        Plain::Text(value) => Value::from(value.as_str()),
        Plain::List(items) => Value::Array(items.iter().map(|item| json(&item.value)).collect()),
    }
}

/// Whether a client may ask for both as one type.
fn same_kind(left: &Value, right: &Value) -> bool {
    std::mem::discriminant(left) == std::mem::discriminant(right)
}
