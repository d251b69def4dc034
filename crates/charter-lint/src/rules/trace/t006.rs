//! A rule that was given another weight, and whether that can stand.

use crate::rule::{Counts, Findings, Lint, Rule};
use crate::rules;
use charter_plan::PlanCode;
use charter_spec::ast::RuleSetting;
use charter_spec::diagnostic::{Weighed, explain};
use charter_spec::names::{Entry, only_nearest};
use charter_spec::{Diagnostic, Fix, Severity};

pub(super) const RULE: Rule = Rule {
    code: "T006",
    severity: Severity::Error,
    title: "setting of a rule that cannot stand",
    page: include_str!("../../../tests/rules/T006.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for setting in &lint.resolved.spec.lint {
        if let Some(finding) = problem(setting) {
            findings.push(finding);
        }
    }
}

fn problem(setting: &Entry<RuleSetting>) -> Option<Diagnostic> {
    let (code, place) = (setting.id.value.as_str(), setting.id.span);
    let Some(rule) = rules::all().find(|rule| rule.code == code) else {
        if explain(code).is_some() || PlanCode::find(code).is_some() {
            let finding = RULE.finding(format!("`lint.{code}` sets what cannot be weighed")).at(place, "nothing goes on without it");
            return Some(finding.help("mend what it finds, and remove the setting").proven());
        }
        let mut finding = RULE.finding(format!("`lint.{code}` sets a rule that does not exist")).at(place, "no rule has this code");
        let known = || rules::all().map(|rule| rule.code);
        let wanted = code.to_ascii_uppercase();
        // Codes are all alike: only a digit too many or too few, or another case, tells which one is meant.
        let near = known().find(|known| *known == wanted).or_else(|| only_nearest(&wanted, known()));
        finding = match near {
            Some(near) => finding.help(format!("did you mean `{near}`?")).fix(Fix::replace(place, near)),
            None => finding.help("name a rule, such as `R003`; `charter explain --all rules` lists them"),
        };
        return Some(finding.proven());
    };
    if rule.code == RULE.code || rule.code == super::t004::RULE.code {
        let finding = RULE.finding(format!("`lint.{code}` sets what cannot be weighed")).at(place, "it guards the exceptions themselves");
        return Some(finding.help("remove the setting").proven());
    }
    let severity = setting.severity.as_ref()?;
    let lower = severity.value.severity() > rule.severity;
    (lower && setting.why.is_none()).then(|| {
        let (was, is) = (rule.severity.word(), severity.value.word());
        RULE.finding(format!("`lint.{code}` weighs {} as {} and does not say why", with_article(was), with_article(is)))
            .at(severity.span, format!("the rule says: {was}"))
            .help("add `why:`, or waive what it finds until a date")
            .proven()
    })
}

fn with_article(word: &str) -> String {
    let article = if word.starts_with('e') { "an" } else { "a" };
    format!("{article} {word}")
}

/// The setting of a rule with its severity. One that cannot stand changes nothing.
fn setting<'a>(lint: &Lint<'a>, code: &str) -> Option<(&'a Entry<RuleSetting>, Severity)> {
    let setting = lint.resolved.spec.lint.get_entry(code)?;
    let severity = setting.severity.as_ref()?.value.severity();
    problem(setting).is_none().then_some((setting, severity))
}

/// Findings that are only counted, with the weight that the charter gives their rule.
pub(crate) fn weigh_counts(lint: &Lint<'_>, code: &str, counts: Counts) -> Counts {
    let Some((_, severity)) = setting(lint, code) else { return counts };
    let mut weighed = Counts::default();
    *weighed.of_mut(severity) = counts.sum();
    weighed
}

/// The finding with the weight that the charter gives its rule.
pub(crate) fn weigh(lint: &Lint<'_>, mut finding: Diagnostic) -> Diagnostic {
    let Some((setting, severity)) = setting(lint, finding.code).filter(|(_, severity)| *severity != finding.severity) else {
        return finding;
    };
    finding.weighed = Some(Weighed {
        was: finding.severity,
        why: setting.why.as_ref().map(|why| why.value.clone()),
        owner: setting.owner.as_ref().map(|owner| owner.value.to_string()),
    });
    finding.severity = severity;
    finding
}
