//! A system that is not known: src/sysv/platform.rs says so.
