//! What `KERN_PROCARGS2` of sysctl(3) says: `sysctl_procargs2()` of bsd/kern/kern_sysctl.c.
//!
//! The number of arguments, the path of the program, NULs up to the next pointer, the
//! arguments, the environment, and strings of the dynamic linker after an empty one.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use crate::system::portable::fields::Number;

/// How a program was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub words: Vec<OsString>,
    /// Each variable ends with a NUL.
    pub environment: Vec<u8>,
}

/// The arguments in these bytes. None if they are cut short.
pub(crate) fn parse(bytes: &[u8]) -> Option<Arguments> {
    let number = usize::try_from(i32::read(bytes)?).ok()?;
    let path = bytes[4..].iter().position(|&byte| byte == 0)?;
    let rest = &bytes[4 + path..];
    let rest = &rest[rest.iter().take_while(|&&byte| byte == 0).count()..];
    let mut strings = rest.split_inclusive(|&byte| byte == 0);
    let word =
        |string: &[u8]| string.strip_suffix(b"\0").map(|word| OsString::from_vec(word.to_vec()));
    let words: Vec<_> = strings.by_ref().take(number).map(word).collect::<Option<_>>()?;
    let variables = strings.take_while(|&string| string != b"\0" && string.ends_with(b"\0"));
    let environment = variables.flatten().copied().collect();
    (words.len() == number).then_some(Arguments { words, environment })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(number: i32, rest: &[u8]) -> Vec<u8> {
        [&number.to_ne_bytes()[..], rest].concat()
    }

    const SHELL: &[u8] = b"/bin/sh\0\0\0\0\0sh\0-c\0a; b\0A=1\0B=\xff\0\0ptr_munge=\0";

    #[test]
    fn arguments_and_variables_are_told_apart_by_their_number() {
        let found = parse(&answer(3, SHELL)).unwrap();
        assert_eq!(found.words, ["sh", "-c", "a; b"]);
        assert_eq!(found.environment, b"A=1\0B=\xff\0");
        let none = Arguments { words: vec![], environment: vec![] };
        assert_eq!(parse(&answer(0, b"/x\0\0")), Some(none));
    }

    #[test]
    fn an_answer_that_is_cut_short_has_no_arguments() {
        assert_eq!(parse(&answer(-1, SHELL)), None);
        assert_eq!(parse(&answer(i32::MAX, SHELL)), None);
        let complete = answer(3, SHELL);
        let end_of_words = 4 + SHELL.iter().position(|&byte| byte == b'A').unwrap();
        for length in 0..end_of_words {
            assert_eq!(parse(&complete[..length]), None, "{length}");
        }
        assert_eq!(parse(&complete[..end_of_words + 2]).unwrap().environment, b"");
    }
}
