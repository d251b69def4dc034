//! Model cards as Hugging Face's hub reads them: Markdown with metadata in YAML in front, evaluations as `model-index`.
//!
//! Source: hub documentation, "Model Cards" and its metadata specification. Figures come from evidence; without any there is no `model-index`.

use super::document::{Map, Value};
use super::facts;
use super::identity::system;
use super::names::{Names, file_name, one_line};
use super::proofs::{Known, Proofs};
use super::{Export, Input};
use charter_spec::ast::{Model, Scenario, Task};
use charter_spec::measure::{Argument, CriterionKind, Path, TermKind};
use charter_spec::names::Entry;
use std::fmt::Write;

/// Licences that the hub knows by these words.
const LICENSES: &[&str] = &[
    "apache-2.0",
    "mit",
    "bsd",
    "bsd-2-clause",
    "bsd-3-clause",
    "cc0-1.0",
    "cc-by-4.0",
    "cc-by-sa-4.0",
    "cc-by-nc-4.0",
    "gpl-3.0",
    "lgpl-3.0",
    "agpl-3.0",
    "mpl-2.0",
    "isc",
    "unlicense",
    "openrail",
];

pub(super) fn write(input: &Input<'_>, out: &mut Export) {
    let mut names = Names::default();
    let proofs = Proofs::of(input);
    for model in &input.resolved.spec.models {
        let results = results(input, &proofs, model);
        if results.is_empty() {
            out.note(format!("nothing was evaluated about model `{}`: its card has no `model-index`", model.id.value), model.id.span);
        }
        if let Some(card) = &model.card {
            out.note(format!("the prose of `{}` is not repeated; the card names the file", card.value.as_str()), card.span);
        }
        let name = names.unique(file_name(&model.id.value));
        let text = format!("---\n{}---\n\n{}", Value::Map(metadata(input, model, &results)).yaml(), body(input, model, &results, out));
        out.file(format!("{name}.README.md"), text);
    }
}

/// A scenario about a model with what was measured.
struct Measured<'a> {
    scenario: &'a Entry<Scenario>,
    known: Known<'a>,
}

fn results<'a>(input: &Input<'a>, proofs: &Proofs<'a>, model: &Entry<Model>) -> Vec<Measured<'a>> {
    let mut results = Vec::new();
    for scenario in &input.resolved.spec.quality {
        if facts::models(input, scenario).iter().any(|of| of.id.value == model.id.value) {
            let of = proofs.about(scenario.id.value.as_str()).iter();
            results.extend(of.filter(|known| known.evidence.proof == "evaluation").map(|known| Measured { scenario, known: *known }));
        }
    }
    results
}

fn metadata(input: &Input<'_>, model: &Entry<Model>, results: &[Measured<'_>]) -> Map {
    let license = model.license.as_ref().map(|license| license.value.to_ascii_lowercase());
    let known = license.as_ref().filter(|license| LICENSES.contains(&license.as_str()));
    let other = license.as_ref().filter(|license| !LICENSES.contains(&license.as_str()));
    let task = model.task.as_ref().map(|task| task.value);
    let mut tags = vec!["charter".to_owned(), system(input).to_owned()];
    tags.extend(task.map(|task| task.word().to_owned()));
    tags.extend(model.versions.iter().any(|version| version.onnx.is_some()).then(|| "onnx".to_owned()));
    tags.extend(model.ai_act.as_ref().map(|class| format!("eu-ai-act-{}", class.value)));
    let mut map = Map::new();
    if let Some(license) = known {
        map.put("license", license);
    } else if let Some(license) = other {
        map.put("license", "other");
        map.put("license_name", license);
    }
    if let Some(pipeline) = task.and_then(pipeline) {
        map.put("pipeline_tag", pipeline);
    }
    map.put("tags", tags);
    let mut metrics: Vec<String> = results.iter().map(|measured| metric(measured.scenario)).collect();
    metrics.sort();
    metrics.dedup();
    map.put("metrics", metrics);
    let results: Vec<Map> = results.iter().map(|measured| result(input, model, measured)).collect();
    if !results.is_empty() {
        map.put("model-index", vec![Map::new().set("name", model.id.value.as_str()).set("results", results)]);
    }
    map
}

/// The hub's word for a task; the models here take columns, not texts or pictures, where the charter does not say otherwise.
fn pipeline(task: Task) -> Option<&'static str> {
    match task {
        Task::Classification => Some("tabular-classification"),
        Task::Regression => Some("tabular-regression"),
        Task::Embedding => Some("feature-extraction"),
        Task::Generation => Some("text-generation"),
        Task::Forecast => Some("time-series-forecasting"),
        Task::Ranking | Task::Recommendation | Task::Anomaly => None,
    }
}

fn result(input: &Input<'_>, model: &Entry<Model>, measured: &Measured<'_>) -> Map {
    let (scenario, known) = (measured.scenario, measured.known);
    let evidence = known.evidence;
    let task = model.task.as_ref().map_or("other", |task| pipeline(task.value).unwrap_or(task.value.word()));
    let data = scenario.dataset.as_ref().map(|data| data.value.id.to_string());
    let samples = || {
        let own = scenario.samples.as_ref().map(|samples| samples.value.as_str().to_owned());
        own.or_else(|| {
            let routes = facts::routes(input, scenario);
            routes.iter().find_map(|route| route.samples.as_ref()).map(|samples| samples.value.as_str().to_owned())
        })
    };
    let data = data.or_else(samples).unwrap_or_else(|| "held-out rows".to_owned());
    let words = known.words(scenario);
    let metric = |figure: f64, name: String, interval: Option<(f64, f64)>| {
        let arguments = Map::new()
            .set("requirement", scenario.id.value.as_str())
            .some("verdict", (!known.is_current).then(|| known.word()))
            .some("low", interval.map(|(low, _)| low))
            .some("high", interval.map(|(_, high)| high));
        Map::new().set("type", self::metric(scenario)).set("name", name).set("value", figure).set("args", arguments)
    };
    let (decides, others) = known.groups();
    let name = |group: Option<&str>| group.map_or_else(|| words.clone(), |group| format!("{words}: {group}"));
    let whole = decides.map(|part| part.name.as_str()).filter(|group| *group != ALL);
    let mut metrics: Vec<Map> = evidence.figure.map(|figure| metric(figure, name(whole), evidence.interval)).into_iter().collect();
    for part in others {
        metrics.extend(part.figure.map(|figure| metric(figure, name(Some(&part.name)), part.interval)));
    }
    Map::new()
        .set("task", Map::new().set("type", task))
        .set("dataset", Map::new().set("type", file_name(&data).to_ascii_lowercase()).set("name", data))
        .set("metrics", metrics)
}

/// The metric's own name: `recall`, `ndcg@10`; `uplift_auc` for what is gained over a heuristic.
fn metric(scenario: &Scenario) -> String {
    let Some(CriterionKind::Measure(measure)) = scenario.measure.as_ref().map(|measure| &measure.value.kind) else {
        return "other".to_owned();
    };
    let name = |path: &Path| path.to_string().replace('.', "_");
    match &measure.term.kind {
        TermKind::Path(path) => name(path),
        TermKind::At { metric, .. } => name(&metric.value),
        TermKind::Call { function, arguments } => {
            let term = arguments.iter().find_map(|argument| match argument {
                Argument::Term(term) => Some(term),
                Argument::Versus(comparison) => Some(&comparison.subject),
                Argument::Predicate(condition) => Some(&condition.term),
                Argument::Value(_) => None,
            });
            match term.map(|term| &term.kind) {
                Some(TermKind::Path(path)) => format!("{}_{}", name(&function.value), name(path)),
                _ => name(&function.value),
            }
        }
    }
}

/// A text inside Markdown: on one line, with nothing that Markdown, a table or HTML would take for its own.
fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in one_line(text).chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '#' | '~' => {
                out.push('\\');
                out.push(letter);
            }
            other => out.push(other),
        }
    }
    out
}

fn body(input: &Input<'_>, model: &Entry<Model>, results: &[Measured<'_>], out: &mut Export) -> String {
    let mut text = format!("# {}\n\n", prose(&model.id.value));
    if let Some(about) = &model.about {
        let _ = writeln!(text, "{}\n", prose(&about.value));
    }
    let _ = writeln!(
        text,
        "A model of the system `{}`. Figures are evidence that Charter measured; nothing here is typed by hand.\n",
        system(input)
    );
    text.push_str("## Model details\n\n");
    let mut fact = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = writeln!(text, "- {name}: {}", prose(&value));
        }
    };
    fact("task", model.task.as_ref().map(|task| task.value.to_string()));
    fact("runtime", model.runtime.as_ref().map(|runtime| runtime.value.to_string()));
    fact("compared with", model.baseline.as_ref().map(|baseline| baseline.value.to_string()));
    fact("class under the EU AI Act", model.ai_act.as_ref().map(|class| class.value.to_string()));
    fact("decides about people", model.decides_about_people.as_ref().map(|decides| if decides.value { "yes" } else { "no" }.to_owned()));
    fact("explanation of a decision", model.explain.as_ref().map(|explain| explain.value.to_string()));
    fact("criticality", model.criticality.as_ref().map(|level| level.value.to_string()));
    fact("owner", model.owner.as_ref().map(|owner| owner.value.to_string()));
    fact("card with more prose", model.card.as_ref().map(|card| card.value.as_str().to_owned()));
    for version in &model.versions {
        let trained = version.trained.as_ref().map_or_else(String::new, |trained| format!(", trained {}", trained.value));
        let about = version.about.as_ref().map_or_else(String::new, |about| format!(": {}", about.value));
        let file = version.onnx.as_ref().map_or_else(String::new, |file| format!(" ({})", file.value.as_str()));
        let digest = facts::digest(input, &model.id.value, version, out).map_or_else(String::new, |digest| format!(", sha256 {digest}"));
        fact("version", Some(format!("{}{file}{trained}{digest}{about}", version.id.value)));
    }
    limitations(model, &mut text);
    evaluation(results, &mut text);
    text
}

fn limitations(model: &Model, text: &mut String) {
    let mut lines = Vec::new();
    if let Some(feedback) = &model.feedback {
        let about = feedback.value.about.as_ref().map_or("its answers become its data", |about| about.value.as_str());
        let control = feedback
            .value
            .control
            .as_ref()
            .map_or_else(|| "nothing keeps it in check".to_owned(), |control| format!("kept in check by {}", control.value));
        lines.push(format!("Feedback loop: {about}; {control}."));
    }
    if let Some(cost) = &model.cost_of_error {
        let of = |name: &str, money: &charter_spec::Field<charter_spec::quantity::Money>| {
            money.as_ref().map(|money| format!("A false {name} costs {}.", money.value))
        };
        lines.extend([of("negative", &cost.value.false_negative), of("positive", &cost.value.false_positive)].into_iter().flatten());
    }
    if !lines.is_empty() {
        text.push_str("\n## Limitations\n\n");
        lines.iter().for_each(|line| {
            let _ = writeln!(text, "- {}", prose(line));
        });
    }
}

fn evaluation(results: &[Measured<'_>], text: &mut String) {
    text.push_str("\n## Evaluation\n\n");
    if results.is_empty() {
        text.push_str("Nothing was measured yet.\n");
        return;
    }
    text.push_str("| requirement | what must hold | group | figure | 95 % interval | rows | verdict | measured |\n|---|---|---|---|---|---|---|---|\n");
    let number = |figure: Option<f64>| figure.map_or_else(|| "none".to_owned(), |figure| figure.to_string());
    let interval = |interval: Option<(f64, f64)>| interval.map_or_else(|| "none".to_owned(), |(low, high)| format!("{low} to {high}"));
    for Measured { scenario, known } in results {
        let evidence = known.evidence;
        let (id, words, at) = (prose(&scenario.id.value), prose(&known.words(scenario)), prose(&evidence.measured_at));
        let (decides, others) = known.groups();
        let _ = writeln!(
            text,
            "| {id} | {words} | {} | {} | {} | {} | {} | {at} |",
            decides.map_or_else(|| ALL.to_owned(), |part| prose(&part.name)),
            number(evidence.figure),
            interval(evidence.interval),
            decides.map_or_else(String::new, |part| part.count.to_string()),
            known.word()
        );
        for part in others {
            // What held then is told of then alone.
            let holds = part.holds.filter(|_| known.is_current).map_or("", |holds| if holds { "holds" } else { "does not hold" });
            let _ = writeln!(
                text,
                "| {id} | | {} | {} | {} | {} | {holds} | |",
                prose(&part.name),
                number(part.figure),
                interval(part.interval),
                part.count
            );
        }
    }
}

/// The group of all rows.
const ALL: &str = "all";
