//! Routes from an OpenAPI document, 3.0 or 3.1, in YAML or JSON: each operation is a route, with a contract of what comes in and a signature of what goes out.
//!
//! Until there is a model each route answers a fixed value, so that the charter can be checked and served from the first day. What an inference protocol
//! cannot carry (lists of objects, files, free-form answers) is noted and stays in the document, which is copied beside the charter.

mod schema;

use crate::begin::{Column, contract};
use crate::document::{Map, Value};
use crate::foreign::{Code, Ids, Node, Notes, documents, identified, short, slug};
use crate::import::{Draft, Target};
use charter_spec::{FileSet, SectionName, Span};
use schema::{Field, Schemas};

/// Most operations of one import.
const OPERATIONS_MAX: usize = 200;
/// Most columns of a contract and outputs of a route.
const FIELDS_MAX: usize = 200;

const METHODS: &[&str] = &["get", "put", "post", "delete", "patch", "head", "options", "trace"];

/// Imports the operations of the document at `root`.
pub fn import(files: &FileSet, root: &str, target: &Target<'_>) -> Draft {
    let mut notes = Notes::default();
    let mut draft = Draft::default();
    let Some(file) = files.find(root) else { return draft };
    let nodes = documents(files, file, &mut notes);
    let Some(document) = nodes.first() else {
        draft.notes = notes.finish();
        return draft;
    };
    let start = Span::new(file, 0, 0);
    let version = document.get("openapi").and_then(Node::word).unwrap_or_default();
    if !version.starts_with("3.") {
        let message = match document.get("swagger").and_then(Node::word) {
            Some(old) => format!("`swagger: {}` is not read; convert it to OpenAPI 3 first", short(old)),
            None => format!("`{root}` does not say `openapi: 3.0` or `3.1`; it is read as if it did"),
        };
        notes.push(Code::Guessed, document.get("swagger").map_or(start, |node| node.span), message);
    }
    let info = document.get("info");
    let title = info.and_then(|info| info.get("title")).and_then(Node::word);
    draft.system = title.map(|title| (slug(title), Some(title.to_owned())));
    for key in ["servers", "security", "webhooks", "externalDocs", "callbacks"] {
        if let Some(node) = document.get(key).filter(|node| !node.is_empty()) {
            notes.push(Code::Kept, node.span, format!("`{key}` is kept in the document only"));
        }
    }
    let place = target.place(root, "imported");
    draft.remarks.push(format!("Routes from `{place}`."));
    operations(document, target, &mut draft, &mut notes);
    // What nothing is taken from is no source of this charter.
    if target.copies() && !draft.is_empty() {
        draft.copy(files, root, &place);
    }
    draft.notes = notes.finish();
    draft
}

fn operations(document: &Node, target: &Target<'_>, draft: &mut Draft, notes: &mut Notes) {
    let schemas = Schemas::new(document);
    let taken = target.spec.map(|spec| spec.declared(SectionName::Routes)).unwrap_or_default();
    let mut ids = Ids::taken(taken.iter().map(|(id, _)| id.as_str()));
    let mut routes = Map::new();
    for (path, item) in document.get("paths").map(Node::pairs).unwrap_or_default() {
        let item = schemas.follow(item);
        for (method, operation) in item.pairs().iter().filter(|(key, _)| METHODS.contains(&key.text.as_str())) {
            if routes.len() >= OPERATIONS_MAX {
                notes.push(
                    Code::Limit,
                    method.span,
                    format!("an import takes {OPERATIONS_MAX} operations; this one and those behind it are left out"),
                );
                draft.count(routes.len(), "route");
                draft.sections.put("routes", routes);
                return;
            }
            let named = operation.get("operationId").and_then(Node::word).map(words).filter(|id| !id.is_empty());
            let wanted = named.unwrap_or_else(|| slug(&format!("{} {}", method.text, path.text)));
            let id = ids.take(&wanted, "operation");
            let (contract_path, text) = request(&schemas, item, operation, &id, notes);
            draft.files.insert(contract_path.clone(), text.into_bytes());
            let about = operation.get("summary").or_else(|| operation.get("description")).and_then(Node::word);
            let route = route(&schemas, operation, &contract_path, about, &format!("{} {}", method.text.to_uppercase(), path.text), notes);
            routes.put(id, route);
        }
    }
    if routes.is_empty() {
        notes.push(Code::Skipped, document.get("paths").map_or(document.span, |paths| paths.span), "the document has no operations");
    }
    draft.count(routes.len(), "route");
    draft.sections.put("routes", routes);
}

/// `scoreTransaction` as an id.
fn words(name: &str) -> String {
    let mut spaced = String::new();
    let mut lower_before = false;
    for letter in name.chars() {
        if letter.is_uppercase() && lower_before {
            spaced.push(' ');
        }
        lower_before = letter.is_lowercase() || letter.is_ascii_digit();
        spaced.push(letter);
    }
    slug(&spaced)
}

/// What comes in: parameters and the properties of the body, as a contract.
fn request(schemas: &Schemas<'_>, item: &Node, operation: &Node, id: &str, notes: &mut Notes) -> (String, String) {
    let mut fields: Vec<Field> = Vec::new();
    let parameters = |node: &Node| node.get("parameters").map(Node::items).unwrap_or_default().to_vec();
    for parameter in parameters(item).iter().chain(&parameters(operation)) {
        let parameter = schemas.follow(parameter);
        let (Some(name), Some(place)) = (parameter.get("name").and_then(Node::word), parameter.get("in").and_then(Node::word)) else {
            continue;
        };
        if matches!(place, "header" | "cookie") {
            notes.push(Code::Kept, parameter.span, format!("{place} `{}` is kept in the document only", short(name)));
            continue;
        }
        let required = parameter.get("required").and_then(Node::truth).unwrap_or(place == "path");
        if let Some(schema) = parameter.get("schema") {
            schemas.fields(name, schema, required, parameter.get("description").and_then(Node::word), &mut fields, notes);
        }
    }
    if let Some(body) = operation.get("requestBody").map(|body| schemas.follow(body)) {
        match schema::json(body) {
            Some(schema) => schemas.object(schema, "", &mut fields, notes),
            None => notes.push(Code::Kept, body.span, "a body that is no JSON is kept in the document only"),
        }
    }
    let mut seen = std::collections::HashSet::new();
    let mut columns: Vec<Column> =
        fields.into_iter().filter(|field| seen.insert(field.name.clone())).take(FIELDS_MAX).map(Field::column).collect();
    if columns.is_empty() {
        let about = "the operation takes nothing; a contract has at least one column".to_owned();
        columns.push(Column {
            name: "request".to_owned(),
            logical: "string",
            physical: "BYTES",
            list: false,
            required: false,
            about: Some(about),
            options: Vec::new(),
            values: Vec::new(),
        });
    }
    let path = format!("contracts/{id}.odcs.yaml");
    let text = contract(id, id, &format!("What the route {id} takes, from its OpenAPI document."), None, &columns, None);
    (path, text)
}

fn route(
    schemas: &Schemas<'_>,
    operation: &Node,
    contract_path: &str,
    about: Option<&str>,
    operation_name: &str,
    notes: &mut Notes,
) -> Map {
    let mut fields: Vec<Field> = Vec::new();
    let responses = operation.get("responses");
    let answer =
        ["200", "201", "202", "2XX", "2xx", "default"].iter().find_map(|status| responses.and_then(|responses| responses.get(status)));
    if let Some(schema) = answer.map(|answer| schemas.follow(answer)).and_then(schema::json) {
        schemas.object(schema, "", &mut fields, notes);
    }
    let mut output = Map::new();
    let mut fixed = Map::new();
    for field in fields.iter().filter(|field| field.is_output()).take(FIELDS_MAX) {
        let id = identified(&field.name);
        if id.is_empty() || output.contains(&id) {
            continue;
        }
        output.put(id.clone(), field.tensor());
        fixed.put(id, Value::Raw(field.zero()));
    }
    if output.is_empty() {
        output.put("answer", "BYTES");
        fixed.put("answer", Value::Raw("\"\"".to_owned()));
    }
    let ladder =
        Map::new().block().with("ladder", Map::new().block().with("fixed", Map::new().with("static", fixed))).with("fail", "closed");
    let mut route = Map::new().block();
    route.put(
        "about",
        about.map_or_else(
            || operation_name.to_owned(),
            |about| format!("{operation_name}: {}", about.split_whitespace().collect::<Vec<_>>().join(" ")),
        ),
    );
    route.put("input", contract_path);
    route.put("answer", ladder);
    route.above(["the model goes above `fixed`: `full: { model: NAME@v1 }`"]);
    route.put("output", output);
    route.put("access", "open");
    route
}
