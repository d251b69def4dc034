//! What serves a principle of zero trust: a declaration of the charter, a control that states the principle, and, as a last resort, the words of a control.
//!
//! Whether a control really holds belongs to S009 and S010.

use crate::rule::{Findings, Lint, Rule};
use charter_spec::ast::{Control, Principle};
use charter_spec::names::Entry;
use charter_spec::{Diagnostic, Severity, Spec};

/// What a rule of this kind is about.
pub(super) struct Asked {
    pub(super) principle: Principle,
    /// Words in a control's id or in what it enforces that say the same.
    pub(super) words: &'static [&'static str],
    /// What is missing, completing "no control …".
    pub(super) missing: &'static str,
    pub(super) help: &'static str,
}

/// One finding when controls are written and nothing serves the principle; a hint when only a word says that one does. A charter without controls has not come to
/// them yet. `declared`: the charter's own keys serve it, whatever controls say.
pub(super) fn check(rule: &Rule, asked: &Asked, lint: &Lint<'_>, declared: bool, findings: &mut Findings) {
    if let Some(finding) = judge(rule, asked, &lint.resolved.spec, declared) {
        findings.push(finding);
    }
}

/// The finding of [`check`], for rules that have more to say about it.
pub(super) fn judge(rule: &Rule, asked: &Asked, spec: &Spec, declared: bool) -> Option<Diagnostic> {
    let first = spec.controls.iter().next()?;
    if declared || stating(spec, asked).next().is_some() {
        return None;
    }
    let Some((control, word)) = spec.controls.iter().find_map(|control| Some((control, word(control, asked)?))) else {
        let finding = rule.finding(format!("no control {}", asked.missing)).at(first.id.span, "the controls start here");
        return Some(finding.help(asked.help).proven());
    };
    let id = &control.id.value;
    let principle = asked.principle.word();
    Some(
        rule.finding_of(Severity::Hint, format!("only the word `{word}` says that `{id}` {}", asked.missing))
            .at(control.id.span, "states no `principle`")
            .help(format!("state what it serves: `principle: {principle}`"))
            .assumes(format!("`{id}` serves the principle `{principle}`, as `{word}` says"))
            .asks(format!("`controls.{id}.principle`")),
    )
}

/// Controls that serve a principle: those that state it, else those whose words do.
pub(super) fn serving<'a>(spec: &'a Spec, asked: &'a Asked) -> Vec<&'a Entry<Control>> {
    let stated: Vec<&Entry<Control>> = stating(spec, asked).collect();
    if stated.is_empty() { spec.controls.iter().filter(|control| word(control, asked).is_some()).collect() } else { stated }
}

fn stating<'a>(spec: &'a Spec, asked: &'a Asked) -> impl Iterator<Item = &'a Entry<Control>> {
    spec.controls.iter().filter(|control| control.principle.iter().any(|principle| principle.value == asked.principle))
}

/// The word of the list that stands in a control's id or in what it enforces.
fn word(control: &Entry<Control>, asked: &Asked) -> Option<&'static str> {
    let says = |text: &str| {
        let text = text.to_ascii_lowercase();
        asked.words.iter().copied().find(|word| begins(&text, word))
    };
    says(control.id.value.as_str()).or_else(|| control.enforce.iter().find_map(|enforced| says(&enforced.value)))
}

/// Whether a word of the text begins so: "rate" is not in "separate".
pub(super) fn begins(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| !text.get(..at).unwrap_or_default().ends_with(char::is_alphanumeric))
}

/// Where a control holds and what it enforces, as one text to look for words in.
pub(super) fn text_of(control: &Entry<Control>) -> String {
    let parts = control.places.iter().chain(&control.enforce).map(|part| part.value.to_ascii_lowercase());
    parts.collect::<Vec<_>>().join(" ")
}

/// Whether an address is reached without encryption, beyond this machine.
pub(super) fn is_clear(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://").filter(|(scheme, _)| scheme.eq_ignore_ascii_case("http")) else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let name = if host.starts_with('[') { host.split(']').next().unwrap_or(host) } else { host.split(':').next().unwrap_or(host) };
    let is_loopback = name.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback());
    !(name.eq_ignore_ascii_case("localhost") || is_loopback || name == "[::1")
}

#[cfg(test)]
mod tests {
    use super::is_clear;

    #[test]
    fn clear_is_what_leaves_the_machine_without_encryption() {
        let clear = [
            "http://llm.example",
            "http://10.0.0.7:8000/v2",
            "http://user@host.internal",
            "http://[2001:db8::1]:80",
            "HTTP://llm.example",
            "http://127.example.com",
        ];
        for url in clear {
            assert!(is_clear(url), "{url}");
        }
        for fine in ["https://llm.example", "http://localhost:8000", "http://127.0.0.1:9000/x", "http://[::1]:8000", "grpc://host", ""] {
            assert!(!is_clear(fine), "{fine}");
        }
    }
}
