use super::{Architecture, Kind, Level, Tag};
use charter_plan::Resolved;
use charter_spec::FileSet;

fn resolved(text: &str) -> Resolved {
    let files = FileSet::single("charter.yaml", text.as_bytes().to_vec());
    let reading = charter_spec::read(&files, "charter.yaml");
    let errors: Vec<_> = reading.diagnostics.iter().filter(|found| found.is_error()).map(|found| found.message.clone()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    charter_plan::resolve(reading.spec.expect("the charter is read"), &files)
}

fn example(name: &str) -> Resolved {
    let path = format!("{}/../../examples/{name}/charter.yaml", env!("CARGO_MANIFEST_DIR"));
    resolved(&std::fs::read_to_string(path).expect("the example is there"))
}

/// Every element as `key <parent> name`, then every arrow.
fn listing(architecture: &Architecture) -> Vec<String> {
    let mut lines: Vec<String> = architecture
        .elements
        .iter()
        .map(|element| {
            let parent = element.parent.map_or("-", |parent| &architecture.element(parent).key);
            format!("{} in {parent}: {}", element.key, element.name)
        })
        .collect();
    let key = |id| architecture.element(id).key.as_str();
    lines.extend(architecture.relations.iter().map(|relation| {
        let via = if relation.technology.is_empty() { String::new() } else { format!(" [{}]", relation.technology) };
        format!("{} -> {}: {}{via}", key(relation.from), key(relation.to), relation.verb)
    }));
    lines
}

#[test]
fn the_reference_case_has_its_landscape_around_one_gateway() {
    let architecture = Architecture::new(&example("reference"));
    let found = listing(&architecture);
    for line in [
        "system-reference-case in -: reference-case",
        "container-gateway in system-reference-case: gateway",
        "model-fraud in container-gateway: fraud",
        "dependency-customer-lake in -: customer-lake",
        "queue-scoring in system-reference-case: scoring",
        "dependency-customer-lake -> container-gateway: delivers data to [batch]",
        "dependency-events -> container-gateway: streams events to [kafka]",
        "dependency-mobile-app -> container-gateway: calls [HTTP]",
        "container-gateway -> dependency-llm-api: calls [HTTP]",
        "stakeholder-shopper -> model-recommendation: asks",
        "stakeholder-shopper -> container-gateway: asks",
    ] {
        assert!(found.iter().any(|found| found == line), "{line}\nis not in\n{}", found.join("\n"));
    }
    let sponsor = architecture.elements.iter().find(|element| element.key == "stakeholder-sponsor").expect("the sponsor is there");
    assert!(sponsor.has(Tag::Bystander));
}

#[test]
fn the_stimulus_of_a_scenario_is_no_arrow_of_a_person() {
    for name in ["shop", "bank-fraud", "edge-vision", "hospital-assistant"] {
        let architecture = Architecture::new(&example(name));
        for relation in &architecture.relations {
            let from = architecture.element(relation.from);
            assert!(from.word != "stakeholder" || relation.verb == "asks", "{name}: {} {}", from.key, relation.verb);
        }
    }
    let architecture = Architecture::new(&example("bank-fraud"));
    let engineers = architecture.elements.iter().find(|element| element.key == "stakeholder-ml-eng").expect("they are there");
    assert!(engineers.has(Tag::Bystander), "a scenario in which they roll back is no call of theirs");
}

#[test]
fn a_route_and_a_model_of_one_name_can_be_told_apart() {
    let architecture = Architecture::new(&example("shop"));
    let found = listing(&architecture);
    assert!(found.contains(&"route-fraud in container-gateway: fraud".to_owned()), "{found:#?}");
    assert!(found.contains(&"model-fraud in container-gateway: fraud (model)".to_owned()), "{found:#?}");
    for one in &architecture.elements {
        let same = |other: &&super::Element| other.parent == one.parent && other.name.to_lowercase() == one.name.to_lowercase();
        assert_eq!(architecture.elements.iter().filter(same).count(), 1, "{}", one.name);
    }
}

#[test]
fn only_critical_routes_are_opened_to_code() {
    let architecture = Architecture::new(&example("shop"));
    let keys: Vec<&str> = architecture.views.iter().map(|view| view.key.as_str()).collect();
    let all = ["context", "containers", "components-container-gateway", "code-route-fraud", "components-container-training-data"];
    assert_eq!(keys, all);
    let code = architecture.views.iter().find(|view| view.key == "code-route-fraud").expect("the critical route is opened");
    let lines: Vec<String> = architecture
        .lines(code)
        .iter()
        .map(|line| format!("{} {} {}", architecture.element(line.from).key, line.label(), architecture.element(line.to).key))
        .collect();
    assert_eq!(
        lines,
        [
            "rung-fraud-full asks model-fraud",
            "rung-fraud-full steps down to rung-fraud-previous",
            "rung-fraud-previous asks model-fraud",
            "rung-fraud-previous steps down to rung-fraud-rule",
        ]
    );
}

#[test]
fn what_parts_do_counts_for_the_whole() {
    let architecture = Architecture::new(&resolved(
        "charter: 1
system: s
dependencies:
  clicks: { direction: upstream, kind: stream, via: kafka, data: personal }
features:
  recent: { from: [clicks] }
models: { ranker: { features: [recent] } }
routes: { rank: { answer: { model: ranker }, features: [recent] } }
architecture:
  people: { visitor: { uses: { gateway: asks } } }
  containers:
    gateway: { tech: Charter, critical: true }
    feature-store: { tech: Redis, talks_to: { nowhere: calls } }
",
    ));
    let context = &architecture.views[0];
    assert_eq!(context.level, Level::Context);
    let lines: Vec<String> = architecture
        .lines(context)
        .iter()
        .map(|line| format!("{} {} {}", architecture.element(line.from).key, line.label(), architecture.element(line.to).key))
        .collect();
    assert_eq!(lines, ["dependency-clicks feeds system-s", "person-visitor asks system-s"]);
    let store = architecture.elements.iter().find(|element| element.key == "container-feature-store").expect("the store is there");
    assert_eq!(architecture.children(store.id).map(|child| child.key.as_str()).collect::<Vec<_>>(), ["feature-recent"]);
    let containers = &architecture.views[1];
    assert!(architecture.lines(containers).iter().any(|line| line.label() == "looks up; reads"), "{:?}", architecture.lines(containers));
    assert_eq!(architecture.unresolved.len(), 1);
    assert_eq!(architecture.unresolved[0].place, "architecture.containers.feature-store.talks_to");
    assert!(architecture.elements.iter().all(|element| element.kind != Kind::Code));
}

#[test]
fn an_empty_charter_is_a_system_alone() {
    let architecture = Architecture::new(&resolved("charter: 1\nsystem: s\n"));
    assert_eq!(listing(&architecture), ["system-s in -: s"]);
    assert_eq!(architecture.views.len(), 1);
}

#[test]
fn pictures_hold_together() {
    let hard =
        std::fs::read_to_string(format!("{}/tests/export/hostile/charter.yaml", env!("CARGO_MANIFEST_DIR"))).expect("the charter is there");
    for resolved in [example("shop"), example("reference"), resolved(&hard)] {
        let architecture = Architecture::new(&resolved);
        let mut keys = std::collections::HashSet::new();
        for (at, element) in architecture.elements.iter().enumerate() {
            assert_eq!(architecture.element(element.id), element);
            assert!(keys.insert(&element.key), "{} is there twice", element.key);
            assert!(element.key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{}", element.key);
            let parent = element.parent.map(|parent| architecture.element(parent).kind);
            let fits = match element.kind {
                Kind::Person | Kind::System => parent.is_none(),
                Kind::Container => parent == Some(Kind::System),
                Kind::Component => parent == Some(Kind::Container),
                Kind::Code => parent == Some(Kind::Component),
            };
            assert!(fits, "{} in {parent:?}", element.key);
            assert!(
                architecture.ancestors(element.id).all(|ancestor| architecture.elements.iter().position(|one| one == ancestor) <= Some(at))
            );
        }
        let mut views = std::collections::HashSet::new();
        for view in &architecture.views {
            assert!(views.insert(&view.key), "{} is there twice", view.key);
            for line in architecture.lines(view) {
                assert!(view.elements.contains(&line.from) && view.elements.contains(&line.to), "{} of {}", line.label(), view.key);
                assert!(line.from != line.to && !line.verbs.is_empty());
            }
        }
    }
}
