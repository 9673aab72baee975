//! Command lines and environments, as the kernels return them.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

/// The strings of an answer, each of which ends with a zero byte.
pub(super) fn words(strings: &[u8]) -> Vec<OsString> {
    let text = strings.strip_suffix(b"\0").unwrap_or(strings);
    let words = text.split(|&byte| byte == 0).filter(|_| !text.is_empty());
    words.map(|word| OsString::from_vec(word.to_vec())).collect()
}

/// The strings of an answer that begins with pointers to them, the last of which is null.
/// None if it has no null pointer.
pub(super) fn after_pointers(answer: &[u8]) -> Option<&[u8]> {
    let mut pointers = answer.chunks_exact(size_of::<usize>());
    let number = pointers.position(|pointer| pointer.iter().all(|&byte| byte == 0))?;
    answer.get((number + 1) * size_of::<usize>()..)
}
