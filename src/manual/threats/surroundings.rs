//! What can be tried by whoever starts semlock, writes its input or reads its output.

use super::{Threat, threat};

pub(super) const INPUT: [Threat; 6] = [
    threat(
        "Choose a session id of any bytes and of any length",
        "It is hashed, and never used as a path or a command. Without a slot: status 65.",
        &[
            "an_argument_of_any_length_makes_a_short_message",
            "no_message_repeats_what_changes_a_terminal_or_ends_a_line",
            "help_has_no_control_character_whatever_the_program_is_called",
        ],
    ),
    threat(
        "Write the file, or create the names in the directory, that --sessions reads",
        "Names may have any bytes, and are cut after 4,096. Files in the directory are not opened.",
        &[
            "names_without_a_slot_are_counted_and_others_bytes_change_no_terminal",
            "a_line_may_contain_any_bytes",
            "a_directory_with_a_fifo_and_links_is_listed_and_nothing_in_it_is_opened",
        ],
    ),
    threat(
        "Start semlock, through sudo(8) for instance, after having claimed locks in SEMLOCK_HELD",
        "A lock that would have waited may be refused: status 75. No lock is taken or released by it.",
        &["an_ancestor_that_claims_a_lock_gets_a_lock_refused_and_nothing_else"],
    ),
    threat(
        "Set SEMLOCK_KEY or TZ",
        "A value that is no key is refused: status 64. A TZ that names a device or a FIFO means UTC.",
        &[
            "a_key_in_the_environment_that_is_no_key_is_64",
            "a_time_zone_that_is_no_file_of_one_is_utc",
        ],
    ),
    threat(
        "Answer for getent(1), as a directory service: late, without an end, or with garbage",
        "semlock waits at most two seconds a minute for it, and then shows numbers instead of names.",
        &[
            "getent_that_hangs_costs_two_seconds_and_the_names",
            "getent_that_answers_without_an_end_is_not_heard_to_the_end",
            "getent_that_dies_fails_or_prints_garbage_costs_the_names",
        ],
    ),
    threat(
        "Start it with closed descriptors, ignored signals, or small limits",
        "It works, or fails with the reason. What it could not see is kept.",
        &[
            "closed_standard_descriptors_are_no_obstacle",
            "a_caller_that_ignores_its_children_gets_the_same_statuses",
            "with_few_descriptors_what_lives_is_kept",
            "a_file_that_has_reached_its_limit_hides_nothing_that_was_done",
        ],
    ),
];

pub(super) const OUTPUT: [Threat; 4] = [
    threat(
        "Close the output, or no longer read it",
        "semlock ends, and a lock that was taken is not affected.",
        &["it_ends_when_nobody_reads_any_more"],
    ),
    threat(
        "Stop it, or send it signals, while it draws on the terminal",
        "The terminal is left as it was.",
        &[
            "a_signal_ends_it_and_the_terminal_is_as_before",
            "a_job_that_is_stopped_gives_the_terminal_back_and_takes_it_again",
        ],
    ),
    threat(
        "Answer the question before a removal, without having been asked",
        "Only a terminal is asked. Elsewhere, --yes is needed.",
        &[
            "without_a_terminal_several_sets_go_only_with_yes",
            "on_a_terminal_the_plan_is_shown_and_only_a_yes_removes",
        ],
    ),
    threat(
        "Forge a line of the system log, by a name",
        "A message is one line, and escaped.",
        &[
            "a_message_has_a_header_is_escaped_and_is_not_too_long",
            "a_message_has_no_control_character",
        ],
    ),
];
