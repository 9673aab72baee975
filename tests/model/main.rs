//! A model of the protocol, checked in every state that a few clients can reach.
//!
//! What semlock does in the model is src/session itself, compiled on modelled semaphores
//! (`sysv`) and run call by call (`replay`). The semaphores (`kernel`) are compared with
//! Linux's (`linux`). The clients (`clients`) take turns in every possible order
//! (`protocol`), and each state must have the properties (`check`).

#[path = "../../src/session/mod.rs"]
#[allow(dead_code, unused_imports, clippy::pedantic, reason = "it is linted where it belongs")]
mod session;
mod sysv;

mod check;
mod clients;
mod kernel;
mod protocol;
mod replay;

mod linux;
mod promises;
mod weaknesses;
