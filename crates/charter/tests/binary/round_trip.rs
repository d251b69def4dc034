//! What `charter export` writes, read by our own importers.

use crate::support::CHARTER;
use charter_draft::import::Target;
use charter_spec::FileSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn export(arguments: &[&str]) -> Output {
    Command::new(CHARTER).arg("export").args(arguments).output().expect("charter runs")
}

/// A charter of the exports' own tests.
fn small(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../charter-render/tests/export").join(name)
}

#[test]
fn a_workspace_comes_back_with_its_people_and_neighbours() {
    for name in ["shop", "hostile"] {
        let workspace = export(&["structurizr", &small(name).display().to_string()]).stdout;
        let files = FileSet::single("workspace.dsl", workspace);
        let draft = charter_draft::structurizr::import(&files, "workspace.dsl", &Target::default());
        let errors: Vec<_> = draft.notes.iter().filter(|note| note.is_error()).map(|note| note.message.clone()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        let charter = draft.charter("again", None);
        let there = if name == "shop" { ["clickstream", "storefront", "shopper", "asks"] } else { ["class", "end", "gateway", "system"] };
        for word in there {
            assert!(charter.contains(word), "`{word}` is not in\n{charter}");
        }
        if name == "shop" {
            let read = FileSet::single("charter.yaml", charter.clone().into_bytes());
            assert!(!charter_spec::read(&read, "charter.yaml").has_errors(), "{charter}");
        }
    }
}

#[test]
fn objectives_come_back_with_their_measures() {
    let objectives = export(&["openslo", &small("shop").display().to_string()]).stdout;
    let files = FileSet::single("openslo.yaml", objectives);
    let draft = charter_draft::openslo::import(&files, &Target::default());
    let errors: Vec<_> = draft.notes.iter().filter(|note| note.is_error()).map(|note| note.message.clone()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let charter = draft.charter("again", None);
    for word in [
        // As the charter says it, though a bucket holds its own bound.
        "p99(latency) < 200ms over 28d",
        "ratio(answered) >= 99.9%",
        "over 28d",
        "peak-latency",
        "availability",
    ] {
        assert!(charter.contains(word), "`{word}` is not in\n{charter}");
    }
}

#[test]
fn a_folder_of_objectives_is_passed_on_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let (source, home) = (folder.path().join("slos"), folder.path().join("shop"));
    std::fs::create_dir_all(source.join("team")).expect("a folder is made");
    std::fs::create_dir_all(&home).expect("a folder is made");
    let objective = "# Kept by hand.\napiVersion: openslo/v1\nkind: SLO\nmetadata: { name: checkout-works }\nspec:\n  service: checkout\n  budgetingMethod: Occurrences\n  \
        indicatorRef: answers # below\n  timeWindow: [{ duration: 28d, isRolling: true }]\n  objectives: [{ target: 0.999 }]\n---\napiVersion: openslo/v1\nkind: SLI\n\
        metadata: { name: answers }\nspec: { ratioMetric: { counter: true, good: { metricSource: { spec: { query: 'a{status!~\"5..\"}' } } }, total: { metricSource: { spec: { query: a } } } } }\n";
    // Nothing of the charter comes from this one.
    let alert = "apiVersion: openslo/v1\nkind: AlertNotificationTarget\nmetadata: { name: on-call }\nspec: { target: pager }\n";
    std::fs::write(source.join("checkout.yaml"), objective).expect("a file is written");
    std::fs::write(source.join("team/alerts.yaml"), alert).expect("a file is written");
    std::fs::write(home.join("charter.yaml"), "charter: 1\nsystem: shop\n").expect("a file is written");
    let run = |arguments: &[&str]| {
        let done = Command::new(CHARTER).args(arguments).current_dir(folder.path()).output().expect("charter runs");
        assert!(done.status.success(), "{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stderr).into_owned()
    };
    run(&["import", "openslo", "slos", "--into", "shop"]);
    assert_eq!(run(&["export", "openslo", "shop", "--out", "out/"]), "wrote 2 files to out/\n");
    let written = |name: &str| std::fs::read_to_string(folder.path().join("out").join(name)).expect("it is written");
    assert_eq!((written("checkout.openslo.yaml").as_str(), written("team-alerts.openslo.yaml").as_str()), (objective, alert));
    // What the charter says today is in what is written.
    let part = home.join("imported-objectives.yaml");
    let text = std::fs::read_to_string(&part).expect("the part is there");
    std::fs::write(&part, text.replace(">= 99.9% over 28d", "> 99.5% over 7d")).expect("the part is changed");
    run(&["export", "openslo", "shop", "--out", "out/"]);
    let changed = written("checkout.openslo.yaml");
    for word in ["target: 0.995\n", "duration: 7d\n", "charter-measure: ratio(answered) > 99.5% over 7d\n", "indicatorRef: answers\n"] {
        assert!(changed.contains(word), "`{word}` is not in\n{changed}");
    }
    assert_eq!(written("team-alerts.openslo.yaml"), alert);
}
