//! Assurance and roadmap: proof in order, and the time that there is for it.

use super::charter::Writer;
use crate::document::{Map, Value};
use charter_spec::quantity::parse_quantity;

impl Writer<'_> {
    pub(super) fn proof(&mut self) {
        let measured: Vec<&str> = ["peak-latency", "fresh-results", "answers"].into_iter().filter(|id| self.has_scenario(id)).collect();
        let offline: Vec<&str> = ["right-answers"].into_iter().filter(|id| self.has_scenario(id)).collect();
        let mut layers = Map::new();
        let compared = if offline.is_empty() { vec!["every model compared"] } else { offline.clone() };
        layers.put("offline", Map::new().with("before", "shadow").with("check", compared));
        layers.put("shadow", Map::new().with("before", "canary").with("check", "agreement(new, old) >= 95%").with("for", "48h"));
        let mut canary = Map::new().with("before", "production").with("traffic", "5%");
        canary.put("check", if measured.is_empty() { vec!["ratio(errors) <= 1%"] } else { measured.clone() });
        canary.put("for", "24h");
        canary.put("on_breach", "rollback");
        layers.put("canary", canary);
        let mut online = vec!["drift"];
        online.extend(&measured);
        layers.put("online", Map::new().with("in", "production").with("check", online));
        self.section("assurance", layers, "Proof, in order");
        let roadmap = self.roadmap(&offline, &measured);
        self.section("roadmap", roadmap, "");
    }

    fn has_scenario(&self, id: &str) -> bool {
        matches!(self.document.get("quality"), Some(Value::Map(map)) if map.contains(id))
    }

    fn roadmap(&self, offline: &[&str], measured: &[&str]) -> Map {
        let [discovery, poc, mvp] = self.boxes();
        let task = |name: &str, kind: &str| (name.to_owned(), Map::new().with("kind", kind));
        let tasks = |list: Vec<(String, Map)>| {
            let mut map = Map::new();
            for (name, task) in list {
                map.put(name, task);
            }
            map
        };
        let gate = |pass: &str, criteria: Vec<String>, other: &str| Map::new().with(pass, criteria).with(other, "else");
        let strings = |list: &[&str]| list.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>();
        let mut proved = strings(offline);
        proved.push("every model compared".to_owned());
        let mut map = Map::new();
        map.put(
            "discovery",
            Map::new()
                .with("box", discovery)
                .with("do", tasks(vec![task("interviews", "research"), task("data-audit", "data")]))
                .with("gate", gate("go", vec!["every constraint checked".to_owned()], "stop")),
        );
        map.put(
            "poc",
            Map::new()
                .with("box", poc)
                .with("do", tasks(vec![task("baseline", "model"), task("first-model", "model")]))
                .with("gate", gate("proceed", proved, "adjust")),
        );
        let mut in_use = strings(measured);
        if in_use.is_empty() {
            in_use.push("risks.open(critical) == 0".to_owned());
        }
        let work = tasks(vec![task("serving", "application"), task("monitoring", "monitoring")]);
        map.put("mvp", Map::new().with("box", mvp).with("do", work).with("traffic", "5%").with("gate", gate("scale", in_use, "iterate")));
        let hardening =
            tasks(vec![task("load-and-chaos-tests", "hardening"), task("runbooks", "operations"), task("security-review", "hardening")]);
        map.put(
            "production",
            Map::new()
                .with("box", "8w")
                .with("do", hardening)
                .with("gate", gate("scale", vec!["every scenario proved".to_owned()], "iterate")),
        );
        if let Some(time) = self.answer("months").filter(|time| weeks(time) < 12.0) {
            map.below(format!("{time} are less than the twelve weeks that discovery, proof of concept and MVP usually take together: R003 says so, and is right to"));
        }
        map
    }

    /// Discovery, proof of concept and MVP: the usual least, or what is left of it when the time is shorter.
    fn boxes(&self) -> [String; 3] {
        let Some(available) = self.answer("months").map(weeks) else { return ["2w".to_owned(), "4w".to_owned(), "6w".to_owned()] };
        if available >= 12.0 {
            let mvp = (available - 6.0).floor().min(12.0);
            return ["2w".to_owned(), "4w".to_owned(), format!("{mvp}w")];
        }
        let days = (available * 7.0).floor().max(3.0);
        let (discovery, poc) = ((days / 6.0).floor().max(1.0), (days / 3.0).floor().max(1.0));
        [format!("{discovery}d"), format!("{poc}d"), format!("{}d", (days - discovery - poc).max(1.0))]
    }
}

/// A length of time in weeks.
fn weeks(text: &str) -> f64 {
    parse_quantity(text).map_or(0.0, |quantity| quantity.base / (7.0 * 86_400.0 * 1e9))
}
