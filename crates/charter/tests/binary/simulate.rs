//! `charter simulate` over the shop.

use crate::support::{CHARTER, shop};
use std::process::{Command, Output};

fn simulate(more: &[&str]) -> Output {
    let path = shop().display().to_string();
    Command::new(CHARTER)
        .args(["simulate", &path, "--stated", "--minutes", "2", "--calls", "20000"])
        .args(more)
        .output()
        .expect("charter runs")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_same_seed_prints_the_same_bytes() {
    let one = simulate(&["--format", "json"]);
    assert_eq!(one.status.code(), Some(0), "{}", String::from_utf8_lossy(&one.stderr));
    assert_eq!(one.stdout, simulate(&["--format", "json"]).stdout);
    let json: serde_json::Value = serde_json::from_slice(&one.stdout).expect("JSON");
    assert!(json["total"]["answered"].as_f64().is_some_and(|answered| answered > 0.99), "{}", json["total"]);
    assert_eq!(json["minutes"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_failing_model_shows_in_the_rungs() {
    let output = simulate(&["--fail", "fraud=100%"]);
    assert!(text(&output).contains("fraud@v2") && text(&output).contains("previous"), "{}", text(&output));
}

#[test]
fn a_picture_is_one_file_and_a_wrong_name_is_refused() {
    let picture = text(&simulate(&["--format", "svg"]));
    assert!(picture.starts_with("<svg") && picture.ends_with("</svg>\n") && picture.contains("<polyline"));
    assert!(!picture.contains("NaN") && !picture.contains("inf"), "a point is no number");
    assert_eq!(simulate(&["--scenario", "else"]).status.code(), Some(2));
    assert_eq!(simulate(&["--slow", "nobody=2x"]).status.code(), Some(2));
}
