//! What the parsers promise for any input.
//!
//! A target checks the promises of one parser for one input, and panics if one is broken.
//! `make fuzz` calls it with millions of inputs, the tests with each file below
//! tests/fuzz/corpus/. Its file is here, but it is a module of the parser, whose private
//! items it can use. So each target is a method of [`Targets`], wherever it is.

mod input;
mod memory_file;
#[cfg(test)]
mod tests;

pub(crate) use input::{Input, words};
pub(crate) use memory_file::MemoryFile;

/// The targets, each defined beside the parser that it checks.
pub(crate) struct Targets;

macro_rules! targets {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $(
            $(#[$doc])*
            pub fn $name(data: &[u8]) {
                Targets::$name(data);
            }
        )*

        /// Every target.
        #[cfg(test)]
        const TARGETS: &[&str] = &[$(stringify!($name)),*];

        /// A test for each target.
        #[cfg(test)]
        mod every_input_of_the_corpus_passes {
            $(
                #[test]
                fn $name() {
                    super::tests::each_input(stringify!($name), super::$name);
                }
            )*
        }
    };
}

targets! {
    /// The slot of a session id is the one that Perl computes.
    slots;
    /// A session id is printed without control characters, and quoted exactly.
    session_ids;
    /// A time is the sum of its parts, and is printed as it can be read.
    durations;
    /// A key is the same number in both of its formats.
    keys;
    /// Modes, sizes and percentages are in their ranges.
    modes;
    /// The locks in `SEMLOCK_HELD` are those that were written.
    held_locks;
    /// A holder's command line means what semlock writes.
    holder_args;
    /// The fields of /proc/PID/stat, whatever the name of the process is.
    stat;
    /// The lines of /proc/PID/status, whatever the name of the process is.
    status;
    /// The lines of /proc/PID/maps, whatever the paths are.
    maps;
    /// The arguments of a call in /proc/PID/syscall.
    syscall;
    /// The control groups in /proc/self/cgroup.
    cgroup;
    /// The options of /proc in /proc/self/mountinfo.
    mountinfo;
    /// The sets in /proc/sysvipc/sem.
    list_of_sets;
    /// The symbols of an ELF file.
    elf;
    /// The sources in nsswitch.conf.
    nsswitch;
    /// The entries of passwd and group.
    accounts;
    /// The usual command line means the same with and without clap.
    command_line;
    /// The words that a shell offers.
    completion;
}
