//! The admin plane's port to the faults that wrap models, store and clock.
//!
//! Whether faults are allowed is the served plan's word; it is asked by the admin plane.

use charter_backend::fault::Faults;
use charter_engine::Clock;
use charter_gateway::{BringFaults, FaultIn};
use charter_plan::plan::Fault;
use std::sync::Arc;
use std::time::Duration;

/// The faults of this process, by its monotonic clock: a clock that is off on purpose moves no lease.
pub(crate) struct FaultPort {
    pub(crate) faults: Arc<Faults>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl BringFaults for FaultPort {
    fn active(&self) -> Vec<FaultIn> {
        let now = self.clock.now();
        let shown = |active: charter_backend::fault::ActiveFault| FaultIn {
            id: active.id,
            ends_in: active.until.since(now),
            touched: active.touched,
            fault: active.fault,
        };
        self.faults.active(self.clock.as_ref()).into_iter().map(shown).collect()
    }

    fn bring_in(&self, fault: Fault, lease: Duration, share_max: u16) -> Result<u64, String> {
        self.faults.bring_in(fault, lease, share_max, self.clock.as_ref()).map_err(|problem| problem.to_string())
    }

    fn renew(&self, id: u64) -> bool {
        self.faults.renew(id, self.clock.as_ref())
    }

    fn end(&self, id: u64) -> bool {
        self.faults.end(id, self.clock.as_ref())
    }

    fn clear(&self) {
        self.faults.clear();
    }
}
