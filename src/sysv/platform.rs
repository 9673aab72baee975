//! A system that is not known.

compile_error!(
    "semlock does not know this system's semaphores: it needs a file like src/sysv/bsd.rs, and one like src/system/bsd.rs"
);
