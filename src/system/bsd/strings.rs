//! Command lines and environments, as OpenBSD returns them.

/// The strings of an answer that begins with a null-terminated list of pointers to them.
/// None if it has no null pointer.
pub(super) fn after_pointers(answer: &[u8]) -> Option<&[u8]> {
    let mut pointers = answer.chunks_exact(size_of::<usize>());
    let number = pointers.position(|pointer| pointer.iter().all(|&byte| byte == 0))?;
    answer.get((number + 1) * size_of::<usize>()..)
}
