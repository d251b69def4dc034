//! Calls under way, each at a place of its own; a place that is used again is told apart from before.
//!
//! What becomes of a call belongs to `world`.

use crate::replica::{Key, Task};

#[derive(Default)]
pub(crate) struct Tasks {
    /// How often each place was used, and what is there.
    places: Vec<(u32, Option<Task>)>,
    free: Vec<u32>,
}

impl Tasks {
    pub(crate) fn place(&mut self, task: Task) -> Key {
        let place = self.free.pop().unwrap_or_else(|| {
            self.places.push((0, None));
            u32::try_from(self.places.len() - 1).unwrap_or(u32::MAX)
        });
        let mut use_number = 0;
        if let Some((uses, slot)) = self.places.get_mut(place as usize) {
            *uses = uses.wrapping_add(1);
            use_number = *uses;
            *slot = Some(task);
        }
        Key { place, use_number }
    }

    pub(crate) fn get(&mut self, key: Key) -> Option<&mut Task> {
        self.places.get_mut(key.place as usize).filter(|(uses, _)| *uses == key.use_number).and_then(|(_, task)| task.as_mut())
    }

    pub(crate) fn take(&mut self, key: Key) -> Option<Task> {
        let (_, task) = self.places.get_mut(key.place as usize).filter(|(uses, _)| *uses == key.use_number)?;
        let taken = task.take();
        if taken.is_some() {
            self.free.push(key.place);
        }
        taken
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.free.len() == self.places.len()
    }

    /// Those inside one replica.
    pub(crate) fn inside(&self, replica: usize) -> Vec<Key> {
        let mine = |task: &Option<Task>| task.as_ref().is_some_and(|task| task.replica == replica);
        let places = self.places.iter().enumerate().filter(|(_, (_, task))| mine(task));
        places.map(|(place, (uses, _))| Key { place: u32::try_from(place).unwrap_or(u32::MAX), use_number: *uses }).collect()
    }
}
