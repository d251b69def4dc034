//! The charter of a system that begins: sections from answers, comments where something is open.

use super::answers::Answers;
use super::contract::{Column, contract};
use super::question::{Kind, team};
use super::stages::stages;
use crate::document::{Map, Value, keyed, write};
use crate::foreign::slug;
use charter_spec::quantity::Date;
use std::collections::BTreeMap;

/// A charter that was begun, before it is written.
#[derive(Clone, Debug, Default)]
pub struct Begun {
    /// Head and sections in reading order.
    pub document: Map,
    /// Files beside the charter by path.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Lines at the top, as comments.
    pub remarks: Vec<String>,
}

/// The id of the route and model that a charter starts with.
pub(super) const MODEL: &str = "score";
/// The contract of what callers send.
const CONTRACT: &str = "contracts/request.odcs.yaml";

pub(super) struct Writer<'a> {
    pub(super) kind: Kind,
    pub(super) answers: &'a Answers,
    pub(super) document: Map,
    /// Requirements by the stakeholder that cares about them.
    cares: BTreeMap<&'static str, Vec<String>>,
    /// Whether routes come from elsewhere.
    pub(super) routes: bool,
}

/// Begins a charter. `routes` says that routes are added from elsewhere, so that none is made up here.
pub fn begin(kind: Kind, answers: &Answers, routes: bool) -> Begun {
    let mut writer = Writer { kind, answers, document: Map::new(), cares: BTreeMap::new(), routes };
    writer.head();
    let head = writer.document.len();
    writer.load();
    let quality = writer.quality();
    let constraints = writer.constraints();
    writer.section("quality", quality, "What it must do, measurably");
    writer.section("constraints", constraints, "");
    writer.team();
    writer.landscape();
    writer.models();
    writer.budgets();
    writer.fallback();
    writer.reasons();
    writer.proof();
    // Whom it matters to is known when everything is written; it stands first all the same.
    let stakeholders = writer.stakeholders();
    writer.document.insert(head, "stakeholders", stakeholders);
    let mut files = BTreeMap::new();
    if !routes || kind == Kind::Batch {
        files.insert(CONTRACT.to_owned(), writer.request().into_bytes());
    }
    let remarks = writer.remarks();
    Begun { document: writer.document, files, remarks }
}

impl Begun {
    /// The charter's text.
    pub fn text(&self) -> String {
        format!("{}{}", crate::document::remarks(&self.remarks), write(&self.document))
    }

    /// Adds the sections of an import: entries of a section that is there stand behind its own.
    pub fn add(&mut self, sections: Map) {
        for pair in sections.pairs {
            match (self.document.pairs.iter_mut().find(|known| known.key == pair.key), pair.value) {
                (Some(known), Value::Map(more)) => {
                    if let Value::Map(own) = &mut known.value {
                        for inner in more.pairs {
                            if !own.contains(&inner.key) {
                                own.pairs.push(inner);
                            }
                        }
                    }
                }
                (_, value) => drop(self.document.put(pair.key, value)),
            }
        }
    }
}

/// Takes on what is open until a day: a waiver for each rule whose findings would fail the check.
pub fn waive(begun: &mut Begun, rules: &[(String, String)], owner: &str, until: Date) {
    if rules.is_empty() {
        return;
    }
    let mut waivers = Map::new();
    for (rule, why) in rules {
        let waiver = Map::new()
            .with("rule", rule.clone())
            .with("why", format!("open since `charter init`: {why}"))
            .with("owner", named(owner))
            .with("until", until.to_string());
        waivers.put(format!("open-{}", rule.to_ascii_lowercase()), waiver);
    }
    begun.document.put("waivers", waivers);
    begun
        .document
        .above(["── Open questions that would fail the check: each is taken on until a day, and asked for again then ──".to_owned()]);
}

impl<'a> Writer<'a> {
    /// The answer to a question, as far as it is asked for this kind of system.
    pub(super) fn answer(&self, name: &str) -> Option<&'a str> {
        self.answers.get(name).filter(|_| super::question::question(name).is_some_and(|question| question.is_for(self.kind)))
    }

    pub(super) fn section(&mut self, key: &str, map: Map, title: &str) {
        if map.is_empty() {
            return;
        }
        self.document.put(key, map);
        if !title.is_empty() {
            self.document.above([String::new(), heading(title)]);
        }
    }

    pub(super) fn cared(&mut self, who: &'static str, requirement: &str) {
        self.cares.entry(who).or_default().push(requirement.to_owned());
    }

    fn owner(&self) -> String {
        self.answer("owner").unwrap_or("architect").to_owned()
    }

    fn users(&self) -> String {
        self.answer("users").unwrap_or("users").to_owned()
    }

    /// Who asks, as the source of a scenario.
    pub(super) fn source(&self) -> Value {
        named(&self.users())
    }

    fn head(&mut self) {
        self.document.put("charter", Value::Raw("1".to_owned()));
        self.document.put("system", self.answer("system").unwrap_or("system"));
        self.document.put_some("title", self.answer("title"));
        self.document.put("owner", named(&self.owner()));
        let money = ["budget", "miss", "alarm"].iter().find_map(|name| self.answer(name));
        let currency = money.and_then(|money| {
            money
                .split(|letter: char| !letter.is_ascii_alphabetic())
                .find(|word| word.len() == 3 && charter_spec::quantity::Currency::from_code(word).is_some())
        });
        self.document.put_some("currency", currency);
    }

    fn remarks(&self) -> Vec<String> {
        let mut remarks = vec![
            format!(
                "{}: what is promised about it. Begun with `charter init`; every figure is an answer that somebody gave.",
                self.answer("title").map_or_else(|| "A new system".to_owned(), super::answers::capital)
            ),
            "`charter check` says what is missing or contradicts itself, `charter explain ID` shows what follows from a figure.".to_owned(),
        ];
        let open: Vec<&str> = self.answers.open(self.kind).map(|question| question.name).collect();
        if !open.is_empty() {
            remarks.push(format!("Still open: {}. `open:` below says where each answer belongs.", open.join(", ")));
        }
        remarks
    }

    /// A line that asks for an answer and shows where it would stand.
    pub(super) fn open(&self, name: &str, place: &str) -> Option<String> {
        let question = super::question::question(name).filter(|_| self.answer(name).is_none())?;
        Some(format!(
            "open: {} It determines {}.{}",
            question.asks,
            question.determines,
            if place.is_empty() { String::new() } else { format!(" Here: {place}") }
        ))
    }

    fn stakeholders(&self) -> Map {
        let users = self.users();
        let owner = self.owner();
        let roles: [(&'static str, &str, &str, &str); 6] = [
            ("sponsor", "sponsor", "business sponsor", "discovery"),
            ("users", &users, "end users", ""),
            ("data-sci", "data-sci", "data scientists", "poc"),
            ("ml-eng", "ml-eng", "ML engineers", "mvp"),
            ("security", "security", "security & compliance", ""),
            ("support", "support", "operations", ""),
        ];
        let mut map = Map::new();
        // Nobody signs who has no number to judge by; the owner does it for them.
        let mut unsigned = vec!["production".to_owned()];
        for (key, id, role, signs) in roles {
            let cares = self.cares.get(key).cloned().unwrap_or_default();
            let signs: Vec<String> = Some(signs.to_owned()).into_iter().filter(|phase| !phase.is_empty()).collect();
            // Who was named in an answer stands here even while nothing is promised to them.
            let is_named = key == "users" && self.answer("users").is_some();
            if map.contains(id) || id == owner || cares.is_empty() && !is_named {
                unsigned.extend(signs);
            } else {
                map.put(id, Map::new().with("role", role).with("cares", cares).with("signs", signs));
            }
        }
        let own = roles.iter().filter(|(_, id, ..)| *id == owner).flat_map(|(key, ..)| self.cares.get(key).cloned().unwrap_or_default());
        let mut cares: Vec<String> = own.collect();
        if cares.is_empty() {
            // Who answers for everything cares about the first things that are promised.
            let all = ["answers", "cost-ceiling", "right-answers", "drift"].into_iter().map(str::to_owned);
            cares = all.filter(|id| self.cares.values().flatten().any(|known| known == id)).take(2).collect();
        }
        map.put(owner, Map::new().with("role", "answers for this charter").with("cares", cares).with("signs", unsigned));
        map
    }

    fn load(&mut self) {
        if self.kind == Kind::Batch {
            return;
        }
        let mut map = Map::new().block();
        map.put_some("peak", self.answer("peak"));
        map.put_some("average", self.answer("average"));
        map.below.extend(self.open("peak", "peak: 500 rps"));
        map.below.extend(self.open("average", "average: 120 rps"));
        self.section("load", map, "");
    }

    fn constraints(&mut self) -> Map {
        let mut map = Map::new();
        if let Some(budget) = self.answer("budget") {
            map.put("cost-ceiling", Map::new().with("text", format!("At most {budget}")).with("check", format!("cost.total <= {budget}")));
            self.cared("sponsor", "cost-ceiling");
        }
        if let Some(time) = self.answer("months") {
            map.put(
                "mvp-date",
                Map::new().with("text", format!("Real users are served in {time}")).with("check", format!("roadmap.end(mvp) <= {time}")),
            );
            self.cared("sponsor", "mvp-date");
        }
        if let Some(region) = self.answer("region") {
            let mut entry = Map::new().with("text", format!("Data stay in {region}")).with("check", format!("all(region) in {region}"));
            let laws = self.answer("laws").unwrap_or_default();
            if laws.contains("GDPR") {
                entry.put("law", "GDPR art. 44");
            }
            map.put("residency", entry);
            self.cared("security", "residency");
        }
        map.below.extend(self.open("budget", "cost-ceiling: { check: cost.total <= 50_000 USD/month }"));
        map.below.extend(self.open("months", "mvp-date: { check: roadmap.end(mvp) <= 14w }"));
        map.below.extend(self.open("region", "residency: { check: all(region) in EU }"));
        map
    }

    fn team(&mut self) {
        let Some(roles) = self.answer("team").and_then(|text| team(text).ok()) else { return };
        let mut map = Map::new();
        for (role, number) in roles {
            map.put(role, Value::Raw(number));
        }
        self.document.put("team", Value::Map(map));
    }

    fn landscape(&mut self) {
        let mut map = Map::new();
        let mut entry = Map::new().with("direction", "upstream");
        let (id, kind, via, about) = match self.kind {
            Kind::Online => ("callers", "http", None, "the applications that ask"),
            Kind::Assistant => ("documents", "batch", None, "what the assistant answers from"),
            Kind::Events => ("events", "stream", Some("kafka"), "what happens, as it happens"),
            Kind::Batch => ("tables", "batch", None, "the rows that are scored"),
        };
        entry.put("kind", kind);
        entry.put_some("via", via);
        match self.kind {
            Kind::Assistant => drop(entry.put("every", "1d")),
            Kind::Batch => drop(entry.put_some("every", self.answer("fresh"))),
            _ => {}
        }
        entry.put_some("region", self.answer("region"));
        entry.put_some("data", self.answer("data"));
        entry.put("hard", true);
        if !self.routes {
            entry.put("contract", CONTRACT);
        }
        entry.put("about", about);
        map.put(id, entry);
        map.below.extend(self.open("data", &format!("{id}: {{ data: personal }}")));
        self.section("dependencies", map, "The landscape");
        if self.kind == Kind::Assistant {
            let mut provider = Map::new();
            provider.put_some("region", self.answer("region"));
            provider.put_some("data", self.answer("data"));
            provider.put("about", "who runs the language model; name it, with its agreement and prices, once it is chosen");
            self.section("providers", Map::new().with("llm", provider), "");
        }
        let mut data = Map::new().with("about", "what the model is trained and evaluated on");
        data.put_some("class", self.answer("data"));
        data.put_some("region", self.answer("region"));
        data.put_some("rows", self.answer("training").map(|rows| Value::Raw(rows.to_owned())));
        // An assistant is trained on something only where somebody said so.
        if self.is_trained() {
            let mut section = Map::new().with("training", data);
            section.below.extend(self.open("training", "training: { rows: 4_000_000 }"));
            if let Some(rows) = self.answer("rows").filter(|_| self.kind == Kind::Batch) {
                section.put("run", Map::new().with("about", "what one run scores").with("rows", Value::Raw(rows.to_owned())));
            }
            self.section("data", section, "");
        }
    }

    fn is_trained(&self) -> bool {
        self.kind != Kind::Assistant || self.answer("training").is_some()
    }

    fn models(&mut self) {
        let mut model = Map::new().block();
        let (task, baseline, about) = match self.kind {
            Kind::Assistant => {
                ("generation", "search-results", "answers questions from the documents; until it is there, what search finds is shown")
            }
            _ => ("classification", "simple-rule", "judges what comes in; until it is trained, the rule in its ladder answers"),
        };
        model.put("task", task);
        model.put("about", about);
        model.put("baseline", baseline);
        model.beside("every model is compared with a simple heuristic");
        if self.kind == Kind::Assistant {
            model.put("runtime", "llm");
            model.put("needs", vec!["llm", "documents"]);
        }
        if self.is_trained() {
            model.put("data", vec!["training"]);
        }
        if let Some(people) = self.answer("people") {
            model.put("decides_about_people", Value::Raw(people.to_owned()));
        }
        model.put_some("explain", self.answer("explain"));
        model.put("cost_of_error", self.costs());
        model.put_some("ai_act", self.answer("ai-act"));
        model.put("criticality", "high");
        model.put("owner", "data-sci");
        for name in ["people", "ai-act", "explain", "miss", "alarm"] {
            let is_asked = super::question::question(name).is_some_and(|question| question.is_for(self.kind));
            if is_asked {
                model.below.extend(self.open(name, ""));
            }
        }
        self.section("models", Map::new().with(MODEL, model), "Models and routes");
        if !self.routes && matches!(self.kind, Kind::Online | Kind::Events) {
            self.route();
        }
    }

    /// A route that answers from the first day: by a rule, until the model takes the top rung.
    fn route(&mut self) {
        let full = Map::new().with("rule", "amount > 1000.0 ? 0.9 : 0.1").with("as", "score");
        let mut ladder = Map::new().block();
        ladder.put("full", full);
        ladder.beside("the baseline; `full: { model: score@v1 }` goes above it once the model is there");
        ladder.put("fallback", Map::new().with("static", Map::new().with("score", Value::Raw("0.5".to_owned()))));
        let answer = Map::new().block().with("ladder", ladder).with("fail", "closed");
        let mut route = Map::new().block();
        route.put("input", CONTRACT);
        if self.budgeted() {
            route.put("latency", "peak-latency");
        }
        route.put("answer", answer);
        route.put("output", Map::new().with("score", "FP32").with("decision", "BYTES"));
        route.put("decide", "score >= 0.7 ? 'review' : 'allow'");
        route.put("access", "open");
        route.beside("on loopback only; name callers under `access.identities` before others reach it");
        self.section("routes", Map::new().with(MODEL, route), "");
    }

    fn budgeted(&self) -> bool {
        self.answer("latency").is_some() && self.kind != Kind::Batch
    }

    fn budgets(&mut self) {
        if let (Some(total), true) = (self.answer("latency"), self.budgeted()) {
            let mut budget = Map::new().block().with("total", total);
            budget.put("percentile", "99.86%");
            budget.beside("seven stages: each must hold it so that the sum holds p99");
            budget.put("stages", stages(total));
            if self.answer("peak").is_none() && !self.routes {
                budget.below("without `load.peak` no scenario holds this total; it is a wish until then");
            }
            self.section("latency", Map::new().with("peak-latency", budget), "Budgets: time and money");
        }
        let mut cost = Map::new().block();
        cost.put_some("ceiling", self.answer("budget"));
        cost.put("attribute_by", vec!["model", "team"]);
        cost.below.extend(self.open("budget", "ceiling: 50_000 USD/month"));
        self.section("cost", cost, if self.budgeted() { "" } else { "Budgets: time and money" });
    }

    fn fallback(&mut self) {
        let mut ladders = Map::new();
        let rung = |name: &str, how: &str| Map::new().with(name, how);
        match self.kind {
            Kind::Assistant => {
                ladders.put(
                    "llm",
                    Map::new()
                        .with("full", "large")
                        .with("degraded", rung("search-results", "local-index"))
                        .with("fallback", rung("template", "static")),
                );
                ladders.put(
                    MODEL,
                    Map::new()
                        .with("full", "model")
                        .with("degraded", rung("search-results", "local-index"))
                        .with("fallback", rung("template", "static"))
                        .with("fail", "open"),
                );
            }
            Kind::Batch => {
                let old = Map::new().with("last-run", Map::new().with("precomputed", self.answer("fresh").unwrap_or("24h")));
                ladders.put(
                    MODEL,
                    Map::new()
                        .with("full", "this-run")
                        .with("degraded", old)
                        .with("fallback", rung("defaults", "static"))
                        .with("fail", "closed"),
                );
            }
            Kind::Online | Kind::Events => {
                ladders.put(
                    MODEL,
                    Map::new()
                        .with("full", "model")
                        .with("degraded", rung("simple-rule", "thresholds"))
                        .with("fallback", rung("default", "static"))
                        .with("fail", "closed"),
                );
            }
        }
        self.section("degradation", ladders, "When it breaks");
    }

    fn reasons(&mut self) {
        let (id, why, trade_off) = match self.kind {
            Kind::Online => {
                ("gateway", "one place holds budgets, ladders and evidence", "one more hop for every call, and one more thing to keep up")
            }
            Kind::Assistant => (
                "rag",
                "answers come from documents that can be shown and changed",
                "only as good as what search finds; two systems to evaluate",
            ),
            Kind::Events => (
                "event-driven",
                "producers do not wait, and bursts wait in the queue",
                "answers come later, order and repeats must be handled",
            ),
            Kind::Batch => {
                ("lambda", "runs can be repeated and compared", "results are as old as the last run; two paths when speed is needed too")
            }
        };
        self.section(
            "patterns",
            Map::new().with(id, Map::new().with("where", vec![MODEL]).with("why", why).with("trade_off", trade_off)),
            "Why it is built like this",
        );
        let mut risks = Map::new();
        let mut drift = Map::new()
            .with("kind", "drift")
            .with("about", "the world moves away from what the model learned")
            .with("probability", "medium")
            .with("impact", "high");
        drift.put("mitigate", vec!["online"]);
        drift.put("owner", "data-sci");
        drift.put("watch", "psi(features) < 0.2");
        risks.put("drift", drift);
        self.cared("data-sci", "drift");
        if self.kind == Kind::Assistant {
            let injection = Map::new()
                .with("kind", "prompt-injection")
                .with("about", "a document or a question talks the assistant into something")
                .with("probability", "high")
                .with("impact", "medium")
                .with("mitigate", vec!["shadow", "canary"])
                .with("owner", "security")
                .with("watch", "ratio(refused) < 5%");
            risks.put("prompt-injection", injection);
            self.cared("security", "prompt-injection");
        }
        self.section("risks", risks, "");
        self.challenges();
    }

    fn challenges(&mut self) {
        let mut challenges = Map::new();
        challenges.put(
            "offline-online",
            Map::new()
                .with("about", "offline accuracy is not online accuracy")
                .with("response", "copies of real traffic, then a small share of it, before everyone")
                .with("by", vec!["shadow", "canary", "online"]),
        );
        if !self.routes {
            challenges.put(
                "upstream-changes",
                Map::new()
                    .with("about", "what comes in changes its shape")
                    .with("response", "a contract that is checked on every request")
                    .with("by", vec![CONTRACT]),
            );
        }
        if let Some(evolution) = self.answer("evolution") {
            challenges.put(
                "evolution",
                Map::new()
                    .with("about", format!("within a year: {evolution}"))
                    .with("response", "contracts and ladders keep models, data and callers apart")
                    .with("by", vec!["roadmap"]),
            );
        }
        challenges.below.extend(self.open("evolution", "evolution: { about: two more countries, response: … }"));
        self.section("challenges", challenges, "");
    }

    fn request(&self) -> String {
        let column = |name: &str, logical, physical, about: &str, options: Vec<(&'static str, String)>| Column {
            name: name.to_owned(),
            logical,
            physical,
            list: false,
            required: true,
            about: Some(about.to_owned()),
            options,
            values: Vec::new(),
        };
        let columns = match self.kind {
            Kind::Assistant => vec![
                column("text", "string", "BYTES", "a passage", Vec::new()),
                column("source", "string", "BYTES", "where it stands", Vec::new()),
            ],
            _ => vec![column(
                "amount",
                "number",
                "FP32",
                "stands for whatever the first rule looks at; put your own columns here",
                vec![("minimum", "0".to_owned())],
            )],
        };
        let system = slug(self.answer("system").unwrap_or("system"));
        let purpose = "What comes in, as a start: replace the columns by what is really there.";
        let tag = self.answer("data").filter(|class| *class != "none");
        contract(&format!("{system}-request"), "request", purpose, tag, &columns, Some(self.answer("available").unwrap_or("99%")))
    }
}

/// The id of an element where it is referred to: one that looks like a number stands in quotes there too.
fn named(id: &str) -> Value {
    Value::Raw(keyed(id, true))
}

fn heading(title: &str) -> String {
    format!("── {title} {}", "─".repeat(76usize.saturating_sub(title.chars().count())))
}
