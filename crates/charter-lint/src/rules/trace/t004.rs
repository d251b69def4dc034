//! A deviation that has outlived its permission.

use crate::rule::{Findings, Lint, Rule};
use crate::rules;
use crate::rules::wording::amount;
use charter_plan::PlanCode;
use charter_spec::ast::Waiver;
use charter_spec::diagnostic::explain;
use charter_spec::quantity::Date;
use charter_spec::{Diagnostic, Id, Severity, Span, Spanned};

pub(super) const RULE: Rule = Rule {
    code: "T004",
    severity: Severity::Error,
    title: "waiver expired, or without reason, owner or end",
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
        let mut problems: Vec<&str> = lacks(&waiver.value.value);
        let mut finding_places = Vec::new();
        let mut days = None;
        match &waiver.until {
            Some(until) if until.value < lint.today => {
                let over = lint.today.days_since_epoch() - until.value.days_since_epoch();
                problems.insert(0, "has expired");
                finding_places.push((until.span, format!("its last day was {}", until.value)));
                days = Some(format!("{} − {} = {} over", lint.today, until.value, amount(over as f64, "day")));
            }
            Some(_) | None => {}
        }
        if problems.is_empty() {
            continue;
        }
        finding_places.push((waiver.id.span, "it covers nothing until this is mended".to_owned()));
        if let Some(rule) = rule {
            finding_places.push((rule.span, "the rule that it was to waive".to_owned()));
        }
        let of = rule.map_or_else(String::new, |rule| format!(" of `{}`", rule.value));
        let mut finding = RULE.finding(format!("waiver `{id}`{of} {}", problems.join(" and ")));
        for (span, text) in finding_places {
            finding = finding.at(span, text);
        }
        if let Some(days) = days {
            finding = finding.sum(days);
        }
        findings.push(finding.help("mend what it waives and remove it, or let its owner decide anew why and until when it holds").proven());
    }
}

/// What a waiver must say and does not: which rule, why, who answers for it, until when.
fn lacks(waiver: &Waiver) -> Vec<&'static str> {
    let missing = [
        (waiver.rule.is_none(), "names no rule"),
        (waiver.why.is_none(), "has no reason"),
        (waiver.owner.is_none(), "has no owner"),
        (waiver.until.is_none(), "has no end"),
    ];
    missing.into_iter().filter(|(is_missing, _)| *is_missing).map(|(_, words)| words).collect()
}

/// Whether a waiver covers anything: it says everything that it must, and its last day has not passed.
pub(crate) fn is_valid(waiver: &Waiver, today: Date) -> bool {
    lacks(waiver).is_empty() && waiver.until.as_ref().is_some_and(|until| until.value >= today)
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
