//! What it is made of: what it stands on, models, and the route that asks them.

use super::charter::{CONTRACT, MODEL, Writer};
use super::question::Kind;
use crate::document::{Map, Value};

impl Writer<'_> {
    pub(super) fn landscape(&mut self) {
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

    pub(super) fn is_trained(&self) -> bool {
        self.kind != Kind::Assistant || self.answer("training").is_some()
    }

    pub(super) fn models(&mut self) {
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
    pub(super) fn route(&mut self) {
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
}
