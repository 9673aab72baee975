//! What the value of a semaphore means. Only this file knows these numbers.
//!
//! Clients of the module only ask whether a semaphore is 0. So the value above 0 can tell
//! a lock that no process holds from one that a process holds, which adds 1. The highest
//! value is 32,767 (SEMVMX).
//!
//! | writer semaphore | meaning |
//! |---|---|
//! | 0 | free |
//! | 1 | the lock of a process, or an abandoned lock |
//! | 2 | a persistent lock that was taken for no session, or by a semlock without tags |
//! | 3 | the same, and a process's count that was removed and has come back |
//! | 4 to 16,383 | no lock: the set belongs to another program |
//! | 16,384 + tag | a persistent lock that was taken for sessions |
//!
//! A reader semaphore is the number of readers, plus 4,096 for each persistent lock. There
//! is no room for tags beside this many readers.

use crate::sysv::Op;

/// What one persistent read lock adds.
const PERSISTENT_READER: u16 = 4096;

/// The lowest value of a writer semaphore that means a persistent lock.
const FIRST_BY_SLOT: u16 = 2;

/// The lowest value of a writer semaphore that means no lock.
const FIRST_FOREIGN: u16 = 4;

/// What a writer semaphore has above the tag of sessions.
const TAGGED: u16 = 16384;

/// How many tags there are: 1 to 16,383.
const TAGS: u16 = 16383;

/// What the value of a writer semaphore means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    /// There is no write lock.
    Free,
    /// A process has the write lock, or has ended and left it.
    Live,
    /// The lock is persistent: it stays until it is unlocked.
    Persistent(Tag),
    /// No lock has this value.
    Foreign(u16),
}

impl Flag {
    /// The meaning of a value.
    pub fn of(value: u16) -> Self {
        match value {
            0 => Self::Free,
            1 => Self::Live,
            FIRST_BY_SLOT..FIRST_FOREIGN | TAGGED.. => Self::Persistent(Tag(value)),
            FIRST_FOREIGN..TAGGED => Self::Foreign(value),
        }
    }

    /// Whether it excludes others.
    pub fn is_raised(self) -> bool {
        self != Self::Free
    }

    /// Whether it is a persistent lock.
    pub fn is_persistent(self) -> bool {
        matches!(self, Self::Persistent(_))
    }
}

/// What a persistent write lock was taken for, as part of the semaphore's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag(u16);

impl Tag {
    /// The tag of a lock that was taken for its slot, not for sessions.
    pub const BY_SLOT: Self = Self(FIRST_BY_SLOT);

    /// The same beside a process's count.
    const BY_SLOT_AND_COUNT: Self = Self(FIRST_BY_SLOT + 1);

    /// The tag of a lock that was taken for these sessions together, which have the same
    /// slot. Their order does not matter, and each counts once.
    ///
    /// The tag is 1 + h mod 16,383, where h is the 64-bit FNV-1a hash of the ids, sorted by
    /// their bytes, with a zero byte between each two. It must never change: other versions
    /// of semlock compare it.
    pub fn of_sessions<'a>(ids: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut ids: Vec<_> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        Self(TAGGED + 1 + remainder(fnv_1a(&ids.join(&0)), TAGS))
    }

    /// Whether the lock was taken for sessions.
    pub(crate) fn is_of_sessions(self) -> bool {
        self.0 >= TAGGED
    }

    /// Whether the lock may have been taken for these sessions: for all of them together or
    /// for one of them. 1 of 16,383 other sessions has the same tag.
    pub(crate) fn may_be_of(self, ids: &[&[u8]]) -> bool {
        let together = Self::of_sessions(ids.iter().copied());
        self.is_of_sessions()
            && (self == together || ids.iter().any(|&id| self == Self::of_sessions([id])))
    }

    /// What the lock adds to the writer semaphore.
    pub(super) fn amount(self) -> i16 {
        i16::try_from(self.0).expect("a semaphore counts to i16::MAX")
    }

    /// The operations that remove the lock with this tag, and no other: if the semaphore
    /// would not become 0, nothing is done. A process's count that has come back stays.
    pub(super) fn removal(self, writer: u16) -> [Op; 3] {
        // If that is 0, the last operation waits for zero, and it is zero.
        let count = i16::from(self == Self::BY_SLOT_AND_COUNT);
        [
            Op::without_undo(writer, -self.amount()),
            Op::zero(writer),
            Op::without_undo(writer, count),
        ]
    }
}

/// What the value of a reader semaphore means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Readers {
    /// How many read locks processes have, or have left.
    pub live: i32,
    /// How many persistent read locks there are.
    pub persistent: i32,
}

impl Readers {
    /// What one persistent lock adds.
    pub(super) const PERSISTENT: i16 = PERSISTENT_READER.cast_signed();

    /// The meaning of a value.
    pub fn of(value: u16) -> Self {
        let (live, persistent) = (value % PERSISTENT_READER, value / PERSISTENT_READER);
        Self { live: live.into(), persistent: persistent.into() }
    }

    /// How many read locks of both kinds there are.
    pub fn all(self) -> i32 {
        self.live + self.persistent
    }
}

/// The FNV-1a hash of 64 bits: draft-eastlake-fnv.
fn fnv_1a(bytes: &[u8]) -> u64 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x100_0000_01b3;
    bytes.iter().fold(BASIS, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}

fn remainder(number: u64, divisor: u16) -> u16 {
    u16::try_from(number % u64::from(divisor)).expect("a remainder is below its divisor")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tags of these sessions together.
    fn tag(ids: &[&str]) -> u16 {
        Tag::of_sessions(ids.iter().map(|id| id.as_bytes())).0 - TAGGED
    }

    #[test]
    fn the_hash_is_the_one_that_is_documented() {
        // Test vectors of draft-eastlake-fnv.
        for (text, hash) in [
            ("", 0xcbf2_9ce4_8422_2325),
            ("a", 0xaf63_dc4c_8601_ec8c),
            ("foobar", 0x8594_4171_f739_67e8),
        ] {
            assert_eq!(fnv_1a(text.as_bytes()), hash, "{text:?}");
        }
    }

    #[test]
    fn tags_never_change() {
        // Computed by another program: other versions have left these in blocks.
        for (ids, expected) in [
            (&["a"][..], 8_963),
            (&["foobar"], 388),
            (&["0123456789abcdef0123456789abcdef"], 9_517),
            (&["a", "b"], 15_976),
        ] {
            assert_eq!(tag(ids), expected, "{ids:?}");
        }
    }

    #[test]
    fn the_order_of_sessions_does_not_matter_and_each_counts_once() {
        assert_eq!(tag(&["a", "b"]), tag(&["b", "a", "b"]));
        assert_ne!(tag(&["a", "b"]), tag(&["a"]));
        assert_ne!(tag(&["a", "b"]), tag(&["ab"]));
        // By exclusive or, these two would be the tag of nothing.
        assert_ne!(tag(&["a", "a"]), 0);
    }

    #[test]
    fn no_tag_looks_like_another_kind_of_lock() {
        for number in 0..100_000 {
            let tag = Tag::of_sessions([number.to_string().as_bytes()]);
            assert!((TAGGED + 1..=32767).contains(&tag.0), "{tag:?}");
            assert_eq!(Flag::of(tag.0), Flag::Persistent(tag));
            assert!(tag.is_of_sessions() && tag.amount() > 0);
        }
    }

    #[test]
    fn tags_of_similar_sessions_are_spread() {
        let mut seen = vec![0; usize::from(TAGS) + 1];
        for number in 0..16_383 {
            seen[usize::from(tag(&[&format!("session-{number}")]))] += 1;
        }
        assert_eq!(seen[0], 0);
        assert!(*seen.iter().max().unwrap() < 10, "as random numbers: 7 or 8");
        let unused = seen.iter().filter(|&&times| times == 0).count();
        assert!((5_500..6_500).contains(&unused), "{unused} unused, 1 of e are 6,027");
    }

    #[test]
    fn a_tag_may_be_of_one_of_the_sessions_or_of_all_together() {
        let [a, b, c] = [&b"a"[..], b"b", b"c"];
        let both = Tag::of_sessions([b, a]);
        assert!(both.may_be_of(&[a, b]));
        assert!(!both.may_be_of(&[a]) && !both.may_be_of(&[b]) && !both.may_be_of(&[a, b, c]));
        assert!(Tag::of_sessions([a]).may_be_of(&[b, a]));
        assert!(!Tag::BY_SLOT.may_be_of(&[a, b]) && !Tag::BY_SLOT.is_of_sessions());
    }

    #[test]
    fn each_value_of_a_writer_semaphore_has_one_meaning() {
        assert_eq!([0, 1].map(Flag::of), [Flag::Free, Flag::Live]);
        for value in 2..=u16::MAX {
            let flag = Flag::of(value);
            let is_foreign = (4..16384).contains(&value);
            assert_eq!(flag == Flag::Foreign(value), is_foreign, "{value}");
            assert_eq!(flag.is_persistent(), !is_foreign, "{value}");
        }
        assert_eq!(Flag::of(2), Flag::Persistent(Tag::BY_SLOT));
        assert!(!Flag::of(0).is_raised() && Flag::of(1).is_raised() && Flag::of(4).is_raised());
    }

    #[test]
    fn readers_are_counted_beside_persistent_locks() {
        let readers = Readers::of(2 * 4096 + 3);
        assert_eq!(readers, Readers { live: 3, persistent: 2 });
        assert_eq!(readers.all(), 5);
        assert_eq!(Readers::of(32767), Readers { live: 4095, persistent: 7 });
    }
}
