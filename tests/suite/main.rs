//! The tests of the binary, each file with one subject, and all of them one program:
//! it is linked once.

mod common;

mod administration;
mod answers;
mod any_set;
mod blind;
mod command_line;
mod daemons;
mod deadlock;
mod drain;
mod endings;
mod exit_status;
mod failure;
mod fairness;
mod faults;
mod findings;
mod findings_of_users;
mod for_itself;
mod for_itself_users;
mod for_whom;
mod foreign_text;
mod forged;
mod forms;
mod four_deadlock;
mod from_flock;
mod full;
mod full_table;
mod generated;
mod gvisor;
mod handover;
mod help;
mod hold;
mod httpd;
mod interlock;
mod leaked_session;
mod like_flock;
mod limits;
mod lock;
mod many_sets;
mod messages;
mod missing;
mod names;
mod namespaces;
mod nested;
#[cfg(target_pointer_width = "64")]
mod old_kernels;
mod pages;
mod persist;
mod plain_lock;
#[cfg(semlock_portable)]
mod portable;
mod ported;
mod probe;
mod probe_room;
mod programs;
mod readme;
mod remove;
mod remove_many;
mod remove_race;
mod remove_users;
mod replace;
mod replace_race;
mod replaced;
// The library that writes filters knows no 32-bit processor.
#[cfg(target_pointer_width = "64")]
mod seccomp;
mod servers;
mod servers_of_users;
mod session_names;
mod sets;
mod shells;
mod slots;
mod storm;
mod stress;
mod taken;
#[cfg(target_pointer_width = "64")]
mod timed_wait;
mod two_users;
mod two_users_sets;
mod unlock;
mod usage;
mod vocabulary;
mod waiting;
mod warnings;
mod watch;
mod which_program;
mod who;
mod whose_lock;
mod whose_slot;
mod width;
