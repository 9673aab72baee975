//! /proc/PID/stat: `format_process_stat()` of winsup/cygwin/fhandler/process.cc.

use crate::system::record::Record;
use crate::system::words::{number, words};

/// The process that a line describes. None if the line is cut short.
///
/// The name may contain anything, even parentheses and spaces: it ends at the last `)`.
pub(crate) fn parse(line: &[u8]) -> Option<Record> {
    let open = line.iter().position(|&byte| byte == b'(')?;
    let close = line.iter().rposition(|&byte| byte == b')')?;
    let mut fields = words(line.get(close + 1..)?.strip_suffix(b"\n")?);
    let state = fields.next()?;
    let mut id = || number(fields.next()?);
    Some(Record {
        name: line.get(open + 1..close)?.to_vec(),
        ended: state == b"Z",
        parent: id()?,
        group: id()?,
        session: id()?,
        has_terminal: id()? != 0,
        stack: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: &[u8] =
        b" S 811 812 800 8912896 -1 0 900 900 0 0 15 31 15 31 20 0 0 0 1234 5 6 7\n";

    #[test]
    fn a_line_has_the_name_and_the_parents_of_a_process() {
        for name in [&b"bash"[..], b"a) Z 7 (b", b"gr\xc3", b""] {
            let record = parse(&[b"812 (", name, b")", REST].concat()).unwrap();
            assert_eq!((&record.name[..], record.ended), (name, false));
            assert_eq!((record.parent, record.group, record.session), (811, 812, 800));
            assert!(record.has_terminal);
        }
        let defunct = b"812 (<defunct>) Z 1 812 812 0 -1 0 0 0 0 0 0 0 0 0 0 0 0 0 12 0 0 0\n";
        let record = parse(defunct).unwrap();
        assert!(record.ended && !record.has_terminal);
    }

    #[test]
    fn a_line_that_is_cut_short_is_no_process() {
        let line = [b"812 (bash)", REST].concat();
        for length in 0..line.len() {
            assert_eq!(parse(&line[..length]), None, "{length}");
        }
        assert_eq!(parse(b"812 )bash( S 1 2 3 4\n"), None);
        assert_eq!(parse(b"812 (bash) S 1 x 3 4\n"), None);
    }
}
