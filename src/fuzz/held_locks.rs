//! The value of `SEMLOCK_HELD`.

use super::HeldLock;
use crate::fuzz::{Input, Targets};
use crate::session::Mode;
use crate::sysv::Semid;

impl Targets {
    pub(crate) fn held_locks(data: &[u8]) {
        if let Ok(text) = std::str::from_utf8(data) {
            is_only_what_is_written(text);
        }
        is_read_as_written(Input::new(data));
    }
}

/// A lock that is believed is one that semlock writes in the same way, but for the
/// characters of a session id that need no escape.
fn is_only_what_is_written(text: &str) {
    for word in text.split_whitespace() {
        let Ok(lock) = word.parse::<HeldLock>() else { continue };
        let fields = |word: &str| word.rsplit_once(':').map(|(fields, _)| fields.to_owned());
        assert_eq!(fields(&lock.word()), fields(word), "{word:?}");
        assert_eq!(lock.word().parse(), Ok(lock));
    }
}

fn is_read_as_written(mut input: Input) {
    let lock = HeldLock {
        namespace: input.u32().to_string(),
        semid: Semid::new(input.i32() & i32::MAX),
        slot: Some(input.u16()).filter(|slot| slot % 5 != 0),
        mode: if input.u8().is_multiple_of(2) { Mode::Read } else { Mode::Write },
        pid: (input.i32() & i32::MAX).max(1),
        session: input.rest().into(),
    };
    let word = lock.word();
    assert!(word.bytes().all(|byte| byte.is_ascii_graphic()), "{word}");
    let variable = format!("{word} 1:2:3 {word}\t:::::");
    assert_eq!(HeldLock::all(&variable).collect::<Vec<_>>(), [lock.clone(), lock]);
}
