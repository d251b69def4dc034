//! What happens when it breaks, and why it is built like this.

use super::charter::{CONTRACT, MODEL, Writer};
use super::question::Kind;
use crate::document::Map;

impl Writer<'_> {
    pub(super) fn fallback(&mut self) {
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

    pub(super) fn reasons(&mut self) {
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

    pub(super) fn challenges(&mut self) {
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
}
