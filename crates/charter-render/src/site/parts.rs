//! Pieces that pages are put together from: badges, figures with their derivation, facts, tables, links.

use super::links::anchor;
use super::site::Site;
use charter_plan::arithmetic::capacity::bytes;
use charter_plan::arithmetic::derivation::{number, percent, significant};
use charter_plan::criterion::{Judged, Outcome};
use charter_plan::resolved::{Element, Figure};
use charter_plan::standing::{Standing, StatusLine};
use charter_spec::ast::Level;
use charter_spec::measure::{Criterion, CriterionKind};
use charter_spec::names::Target;
use charter_spec::{Field, Link, List, Ref, SectionName, Severity};
use maud::{Markup, PreEscaped, html};

/// Standings in the order in which they are shown.
pub(super) const STANDINGS: [Standing; 4] = [Standing::Proved, Standing::Broken, Standing::Stale, Standing::Unproved];

/// A value as people write it, with three decimals at most; whole numbers stay whole.
pub(super) fn shown(value: f64, unit: &str) -> String {
    if !value.is_finite() {
        return "more than anything can be".to_owned();
    }
    match unit {
        "bytes" => bytes(value),
        // What is missing to one is what counts: 99.9999 % is not 100 %.
        "ratio" if (0.999..1.0).contains(&value) => percent(value),
        "ratio" => format!("{} %", number(rounded(value * 100.0))),
        "" => brief(value),
        unit => format!("{} {unit}", brief(value)),
    }
}

/// Three decimals; below a hundredth four significant digits, since a price of 0.0001631 is not 0.
fn brief(value: f64) -> String {
    if value.abs() < 0.01 { significant(value) } else { number(rounded(value)) }
}

fn rounded(value: f64) -> f64 {
    // A large number keeps what it has: it is shown without decimals.
    if value.abs() < 1_000.0 { (value * 1_000.0).round() / 1_000.0 } else { value }
}

/// A standing as a sign and a word: colour alone tells nothing.
pub(super) fn badge(standing: Standing) -> Markup {
    let sign = match standing {
        Standing::Proved => "✓",
        Standing::Broken => "✕",
        Standing::Stale => "↺",
        Standing::Unproved => "○",
    };
    html! { span.badge.(standing.name()) { span aria-hidden="true" { (sign) } " " (standing.name()) } }
}

pub(super) fn severity(severity: Severity) -> Markup {
    let sign = match severity {
        Severity::Error => "✕",
        Severity::Warning => "△",
        Severity::Hint => "›",
    };
    html! { span.badge.(severity.word()) { span aria-hidden="true" { (sign) } " " (severity.word()) } }
}

pub(super) fn level(level: Level) -> Markup {
    html! { span.level.(level.word()) { (level.word()) } }
}

/// A word in a frame.
pub(super) fn chip(text: &str) -> Markup {
    html! { span.chip { (text) } }
}

/// Whether a criterion is met, as a sign and a word.
pub(super) fn outcome(outcome: Outcome) -> Markup {
    let (class, sign) = match outcome {
        Outcome::Met => ("proved", "✓"),
        Outcome::NotMet => ("broken", "✕"),
        Outcome::Unknown => ("unproved", "○"),
    };
    html! { span.badge.(class) { span aria-hidden="true" { (sign) } " " (outcome.word()) } }
}

/// A criterion that was judged, with why.
pub(super) fn judged(found: &Judged) -> Markup {
    html! {
        div.judged {
            (outcome(found.outcome)) " " code { (found.criterion) }
            @if !found.reason.is_empty() { span.reason { " " (ticked(&found.reason)) } }
        }
    }
}

/// A measured value: known to four digits at best. Shares just below one keep theirs, since what is missing to one is what counts.
pub(super) fn estimate(value: f64, unit: &str) -> String {
    match unit {
        "ratio" if (0.9..1.0).contains(&value) => percent(value),
        "ratio" if value.is_finite() => format!("{} %", significant(value * 100.0)),
        "bytes" => bytes(value),
        "" => significant(value),
        unit => format!("{} {unit}", significant(value)),
    }
}

/// A 95 % interval: `(40.1 – 44.9 ms)`.
pub(super) fn interval((low, high): (f64, f64), unit: &str) -> Markup {
    let both = (estimate(low, unit), estimate(high, unit));
    // One unit is enough.
    let low = both.1.rsplit_once(' ').and_then(|(_, unit)| both.0.strip_suffix(unit)).map_or(both.0.as_str(), str::trim_end);
    html! { span.interval title="95 % interval" { "(" (low) " – " (both.1) ")" } }
}

/// What was measured: `41.2 ms (40.1 – 44.9 ms)`.
pub(super) fn measured(verdict: &StatusLine) -> Markup {
    let Some(figure) = verdict.figure else { return html! { span.none { "–" } } };
    html! {
        span.figure title=(shown(figure, &verdict.unit)) { (estimate(figure, &verdict.unit)) }
        @if let Some(found) = verdict.interval { " " (interval(found, &verdict.unit)) }
    }
}

/// The day of a time: `2026-11-23`.
pub(super) fn day(time: &str) -> &str {
    time.get(..10).unwrap_or(time)
}

/// A figure that opens to show where it comes from.
pub(super) fn figure(site: &Site<'_>, figure: &Figure) -> Markup {
    let value = shown(figure.value(), &figure.derivation.unit);
    if figure.derivation.steps.is_empty() && figure.assumptions.is_empty() {
        let places: Vec<String> =
            figure.inputs.iter().take(3).map(|input| format!("{} at {}", input.name, site.place(input.span))).collect();
        return html! { span.figure title=(places.join(", ")) { (value) } };
    }
    html! {
        details.why {
            summary { span.figure { (value) } @if !figure.is_proven() { " " span.assumed { "assumed" } } }
            (derivation(site, figure))
        }
    }
}

/// The steps to a figure, what was assumed, and where its numbers stand.
pub(super) fn derivation(site: &Site<'_>, figure: &Figure) -> Markup {
    html! {
        div.derivation {
            @for step in &figure.derivation.steps { div.step { (ticked(step)) } }
            @for assumption in &figure.assumptions {
                div.assumption { "Assuming that " (ticked(&assumption.text)) "; " code { (assumption.asks) } " would settle it." }
            }
            @if !figure.inputs.is_empty() {
                div.places {
                    "From "
                    @for (at, input) in figure.inputs.iter().take(6).enumerate() {
                        @if at > 0 { ", " }
                        code { (input.name) } " " span.place { (site.place(input.span)) }
                    }
                    @if figure.inputs.len() > 6 { " and " (figure.inputs.len() - 6) " more" }
                }
            }
        }
    }
}

/// A figure, or a dash.
pub(super) fn figure_or(site: &Site<'_>, found: Option<&Figure>) -> Markup {
    found.map_or_else(|| html! { span.none title="the charter does not say" { "–" } }, |found| figure(site, found))
}

/// A link to an element, with its bare id.
pub(super) fn link(site: &Site<'_>, element: &Element) -> Markup {
    let text = if element.is_whole() { element.section.key() } else { element.id.as_str() };
    html! { a.ref href=(site.links.href(element)) title=(element.to_string()) { (text) } }
}

/// What a reference leads to; the words as written where it leads nowhere.
pub(super) fn reference<T: Target>(site: &Site<'_>, reference: &Ref<T>) -> Markup {
    site.resolved().index.find(reference).map_or_else(|| html! { (reference.as_str()) }, |element| link(site, &element))
}

pub(super) fn references<T: Target>(site: &Site<'_>, list: &List<Ref<T>>) -> Markup {
    joined(list.iter().map(|item| reference(site, &item.value)))
}

/// A link as written: to an element, a file, or words.
pub(super) fn pointer(site: &Site<'_>, pointer: &Link) -> Markup {
    match site.resolved().index.follow(pointer) {
        Some(element) if !element.is_whole() || SectionName::from_key(pointer.as_str()).is_some() => {
            html! { a.ref href=(site.links.href(&element)) { (pointer.as_str()) } }
        }
        _ => html! { code { (pointer.as_str()) } },
    }
}

pub(super) fn pointers(site: &Site<'_>, list: &List<Link>) -> Markup {
    joined(list.iter().map(|item| pointer(site, &item.value)))
}

/// Parts with commas between them.
pub(super) fn joined(parts: impl Iterator<Item = Markup>) -> Markup {
    html! { @for (at, part) in parts.enumerate() { @if at > 0 { ", " } (part) } }
}

/// A criterion as a clause; one that names a requirement with its verdict.
pub(super) fn criterion(site: &Site<'_>, criterion: &Criterion) -> Markup {
    if let CriterionKind::Requirement { id, proof, .. } = &criterion.kind
        && let Some(element) = site.resolved().index.named(id.value.as_str())
    {
        let is_requirement = matches!(element.section, SectionName::Quality | SectionName::Constraints);
        return html! {
            (link(site, &element))
            @if let Some(proof) = proof { " by " (proof.value.word()) }
            @if is_requirement { " " (badge(site.verdict(&element).standing)) }
        };
    }
    html! { span title=(criterion.text) { (criterion.describe()) } }
}

pub(super) fn criteria(site: &Site<'_>, list: &List<Criterion>) -> Markup {
    html! {
        @match list.as_ref() {
            [] => {}
            [one] => (criterion(site, &one.value)),
            many => ul.plain { @for item in many { li { (criterion(site, &item.value)) } } }
        }
    }
}

/// Facts of an element: a list of names and values, from those that are stated.
#[derive(Default)]
pub(super) struct Facts(Vec<(&'static str, Markup)>);

impl Facts {
    pub(super) fn add(mut self, name: &'static str, value: Markup) -> Self {
        if !value.0.is_empty() {
            self.0.push((name, value));
        }
        self
    }

    /// Anything that is written as it is shown.
    pub(super) fn text<T: ToString>(self, name: &'static str, value: &Field<T>) -> Self {
        match value {
            Some(value) => self.add(name, html! { (value.value.to_string()) }),
            None => self,
        }
    }

    pub(super) fn reference<T: Target>(self, site: &Site<'_>, name: &'static str, value: &Field<Ref<T>>) -> Self {
        match value {
            Some(value) => self.add(name, reference(site, &value.value)),
            None => self,
        }
    }

    pub(super) fn figure(self, site: &Site<'_>, name: &'static str, value: Option<&Figure>) -> Self {
        match value {
            Some(value) => self.add(name, figure(site, value)),
            None => self,
        }
    }

    pub(super) fn list<T: ToString>(self, name: &'static str, list: &List<T>) -> Self {
        let words: Vec<String> = list.iter().map(|item| item.value.to_string()).collect();
        self.add(name, html! { (words.join(", ")) })
    }

    pub(super) fn render(&self) -> Markup {
        html! {
            @if !self.0.is_empty() {
                dl.facts { @for (name, value) in &self.0 { div { dt { (name) } dd { (value) } } } }
            }
        }
    }
}

/// A table that scrolls within itself where the screen is narrow. Heads of figures begin with `#`, and stand to the right as figures do.
pub(super) fn table(label: &str, heads: &[&str], rows: Markup) -> Markup {
    html! {
        @if rows.0.is_empty() {
        } @else {
            div.scroll role="region" aria-label=(label) tabindex="0" {
                table {
                    thead { tr { @for head in heads {
                        @match head.strip_prefix('#') { Some(head) => th.num scope="col" { (head) }, None => th scope="col" { (head) } }
                    } } }
                    tbody { (rows) }
                }
            }
        }
    }
}

/// A picture that scrolls within itself, with what it says below it.
pub(super) fn picture(label: &str, svg: Markup) -> Markup {
    html! { div.picture role="region" aria-label=(label) tabindex="0" { (svg) } }
}

/// What stands where the charter says nothing.
pub(super) fn nothing(what: &str, key: &str) -> Markup {
    html! { p.nothing { "The charter " (what) ". The section " code { (key) } " is where it would stand." } }
}

/// The heading of an element, with a link to itself, and how many findings point at it.
pub(super) fn heading(site: &Site<'_>, element: &Element, right: Markup) -> Markup {
    html! {
        header.element {
            h3 id=(anchor(element)) { a.self href=(site.links.href(element)) { (element.id.as_str()) } }
            (right)
            (findings(site, element))
        }
    }
}

/// How many findings point into an element, as a link to the first.
pub(super) fn findings(site: &Site<'_>, element: &Element) -> Markup {
    let mut found = site.findings_of(element).filter(|(_, finding)| finding.severity != Severity::Hint);
    let Some((first, finding)) = found.next() else { return html! {} };
    let count = 1 + found.count();
    html! {
        a.conflicts.(finding.severity.word()) href=(format!("findings.html#f{}", first + 1)) title=(finding.message) {
            (count) @if count == 1 { " finding" } @else { " findings" }
        }
    }
}

/// Free facts that the charter states for documents.
pub(super) fn free_facts(facts: &charter_spec::Entries<String>) -> Markup {
    html! {
        @if !facts.is_empty() {
            dl.facts.free { @for fact in facts { div { dt { (fact.id.value.as_str()) } dd { (fact.value.value) } } } }
        }
    }
}

/// Several words of a sentence in order: `a`, `a and b`, `a, b and c`.
pub(super) fn and(words: &[String]) -> String {
    series(words, "and")
}

/// The same with `or`.
pub(super) fn or(words: &[String]) -> String {
    series(words, "or")
}

fn series(words: &[String], last_but: &str) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} {last_but} {last}", rest.join(", ")),
    }
}

/// Text of a field, with its line breaks as paragraphs.
pub(super) fn prose(field: &Field<String>) -> Markup {
    html! { @if let Some(text) = field { @for part in text.value.split("\n\n") { p { (part) } } } }
}

/// Verdicts as one bar, and in words for who does not see it.
pub(super) fn verdict_bar(counts: &[(Standing, usize)]) -> Markup {
    let total: usize = counts.iter().map(|(_, count)| count).sum();
    if total == 0 {
        return html! {};
    }
    let words: Vec<String> =
        counts.iter().filter(|(_, count)| *count > 0).map(|(standing, count)| format!("{count} {}", standing.name())).collect();
    let mut x = 0.0;
    let mut rects = String::new();
    for (standing, count) in counts {
        let width = *count as f64 / total as f64 * 100.0;
        if *count > 0 {
            let gap = if x > 0.0 { 0.4 } else { 0.0 };
            // Numbers and fixed words only.
            rects.push_str(&format!(
                "<rect class=\"{}\" x=\"{:.2}\" y=\"0\" width=\"{:.2}\" height=\"6\"></rect>",
                standing.name(),
                x + gap,
                (width - gap).max(0.1)
            ));
        }
        x += width;
    }
    html! {
        svg.verdict-bar viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label=(and(&words)) xmlns="http://www.w3.org/2000/svg" {
            (PreEscaped(rects))
        }
        ul.legend {
            @for (standing, count) in counts.iter().filter(|(_, count)| *count > 0) { li { (badge(*standing)) " " b { (count) } } }
        }
    }
}

/// Text in which backticks set apart what people write in a charter or a terminal.
pub(super) fn ticked(text: &str) -> Markup {
    // An odd one out is a character like any other.
    let whole = text.matches('`').count().is_multiple_of(2);
    html! {
        @if whole { @for (at, part) in text.split('`').enumerate() { @if at % 2 == 1 { code { (part) } } @else { (part) } } } @else { (text) }
    }
}

/// With its first letter as at the beginning of a sentence.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn figures_have_three_decimals_and_nothing_turns_into_a_round_number() {
        let found = [
            shown(0.857_142_9, "ratio"),
            shown(0.999_995, "ratio"),
            shown(1.0, "ratio"),
            shown(0.078_94, "ms"),
            shown(0.000_163_1, "USD"),
            shown(13_900.0, "USD/month"),
        ];
        assert_eq!(found, ["85.714 %", "99.9995 %", "100 %", "0.079 ms", "0.0001631 USD", "13,900 USD/month"]);
    }
}
