//! A selection of sets, written as options again: for commands that are offered.

use std::fmt::Display;
use std::time::Duration;

use crate::cli::Many;
use crate::system::Text;

/// The options that select the same sets.
pub(crate) fn selection_options(many: &Many, idle: Option<Duration>) -> Vec<String> {
    let Many { orphaned, owner, creator, nsems, private, program } = many;
    let idle = idle.map(|idle| format!("{}s", idle.as_secs_f64()));
    let options = [
        flag("--orphaned", *orphaned),
        flag("--private", *private),
        option("--owner", owner.as_ref()),
        option("--creator", creator.as_ref()),
        option("--nsems", nsems.as_ref()),
        option("--program", program.as_ref()),
        option("--idle", idle.as_ref()),
    ];
    options.concat()
}

fn flag(name: &str, is_given: bool) -> Vec<String> {
    is_given.then(|| name.into()).into_iter().collect()
}

fn option(name: &str, value: Option<&impl Display>) -> Vec<String> {
    value.map_or_else(Vec::new, |value| vec![name.into(), value.to_string()])
}

/// A name as it can be typed, if every character of it can.
pub(crate) fn typed_name(name: &Text) -> Option<String> {
    let can_be_typed = |byte: &u8| byte.is_ascii_graphic() && *byte != b'\\';
    name.as_bytes().iter().all(can_be_typed).then(|| name.to_string())
}

/// The same where a number would be a pid or a user id.
pub(crate) fn typed_name_not_a_number(name: &Text) -> Option<String> {
    typed_name(name).filter(|name| name.starts_with(|first: char| first.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_is_written_as_it_was_given() {
        let many = Many {
            orphaned: true,
            owner: Some("www-data".into()),
            nsems: Some(3),
            private: true,
            ..Many::default()
        };
        assert_eq!(
            selection_options(&many, Some(Duration::from_millis(1500))).join(" "),
            "--orphaned --private --owner www-data --nsems 3 --idle 1.5s"
        );
        assert!(selection_options(&Many::default(), None).is_empty());
    }

    #[test]
    fn names_are_typed_only_if_they_read_back_the_same() {
        let cases = [
            ("perl", Some("perl"), Some("perl")),
            ("[kworker/0]", Some("[kworker/0]"), None),
            ("7z", Some("7z"), None),
            ("a b", None, None),
            ("a\\nb", None, None),
            ("\u{fc}", None, None),
        ];
        for (name, any, not_a_number) in cases {
            let name = Text::from_static(name);
            assert_eq!(typed_name(&name).as_deref(), any);
            assert_eq!(typed_name_not_a_number(&name).as_deref(), not_a_number);
        }
    }
}
