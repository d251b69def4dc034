//! A decision's page in the order of MADR: context, drivers, options, outcome, consequences; then the matrix, what turns it over, and the record in prose.

use super::decisions::{state, title};
use crate::diagram::tornado;
use crate::site::links::Page;
use crate::site::markdown::markdown;
use crate::site::parts::{Facts, chip, criterion, findings, free_facts, joined, link, picture, prose, references, table, ticked};
use crate::site::shell::Content;
use crate::site::site::Site;
use charter_plan::arithmetic::derivation::{number, percent};
use charter_plan::criterion::Outcome;
use charter_plan::decision::{DecisionReport, OptionReport, SensitivityReport, weigh};
use charter_plan::resolved::Element;
use charter_spec::SectionName;
use charter_spec::ast::{Decision, DecisionOption};
use charter_spec::names::Entry;
use maud::{Markup, html};

pub(super) fn pages(site: &Site<'_>) -> Vec<Content> {
    let facts = site.input.facts();
    let decisions = site.spec().decisions.iter();
    decisions.filter_map(|entry| weigh(&facts, &entry.id.value).map(|report| page(site, entry, &report))).collect()
}

fn page(site: &Site<'_>, entry: &Entry<Decision>, report: &DecisionReport) -> Content {
    let element = Element::new(SectionName::Decisions, &entry.id.value);
    let own = title(entry);
    let body = html! {
        p.state-line { (chip(&report.status)) " " (state(report.state)) " " span.reason { (ticked(&report.why)) } " " (findings(site, &element)) }
        (head(site, entry).render())
        @if entry.context.is_some() || entry.question.is_some() {
            section {
                h2 { "Context and question" } (prose(&entry.context)) @if let Some(question) = &entry.question { p.promise { (question.value) } }
            }
        }
        @if !entry.drivers.is_empty() { section { h2 { "Drivers" } ul { @for driver in &entry.drivers { li { (driver.value) } } } } }
        (options(site, entry, report))
        (rationale(entry, report))
        (matrix(report))
        @if let Some(found) = &report.sensitivity { (sensitivity(found)) }
        @if !report.missing.is_empty() { section { h2 { "What turns it over" } @for line in &report.missing { p.none { (line) } } } }
        (overturn(site, entry, report))
        (mode(report))
        (consequences(site, report))
        (break_even(report))
        (record(site, entry))
    };
    Content {
        file: site.links.file(&element).unwrap_or_default().to_owned(),
        title: if own == entry.id.value.as_str() { own.to_owned() } else { format!("{}: {own}", entry.id.value) },
        page: Page::Decisions,
        lead: html! { "Decision record" },
        body,
    }
}

fn head(site: &Site<'_>, entry: &Decision) -> Facts {
    Facts::default()
        .text("Date", &entry.date)
        .text("Kind", &entry.kind)
        .list("Deciders", &entry.deciders)
        .list("Consulted", &entry.consulted)
        .list("Informed", &entry.informed)
        .reference(site, "Owner", &entry.owner)
        .add("Answers", references(site, &entry.answers))
        .add("Supersedes", references(site, &entry.supersedes))
        .reference(site, "Superseded by", &entry.superseded_by)
        .add("Related", references(site, &entry.related))
}

fn options(site: &Site<'_>, entry: &Decision, report: &DecisionReport) -> Markup {
    html! {
        @if !report.options.is_empty() {
            section {
                h2 { "Options" }
                @for option in &report.options { (self::option(site, option, entry.options.get(option.name.as_str()))) }
            }
        }
    }
}

fn option(site: &Site<'_>, option: &OptionReport, written: Option<&DecisionOption>) -> Markup {
    let violates = joined(option.violates.iter().map(|violation| html! {
        @match site.resolved().index.named(&violation.constraint) { Some(element) => (link(site, &element)), None => (violation.constraint) }
        " (" (violation.reason) ")"
    }));
    let gives_up =
        option.gives_up.iter().map(|(name, own, best)| html! { (name) " " (number(*own)) " where " (number(*best)) " is to be had" });
    let mut facts = Facts::default()
        .add("Why not", html! { @if let Some(why) = &option.because_not { (why) } })
        .add("Breaks", violates)
        .add("Gives up", joined(gives_up))
        .add("A month", html! { @if let Some(cost) = option.cost_per_month { (number(cost)) " " (site.resolved().cost.currency) } })
        .add(
            "A thousand calls",
            html! { @if let Some(cost) = option.cost_per_thousand { (number(cost)) " " (site.resolved().cost.currency) } },
        );
    if let Some(written) = written {
        facts = facts
            .list("For it", &written.pros)
            .list("Against it", &written.cons)
            .list("Skills", &written.skills)
            .text("Region", &written.region);
    }
    html! {
        article.option.chosen[option.chosen] {
            header.element { h3 { (option.name) } @if option.chosen { span.badge.proved { span aria-hidden="true" { "✓" } " chosen" } } }
            @if let Some(about) = &option.about { p { (about) } }
            (facts.render())
        }
    }
}

fn rationale(entry: &Decision, report: &DecisionReport) -> Markup {
    let chosen: Vec<&str> = report.options.iter().filter(|option| option.chosen).map(|option| option.name.as_str()).collect();
    html! {
        @if !chosen.is_empty() || entry.rationale.is_some() || entry.confirmation.is_some() {
            section {
                h2 { "Outcome" }
                @if !chosen.is_empty() { p { "Chosen: " b { (chosen.join(", ")) } "." } }
                (prose(&entry.rationale))
                @if let Some(confirmation) = &entry.confirmation { p { "Confirmed by: " (confirmation.value) } }
            }
        }
    }
}

fn matrix(report: &DecisionReport) -> Markup {
    if report.criteria.is_empty() {
        return html! {};
    }
    html! {
        section {
            h2 { "Matrix" }
            div.scroll role="region" aria-label="Decision matrix" tabindex="0" {
                table.matrix {
                    thead { tr {
                        th scope="col" { "Option" }
                        @for (name, weight) in &report.criteria { th.num scope="col" { (name) div.weight { (percent(*weight)) } } }
                        th.num scope="col" { "Total" } th.num scope="col" { "Rank" }
                    } }
                    tbody {
                        @for option in &report.options {
                            tr.chosen[option.chosen] {
                                th scope="row" { (option.name) }
                                @if option.scores.is_empty() { td colspan=(report.criteria.len()) { span.none { "a score is missing" } } }
                                @for score in &option.scores { td.num { (number(*score)) } }
                                td.num {
                                    @if let Some(total) = option.total { b title=(option.sum.as_deref().unwrap_or("")) { (number(total)) } } @else {
                                        "–"
                                    }
                                }
                                td.num { @if let Some(rank) = option.rank { (rank) } @else { "–" } }
                            }
                        }
                    }
                }
            }
            details.words {
                summary { "Arithmetic" } div.derivation { @for option in &report.options { @if let Some(sum) = &option.sum { div.step { (sum) } } } }
            }
        }
    }
}

fn sensitivity(found: &SensitivityReport) -> Markup {
    let title = tornado::title(found);
    let rows = html! {
        @for flip in &found.weights {
            tr {
                td { "weight of " (flip.criterion) }
                td.num { (percent(flip.from)) }
                td.num { (percent(flip.at)) }
                td { (flip.to) }
                td { @if flip.breath { "a tenth is enough" } }
            }
        }
        @for flip in &found.scores {
            tr {
                td { (flip.option) " on " (flip.criterion) }
                td.num { (number(flip.from)) }
                td.num { (number(flip.at)) }
                td { (flip.to) }
                td { @if flip.breath { "less than a point is enough" } }
            }
        }
    };
    html! {
        section {
            h2 { "What turns it over" }
            p {
                b { (found.winner) }
                " leads " (found.runner_up) " by " b { (number(found.margin)) }
                ". " @if found.fragile { "A breath turns it over." } @else { "No small change turns it over." }
            }
            (picture(&title, tornado::tornado(found)))
            p.note { (title) ": " (found.formula) "." }
            (table("Flips", &["What changes", "#From", "#Level at", "Then wins", ""], rows))
            @if !found.weightless.is_empty() { p.note { "Whatever it weighs, it turns nothing over: " (found.weightless.join(", ")) "." } }
        }
    }
}

fn overturn(site: &Site<'_>, entry: &Decision, report: &DecisionReport) -> Markup {
    let Some(found) = &report.overturn else { return html! {} };
    html! {
        section {
            h2 { "When to think again" }
            @if let Some(by) = &found.by {
                p {
                    "By " b { (by) }
                    @if let Some(days) = found.days_left { @if days < 0 { ", " (-days) " days ago" } @else { ", in " (days) " days" } }
                    "."
                }
            }
            @if !found.conditions.is_empty() {
                p {
                    "As soon as one of these holds, which " b {
                        @match found.met { Outcome::Met => "one does", Outcome::NotMet => "none does", Outcome::Unknown => "nobody knows yet" }
                    } ":"
                }
                ul { @for condition in &found.conditions { li { code { (condition.criterion) } " " span.reason { (ticked(&condition.reason)) } } } }
            } @else if let Some(revisit) = &entry.revisit {
                @for condition in &revisit.condition { p { (criterion(site, &condition.value)) } }
            }
        }
    }
}

fn mode(report: &DecisionReport) -> Markup {
    html! {
        @if let Some(mode) = &report.mode {
            section {
                h2 { "Build, buy or adapt" }
                p { b { (mode) } }
                (table("Factors", &["Factor", "Level", "Speaks for", ""], html! {
                    @for factor in &report.factors {
                        tr {
                            th scope="row" { (factor.factor) }
                            td { (factor.level) }
                            td { (factor.speaks_for.unwrap_or("–")) }
                            td { @if factor.against { "against the mode taken" } }
                        }
                    }
                }))
            }
        }
    }
}

fn consequences(site: &Site<'_>, report: &DecisionReport) -> Markup {
    let risk = |id: &str| site.resolved().index.named(&format!("risks.{id}"));
    html! {
        @if !report.consequences.is_empty() || !report.risks.is_empty() {
            section {
                h2 { "Consequences" }
                ul {
                    @for line in &report.consequences {
                        li {
                            @match line.good { Some(true) => span.badge.proved { "good" }, Some(false) => span.badge.stale { "bad" }, None => {} }
                            " " (line.about)
                            @if let Some(id) = &line.risk {
                                ", carried as " @match risk(id) { Some(element) => (link(site, &element)), None => (id) }
                            }
                            @if line.uncarried { " " span.level.high { "carried by no risk" } }
                        }
                    }
                    @for line in &report.risks {
                        li {
                            "Risk " @match risk(&line.id) { Some(element) => (link(site, &element)), None => (line.id) }
                            @if let Some(about) = &line.about { ": " (about) }
                            @if let (Some(probability), Some(impact)) = (&line.probability, &line.impact) { " (" (probability) " × " (impact) ")" }
                        }
                    }
                }
            }
        }
    }
}

fn break_even(report: &DecisionReport) -> Markup {
    html! {
        @if !report.break_even.is_empty() {
            section {
                h2 { "Break-even" }
                @for found in &report.break_even {
                    p { "Below " b { (number(found.rps)) " rps" } " " (found.below) " is cheaper, above it " (found.above) "." }
                    div.derivation { @for step in &found.steps { div.step { (step) } } }
                }
            }
        }
    }
}

fn record(site: &Site<'_>, entry: &Decision) -> Markup {
    let Some(record) = &entry.record else { return free_facts(&entry.facts) };
    let path = record.value.as_str();
    let text = site.input.files.get(path).and_then(|bytes| std::str::from_utf8(bytes).ok());
    html! {
        (free_facts(&entry.facts))
        section.prose {
            h2 { "Record" }
            p.note { "As written in " code { (path) } "." }
            @match text { Some(text) => (markdown(text, 2)), None => p.none { "The file could not be read." } }
        }
    }
}
