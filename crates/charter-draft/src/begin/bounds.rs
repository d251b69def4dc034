//! Load, constraints, and budgets of time and money.

use super::charter::Writer;
use super::question::Kind;
use super::stages::stages;
use crate::document::Map;

impl Writer<'_> {
    pub(super) fn load(&mut self) {
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

    pub(super) fn constraints(&mut self) -> Map {
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

    pub(super) fn budgeted(&self) -> bool {
        self.answer("latency").is_some() && self.kind != Kind::Batch
    }

    pub(super) fn budgets(&mut self) {
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
}
