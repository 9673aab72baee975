//! A child of a test. Whatever comes of the test, it leaves none behind.

use std::ops::{Deref, DerefMut};
use std::process::{Child, Command};

use super::Pid;

/// A child that is killed in the end.
pub(crate) struct OwnChild(Child);

impl OwnChild {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap())
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::new(self.0.id().cast_signed()).unwrap()
    }

    /// Ends it now. From then on, its pid is free.
    pub(crate) fn end(&mut self) {
        // One that has ended already cannot be killed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Deref for OwnChild {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl DerefMut for OwnChild {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for OwnChild {
    fn drop(&mut self) {
        self.end();
    }
}
