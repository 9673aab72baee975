//! The tests of the binary, each file with one subject, and all of them one program:
//! it is linked once.
//!
//! Modules that need what a system of which nothing is known does not have are left out
//! where Linux plays that system: tests/systems/portable counts them by these comments, and
//! tests/systems/run those that are left out of 32-bit x86.

#[cfg_attr(semlock_portable, allow(dead_code, unused_imports))]
mod common;

mod administration;
mod answers;
mod any_set;
#[cfg(not(semlock_portable))] // needs a list of sets
mod attacks;
mod blind;
mod command_line;
#[cfg(not(semlock_portable))] // needs a list of processes
mod complete;
#[cfg(not(semlock_portable))] // needs a list of processes
mod completions;
#[cfg(not(semlock_portable))] // needs a list of processes
mod costs;
#[cfg(not(semlock_portable))] // needs a list of processes
mod daemons;
#[cfg(not(semlock_portable))] // needs a list of processes
mod deadlock;
mod drain;
mod endings;
mod exit_status;
mod failure;
mod fairness;
#[cfg(not(semlock_portable))] // needs a list of processes
mod findings;
#[cfg(not(semlock_portable))] // needs a list of processes
mod findings_of_users;
#[cfg(not(semlock_portable))] // needs a list of processes
mod for_itself;
#[cfg(not(semlock_portable))] // needs a list of processes
mod for_itself_users;
#[cfg(not(semlock_portable))] // needs a list of processes
mod for_whom;
#[cfg(not(semlock_portable))] // needs a list of processes
mod foreign_text;
#[cfg(not(semlock_portable))] // needs a list of processes
mod forged;
mod forms;
#[cfg(not(semlock_portable))] // needs a list of processes
mod four_deadlock;
#[cfg(not(semlock_portable))] // needs a list of processes
mod from_flock;
#[cfg(not(semlock_portable))] // needs limits that can be read
mod full;
#[cfg(not(semlock_portable))] // needs a list of sets
mod full_table;
#[cfg(not(semlock_portable))] // the same on every system
mod generated;
#[cfg(target_pointer_width = "64")] // gVisor runs no 32-bit programs
#[cfg(not(semlock_portable))] // needs a list of processes
mod gvisor;
mod handover;
mod help;
#[cfg(target_pointer_width = "64")] // the library that writes filters knows no 32-bit processor
#[cfg(not(semlock_portable))] // needs system call filters
mod hidden_proc;
mod hold;
#[cfg(not(semlock_portable))] // needs a list of processes
mod httpd;
mod interlock;
#[cfg(not(semlock_portable))] // needs a list of processes
mod leaked_session;
mod like_flock;
#[cfg(not(semlock_portable))] // needs limits that can be read
mod limits;
mod lock;
#[cfg(not(semlock_portable))] // needs a list of sets
mod many_sets;
mod messages;
mod missing;
#[cfg(not(semlock_portable))] // needs a list of sets
mod names;
#[cfg(not(semlock_portable))] // needs IPC namespaces
mod namespaces;
mod nested;
#[cfg(target_pointer_width = "64")] // the library that writes filters knows no 32-bit processor
#[cfg(not(semlock_portable))] // needs system call filters
mod old_kernels;
mod pages;
mod persist;
mod plain_lock;
#[cfg(semlock_portable)]
mod portable;
mod ported;
mod probe;
#[cfg(not(semlock_portable))] // needs a list of sets
mod probe_killed;
mod probe_room;
#[cfg(not(semlock_portable))] // needs a list of processes
mod programs;
#[cfg(not(semlock_portable))] // needs a list of sets
mod readme;
#[cfg(not(semlock_portable))] // needs lists of sets and processes
mod recipes;
mod remove;
#[cfg(not(semlock_portable))] // needs a list of sets
mod remove_many;
#[cfg(not(semlock_portable))] // needs a list of sets
mod remove_race;
#[cfg(not(semlock_portable))] // needs a list of sets
mod remove_users;
mod replace;
#[cfg(not(semlock_portable))] // needs a list of sets
mod replace_race;
mod replaced;
mod schemas;
#[cfg(target_pointer_width = "64")] // the library that writes filters knows no 32-bit processor
#[cfg(not(semlock_portable))] // needs system call filters
mod seccomp;
#[cfg(not(semlock_portable))] // needs a list of processes
mod servers;
#[cfg(not(semlock_portable))] // needs a list of processes
mod servers_of_users;
mod session_names;
mod sets;
#[cfg(not(semlock_portable))] // needs a list of processes
mod shells;
mod slots;
#[cfg(not(semlock_portable))] // needs a list of processes
mod storm;
#[cfg(not(semlock_portable))] // needs a list of sets
mod streamed;
mod taken;
#[cfg(target_pointer_width = "64")] // the library that writes filters knows no 32-bit processor
mod timed_wait;
#[cfg(not(semlock_portable))] // needs a list of processes
mod two_users;
#[cfg(not(semlock_portable))] // needs a list of sets
mod two_users_sets;
mod unlock;
mod usage;
mod version;
mod vocabulary;
mod waiting;
mod warnings;
mod watch;
#[cfg(not(semlock_portable))] // needs a list of processes
mod which_program;
#[cfg(not(semlock_portable))] // needs a list of processes
mod who;
#[cfg(not(semlock_portable))] // needs a list of processes
mod whose_lock;
#[cfg(not(semlock_portable))] // needs a list of processes
mod whose_slot;
mod width;
