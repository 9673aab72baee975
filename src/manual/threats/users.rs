//! What other users can try on the same machine.

use super::{Threat, threat};

pub(super) const ANY_USER: [Threat; 13] = [
    threat(
        "Put control characters into the name or the command line of a process, or into a session id",
        "They are escaped wherever they are shown. No name controls the terminal or forges a line.",
        &[
            "the_name_of_a_process_is_never_printed_raw",
            "the_session_of_another_users_holder_is_never_printed_raw",
            "json_has_the_name_as_it_is_but_for_what_is_no_text",
            "no_renderer_prints_a_control_character",
            "every_place_that_writes_is_tried_with_hostile_texts",
        ],
    ),
    threat(
        "Choose a name that changes a suggested command, or what a shell completes",
        "Every word is quoted. A command or a candidate that cannot be shown exactly is left out.",
        &[
            "a_shell_reads_every_word_as_it_was",
            "a_command_with_what_cannot_be_shown_is_not_exact",
            "the_text_of_other_users_cannot_forge_a_candidate",
            "a_session_cannot_forge_a_candidate",
        ],
    ),
    threat(
        "Pretend to have a lock, by a name, a command line or SEMLOCK_HELD",
        "Nothing changes: a process is believed only if the kernel lets it alter the set and the \
         values agree.",
        &[
            "claims_of_a_user_without_rights_change_no_answer",
            "who_may_not_alter_a_block_is_no_reader_of_it_whatever_it_says",
        ],
    ),
    threat(
        "Lock, unlock, replace or remove a set of another user",
        "The kernel refuses it: status 77.",
        &[
            "a_block_of_another_users_is_refused_with_77",
            "who_may_not_replace_a_block_is_told_who_may_and_leaves_it_as_it_was",
            "only_owner_creator_and_root_remove_a_block",
        ],
    ),
    threat(
        "Start processes until one has the pid of a process that has ended",
        "A process that started later is another one. It neither keeps an abandoned lock alive nor \
         is it signalled.",
        &[
            "a_pid_that_a_later_process_has_does_not_keep_an_abandoned_lock_alive",
            "a_set_whose_last_user_lives_is_in_use_unless_the_pid_is_another_process_by_now",
            "a_later_process_with_the_same_pid_is_another_one",
        ],
    ),
    threat(
        "Have a set removed that a living process of another user uses",
        "Every process that could use the set keeps it, whatever others do, and however fast \
         processes come and go.",
        &[
            "a_set_that_a_living_process_could_know_is_never_called_orphaned_nor_removed",
            "an_owner_lives_whatever_its_name_is",
            "no_living_owner_is_overlooked_while_processes_fork_and_end_without_a_pause",
        ],
    ),
    threat(
        "Imitate a program or a library that semlock knows by its name",
        "This affects only that process, and only sets that no other process could use.",
        &["a_library_with_a_known_name_excuses_only_its_own_process"],
    ),
    threat(
        "Make a command line or an environment of gigabytes",
        "No more is read than execve(2) accepts, and less than that is shown.",
        &["a_command_line_of_gigabytes_takes_neither_memory_nor_time"],
    ),
    threat(
        "Map a file that is made to look like a huge library, or is a FIFO or another file by now",
        "A limited part of it is read, and only of the file that is mapped. The program is unclear \
         if that is not enough.",
        &[
            "a_library_with_thousands_of_huge_parts_takes_neither_memory_nor_time",
            "garbage_does_not_cause_a_panic",
            "only_regular_files_are_programs",
            "a_path_counts_only_if_the_mapped_inode_is_there",
        ],
    ),
    threat(
        "Stop a process that pretends to be a holder of semlock",
        "semlock does not wait for it.",
        &["a_stopped_process_delays_no_answer"],
    ),
    threat(
        "Start and end processes without a pause, or use up all pids",
        "If semlock cannot see everything, the verdict is unknown, nothing is removed, and no check \
         passes.",
        &[
            "a_gap_in_the_survey_makes_an_orphaned_set_unknown",
            "at_the_limit_of_processes_it_works_without_a_thread_or_says_what_is_missing",
            "without_proc_nothing_is_orphaned_and_no_check_is_an_all_clear",
        ],
    ),
    threat(
        "Use up the table of sets (SEMMNI)",
        "The kernel allows it. semlock names the owners of most sets, and what makes room.",
        &[
            "the_owners_of_a_full_table_are_named",
            "orphaned_sets_are_named_where_there_is_no_room_and_removing_them_makes_some",
        ],
    ),
    threat(
        "Have an account whose name is not one word, in a directory service",
        "It is escaped, in one column.",
        &["the_name_of_an_account_is_never_printed_raw_nor_takes_two_columns"],
    ),
];

pub(super) const MAY_ALTER: [Threat; 4] = [
    threat(
        "Pretend to have a lock that another process has",
        "The kernel names the writer. If more readers claim a slot than it has, none is believed.",
        &["claims_of_a_user_who_may_alter_the_block_change_no_answer"],
    ),
    threat(
        "Never release a lock",
        "status names the process and the command that ends it. unlock takes no lock from a living \
         process without --force.",
        &[
            "who_has_what_others_wait_for_is_to_be_ended",
            "unlock_never_takes_a_lock_from_a_living_process_without_force",
            "a_lock_that_is_forced_away_takes_nothing_from_the_next_holder",
        ],
    ),
    threat(
        "Set the values of the semaphores",
        "Each value has one meaning. A value that neither semlock nor the Perl module would write \
         is shown as unknown.",
        &["each_value_of_a_writer_semaphore_has_one_meaning"],
    ),
    threat(
        "Take a lock, or begin to wait, while the block is removed or the question is answered",
        "The block stays: it is removed only with every lock of it taken, and looked at again \
         after the answer.",
        &[
            "no_holder_loses_its_lock_and_no_client_that_waited_is_cut_off",
            "what_comes_into_use_while_the_question_waits_for_an_answer_is_kept",
        ],
    ),
];

pub(super) const OWNER: [Threat; 3] = [
    threat(
        "Pretend to have a lock",
        "As for a user who may alter the set.",
        &["claims_of_the_owner_of_the_block_change_no_answer"],
    ),
    threat(
        "Remove or replace the set while root uses it",
        "A semlock that waits fails: status 69. A set with the same key is another set.",
        &[
            "twelve_waiters_whose_block_is_removed_leave_twelve_whole_messages_in_one_log",
            "a_set_replaced_by_another_between_two_calls_is_no_set_any_more",
        ],
    ),
    threat(
        "Give a set to root",
        "The set keeps its creator, who counts when it is judged.",
        &[
            "an_ordinary_user_may_give_its_block_away",
            "root_counts_where_root_owns_or_created_the_set_or_started_its_owners_processes",
        ],
    ),
];

pub(super) const NAMESPACES: [Threat; 4] = [
    threat(
        "Lock from another pid namespace, or from outside of the container",
        "The process is unknown, and its lock is never called abandoned. A set that may be used \
         from outside is never called orphaned.",
        &[
            "a_writer_of_another_pid_namespace_is_unknown_and_not_abandoned",
            "in_a_container_a_set_that_may_be_used_from_outside_is_at_best_unknown",
        ],
    ),
    threat(
        "Show root the /proc of another pid namespace, or hide processes in it",
        "Nothing is taken from it.",
        &[
            "where_the_file_system_proc_is_another_namespaces_nothing_is_taken_from_it",
            "a_check_of_all_namespaces_is_no_all_clear_where_processes_are_hidden",
        ],
    ),
    threat(
        "Use the same key in another IPC namespace",
        "It is another block. A lock in it, or an environment that names it, means nothing here.",
        &[
            "containers_that_share_semaphores_exclude_each_other_and_others_find_no_block",
            "the_environment_of_another_namespace_or_of_a_dead_ancestor_is_not_believed",
        ],
    ),
    threat(
        "Be root of a user namespace",
        "Such a process has the rights that its user has outside that namespace, and no more.",
        &["root_of_another_user_namespace_may_do_here_what_its_user_may"],
    ),
];
