//! The machine's cores, split: one for the load generator, the others for the server.
//!
//! Left to share all cores, the server's threads and the generator's displace each other for milliseconds at a time, and what is measured is the
//! scheduler. Callers of a real service are elsewhere; here they get a core of their own. What is measured does not belong here.

use thiserror::Error;

#[cfg(target_os = "linux")]
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Why cores cannot be split.
#[derive(Debug, Error)]
pub enum SplitError {
    #[error("a server and its load generator take a core each, and here is only one")]
    OneCore,
    #[error("server and load generator cannot get cores of their own: {0}")]
    Refused(#[from] std::io::Error),
}

/// Which cores either side may use; the calling thread's own are given back when this is dropped.
#[cfg(target_os = "linux")]
pub struct Split {
    all: CpuSet,
    server: CpuSet,
    generator: CpuSet,
}

#[cfg(target_os = "linux")]
impl Split {
    /// Splits the cores that this thread may use: the last is the generator's.
    pub fn of_this_machine() -> Result<Self, SplitError> {
        let all = sched_getaffinity(None).map_err(std::io::Error::from)?;
        let last = (0..CpuSet::MAX_CPU).rev().find(|core| all.is_set(*core)).filter(|_| all.count() > 1);
        let last = last.ok_or(SplitError::OneCore)?;
        let (mut server, mut generator) = (all, CpuSet::new());
        server.unset(last);
        generator.set(last);
        Ok(Self { all, server, generator })
    }

    /// Cores of the server.
    pub fn server_cores(&self) -> u32 {
        self.server.count()
    }

    /// Starts something on the server's cores. Afterwards this thread is on the generator's, and so is every thread that it begins from then on.
    pub fn start<T>(&self, start: impl FnOnce() -> T) -> Result<T, SplitError> {
        sched_setaffinity(None, &self.server).map_err(std::io::Error::from)?;
        let started = start();
        sched_setaffinity(None, &self.generator).map_err(std::io::Error::from)?;
        Ok(started)
    }
}

#[cfg(target_os = "linux")]
impl Drop for Split {
    fn drop(&mut self) {
        // Only the speed of what follows depends on it.
        let _ = sched_setaffinity(None, &self.all);
    }
}

/// Which cores either side may use: nothing is known of them here.
#[cfg(not(target_os = "linux"))]
pub struct Split;

#[cfg(not(target_os = "linux"))]
impl Split {
    pub fn of_this_machine() -> Result<Self, SplitError> {
        Err(SplitError::Refused(std::io::Error::new(std::io::ErrorKind::Unsupported, "it takes Linux")))
    }

    pub fn server_cores(&self) -> u32 {
        1
    }

    pub fn start<T>(&self, start: impl FnOnce() -> T) -> Result<T, SplitError> {
        Ok(start())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_started_has_other_cores_than_what_loads_it() {
        let mine = || sched_getaffinity(None).expect("a set of cores");
        let all = mine();
        match Split::of_this_machine() {
            Err(SplitError::OneCore) => assert_eq!(all.count(), 1),
            Err(problem) => panic!("{problem}"),
            Ok(split) => {
                let server = split.start(mine).expect("started");
                assert_eq!((server.count(), mine().count()), (all.count() - 1, 1));
                assert_eq!(split.server_cores(), server.count());
                assert!((0..CpuSet::MAX_CPU).all(|core| !(server.is_set(core) && mine().is_set(core))));
                drop(split);
                assert_eq!(mine().count(), all.count());
            }
        }
    }
}
