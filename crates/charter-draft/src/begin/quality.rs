//! Scenarios: what it must do, measurably, as far as it was answered.

use super::charter::{MODEL, Writer};
use super::question::Kind;
use crate::document::Map;
use charter_spec::quantity::parse_quantity;

impl Writer<'_> {
    pub(super) fn quality(&mut self) -> Map {
        let mut map = Map::new();
        let peak = self.answer("peak").is_some();
        match (self.kind, self.answer("latency")) {
            (Kind::Batch, _) => self.freshness(&mut map),
            (_, Some(latency)) if peak => {
                let scenario = Map::new()
                    .block()
                    .with("attribute", "performance")
                    .with("source", self.source())
                    .with("stimulus", "the peak of the day")
                    .with("artifact", if self.routes { "gateway" } else { MODEL })
                    .with("response", if self.kind == Kind::Assistant { "the first words come" } else { "every call is answered" })
                    .with("measure", format!("p99(latency) < {latency} over 28d"))
                    .with("under", "load.peak")
                    .with("priority", vec!["high", "medium"]);
                map.put("peak-latency", scenario);
                self.cared("users", "peak-latency");
                self.cared("support", "peak-latency");
            }
            (_, latency) => {
                let place =
                    format!("peak-latency: {{ measure: p99(latency) < {} over 28d, under: load.peak }}", latency.unwrap_or("200ms"));
                map.below.extend(self.open("latency", &place).or_else(|| self.open("peak", &place)));
            }
        }
        self.answered(&mut map);
        self.correct(&mut map);
        if let Some(laws) = self.answer("laws") {
            let scenario = Map::new()
                .block()
                .with("attribute", "compliance")
                .with("source", "security")
                .with("stimulus", "an auditor asks how an answer of last year came about")
                .with("artifact", "system")
                .with("response", "input, version and reason are on record")
                .with("measure", "ratio(recorded) >= 100%")
                .with("proof", "review")
                .with("law", laws);
            map.put("audit-trail", scenario);
            self.cared("security", "audit-trail");
        } else {
            map.below.extend(self.open("laws", "audit-trail: { attribute: compliance, law: … }"));
        }
        map
    }

    fn freshness(&mut self, map: &mut Map) {
        let Some(fresh) = self.answer("fresh") else {
            map.below.extend(self.open("fresh", "fresh-results: { measure: max(freshness) <= 24h over 28d }"));
            return;
        };
        let scenario = Map::new()
            .block()
            .with("attribute", "performance")
            .with("source", self.source())
            .with("stimulus", "uses a result")
            .with("artifact", MODEL)
            .with("response", "the result comes from a run that is not too old")
            .with("measure", format!("max(freshness) <= {fresh} over 28d"))
            .with("priority", vec!["high", "medium"]);
        map.put("fresh-results", scenario);
        self.cared("users", "fresh-results");
        self.cared("support", "fresh-results");
    }

    fn answered(&mut self, map: &mut Map) {
        let Some(share) = self.answer("available") else {
            map.below.extend(self.open("available", "answers: { measure: ratio(answered) >= 99.9% over 28d }"));
            return;
        };
        let mut scenario = Map::new()
            .block()
            .with("attribute", "reliability")
            .with("source", "any model")
            .with("stimulus", "crashes, or takes too long")
            .with("artifact", if self.routes { "gateway" } else { MODEL })
            .with("response", "the next rung of its ladder answers")
            .with("measure", format!("ratio(answered) >= {share} over 28d"));
        if self.answer("peak").is_some() && self.kind != Kind::Batch {
            scenario.put("under", "load.peak");
        }
        scenario.put("priority", vec!["high", "medium"]);
        map.put("answers", scenario);
        self.cared("ml-eng", "answers");
        self.cared("support", "answers");
    }

    fn correct(&mut self, map: &mut Map) {
        let groups: Vec<&str> = self.answer("groups").map(|groups| groups.split(", ").collect()).unwrap_or_default();
        let by = if groups.is_empty() { "country".to_owned() } else { groups.join(", ") };
        let Some(wrong) = self.answer("wrong") else {
            // Groups that are known already stand where the share is asked for: they hold nothing without it.
            let place = format!("right-answers: {{ measure: accuracy >= 95%, by: [{by}] }}");
            map.below.extend(self.open("wrong", &place));
            map.below.extend(self.open("groups", &place));
            return;
        };
        let right = parse_quantity(wrong).map_or(1.0, |quantity| 1.0 - quantity.base);
        let right = format!("{:.9}", right * 100.0);
        let right = right.trim_end_matches('0').trim_end_matches('.');
        let everywhere = if groups.is_empty() { "" } else { ", in every group" };
        let mut scenario = Map::new()
            .block()
            .with("attribute", "functional correctness")
            .with("source", "data-sci")
            .with(
                "stimulus",
                if self.kind == Kind::Assistant {
                    "a sample of answers is read by people who know"
                } else {
                    "evaluation on rows that the model never saw"
                },
            )
            .with("artifact", MODEL)
            .with("response", format!("at most {wrong} of the answers are wrong{everywhere}"))
            .with("measure", format!("accuracy >= {right}%"));
        if !groups.is_empty() {
            scenario.put("by", groups);
        }
        scenario.put("proof", "review");
        scenario.beside("until labelled rows exist: name them under `samples:` and remove this line");
        let costs = self.costs();
        scenario.put("cost_of_error", costs);
        scenario.put_some("explain", self.answer("explain"));
        scenario.put("priority", vec!["high", "high"]);
        map.put("right-answers", scenario);
        // One figure over everybody is what `check` objects to until the groups are named.
        map.below.extend(self.open("groups", "right-answers: { by: [country] }"));
        self.cared("data-sci", "right-answers");
        self.cared("users", "right-answers");
    }

    pub(super) fn costs(&self) -> Map {
        let mut costs = Map::new();
        costs.put_some("false_negative", self.answer("miss"));
        costs.put_some("false_positive", self.answer("alarm"));
        costs
    }
}
