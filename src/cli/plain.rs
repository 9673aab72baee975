//! The most frequent command line, parsed without clap.
//!
//! Clap takes longer than the rest of `semlock lock SESSION -- true`. So this format
//! is parsed here, and any other by clap. A test checks that both give the same result.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use super::LockArgs;
use super::time::time;

/// Parses `semlock lock [-s|-x|-e] [-n] [-w TIME] SESSION -- COMMAND...`. None for
/// anything else: clap checks whether a second SESSION is really one.
pub fn plain_lock(arguments: &[OsString]) -> Option<LockArgs> {
    let [_, lock, words @ ..] = arguments else { return None };
    let end = words.iter().position(|word| word == "--")?;
    let mut args = LockArgs { command: words[end + 1..].to_vec(), ..LockArgs::default() };
    let mut words = words[..end].iter();
    while let Some(word) = words.next() {
        match word.as_bytes() {
            b"-s" => (args.shared, args.exclusive) = (true, false),
            b"-x" | b"-e" => (args.shared, args.exclusive) = (false, true),
            b"-n" => args.nonblock = true,
            b"-w" => args.wait = Some(words.next().and_then(|word| time(word.to_str()?).ok())?),
            [b'-', ..] => return None,
            _ => args.which.sessions.push(word.clone()),
        }
    }
    let whole = lock == "lock" && args.which.sessions.len() == 1 && !args.command.is_empty();
    whole.then_some(args)
}
