//! The charter document: read with a span on every key and value.
