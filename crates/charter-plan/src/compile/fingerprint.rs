//! Fingerprints: SHA-256 over canonical JSON, so that two plans with one fingerprint behave alike.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// `sha256:` and 64 hexadecimal digits over bytes.
pub(crate) fn of_bytes(bytes: &[u8]) -> String {
    written(&Sha256::digest(bytes))
}

fn written(digest: &[u8]) -> String {
    let mut text = String::with_capacity(71);
    text.push_str("sha256:");
    for byte in digest {
        for half in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(half), 16).unwrap_or('0'));
        }
    }
    text
}

/// The fingerprint of anything that can be written as JSON.
pub(crate) fn of(value: &impl Serialize) -> String {
    // Plans are plain data: numbers, texts and lists, which JSON can always hold. NaN becomes null, for a figure that does not exist.
    of_bytes(text(&serde_json::to_value(value).unwrap_or(Value::Null)).as_bytes())
}

/// The fingerprint of a list with one more item, of which the canonical text is known already.
pub(crate) fn of_list(items: &Value, last: &str) -> String {
    let mut list = text(items);
    list.pop();
    if list.len() > 1 {
        list.push(',');
    }
    // The last item may be the text of a whole plan, and many lists end with it: it is read where it lies.
    written(&Sha256::new().chain_update(list).chain_update(last).chain_update("]").finalize())
}

/// A value as canonical JSON.
pub(crate) fn text(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

/// Keys in the order of their bytes, no blanks: the order in a map type must not matter.
fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            text.push('{');
            for (at, key) in keys.into_iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                if let Some(value) = map.get(key) {
                    write(value, text);
                }
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_order_of_keys_does_not_matter_and_values_do() {
        assert_eq!(of(&json!({"b": 1, "a": [1.5, "x"]})), of(&json!({"a": [1.5, "x"], "b": 1})));
        assert_ne!(of(&json!({"a": 1})), of(&json!({"a": 2})));
        assert_ne!(of(&json!(["ab"])), of(&json!(["a", "b"])));
    }

    #[test]
    fn a_list_with_a_known_last_item_has_the_fingerprint_of_the_whole() {
        let last = json!({"b": [1, null], "a": "x"});
        assert_eq!(of_list(&json!(["id", 1.5]), &text(&last)), of(&json!(["id", 1.5, last])));
        assert_eq!(of_list(&json!([]), &text(&last)), of(&json!([last])));
    }

    #[test]
    fn the_digest_is_sha_256() {
        assert_eq!(of_bytes(b""), "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
