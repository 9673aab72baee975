//! Every place of the program that writes, and the test that gives it hostile texts.

use super::scan::{all_sources, found, has_means};

/// Tests, and the functions that write what they try.
const TRIED: &[(&str, &[&str])] = &[
    (
        "no_renderer_prints_a_control_character",
        &[
            "cmd/probe_max.rs show",
            "cmd/remove/conclusion.rs written",
            "cmd/remove/removals.rs print_line",
            "cmd/status/all_sets/streamed.rs write",
            "json.rs write",
            "json.rs write_escaped",
            "view/block/deadlock.rs fmt",
            "view/block/session_names.rs write",
            "view/block/text.rs write_slots",
            "view/block/text.rs write_text",
            "view/create.rs fmt",
            "view/finding.rs write_findings",
            "view/metrics.rs write",
            "view/metrics.rs write_metrics",
            "view/probe.rs write_env",
            "view/probe.rs write_scalars",
            "view/probe.rs write_table",
            "view/remove/report.rs fmt",
            "view/remove/text.rs fmt",
            "view/remove/text.rs fmt_room",
            "view/remove/text.rs write_groups",
            "view/remove/text.rs write_steps",
            "view/semaphores/text.rs fmt",
            "view/semaphores/text.rs write_header",
            "view/semaphores/text.rs write_rest",
            "view/semaphores/text.rs write_semaphores",
            "view/semaphores/text.rs write_text",
            "view/set_header.rs fmt",
            "view/sets/text.rs write_sets",
            "view/sets/text.rs write_text",
            "view/text.rs write_filled",
        ],
    ),
    ("no_message_has_a_control_character", &["failure/output.rs report"]),
    ("no_line_has_a_control_character", &["failure/output.rs tell"]),
    (
        "no_format_of_status_has_a_control_character",
        &[
            "cmd/status.rs answer",
            "cmd/status.rs show",
            "cmd/status/output.rs write",
            "cmd/status/output.rs write_text",
        ],
    ),
    (
        "no_frame_and_no_answer_after_another_has_a_control_character",
        &[
            "cmd/status/watch.rs answer",
            "cmd/status/watch.rs on_screen",
            "cmd/status/watch.rs write",
        ],
    ),
    (
        "what_create_says_has_no_control_character",
        &["cmd/create.rs announce", "cmd/create.rs write"],
    ),
    (
        "what_unlock_says_it_cleared_has_no_control_character",
        &["cmd/unlock/without_holder.rs clear_abandoned"],
    ),
    (
        "the_plan_that_is_asked_about_has_no_control_character",
        &["cmd/remove/question.rs agrees", "cmd/remove/question.rs each"],
    ),
    (
        "the_line_has_no_control_characters_but_those_that_redraw_it",
        &["cmd/shared/progress.rs clear", "cmd/shared/progress.rs show"],
    ),
    (
        "whatever_was_typed_an_answer_has_no_control_character_and_no_forged_line",
        &["cmd/complete.rs run"],
    ),
    (
        "help_has_no_control_character_whatever_the_program_is_called",
        &["cli/help.rs laid_out", "cmd/command_line/help.rs print_help", "cmd/mod.rs help"],
    ),
    ("a_message_has_no_control_character", &["system/syslog.rs message", "system/syslog.rs send"]),
    (
        "characters_that_could_change_a_terminal_or_a_line_are_escaped",
        &["system/text.rs write_printable"],
    ),
];

/// Why others need no test.
const UNTRIED: &[(&str, &[&str])] = &[
    (
        "it writes a text as it is: its callers stand here, too",
        &[
            "failure/line.rs say",
            "failure/output.rs ask",
            "failure/output.rs show",
            "system/screen.rs write",
        ],
    ),
    ("only what was compiled in", &["cmd/version.rs print_platform", "cmd/version.rs print_rest"]),
    (
        "another process of semlock reads it",
        &[
            "holder/channel.rs send",
            "probe/prober.rs talk",
            "probe/worker.rs raise",
            "probe/worker.rs run",
        ],
    ),
    (
        "nothing is written, or a byte into a pipe of its own",
        &[
            "holder/keeper.rs keep",
            "system/ffi.rs write_byte",
            "system/program.rs null_device",
            "sysv/linux/mod.rs may_change_limits",
        ],
    ),
];

#[test]
fn every_place_that_writes_is_tried_with_hostile_texts() {
    let mut known: Vec<_> = TRIED.iter().chain(UNTRIED).flat_map(|(_, places)| *places).collect();
    known.sort();
    let found = found();
    let unknown: Vec<_> = found.iter().filter(|place| !known.contains(&&place.as_str())).collect();
    assert!(
        unknown.is_empty(),
        "add these to the table, with the test that tries them: {unknown:#?}"
    );
    assert_eq!(
        found.len(),
        known.len(),
        "these write no longer, or stand twice in the table: {known:#?}"
    );
}

#[test]
fn every_test_of_the_table_exists() {
    let sources = all_sources();
    for (test, _) in TRIED {
        let function = format!("#[test]\n    fn {test}()");
        let functions = [function.replace("    ", ""), function];
        let exists = |source: &String| functions.iter().any(|function| source.contains(function));
        assert!(sources.iter().any(exists), "there is no {test}");
    }
}

#[test]
fn the_scan_finds_each_means_in_code_and_none_in_what_only_asks() {
    for (line, expected) in [
        ("        let mut out = io::stdout().lock();", true),
        ("        writeln!(out, \"{answer}\")?;", true),
        ("    out: &mut impl Write,", true),
        ("    let width = width_of(&io::stdout());", false),
        ("    system::require_stdout()?;", false),
        ("    if answer.use_stderr() {", false),
    ] {
        assert_eq!(has_means(line), expected, "{line}");
    }
}
