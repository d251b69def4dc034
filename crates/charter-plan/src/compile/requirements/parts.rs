//! What requirements speak of, as canonical text for their fingerprints: routes, the models that they ask, and the rows that they are judged on.
//!
//! Many requirements speak of the same routes, and one about chaos speaks of all: each text is made once.

use super::{asked, by_name};
use crate::compile::fingerprint;
use crate::plan::{Model, Plan, Proof, Route, RouteId};
use charter_spec::FileSet;
use serde::Serialize;
use serde_json::Value;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

/// Texts of a plan's parts, made when they are first asked for.
pub(super) struct Parts<'p> {
    plan: &'p Plan,
    files: &'p FileSet,
    routes: Vec<OnceCell<String>>,
    models: Vec<OnceCell<String>>,
    /// Whole texts by what is in them.
    spoken: BTreeMap<(Vec<u16>, Option<String>), String>,
}

impl<'p> Parts<'p> {
    pub(super) fn of(plan: &'p Plan, files: &'p FileSet) -> Self {
        let cells = |count| std::iter::repeat_with(OnceCell::new).take(count).collect();
        Self { plan, files, routes: cells(plan.routes.len()), models: cells(plan.models.len()), spoken: BTreeMap::new() }
    }

    /// What a proof speaks of: `{"models":[…],"routes":[…],"rows":…}` without blanks, keys in the order of their bytes.
    pub(super) fn text(&mut self, proof: &Proof) -> &str {
        let (routes, samples): (Vec<RouteId>, Option<&str>) = match proof {
            Proof::Evaluation(evaluation) => (vec![evaluation.route], Some(&evaluation.samples)),
            Proof::Load(load) => (load.mix.iter().map(|share| share.route).collect(), None),
            // Faults may touch every route.
            Proof::Chaos => (self.plan.routes.iter().map(|route| route.id).collect(), None),
            _ => (Vec::new(), None),
        };
        let key = (routes.iter().map(|route| route.0).collect(), samples.map(str::to_owned));
        let Self { plan, files, routes: route_texts, models: model_texts, spoken } = self;
        spoken.entry(key).or_insert_with(|| {
            let routes: Vec<&Route> = routes.iter().filter_map(|id| plan.routes.get(usize::from(id.0))).collect();
            let mut models = BTreeSet::new();
            for route in &routes {
                asked(&route.node, &mut models);
            }
            let models: Vec<&Model> = models.iter().filter_map(|id| plan.models.get(usize::from(*id))).collect();
            let rows = samples.and_then(|path| files.get(path)).map(fingerprint::of_bytes);
            let mut text = "{\"models\":".to_owned();
            list(models.iter().map(|model| once(model_texts, usize::from(model.id.0), *model, plan)), &mut text);
            text.push_str(",\"routes\":");
            list(routes.iter().map(|route| once(route_texts, usize::from(route.id.0), *route, plan)), &mut text);
            text.push_str(",\"rows\":");
            text.push_str(&Value::from(rows).to_string());
            text.push('}');
            text
        })
    }
}

/// The text of one part, made at the first call.
fn once<'t>(texts: &'t [OnceCell<String>], at: usize, part: &impl Serialize, plan: &Plan) -> &'t str {
    texts
        .get(at)
        .map_or("null", |text| text.get_or_init(|| fingerprint::text(&by_name(serde_json::to_value(part).unwrap_or_default(), plan))))
}

fn list<'t>(items: impl Iterator<Item = &'t str>, text: &mut String) {
    text.push('[');
    for (at, item) in items.enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(item);
    }
    text.push(']');
}
