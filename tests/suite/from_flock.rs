//! Each row of the manual's table for users of flock(1) is true: what the row says
//! is shown with both programs.

mod flock_rows;

use crate::common::both::Both;
use flock_rows::{idioms, options, processes, statuses};
use semlock::internal::FROM_FLOCK;

/// A test for each row, under the words that the row begins with.
macro_rules! rows {
    ($($flock:literal => $module:ident :: $test:ident,)*) => {
        const SHOWN: &[&str] = &[$($flock),*];

        $(#[test]
        fn $test() {
            let row = FROM_FLOCK.iter().find(|row| row.flock == $flock);
            $module::$test(&Both::new(), row.expect("the table has this row"));
        })*
    };
}

rows! {
    "flock FILE COMMAND ARG..." => idioms::a_command_follows_two_dashes,
    "flock FILE -c 'COMMAND'" => idioms::a_line_for_the_shell_names_the_shell,
    "exec 9>FILE; flock 9" => idioms::a_script_locks_without_a_descriptor,
    "flock -u 9" => idioms::a_script_unlocks_for_itself_alone,
    "exec 9>&-" => idioms::closing_a_descriptor_is_unlocking,
    "( flock 9; COMMAND ) 9>FILE" => idioms::a_subshells_lock_ends_with_it,
    "{ flock 9; COMMAND; } 9>FILE" => idioms::braces_end_no_lock,
    "flock -s 9; flock -x 9" => idioms::no_lock_is_converted,
    "OK=$(flock 9 && echo yes)" => idioms::a_substitution_keeps_the_lock_for_the_subshell,
    "timeout 5 flock 9" => processes::wrappers_are_looked_through,
    "echo 9 | xargs flock" => processes::xargs_and_find_have_no_shell_to_keep_a_lock_for,
    "flock FILE sh -c 'DAEMON &'" => processes::children_of_the_command_keep_nothing,
    "exec 9>FILE; flock 9; DAEMON &" => processes::children_of_the_script_keep_nothing,
    "flock FILE flock FILE COMMAND" => processes::a_lock_inside_itself_is_refused,
    "flock FILE1 flock FILE2 COMMAND" => processes::two_are_locked_at_once,
    "[ \"$FLOCKER\" = \"$0\" ] || FLOCKER=$0 exec flock -n \"$0\" \"$0\" \"$@\""
        => processes::no_script_runs_itself_again,
    "-s, -x, -e, -n, -E N" => options::modes_and_nonblock_are_the_same,
    "-w SECS" => options::a_wait_is_the_same_and_takes_units,
    "-o, --close" => options::close_does_nothing,
    "-F, --no-fork" => options::no_fork_does_nothing,
    "--verbose" => options::verbose_says_who_has_the_lock_and_for_whom,
    "Exit status 1: busy" => statuses::busy_is_75,
    "Exit status 69: COMMAND cannot be run" => statuses::what_cannot_be_run_ends_as_in_a_shell,
    "Exit status 66: FILE cannot be opened; 65: not a descriptor"
        => statuses::what_cannot_be_locked_has_statuses_of_its_own,
    "flock /run/lock/NAME COMMAND" => statuses::a_session_id_is_no_path,
    "A FILE that containers or hosts (NFS) share" => statuses::a_lock_ends_at_the_ipc_namespace,
}

#[test]
fn every_row_of_the_table_is_shown_in_its_order() {
    assert_eq!(FROM_FLOCK.map(|row| row.flock), SHOWN);
}
