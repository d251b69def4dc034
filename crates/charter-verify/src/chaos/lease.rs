//! Faults that are in: their leases are renewed, and whatever happens they are out afterwards.
//!
//! When they come in, and when they must end early, does not belong here.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use charter_plan::plan::Fault;

use super::admin::Admin;

/// Faults that are in; out when dropped.
pub(super) struct Inside<'a> {
    admin: &'a Admin,
    ids: RefCell<Vec<u64>>,
    lease: Duration,
    renewed: Cell<Instant>,
}

impl<'a> Inside<'a> {
    pub(super) fn bring(admin: &'a Admin, faults: &[Fault], lease: Duration) -> Result<Self, String> {
        let inside = Self { admin, ids: RefCell::default(), lease, renewed: Cell::new(Instant::now()) };
        for fault in faults {
            // What is in already goes out with `inside` when one is refused.
            let id = admin.bring_in(fault)?;
            inside.ids.borrow_mut().push(id);
        }
        Ok(inside)
    }

    /// Renews the leases when a third of their time is over.
    pub(super) fn keep(&self) -> Result<(), String> {
        if self.renewed.get().elapsed() < self.lease / 3 {
            return Ok(());
        }
        self.renewed.set(Instant::now());
        self.ids.borrow().iter().try_for_each(|id| self.admin.renew(*id))
    }

    /// Calls that each of these faults has touched until now, in their order.
    pub(super) fn touched(&self) -> Result<Vec<u64>, String> {
        let ids = self.ids.borrow();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let touched = self.admin.touched()?;
        ids.iter().map(|id| touched.get(id).copied().ok_or_else(|| format!("a fault ended before its time: {id} is out"))).collect()
    }

    pub(super) fn end(&self) {
        for id in self.ids.borrow_mut().drain(..) {
            // One that has ended by itself is as good; one that cannot be reached ends with its lease.
            let _ = self.admin.end(id);
        }
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.end();
    }
}
