//! What becomes of documents as they are met: the charter and the notes, whole.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what is wrong by panicking")]

mod support;

use charter_draft::import::{Draft, Target};
use charter_draft::{madr, odcs, openapi, openslo, structurizr};
use charter_spec::FileSet;
use charter_spec::ast::DecisionStatus;
use support::{notes, single, spec};

fn shown(draft: &Draft, files: &FileSet) -> String {
    spec(draft);
    format!("{}\n{}", draft.charter("system", None), notes(draft, files))
}

#[test]
fn a_workspace() {
    let files = single("workspace.dsl", include_str!("documents/workspace.dsl"));
    insta::assert_snapshot!("workspace_dsl", shown(&structurizr::import(&files, "workspace.dsl", &Target::default()), &files));
    let files = single("workspace.json", include_str!("documents/workspace.json"));
    insta::assert_snapshot!("workspace_json", shown(&structurizr::import(&files, "workspace.json", &Target::default()), &files));
}

/// The notes and the charter of a workspace.
fn workspace(text: &str) -> (charter_spec::Spec, Draft, String) {
    let files = single("workspace.dsl", text);
    let draft = structurizr::import(&files, "workspace.dsl", &Target::default());
    (spec(&draft), draft.clone(), notes(&draft, &files))
}

#[test]
fn an_arrow_gives_no_direction_of_data() {
    let (spec, _, notes) = workspace(
        "workspace {\nmodel {\np = person P\nours = softwareSystem Ours {\nc = container C\n}\ncalled = softwareSystem Called\ncaller = softwareSystem Caller\n\
         both = softwareSystem Both\nstated = softwareSystem Stated {\nproperties {\ndirection upstream\n}\n}\nc -> called\ncaller -> c\nours -> both\nboth -> ours\nc -> stated\n}\n}\n",
    );
    let direction = |id: &str| spec.dependencies.get(id).expect(id).direction.map(|direction| direction.value.word());
    assert_eq!(["called", "caller", "both", "stated"].map(direction), [None, None, None, Some("upstream")]);
    assert_eq!(notes.matches("X009").count(), 3, "{notes}");
    assert!(notes.contains("`direction` of `called` is left open"), "{notes}");
}

#[test]
fn what_a_workspace_says_of_itself_and_of_our_system_is_not_lost() {
    let (_, draft, notes) = workspace(
        "workspace \"Landscape\" \"All of it\" {\nmodel {\ngroup \"Shop Ltd\" {\nours = softwareSystem \"Shop\" \"Sells things\" \"Old\" {\n\
         c = container C\n}\n}\n}\n}\n",
    );
    insta::assert_snapshot!(format!("{}\n{notes}", draft.remarks.join("\n")), @r"
    Imported from `imported/workspace.dsl`.
    What has no place in a charter stays there:
    - name of the workspace: Landscape (line 1)
    - description of the workspace: All of it (line 1)
    - description of the system: Sells things (line 4)
    - group of the system: Shop Ltd (line 4)
    - list of tags of the system: Old (line 4)
    X002 workspace.dsl:1:1 the name of the workspace is kept as a comment: the head of a charter has no key for it
    X002 workspace.dsl:1:1 the description of the workspace is kept as a comment: the head of a charter has no key for it
    X002 workspace.dsl:4:1 the description of the system is kept as a comment: the head of a charter has no key for it
    X002 workspace.dsl:4:1 the group of the system is kept as a comment: the head of a charter has no key for it
    X002 workspace.dsl:4:1 the list of tags of the system is kept as a comment: the head of a charter has no key for it
    ");
}

#[test]
fn a_sign_that_yaml_does_not_take_stands_in_no_comment() {
    let (_, draft, _) = workspace("workspace \"W\" \"a\u{11}b\u{2028}c\" {\nmodel {\nours = softwareSystem \"Shop\"\n}\n}\n");
    assert!(draft.charter("shop", None).contains("description of the workspace: a b c"), "{}", draft.charter("shop", None));
}

#[test]
fn what_nothing_is_imported_from_is_not_copied() {
    for (path, bytes) in
        [("0001-a.md", &b"# A\n\nSome words.\n"[..]), ("a.dsl", b"\x7fELF\x00\xff"), ("a.json", b"{}"), ("a.yaml", b"openapi: 3.0.0\n")]
    {
        let files = FileSet::single(path, bytes.to_vec());
        let target = Target::default();
        for draft in [structurizr::import(&files, path, &target), openapi::import(&files, path, &target), openslo::import(&files, &target)]
        {
            assert_eq!((draft.summary(), draft.files.len(), draft.is_empty()), (String::new(), 0, true), "{path}");
        }
    }
}

#[test]
fn objectives() {
    let files = single("slo.yaml", include_str!("documents/slo.yaml"));
    insta::assert_snapshot!("objectives", shown(&openslo::import(&files, &Target::default()), &files));
}

#[test]
fn a_contract() {
    let files = single("orders.odcs.yaml", include_str!("documents/orders.odcs.yaml"));
    insta::assert_snapshot!("contract", shown(&odcs::import(&files, &Target::default()), &files));
}

#[test]
fn an_interface() {
    let files = single("openapi.yaml", include_str!("documents/openapi.yaml"));
    let draft = openapi::import(&files, "openapi.yaml", &Target::default());
    let made = String::from_utf8(draft.files["contracts/score-transaction.odcs.yaml"].clone()).unwrap();
    insta::assert_snapshot!("interface", format!("{}\n=== contract\n{made}", shown(&draft, &files)));
}

#[test]
fn records() {
    let mut files = FileSet::new();
    files.insert("0009-help-scripts.md", include_bytes!("documents/nygard.md").to_vec());
    files.insert("0005-help-comments.md", b"# 5. Help comments\n\n## Status\n\nAccepted\n".to_vec());
    files.insert("0011-use-kserve.md", include_bytes!("documents/madr4.md").to_vec());
    files.insert("README.md", b"# Decisions\n".to_vec());
    insta::assert_snapshot!("records", shown(&madr::import(&files, &Target::default()), &files));
}

/// One record, read.
fn record(text: &str) -> (charter_spec::ast::Decision, String) {
    let files = single("0007-x.md", text);
    let draft = madr::import(&files, &Target::default());
    let spec = spec(&draft);
    (spec.decisions.get("adr-0007").expect("a decision").clone(), notes(&draft, &files))
}

#[test]
fn dialects_of_the_header() {
    for (dialect, text) in [
        ("front matter", "---\nstatus: accepted\ndate: 2026-05-21\ndeciders: Ann, Bob\n---\n# A\n\n## Context\nx\n"),
        ("front matter that is no YAML", "---\nstatus: accepted: yes\ndate: 2026-05-21\ndeciders: Ann, Bob\n---\n# A\n\n## Context\nx\n"),
        (
            "MADR 2",
            "# A\n\n* Status: accepted\n* Deciders: Ann, Bob\n* Date: 2026-05-21\n\nTechnical Story: x\n\n## Context and Problem Statement\nx\n",
        ),
        (
            "bold lines",
            "# ADR-0007 | A\n\n**Status:** Accepted\n**Accepted:** 2026-05-21\n**Decision Makers:** Ann, Bob\n\n## Context\nx\n",
        ),
        (
            "a table",
            "# ADR-0007: A\n\n| Field | Value |\n|---|---|\n| Status | Accepted |\n| Date | 21.05.2026 |\n| Decision owner | Ann, Bob |\n\n## Context\nx\n",
        ),
        ("sections", "# 7. A\n\nDate: 2026-05-21\n\n## Status\n\nAccepted\n\n## Deciders\n\n* Ann\n* Bob\n\n## Context\nx\n"),
        (
            "every section at the first level",
            "# Title\n\nA\n\n# Status\n\nAccepted, 21 May 2026\n\n# Deciders\n\nAnn, Bob\n\n# Context\n\nx\n",
        ),
        (
            "a byte-order mark and CRLF",
            "\u{feff}# A\r\n\r\n* Status: accepted\r\n* Date: 2026-05-21\r\n* Deciders: Ann, Bob\r\n\r\n## Context\r\nx\r\n",
        ),
        ("Spanish", "# A\n\n## Estado\n\nAceptado\n\n## Fecha\n\n2026-05-21\n\n## Decisores\n\nAnn, Bob\n\n## Contexto\n\nx\n"),
        ("German", "# A\n\n- Status: Angenommen\n- Datum: 21.05.2026\n- Entscheider: Ann, Bob\n\n## Kontext\n\nx\n"),
        ("French", "# A\n\n## Statut\n\nAccepté\n\n## Date\n\n2026-05-21\n\n## Décideurs\n\nAnn, Bob\n\n## Contexte\n\nx\n"),
        ("Japanese", "# A\n\n## ステータス\n\n承認\n\n## 日付\n\n2026-05-21\n\n## 決定者\n\nAnn、Bob\n\n## コンテキスト\n\nx\n"),
        (
            "Indonesian",
            "# A\n\n| Field | Isi |\n|---|---|\n| Judul | A |\n| Status | Diterima |\n| Tanggal | 2026-05-21 |\n| Penanggung Jawab | Ann, Bob |\n\n## Konteks\n\nx\n",
        ),
    ] {
        let (decision, notes) = record(text);
        assert_eq!(decision.title.as_ref().map(|title| title.value.as_str()), Some("A"), "{dialect}");
        assert_eq!(decision.status.map(|status| status.value), Some(DecisionStatus::Accepted), "{dialect}");
        assert_eq!(decision.date.map(|date| date.value.to_string()), Some("2026-05-21".to_owned()), "{dialect}");
        let people: Vec<&str> = decision.deciders.iter().map(|name| name.value.as_str()).collect();
        assert_eq!(people, ["Ann", "Bob"], "{dialect}");
        assert_eq!(decision.context.as_ref().map(|context| context.value.as_str()), Some("x"), "{dialect}");
        assert_eq!(notes, "", "{dialect}");
    }
}

#[test]
fn options_and_consequences_of_several_dialects() {
    for (dialect, text) in [
        (
            "MADR",
            "# A\n\n## Considered Options\n\n* One\n* Two\n\n## Decision Outcome\n\nChosen option: \"Two\", because it is better.\n\n### Consequences\n\n* Good, because fast\n* Bad, because dear\n\n## Pros and Cons of the Options\n\n### Two\n\n* Good, because g\n* Bad, because b\n",
        ),
        (
            "MADR 2",
            "# A\n\n## Considered Options\n\n* One\n* Two\n\n## Decision Outcome\n\nChosen option: \"Two\", because it is better.\n\n### Positive Consequences\n\n* fast\n\n### Negative Consequences\n\n* dear\n\n## Pros and Cons of the Options\n\n### Two\n\n* Good, because g\n* Bad, because b\n",
        ),
        (
            "Spanish",
            "# A\n\n## Alternativas Consideradas\n\n### One\n\n### Two\n- **Pro**: g\n- **Contra**: b\n\n## Decisión\n\nOpción elegida: \"Two\", porque it is better.\n\n## Consecuencias\n\n### Positivas\n- fast\n\n### Negativas\n- dear\n",
        ),
        (
            "labels",
            "# A\n\n## Options\n\n### One\n\n### Two\n\n**Pros:**\n\n- g\n\n**Cons:**\n\n- b\n\n## Decision\n\nDecision: \"Two\", because it is better.\n\n## Consequences\n\nPros:\n\n- fast\n\nCons:\n\n- dear\n",
        ),
    ] {
        let (decision, _) = record(text);
        let options: Vec<(&str, bool)> =
            decision.options.iter().map(|option| (option.id.as_str(), option.chosen.is_some_and(|chosen| chosen.value))).collect();
        assert_eq!(options, [("one", false), ("two", true)], "{dialect}");
        let two = decision.options.get("two").unwrap();
        assert_eq!(
            (two.pros.first().map(|pro| pro.value.as_str()), two.cons.first().map(|con| con.value.as_str())),
            (Some("g"), Some("b")),
            "{dialect}"
        );
        assert_eq!(decision.rationale.as_ref().map(|rationale| rationale.value.trim_end_matches('.')), Some("it is better"), "{dialect}");
        let follows: Vec<(&str, Option<bool>)> =
            decision.consequences.iter().map(|one| (one.about.as_ref().unwrap().value.as_str(), one.good.map(|good| good.value))).collect();
        assert_eq!(follows, [("fast", Some(true)), ("dear", Some(false))], "{dialect}");
    }
}

#[test]
fn a_document_with_an_overview_is_no_record() {
    let mut files = FileSet::new();
    files.insert("AGENTS.md", b"# A guide\n\n## Overview\n\nWhat is here.\n\n## Notes for authors\n\nMore.\n".to_vec());
    files.insert("0003-why.md", b"# Why\n\n## Context\n\nIt is so.\n".to_vec());
    files.insert("kafka.md", b"# Kafka\n\n## Context\n\nx\n\n## Decision\n\nWe use it.\n".to_vec());
    let draft = madr::import(&files, &Target::default());
    assert_eq!(spec(&draft).decisions.iter().map(|decision| decision.id.value.to_string()).collect::<Vec<_>>(), ["adr-0003", "kafka"]);
    assert!(notes(&draft, &files).contains("`AGENTS.md` is left out"), "{}", notes(&draft, &files));
}

#[test]
fn options_with_a_description_are_told_apart_and_found_when_chosen() {
    let (decision, notes) = record(
        "# A\n\n## Considered Options\n\n* **Data [services][docs]** - they hold state.\n* **NGRX** – the popular one\n\n## Decision Outcome\n\n\
         Chosen option: **Observable data services**\n\n[docs]: https://example.org\n",
    );
    let options: Vec<(&str, bool, &str)> = decision
        .options
        .iter()
        .map(|option| {
            let about = option.about.as_ref().map(|about| about.value.as_str()).unwrap_or_default();
            (option.id.as_str(), option.chosen.is_some_and(|chosen| chosen.value), about)
        })
        .collect();
    assert_eq!(options, [("data-services", true, "Data services\nthey hold state."), ("ngrx", false, "NGRX\nthe popular one")]);
    assert_eq!(notes, "X003 0007-x.md:10:1 `Observable data services` is taken for the option `Data services`\n");
    assert!(decision.rationale.is_none(), "{:?}", decision.rationale);
}

#[test]
fn who_replaces_whom_is_said_on_both_sides_and_never_in_a_circle() {
    let mut files = FileSet::new();
    files.insert("0001-a.md", b"# 1. A\n\n## Status\n\nAccepted\n\nSuperseded by [2. B](0002-b.md)\n\n## Context\nx\n".to_vec());
    files.insert("0002-b.md", b"# 2. B\n\n## Status\n\nAccepted\n\nSuperseded by ADR-0003\n\n## Context\nx\n".to_vec());
    files.insert("0003-c.md", b"# 3. C\n\n* Status: Accepted\n* Superseded by: ADR 1\n* Supersedes: ADR-99\n\n## Context\nx\n".to_vec());
    files.insert("0004-d.md", b"# 4. D\n\n## Status\n\nAccepted\n\n## Context\nx\n".to_vec());
    files.insert(
        "0005-e.md",
        b"# 5. E\n\n## Status\n\nAccepted. Parts of it are superseded by ADR-0004 (partially).\n\nSupersedes 4\n\n## Context\nx\n".to_vec(),
    );
    let draft = madr::import(&files, &Target::default());
    let spec = spec(&draft);
    let line: Vec<String> = spec
        .decisions
        .iter()
        .map(|decision| {
            let names = |list: &[charter_spec::Spanned<charter_spec::Ref<charter_spec::names::target::Decision>>]| {
                list.iter().map(|one| one.value.to_string()).collect::<Vec<_>>().join(",")
            };
            let by = decision.superseded_by.as_ref().map(|by| by.value.to_string()).unwrap_or_default();
            let status = decision.status.map(|status| status.value.word()).unwrap_or_default();
            format!(
                "{} {status} replaces [{}] by [{by}] related [{}]",
                decision.id.value,
                names(&decision.supersedes),
                names(&decision.related)
            )
        })
        .collect();
    insta::assert_snapshot!(format!("{}\n{}", line.join("\n"), notes(&draft, &files)), @r"
    adr-0001 superseded replaces [] by [adr-0002] related [adr-0003]
    adr-0002 superseded replaces [adr-0001] by [adr-0003] related []
    adr-0003 accepted replaces [adr-0002] by [] related []
    adr-0004 superseded replaces [] by [adr-0005] related []
    adr-0005 accepted replaces [adr-0004] by [] related []
    X007 0003-c.md:4:1 `A` and `C` replace each other; this one is written as related
    X004 0003-c.md:5:1 `ADR-99` names no record that was imported; it is kept as a fact
    X003 0005-e.md:5:1 `Accepted. Parts of it are superseded by ADR-0004 (partial...`: only a part is meant, so the status stays `accepted`
    X007 0005-e.md:7:1 `D` is accepted, but `E` replaces it: written as superseded
    ");
}
