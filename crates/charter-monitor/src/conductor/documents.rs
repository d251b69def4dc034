//! Keys, state to bytes and back, and whether it has changed since it was last given away.
//!
//! What the state is does not belong here.

use charter_engine::observation::unit_of;
use serde_json::Value;

/// Longest key of any store.
const KEY_BYTES_MAX: usize = 200;
/// Bytes that a key which is too long keeps of its name.
const NAME_BYTES_MAX: usize = 100;

/// How long to wait after a save of this many bytes, so that what is written stays below 100 kB/s.
pub(super) fn pause_ms(length: usize) -> u64 {
    SAVE_MS_PER_MB * (1 + length as u64 / (1 << 20))
}

const SAVE_MS_PER_MB: u64 = 10_000;

/// `kind/name/label/…`; where a store would not take that, as with labels such as `a@v1 + b@v2`, a hash stands for the labels.
pub(super) fn key(kind: &str, name: &str, labels: [&str; 2]) -> String {
    let whole = format!("{kind}/{name}/{}/{}", labels[0], labels[1]);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@".contains(&byte);
    if whole.len() <= KEY_BYTES_MAX && whole.bytes().all(allowed) {
        return whole;
    }
    let short: String = name.bytes().filter(|byte| allowed(*byte)).take(NAME_BYTES_MAX).map(char::from).collect();
    format!("{kind}/{short}/{:016x}", unit_of(whole.as_bytes()))
}

/// What was last given to be kept, or came from where it is kept.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// The same bytes are not written twice. Bounded by what a machine saves.
    bytes: Vec<u8>,
}

impl Kept {
    /// The bytes, when they are others than before.
    pub(super) fn changed(&mut self, state: &Value) -> Option<Vec<u8>> {
        let bytes = bytes(state);
        (bytes != self.bytes).then(|| {
            self.bytes.clone_from(&bytes);
            bytes
        })
    }

    pub(super) fn note(&mut self, bytes: &[u8]) {
        self.bytes = bytes.to_vec();
    }
}

pub(super) fn bytes(state: &Value) -> Vec<u8> {
    // JSON values have a text; only maps with other keys than texts would not.
    serde_json::to_vec(state).unwrap_or_default()
}
