//! How the kernel of macOS lists sets: `IPCS_sem_sysctl()` of bsd/kern/sysv_sem.c.

use libc::c_int;
use nix::errno::Errno;

/// Every header that `next` returns, with its index. It is given a cursor, and returns the
/// first header from there on and the cursor after it.
pub(crate) fn each<T>(
    next: impl Fn(c_int) -> Result<(c_int, T), Errno>,
) -> Result<Vec<(c_int, T)>, Errno> {
    let (mut headers, mut cursor) = (Vec::new(), 0);
    loop {
        match next(cursor) {
            Ok((after, header)) if after > cursor => {
                headers.push((after - 1, header));
                cursor = after;
            }
            // Reading on would not end.
            Ok(_) => return Err(Errno::EINVAL),
            // No set follows; the table ends here, or is not allocated yet.
            Err(Errno::ENOENT | Errno::ERANGE) => return Ok(headers),
            Err(errno) => return Err(errno),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kernel's answers for a table of 8 entries.
    fn table(
        used: &'static [c_int],
        end: Errno,
    ) -> impl Fn(c_int) -> Result<(c_int, c_int), Errno> {
        move |cursor| match used.iter().find(|&&index| index >= cursor) {
            _ if cursor >= 8 => Err(Errno::ERANGE),
            Some(&index) => Ok((index + 1, index * 10)),
            None => Err(end),
        }
    }

    #[test]
    fn every_set_is_listed_with_its_index() {
        let listed = |used| each(table(used, Errno::ENOENT));
        assert_eq!(listed(&[]), Ok(vec![]));
        assert_eq!(listed(&[0]), Ok(vec![(0, 0)]));
        assert_eq!(listed(&[2, 3, 7]), Ok(vec![(2, 20), (3, 30), (7, 70)]));
    }

    #[test]
    fn a_list_that_fails_or_does_not_advance_is_no_list() {
        assert_eq!(each(table(&[1], Errno::EPERM)), Err(Errno::EPERM));
        for stuck in [0, -1] {
            assert_eq!(each(|cursor| Ok((cursor + stuck, ()))), Err(Errno::EINVAL));
        }
    }
}
