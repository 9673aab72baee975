//! Sources of accounts: nsswitch.conf(5).

use super::{Sources, parse};
use crate::fuzz::Targets;

impl Targets {
    pub(crate) fn nsswitch(data: &[u8]) {
        let sources = parse(data, "passwd");
        let services = services(data);
        assert!(
            services.as_ref().is_some_and(|services| fits(services, sources))
                || services.is_none() && sources == Sources::Files
        );
        other_lines_change_nothing(data, sources);
    }
}

/// The services in the last line of passwd, by a reading of the whole text.
fn services(data: &[u8]) -> Option<String> {
    let text: String = data.iter().map(|&byte| char::from(byte)).collect();
    let text = text.replace(['\t', '\r', '\x0c'], " ");
    let lines = text
        .split('\n')
        .map(|line| line.split('#').next().unwrap_or_default().trim_start_matches(' '));
    let mut of_passwd = lines.rev().filter_map(|line| line.strip_prefix("passwd"));
    let services = of_passwd.find(|rest| rest.starts_with([':', ' ']));
    services.map(|rest| rest[1..].trim_matches(' ').to_owned())
}

/// Files are trusted only if they come first; without actions, the answer is exact.
fn fits(services: &str, sources: Sources) -> bool {
    let words: Vec<_> = services.split(' ').filter(|word| !word.is_empty()).collect();
    if services.contains(['[', ']']) {
        return sources == Sources::Others || services.starts_with("files");
    }
    sources
        == match words[..] {
            ["files"] => Sources::Files,
            ["files", ..] => Sources::FilesFirst,
            _ => Sources::Others,
        }
}

fn other_lines_change_nothing(data: &[u8], sources: Sources) {
    let before = [b"passwd: sss files\n# passwd: sss\nhosts: dns\n", data].concat();
    let has_line = services(data).is_some();
    let expected = if has_line { sources } else { Sources::Others };
    assert_eq!(parse(&before, "passwd"), expected);
    let after = [data, b"# passwd: x\n#passwd: sss\npasswdx: sss\ngroup: sss\n"].concat();
    assert_eq!(parse(&after, "passwd"), sources);
    assert_eq!(parse(&after, "group"), Sources::Others);
}
