//! Components: routes and models in the gateway, features where they are served, data sets where training data lie.

use super::answers;
use super::builder::{Builder, New, SYSTEM};
use super::containers::derived;
use super::{ElementId, Kind, Shape, Tag};
use charter_spec::ast::{Feature, Level, Model, Route, Runtime};
use charter_spec::names::Entry;
use charter_spec::{SectionName, Span};

impl Builder<'_> {
    pub(super) fn components(&mut self) {
        let spec = self.spec;
        for route in &spec.routes {
            self.route(route);
        }
        for model in &spec.models {
            self.model(model);
        }
        if let Some(span) = spec.features.span().filter(|_| !spec.features.is_empty()) {
            let home = self.home(&["features", "feature-store", "feature-platform"], &["feature"], || {
                let mut new = derived("features", span);
                new.description = "Looks up what is known about a person or thing: live, then cached, then a default".to_owned();
                new
            });
            for feature in &spec.features {
                self.feature(feature, home);
            }
        }
        if let Some(span) = spec.data.span().filter(|_| !spec.data.is_empty()) {
            self.data_sets(span);
        }
    }

    fn route(&mut self, route: &Entry<Route>) {
        let mut new = New::declared(SectionName::Routes, "route", Kind::Component, &route.id.value, route.id.span);
        new.parent = self.serving;
        new.technology = "route".to_owned();
        let ladder = self.resolved.ladders.of(&super::Declared::new(SectionName::Routes, &route.id.value)).next();
        let rungs = ladder.map(|ladder| ladder.rungs.iter().map(|rung| rung.name.as_str()).collect::<Vec<_>>().join(" → "));
        new.description = match (&route.about, rungs) {
            (Some(about), _) => about.value.clone(),
            (None, Some(rungs)) => format!("Answered by {rungs}"),
            (None, None) => String::new(),
        };
        let critical = route
            .answer
            .iter()
            .flat_map(|answer| answers::models(&answer.value))
            .any(|asked| self.spec.models.get(&asked.model).is_some_and(is_critical));
        new.tag(Tag::Critical, critical);
        new.fact("latency budget", route.latency.as_ref().map(|budget| &budget.value));
        new.fact("input", route.input.as_ref().map(|input| input.value.as_str()));
        new.fact("owner", route.owner.as_ref().map(|owner| &owner.value));
        self.add(new);
    }

    fn model(&mut self, model: &Entry<Model>) {
        let id = &model.id.value;
        let own = self.find(SectionName::Architecture, id).filter(|container| self.element(*container).kind == Kind::Container);
        let home = own.or_else(|| self.model_server(&model.versions)).or(self.serving);
        let mut new = New::declared(SectionName::Models, "model", Kind::Component, id, model.id.span);
        new.parent = home;
        new.description = model.about.as_ref().map(|about| about.value.clone()).unwrap_or_default();
        new.technology = technology(model);
        new.tag(Tag::Critical, is_critical(model));
        new.fact("task", model.task.as_ref().map(|task| task.value));
        let versions: Vec<&str> = model.versions.iter().map(|version| version.id.value.as_str()).collect();
        new.fact("versions", Some(versions.join(", ")).filter(|versions| !versions.is_empty()));
        new.fact("baseline", model.baseline.as_ref().map(|baseline| baseline.value.as_str()));
        new.fact("criticality", model.criticality.as_ref().map(|level| level.value));
        new.fact("EU AI Act", model.ai_act.as_ref().map(|class| class.value));
        new.fact("region", model.region.as_ref().map(|region| &region.value));
        new.fact("owner", model.owner.as_ref().map(|owner| &owner.value));
        self.add(new);
    }

    fn feature(&mut self, feature: &Entry<Feature>, home: ElementId) {
        let mut new = New::declared(SectionName::Features, "feature", Kind::Component, &feature.id.value, feature.id.span);
        new.parent = Some(home);
        new.description = feature.about.as_ref().map(|about| about.value.clone()).unwrap_or_default();
        new.technology = feature.datatype.as_ref().map(|datatype| datatype.value.word().to_owned()).unwrap_or_default();
        new.tag(Tag::PersonalData, feature.data.as_ref().is_some_and(|class| super::builder::is_about_people(class.value)));
        new.fact("data", feature.data.as_ref().map(|class| class.value));
        new.fact("freshness", feature.freshness.as_ref().map(|freshness| &freshness.value));
        new.fact("owner", feature.owner.as_ref().map(|owner| &owner.value));
        self.add(new);
    }

    fn data_sets(&mut self, span: Span) {
        let home = self.home(&["training-data", "data", "feature-store", "lake"], &["training", "data"], || {
            let mut new = derived("training data", span);
            new.shape = Shape::Store;
            new.description = "What models are trained and evaluated on".to_owned();
            new
        });
        for data in &self.spec.data {
            let mut new = New::declared(SectionName::DataSets, "data set", Kind::Component, &data.id.value, data.id.span);
            new.parent = Some(home);
            new.shape = Shape::Store;
            new.technology = "data set".to_owned();
            new.description = data.about.as_ref().map(|about| about.value.clone()).unwrap_or_default();
            new.tag(Tag::PersonalData, data.class.as_ref().is_some_and(|class| super::builder::is_about_people(class.value)));
            new.fact("data", data.class.as_ref().map(|class| class.value));
            new.fact("region", data.region.as_ref().map(|region| &region.value));
            new.fact("rows", data.rows.as_ref().map(|rows| &rows.value));
            new.fact("license", data.license.as_ref().map(|license| &license.value));
            new.fact("owner", data.owner.as_ref().map(|owner| &owner.value));
            self.add(new);
        }
    }

    /// Who asks which model, reads which feature and learns from which data.
    pub(super) fn served_relations(&mut self) {
        let spec = self.spec;
        for route in &spec.routes {
            let Some(from) = self.find(SectionName::Routes, &route.id.value) else { continue };
            for asked in route.answer.iter().flat_map(|answer| answers::models(&answer.value)) {
                let Some(to) = self.find(SectionName::Models, &asked.model) else { continue };
                self.relate(from, to, &asked.verb, "", asked.span);
            }
            for feature in &route.features {
                self.relate_to(from, "looks up", &feature.value, feature.span);
            }
        }
        for model in &spec.models {
            let Some(from) = self.find(SectionName::Models, &model.id.value) else { continue };
            model.features.iter().for_each(|feature| self.relate_to(from, "reads", &feature.value, feature.span));
            model.needs.iter().for_each(|need| self.relate_to(from, "needs", &need.value, need.span));
            model.data.iter().for_each(|data| self.relate_to(from, "is trained on", &data.value, data.span));
            for version in &model.versions {
                if let Some(provider) = &version.provider {
                    self.relate_to(from, "asks", &provider.value, provider.span);
                }
            }
        }
        for feature in &spec.features {
            let Some(to) = self.find(SectionName::Features, &feature.id.value) else { continue };
            let live = feature.serve.as_ref().and_then(|serve| serve.live.as_ref()).and_then(|live| self.resolved.index.find(&live.value));
            for source in &feature.from {
                // What is looked up live is not fed besides.
                if live.is_none() || self.resolved.index.find(&source.value) != live {
                    self.relate_from(&source.value, "feeds", to, source.span);
                }
            }
            if let Some(live) = feature.serve.as_ref().and_then(|serve| serve.live.as_ref()) {
                self.relate_to(to, "looks up the live value in", &live.value, live.span);
            }
        }
        for data in &spec.data {
            let Some(to) = self.find(SectionName::DataSets, &data.id.value) else { continue };
            for source in &data.from {
                self.relate_from(&source.value, "feeds", to, source.span);
            }
        }
        // A component whose container could not be found would stand outside the system.
        let homeless: Vec<ElementId> = self
            .elements
            .iter()
            .filter(|element| element.kind == Kind::Component && element.parent.is_none())
            .map(|element| element.id)
            .collect();
        for id in homeless {
            self.elements[id.0].parent = Some(SYSTEM);
        }
    }

    fn relate_to<T: charter_spec::names::Target>(&mut self, from: ElementId, verb: &str, to: &charter_spec::Ref<T>, span: Span) {
        if let Some(to) = self.resolved.index.find(to).and_then(|element| self.find_declared(&element)) {
            self.relate(from, to, verb, "", span);
        }
    }

    fn relate_from<T: charter_spec::names::Target>(&mut self, from: &charter_spec::Ref<T>, verb: &str, to: ElementId, span: Span) {
        if let Some(from) = self.resolved.index.find(from).and_then(|element| self.find_declared(&element)) {
            self.relate(from, to, verb, "", span);
        }
    }
}

fn is_critical(model: &Model) -> bool {
    model.criticality.as_ref().is_some_and(|level| level.value == Level::Critical)
}

/// What a model runs on, as far as the charter says.
fn technology(model: &Model) -> String {
    let runtime = model.runtime.as_ref().map(|runtime| match runtime.value {
        Runtime::Onnx => "ONNX",
        Runtime::Pytorch => "PyTorch",
        Runtime::Tensorflow => "TensorFlow",
        Runtime::Sklearn => "scikit-learn",
        Runtime::Xgboost => "XGBoost",
        Runtime::Lightgbm => "LightGBM",
        Runtime::Llm => "large language model",
        Runtime::Rules => "rules",
        Runtime::Other => "",
    });
    let of_versions = || {
        let first = model.versions.iter().next()?;
        match (&first.onnx, &first.oip, &first.provider) {
            (Some(_), ..) => Some("ONNX"),
            (_, Some(_), _) => Some("Open Inference Protocol v2"),
            (.., Some(_)) => Some("model of a provider"),
            _ => None,
        }
    };
    runtime.filter(|runtime| !runtime.is_empty()).or_else(of_versions).unwrap_or_default().to_owned()
}
