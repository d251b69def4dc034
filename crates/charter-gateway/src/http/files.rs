//! How many connections the process has file descriptors for.
//!
//! A process without a free descriptor cannot accept, open a model or reach an upstream; so the data plane is refused its last ones. What a
//! listener does at its limit belongs to `listener`.

/// Connections of the admin plane: a few probes, scrapes and operators.
pub(crate) const ADMIN_CONNECTIONS_MAX: u32 = 64;

/// Descriptors that the data plane leaves to the admin plane, upstreams and files, at least.
const RESERVE_MIN: u64 = 128;

/// Raises the soft limit on open files as far as the process may, and returns what holds from then on; `None` where there is no limit.
#[cfg(unix)]
pub(crate) fn raise() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum
        && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })
    {
        tracing::warn!(%error, "the limit on open files could not be raised");
    }
    getrlimit(Resource::Nofile).current
}

#[cfg(not(unix))]
pub(crate) fn raise() -> Option<u64> {
    None
}

/// How many of the wanted connections the data plane may hold: all descriptors but [`RESERVE_MIN`] or a quarter, whichever is more, and at
/// least a quarter of them.
pub(crate) fn connections(wanted: u32, files_max: Option<u64>) -> u32 {
    let Some(files_max) = files_max else { return wanted };
    let quarter = files_max / 4;
    let free = files_max.saturating_sub(RESERVE_MIN.max(quarter)).max(quarter).max(1);
    wanted.min(u32::try_from(free).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_are_left_for_everything_else() {
        for (wanted, files_max, expected) in [
            (10_000, None, 10_000),
            (10_000, Some(1 << 20), 10_000),
            (10_000, Some(1_024), 768),
            (500, Some(1_024), 500),
            (10_000, Some(200), 72),
            (10_000, Some(100), 25),
            (10_000, Some(0), 1),
            (u32::MAX, Some(u64::MAX), u32::MAX),
        ] {
            assert_eq!(connections(wanted, files_max), expected, "{wanted} of {files_max:?}");
        }
    }
}
