//! What a word at the end of a line is, and what else the line lets in.

use super::*;

fn words(line: &str) -> Vec<OsString> {
    line.split_whitespace().map(Into::into).collect()
}

fn value(line: &str, word: &str) -> Value {
    match Line::new(&words(line)).place(OsStr::new(word)) {
        Place::Value(value) => *value,
        Place::Name => panic!("{line} {word}: a name"),
        Place::Command { .. } => panic!("{line} {word}: a command"),
    }
}

#[test]
fn a_word_is_a_value_of_the_argument_that_takes_it() {
    for (line, word, id, typed, prefix) in [
        ("semlock status --key", "3", "key", "3", ""),
        ("semlock status", "--key=3", "key", "3", "--key="),
        ("semlock lock", "-w5", "wait", "5", "-w"),
        ("semlock lock", "a", "sessions", "a", ""),
    ] {
        let value = value(line, word);
        assert_eq!(value.argument.get_id(), id, "{line} {word}");
        assert_eq!((&*value.typed, &*value.prefix), (typed, prefix), "{line} {word}");
    }
    let further = value("semlock lock a b", "c");
    assert_eq!(further.others, words("a b"));
    assert!(further.dash_is_option);
}

#[test]
fn a_word_that_no_argument_takes_is_a_name() {
    for (line, word) in [("semlock", "lo"), ("semlock status", "--k"), ("semlock lock", "-")] {
        let place = Line::new(&words(line)).place(OsStr::new(word));
        assert!(matches!(place, Place::Name), "{line} {word}");
    }
}

#[test]
fn a_word_behind_the_dashes_is_of_a_command() {
    for (line, begins) in [("semlock lock a --", 4), ("semlock lock a -- ls -l", 4)] {
        let place = Line::new(&words(line)).place(OsStr::new("x"));
        assert!(matches!(place, Place::Command { begin } if begin == begins), "{line}");
    }
}

#[test]
fn an_argument_that_is_optional_or_has_an_optional_value_may_be_left_out() {
    assert!(value("semlock lock", "a").may_be_left_out());
    assert!(value("semlock lock", "--create=3").may_be_left_out());
    assert!(!value("semlock status --key", "3").may_be_left_out());
}

#[test]
fn a_value_that_begins_with_a_dash_may_be_taken_for_an_option() {
    let session = value("semlock lock", "a");
    assert!(session.would_be_option("-a"));
    assert!(session.would_be_option("-5"));
    assert!(!session.would_be_option("a"));
    let behind = Value { dash_is_option: false, ..value("semlock lock", "a") };
    assert!(!behind.would_be_option("-a"));
    let key = value("semlock status --key", "3");
    assert!(key.argument.is_allow_negative_numbers_set());
    assert!(
        !Value { dash_is_option: true, ..value("semlock status --key", "3") }.would_be_option("-5")
    );
    assert!(
        Value { dash_is_option: true, ..value("semlock status --key", "3") }.would_be_option("-x")
    );
    assert!(
        !Value { dash_is_option: true, ..value("semlock status", "--key=3") }.would_be_option("-x")
    );
}

#[test]
fn an_option_may_follow_where_no_value_is_missing() {
    for (line, takes) in [
        ("semlock", true),
        ("semlock lock", true),
        ("semlock lock --wait", false),
        ("semlock lock --wait x", true),
        ("semlock lock a --", false),
        ("semlock --version", false),
    ] {
        assert_eq!(Line::new(&words(line)).takes_options(), takes, "{line}");
    }
}

#[test]
fn a_line_has_a_definition_and_what_is_given() {
    let mut line = Line::new(&words("semlock lock a --foo"));
    let given = line.given().unwrap();
    assert_eq!(given.subcommand(), Some("lock"));
    assert_eq!(line.command(&given).get_name(), "lock");
    assert_eq!(line.semlock().get_name(), "semlock");
    assert!(line.semlock().find_subcommand("status").is_some());
    let mut none = Line::new(&words("semlock"));
    let given = none.given().unwrap();
    assert_eq!(none.command(&given).get_name(), "semlock");
    assert!(Line::new(&words("semlock lock --help")).given().is_none());
}

#[test]
fn only_the_word_after_help_is_of_help() {
    for (line, is_help) in [
        ("semlock help", true),
        ("semlock", false),
        ("semlock lock", false),
        ("semlock help lock", false),
    ] {
        assert_eq!(Line::new(&words(line)).is_help(), is_help, "{line}");
    }
}

#[test]
fn an_option_is_accepted_once_and_without_conflict_unless_it_may_be_repeated() {
    for (line, option, accepts) in [
        ("semlock lock a", "wait", true),
        ("semlock lock a", "nonblock", true),
        ("semlock lock a --wait 5", "wait", false),
        ("semlock lock a --nonblock", "nonblock", false),
        ("semlock lock a --session b", "session", true),
        ("semlock lock a --key 5", "id", false),
        ("semlock lock a --persist", "for", false),
        ("semlock lock a --shared", "drain", false),
        ("semlock lock a --foo", "wait", true),
    ] {
        let mut parsed = Line::new(&words(line));
        let given = parsed.given().unwrap();
        let is_it = |one: &&Arg| one.get_long() == Some(option);
        let argument = parsed.command(&given).get_arguments().find(is_it).unwrap().clone();
        assert_eq!(parsed.accepts(&argument, &given), accepts, "{line} {option}");
    }
    let mut line = Line::new(&words("semlock lock"));
    let given = line.given().unwrap();
    let positional = line.command(&given).get_positionals().next().unwrap().clone();
    assert!(!line.accepts(&positional, &given));
}
