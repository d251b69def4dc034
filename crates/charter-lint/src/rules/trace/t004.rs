//! A deviation that has outlived its permission.

use crate::rule::{Findings, Lint, Rule};
use crate::rules;
use crate::rules::wording::amount;
use charter_plan::PlanCode;
use charter_spec::diagnostic::explain;
use charter_spec::{Diagnostic, Id, Severity, Span, Spanned};

pub(super) const RULE: Rule = Rule {
    code: "T004",
    severity: Severity::Error,
    title: "waiver expired or without owner",
    page: include_str!("../../../tests/rules/T004.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for waiver in &lint.resolved.spec.waivers {
        let id = &waiver.id.value;
        let rule = waiver.rule.as_ref();
        if let Some(finding) = rule.and_then(|rule| misdirected(id, rule)) {
            findings.push(finding);
        }
        let named = rule.map_or("a rule", |rule| rule.value.as_str());
        let mut problems = Vec::new();
        if waiver.owner.is_none() {
            problems.push("has no owner".to_owned());
        }
        let mut finding_places = Vec::new();
        let mut days = None;
        match &waiver.until {
            Some(until) if until.value < lint.today => {
                let over = lint.today.days_since_epoch() - until.value.days_since_epoch();
                problems.insert(0, "has expired".to_owned());
                finding_places.push((until.span, format!("its last day was {}", until.value)));
                days = Some(format!("{} − {} = {} over", lint.today, until.value, amount(over as f64, "day")));
            }
            Some(_) => {}
            None => problems.push("has no end".to_owned()),
        }
        if problems.is_empty() {
            continue;
        }
        finding_places.push((waiver.id.span, "it covers nothing until this is mended".to_owned()));
        if let Some(rule) = rule {
            finding_places.push((rule.span, "the rule that it was to waive".to_owned()));
        }
        let mut finding = RULE.finding(format!("waiver `{id}` of `{named}` {}", problems.join(" and ")));
        for (span, text) in finding_places {
            finding = finding.at(span, text);
        }
        if let Some(days) = days {
            finding = finding.sum(days);
        }
        findings.push(finding.help("mend what it waives and remove it, or let its owner decide anew until when it holds").proven());
    }
}

/// Whether findings under this code can be waived: those of rules, except this one. What cannot be read or compiled cannot be taken on.
pub(crate) fn can_be_waived(code: &str) -> bool {
    code != RULE.code && rules::all().any(|rule| rule.code == code)
}

fn misdirected(id: &Id, rule: &Spanned<String>) -> Option<Diagnostic> {
    let code = rule.value.as_str();
    if can_be_waived(code) {
        return None;
    }
    if code == RULE.code || explain(code).is_some() || PlanCode::find(code).is_some() {
        let finding = RULE.finding_of(Severity::Warning, format!("waiver `{id}` is of `{code}`, which cannot be waived"));
        return Some(finding.at(rule.span, "stands whoever takes it on").help("mend what it finds, and remove the waiver").proven());
    }
    let help = match nearest(code) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "name a rule, such as `R003`".to_owned(),
    };
    Some(
        RULE.finding(format!("waiver `{id}` is of `{code}`, and there is no such rule"))
            .at(rule.span, "no rule has this code")
            .help(help)
            .proven(),
    )
}

/// Most characters in which a code differs from the one that was meant.
const SLIPS_MAX: usize = 2;

fn nearest(code: &str) -> Option<&'static str> {
    let upper = code.to_ascii_uppercase();
    let slips =
        |known: &str| known.chars().zip(upper.chars()).filter(|(left, right)| left != right).count() + known.len().abs_diff(upper.len());
    let near = rules::all().map(|rule| (slips(rule.code), rule.code)).min()?;
    (near.0 <= SLIPS_MAX).then_some(near.1)
}

/// For the report, which alone knows what was waived: a waiver of which no finding is in need.
pub(crate) fn waives_nothing(id: &Id, code: &str, place: Span) -> Diagnostic {
    RULE.finding_of(Severity::Hint, format!("waiver `{id}` of `{code}` waives nothing"))
        .at(place, "nothing is found that it covers")
        .help("remove it: what it allowed is mended, or stands elsewhere")
        .proven()
}
