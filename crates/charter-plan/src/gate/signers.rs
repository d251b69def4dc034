//! Who signs a phase, and whether each of them is a person of their own.
//!
//! Where several stakeholders sign, four eyes are meant: one person who signs for two of them counts once, unless the phase says `same_signer: true`.

use super::sign_off::{Act, Scope, SignOff, latest, standing_signature};
use crate::criterion::{Facts, Judged, Outcome};
use crate::resolved::Element;
use charter_spec::ast::{Phase, Stakeholder};
use charter_spec::names::Entry;
use charter_spec::{Id, SectionName};

/// Stakeholders who sign a phase, by `stakeholders.*.signs`.
pub fn signers<'a>(facts: &Facts<'a>, phase: &Entry<Phase>) -> Vec<&'a Id> {
    let signs = |entry: &&Entry<Stakeholder>| entry.signs.iter().any(|signed| signed.value.id == phase.id.value);
    facts.resolved.spec.stakeholders.iter().filter(signs).map(|entry| &entry.id.value).collect()
}

/// One criterion for each stakeholder who signs.
pub(super) fn asked(facts: &Facts<'_>, phase: &Entry<Phase>) -> Vec<Judged> {
    let roles = signers(facts, phase);
    let scope = Scope::element(&Element::new(SectionName::Roadmap, &phase.id.value));
    let fingerprint = if roles.is_empty() { String::new() } else { scope.fingerprint(facts) };
    let shared = roles.len() < 2 || phase.same_signer.as_ref().is_some_and(|same| same.value);
    let valid: Vec<Vec<&SignOff>> = roles.iter().map(|role| valid(facts.sign_offs, &scope.name, role, &fingerprint)).collect();
    let taken = if shared { valid.iter().map(|own| own.first().copied()).collect() } else { apart(&valid) };
    let judge = |(role, (own, taken)): (&&Id, (&Vec<&SignOff>, Option<&SignOff>))| {
        let text = if shared { format!("signed by {role}") } else { format!("signed by {role}, by a person of their own") };
        let how = format!("`charter gate {} --sign NAME --as {role}`", phase.id.value);
        if let Some(found) = taken {
            let reason = format!("{} on {}", found.name, found.day());
            return Judged { date: Some(found.signed_at.clone()), ..Judged::new(text, Outcome::Met, reason) };
        }
        if let Some(found) = own.first() {
            let reason = format!(
                "{} on {}, who is counted for another stakeholder already; somebody else signs: {how}, or the phase says `same_signer: true`",
                found.name,
                found.day()
            );
            return Judged { date: Some(found.signed_at.clone()), ..Judged::new(text, Outcome::Unknown, reason) };
        }
        match standing_signature(facts.sign_offs, &scope.name, Some(role), &fingerprint) {
            Some((found, _)) => {
                let reason = format!("{} signed on {}, and the gate or a verdict has changed since: {how}", found.name, found.day());
                Judged { date: Some(found.signed_at.clone()), ..Judged::new(text, Outcome::Unknown, reason) }
            }
            None => Judged::new(text, Outcome::Unknown, format!("asked for by `stakeholders.{role}.signs`, and not there: {how}")),
        }
    };
    roles.iter().zip(valid.iter().zip(taken)).map(judge).collect()
}

/// Signatures for a role of what stands there now, the newest first.
fn valid<'a>(sign_offs: &'a [SignOff], scope: &str, role: &Id, fingerprint: &str) -> Vec<&'a SignOff> {
    let fits = |sign_off: &&SignOff| {
        sign_off.scope == scope
            && sign_off.act == Act::Sign
            && sign_off.fingerprint == fingerprint
            && (sign_off.role.as_deref() == Some(role.as_str()) || sign_off.name == role.as_str())
    };
    let mut found: Vec<&SignOff> = latest(sign_offs).into_iter().filter(fits).collect();
    found.sort_by(|left, right| right.signed_at.cmp(&left.signed_at));
    found
}

/// A name as people compare it.
fn person(sign_off: &SignOff) -> String {
    sign_off.name.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

/// A person for each role, nobody twice, for as many roles as can be served (augmenting paths, Berge 1957): who signs for two leaves the role that somebody else
/// can serve.
fn apart<'a>(valid: &[Vec<&'a SignOff>]) -> Vec<Option<&'a SignOff>> {
    let mut taken: Vec<Option<&SignOff>> = vec![None; valid.len()];
    for role in 0..valid.len() {
        place(role, valid, &mut taken, &mut vec![false; valid.len()]);
    }
    taken
}

fn place<'a>(role: usize, valid: &[Vec<&'a SignOff>], taken: &mut [Option<&'a SignOff>], seen: &mut [bool]) -> bool {
    if seen.get(role).copied().unwrap_or(true) {
        return false;
    }
    if let Some(seen) = seen.get_mut(role) {
        *seen = true;
    }
    for candidate in valid.get(role).into_iter().flatten() {
        let holder = taken.iter().position(|other| other.is_some_and(|other| person(other) == person(candidate)));
        if holder.is_none_or(|holder| place(holder, valid, taken, seen)) {
            if let Some(own) = taken.get_mut(role) {
                *own = Some(candidate);
            }
            return true;
        }
    }
    false
}
