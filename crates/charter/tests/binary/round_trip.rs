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
        // A bucket holds its own bound.
        "p99(latency) <= 200ms",
        "ratio(answered) >= 99.9%",
        "over 28d",
        "peak-latency",
        "availability",
    ] {
        assert!(charter.contains(word), "`{word}` is not in\n{charter}");
    }
}
