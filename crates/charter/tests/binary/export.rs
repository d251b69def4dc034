//! `charter export`: formats, places of what is left out, files and folders.

use crate::support::{CHARTER, shop};
use charter_render::export::Format;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn export(arguments: &[&str]) -> Output {
    Command::new(CHARTER).arg("export").args(arguments).output().expect("charter runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A charter of the exports' own tests.
fn small(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../charter-render/tests/export").join(name)
}

#[test]
fn every_format_is_listed_and_takes_the_shop() {
    let list = String::from_utf8(export(&["--list"]).stdout).expect("text");
    let folder = tempfile::tempdir().expect("a folder");
    for format in Format::ALL {
        assert!(list.contains(format.name()) && list.contains(format.standard()), "{} is not in\n{list}", format.name());
        let target = folder.path().join(format.name());
        let output = export(&[format.name(), &shop().display().to_string(), "--out", &format!("{}/", target.display())]);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert!(target.read_dir().expect("files").count() > 0);
    }
}

#[test]
fn what_is_left_out_is_told_with_its_place() {
    let output = export(&["openslo", &small("shop").display().to_string()]);
    assert_eq!(output.status.code(), Some(0));
    let notes = said(&output);
    assert!(
        notes.contains(
            "`recall at fpr <= 10% >= 0.35` is no ratio of calls: scenario `payment-risk-recall` is left out\n  --> charter.yaml:17:"
        ),
        "{notes}"
    );
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("---\napiVersion: openslo/v1\n"));
}

#[test]
fn a_file_in_a_folder_that_is_not_there_yet_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = small("shop").display().to_string();
    for name in ["structurizr", "likec4"] {
        let target = folder.path().join(name).join("deep/file");
        let output = export(&[name, &path, "--out", &target.display().to_string()]);
        assert_eq!((output.status.code(), target.is_file()), (Some(0), true), "{}", said(&output));
    }
    let output = export(&["structurizr", &path, "--out", &format!("{}/whole/", folder.path().display())]);
    assert!(said(&output).contains("wrote 1 file to "), "{}", said(&output));
}

#[test]
fn several_files_want_a_folder_and_an_unknown_format_a_hint() {
    let path = shop().display().to_string();
    let output = export(&["csv", &path]);
    assert_eq!(
        (output.status.code(), said(&output).contains("`csv` gives 7 files here; name a folder for them with `--out`")),
        (Some(2), true)
    );
    let output = export(&["structurizer", &path]);
    assert_eq!((output.status.code(), said(&output).contains("did you mean `structurizr`?")), (Some(2), true), "{}", said(&output));
}

#[test]
fn a_charter_that_cannot_be_read_is_not_exported_and_one_without_the_subject_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().display().to_string();
    std::fs::write(folder.path().join("charter.yaml"), "charter: 1\nsystem: s\nload: { peak: 10 kilos }\n").expect("written");
    let output = export(&["csv", &path]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    std::fs::write(folder.path().join("charter.yaml"), "charter: 1\nsystem: s\n").expect("written");
    let output = export(&["k6", &path]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("nothing that `k6` is about"), "{}", said(&output));
}
