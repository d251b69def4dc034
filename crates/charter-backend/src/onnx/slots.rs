//! A bounded pool whose members are used in place.
//!
//! A thread comes back to the slot that it used before, so that two workers seldom meet; nothing waits while a slot is free. What the slots hold does not
//! belong here.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, TryLockError};

pub(super) struct Slots<T> {
    slots: Box<[Mutex<T>]>,
}

static NEXT_HINT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static HINT: Cell<usize> = Cell::new(NEXT_HINT.fetch_add(1, Ordering::Relaxed));
}

impl<T> Slots<T> {
    pub(super) fn new(members: Vec<T>) -> Self {
        Self { slots: members.into_iter().map(Mutex::new).collect() }
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Runs `work` with a free member; `None` when all are in use.
    pub(super) fn try_with<R>(&self, work: impl FnOnce(&mut T) -> R) -> Option<R> {
        let start = HINT.get();
        for offset in 0..self.slots.len() {
            let index = start.wrapping_add(offset) % self.slots.len();
            match self.slots.get(index)?.try_lock() {
                Ok(mut member) => return Some(work(&mut member)),
                // A panic left the member as it was; what it holds needs no repair.
                Err(TryLockError::Poisoned(poisoned)) => return Some(work(&mut poisoned.into_inner())),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        None
    }

    /// Runs `work` with a free member, else waits for the one that this thread prefers. `None` when there are no members.
    pub(super) fn with<R>(&self, mut work: impl FnMut(&mut T) -> R) -> Option<R> {
        if let Some(result) = self.try_with(&mut work) {
            return Some(result);
        }
        let index = HINT.get().checked_rem(self.slots.len())?;
        let mut member = self.slots.get(index)?.lock().unwrap_or_else(PoisonError::into_inner);
        Some(work(&mut member))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_in_use_is_never_given_twice() {
        let slots = Slots::new(vec![1, 2]);
        let inner = slots.try_with(|first| {
            let first = *first;
            slots.try_with(|second| {
                assert_ne!(first, *second);
                slots.try_with(|_| ())
            })
        });
        assert_eq!(inner, Some(Some(None)));
        assert_eq!(slots.len(), 2);
        assert_eq!(Slots::<u8>::new(vec![]).with(|_| ()), None);
    }

    #[test]
    fn waiting_ends_when_a_member_is_free_again() {
        let slots = Slots::new(vec![0_u32]);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..1000 {
                        slots.with(|count| *count += 1);
                    }
                });
            }
        });
        assert_eq!(slots.with(|count| *count), Some(4000));
    }
}
