//! One suite for every store, and what only a store in a file promises.
#![allow(clippy::expect_used, clippy::panic, reason = "a broken promise ends the test")]

#[path = "conformance/file.rs"]
mod file;
#[path = "conformance/suite.rs"]
mod suite;

use charter_store::{Embedded, Memory};
use std::sync::Arc;

macro_rules! conforms {
    ($($name:ident),+ $(,)?) => {
        mod memory {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                super::suite::$name(super::Arc::new(super::Memory::default())).await;
            })+
        }
        mod embedded {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                let folder = tempfile::tempdir().expect("a folder");
                let store = super::Embedded::open(&folder.path().join("store.db")).expect("a store");
                super::suite::$name(super::Arc::new(store)).await;
            })+
        }
    };
}

conforms!(
    versions_rise_by_one,
    a_write_over_another_version_is_a_conflict,
    one_of_many_writers_wins_each_version,
    keys_are_listed_by_prefix_in_order,
    a_log_keeps_its_order,
    appends_of_many_are_never_mixed,
    reading_goes_on_after_a_sequence,
    bad_names_are_refused,
    values_too_large_are_refused,
    bytes_come_back_as_they_were,
);
