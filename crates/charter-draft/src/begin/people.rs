//! Who it matters to, and who builds it.

use super::charter::Writer;
use super::question::team;
use crate::document::{Map, Value};

impl Writer<'_> {
    pub(super) fn stakeholders(&self) -> Map {
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

    pub(super) fn team(&mut self) {
        let Some(roles) = self.answer("team").and_then(|text| team(text).ok()) else { return };
        let mut map = Map::new();
        for (role, number) in roles {
            map.put(role, Value::Raw(number));
        }
        self.document.put("team", Value::Map(map));
    }
}
