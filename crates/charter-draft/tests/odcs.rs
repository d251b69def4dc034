//! Data contracts: whatever the standard can say comes back, and the charter takes the same from it each time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what is wrong by panicking")]

#[path = "support/exchange.rs"]
mod exchange;
#[path = "support/mod.rs"]
mod support;

use charter_draft::import::{Draft, Target};
use charter_draft::odcs;
use charter_render::export::{Export, Format};
use charter_spec::FileSet;
use exchange::{documents, export_of, export_of_text, files_of, fixed};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};
use support::{check_notes, notes, single, spec};

fn import(files: &FileSet) -> Draft {
    let draft = odcs::import(files, &Target::default());
    check_notes(&draft, files);
    draft
}

fn told(made: &Export) -> String {
    made.notes.iter().map(|note| format!("{}\n", note.text)).collect()
}

// ── Contracts with the whole vocabulary ──

fn word() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{2,8}( [a-z]{2,8}){0,3}", "[a-z]{1,4}[:#'\"{}\\[\\],&*!|>%@`-][ a-z]{1,4}", Just("größer, 99,9 % — 決定".to_owned())]
}

fn name() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9]{0,6}(_[a-z0-9]{1,6}){0,2}"
}

fn object(pairs: Vec<(&str, Option<Value>)>) -> Value {
    Value::Object(pairs.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect::<Map<_, _>>())
}

fn some(strategy: impl Strategy<Value = impl Into<Value> + std::fmt::Debug + 'static> + 'static) -> BoxedStrategy<Option<Value>> {
    prop::option::of(strategy.prop_map(|value| -> Value { value.into() })).boxed()
}

fn list(strategy: impl Strategy<Value = Value> + 'static, most: usize) -> BoxedStrategy<Option<Value>> {
    prop::option::of(prop::collection::vec(strategy, 1..=most).prop_map(Value::from)).boxed()
}

fn custom() -> BoxedStrategy<Option<Value>> {
    let value = prop_oneof![
        word().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        (0i64..99).prop_map(Value::from),
        Just(json!(["a", 1])),
        Just(json!({ "x": null }))
    ];
    list((name(), value).prop_map(|(name, value)| json!({ "property": name, "value": value })), 2)
}

fn authority() -> BoxedStrategy<Option<Value>> {
    list(
        select(vec!["businessDefinition", "transformationImplementation"])
            .prop_map(|kind| json!({ "url": "https://example.org/a", "type": kind })),
        2,
    )
}

fn tags() -> BoxedStrategy<Option<Value>> {
    list(prop_oneof![word(), Just("pii".to_owned()), Just("health".to_owned())].prop_map(Value::from), 3)
}

fn quality() -> BoxedStrategy<Option<Value>> {
    let rule = (0usize..4, word(), 0u32..100, some(select(vec!["warning", "error"])), some(Just("0 20 * * *"))).prop_map(|(kind, text, limit, severity, schedule)| {
        let mut rule = match kind {
            0 => json!({ "type": "library", "metric": "nullValues", "mustBeLessThan": limit, "unit": "percent" }),
            1 => json!({ "type": "sql", "query": "SELECT COUNT(*) FROM ${object}\n  WHERE x IS NULL\n", "mustBe": limit }),
            2 => json!({ "type": "text", "description": text }),
            _ => json!({ "type": "custom", "engine": "soda", "implementation": { "type": "duplicate_percent", "columns": ["a"], "must_be_less_than": 1.0 } }),
        };
        for (key, value) in [("severity", severity), ("schedule", schedule)] {
            if let Some(value) = value {
                rule[key] = value;
            }
        }
        rule
    });
    list(rule, 3)
}

fn relationships(inner: bool) -> BoxedStrategy<Option<Value>> {
    list(
        (name(), name()).prop_map(move |(from, to)| {
            if inner {
                json!({ "to": format!("{to}.id") })
            } else {
                json!({ "type": "foreignKey", "from": [format!("{from}.id")], "to": [format!("{to}.id")] })
            }
        }),
        2,
    )
}

fn property() -> BoxedStrategy<Value> {
    let leaf = (
        (
            name(),
            select(vec!["string", "integer", "number", "boolean", "date", "timestamp", "time"]),
            some(select(vec!["VARCHAR(20)", "DECIMAL(10,2)"])),
        ),
        (some(word()), some(any::<bool>()), some(any::<bool>()), some(select(vec!["public", "confidential", "personal", "sensitive"]))),
        (quality(), tags(), custom(), authority(), relationships(true), some(any::<bool>())),
        (some(word()), prop::option::of((1u32..9).prop_map(|most| json!({ "minLength": 1, "maxLength": most, "pattern": "^[a-z]+$" })))),
    )
        .prop_map(
            |(
                (name, kind, physical),
                (about, required, key, class),
                (quality, tags, custom, authority, relationships, critical),
                (example, options),
            )| {
                object(vec![
                    ("name", Some(json!(name))),
                    ("logicalType", Some(json!(kind))),
                    ("physicalType", physical),
                    ("description", about),
                    ("required", required),
                    ("primaryKey", key),
                    ("classification", class),
                    ("criticalDataElement", critical),
                    ("examples", example.map(|example| json!([example]))),
                    ("logicalTypeOptions", options.filter(|_| kind == "string")),
                    ("quality", quality),
                    ("tags", tags),
                    ("customProperties", custom),
                    ("authoritativeDefinitions", authority),
                    ("relationships", relationships),
                ])
            },
        )
        .boxed();
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            (name(), prop::collection::vec(inner.clone(), 1..3))
                .prop_map(|(name, parts)| json!({ "name": name, "logicalType": "object", "properties": parts })),
            (name(), inner).prop_map(|(name, item)| json!({ "name": name, "logicalType": "array", "items": item })),
        ]
    })
    .boxed()
}

fn schema() -> BoxedStrategy<Option<Value>> {
    let table = (
        (name(), some(select(vec!["table", "topic", "view"])), some(word()), some(word())),
        prop::collection::vec(property(), 1..4),
        (quality(), tags(), custom(), authority(), relationships(false)),
    )
        .prop_map(|((name, physical, business, grain), properties, (quality, tags, custom, authority, relationships))| {
            object(vec![
                ("name", Some(json!(name))),
                ("logicalType", Some(json!("object"))),
                ("physicalType", physical),
                ("businessName", business),
                ("dataGranularityDescription", grain),
                ("properties", Some(json!(properties))),
                ("quality", quality),
                ("tags", tags),
                ("customProperties", custom),
                ("authoritativeDefinitions", authority),
                ("relationships", relationships),
            ])
        });
    list(table, 3)
}

fn servers() -> BoxedStrategy<Option<Value>> {
    let server = (
        name(),
        select(vec!["kafka", "snowflake", "s3", "postgres", "api", "custom", "bigquery"]),
        some(select(vec!["eu-central-1", "EU"])),
        custom(),
    )
        .prop_map(|(name, kind, region, custom)| {
            object(vec![
                ("server", Some(json!(name))),
                ("type", Some(json!(kind))),
                ("host", Some(json!("h.example.org"))),
                ("port", Some(json!(9092))),
                ("region", region),
                ("customProperties", custom),
            ])
        });
    list(server, 2)
}

fn levels() -> BoxedStrategy<Option<Value>> {
    let level = (
        select(vec!["latency", "frequency", "availability", "retention", "timeToDetect", "ly", "generalAvailability"]),
        prop_oneof![(1u32..90).prop_map(Value::from), Just(json!(99.9)), Just(json!("99.5%")), Just(json!("2024-05-12T09:30:10-08:00"))],
        some(select(vec!["d", "h", "hours", "m", "y", "percent", "%", "fortnights"])),
        some(select(vec!["operational", "regulatory"])),
        some(name()),
    )
        .prop_map(|(property, value, unit, driver, element)| {
            object(vec![
                ("property", Some(json!(property))),
                ("value", Some(value)),
                ("unit", unit),
                ("driver", driver),
                ("element", element),
            ])
        });
    list(level, 4)
}

fn people(is_new: bool) -> BoxedStrategy<Option<Value>> {
    let member = (name(), some(word()), some(select(vec!["Owner", "Data Steward"]))).prop_map(|(user, about, role)| {
        object(vec![("username", Some(json!(user))), ("description", about), ("role", role), ("dateIn", Some(json!("2024-01-01")))])
    });
    let members = prop::collection::vec(member, 1..3);
    prop::option::of(members.prop_map(move |members| if is_new { json!({ "name": "team", "members": members }) } else { json!(members) }))
        .boxed()
}

/// A contract of 3.0 or 3.1 under an id that is its own, with a key that no version knows now and then.
fn contract(number: usize) -> BoxedStrategy<Value> {
    let head = (select(vec!["v3.0.0", "v3.0.1", "v3.0.2", "v3.1.0"]), some(word()), some(word()), some(word()), tags());
    head.prop_flat_map(move |(version, title, domain, product, tags)| {
        let description = (some(word()), some(word()), custom(), authority()).prop_map(|(purpose, limits, custom, authority)| {
            object(vec![
                ("purpose", purpose),
                ("limitations", limits),
                ("customProperties", custom),
                ("authoritativeDefinitions", authority),
            ])
        });
        let support = list(
            (name(), some(word())).prop_map(|(channel, about)| {
                object(vec![("channel", Some(json!(channel))), ("url", Some(json!("https://example.org"))), ("description", about)])
            }),
            2,
        );
        let roles = list(
            (name(), select(vec!["read", "write"]))
                .prop_map(|(role, access)| json!({ "role": role, "access": access, "firstLevelApprovers": "x" })),
            2,
        );
        let price = prop::option::of(
            select(vec![9.95, 0.5]).prop_map(|price| json!({ "priceAmount": price, "priceCurrency": "USD", "priceUnit": "megabyte" })),
        );
        let parts = (schema(), servers(), levels(), people(version == "v3.1.0"), support, roles);
        (prop::option::of(description), parts, price, custom(), authority(), some(word())).prop_map(
            move |(description, (schema, servers, levels, team, support, roles), price, custom, authority, unknown)| {
                object(vec![
                    ("apiVersion", Some(json!(version))),
                    ("kind", Some(json!("DataContract"))),
                    ("id", Some(json!(format!("id-{number}")))),
                    ("version", Some(json!("1.2.0"))),
                    ("status", Some(json!("active"))),
                    ("name", title.clone()),
                    ("domain", domain.clone()),
                    ("dataProduct", product.clone()),
                    ("tags", tags.clone()),
                    ("description", description),
                    ("schema", schema),
                    ("servers", servers),
                    ("slaProperties", levels),
                    ("team", team),
                    ("support", support),
                    ("roles", roles),
                    ("price", price),
                    ("customProperties", custom),
                    ("authoritativeDefinitions", authority),
                    ("madeBy", unknown),
                ])
            },
        )
    })
    .boxed()
}

proptest! {
    #![proptest_config(fixed(192))]

    #[test]
    fn contracts_with_the_whole_vocabulary_come_back(given in (contract(0), contract(1), contract(2)), count in 1usize..=3) {
        let given = [given.0, given.1, given.2];
        let mut files = FileSet::new();
        for (number, contract) in given.iter().take(count).enumerate() {
            files.insert(format!("c{number}.odcs.yaml"), format!("{}\n", serde_json::to_string_pretty(contract).unwrap()).into_bytes());
        }
        let first = import(&files);
        let made = export_of(&first, Format::Odcs);
        prop_assert_eq!(made.files.len(), count, "{}", told(&made));
        for (number, contract) in given.iter().take(count).enumerate() {
            let file = made.files.iter().find(|file| file.path == format!("c{number}.odcs.yaml")).expect("it is written");
            prop_assert_eq!(&documents(&file.text)[0], contract, "{}", file.text);
        }
        let second = import(&files_of(&made));
        prop_assert_eq!(first.charter("system", None), second.charter("system", None));
    }
}

#[test]
fn contracts_of_one_name_in_two_folders_both_come_back() {
    let text = |id: &str| format!("apiVersion: v3.1.0\nkind: DataContract\nid: {id}\nversion: 1.0.0\nstatus: active\n").into_bytes();
    let mut files = FileSet::new();
    files.insert("a/orders.yaml", text("one"));
    files.insert("b/orders.yaml", text("two"));
    let first = import(&files);
    let made = export_of(&first, Format::Odcs);
    let second = import(&files_of(&made));
    assert_eq!(spec(&first).dependencies.len(), 2);
    assert_eq!(spec(&second).dependencies.len(), 2, "{:?}", made.files);
}

#[test]
fn what_the_charter_says_against_a_contract_is_told() {
    let draft = import(&single("orders.odcs.yaml", include_str!("documents/orders.odcs.yaml")));
    assert_eq!(
        told(&export_of(&draft, Format::Odcs)),
        "`contracts/orders.odcs.yaml` follows v3.0.2, not v3.1.0; it is passed on as it is\n"
    );
    let today = draft
        .charter("system", None)
        .replace("freshness: 4h", "freshness: 2h")
        .replace("slo: 99.9%", "slo: 99.99%")
        .replace("every: 1d", "every: 24h");
    let notes = told(&export_of_text(&draft, &today, Format::Odcs));
    assert!(notes.contains("`freshness` of `orders` is `4h` in `contracts/orders.odcs.yaml`"), "{notes}");
    assert!(notes.contains("`slo` of `orders` is `99.9%`") && !notes.contains("`every`"), "{notes}");
}

#[test]
fn a_contract_as_it_is_met() {
    let text = include_str!("documents/payments.odcs.yaml");
    let files = single("payments.odcs.yaml", text);
    let draft = import(&files);
    let made = export_of(&draft, Format::Odcs);
    assert_eq!(made.files.len(), 1);
    assert_eq!(made.files[0].text, text, "it is passed on as it is");
    insta::assert_snapshot!("odcs_payments", format!("{}\n{}\n{}", draft.charter("system", None), notes(&draft, &files), told(&made)));
}
