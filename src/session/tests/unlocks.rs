//! Removing locks that no process will release.

use Mode::{Read, Write};

use super::{Mode, block, leave_behind, lock, slot, values};
use crate::session::{ReaderUnlock, Tag, WriterUnlock};
use crate::sysv::{Op, Outcome, Pid, Wait, own_table};

#[test]
fn a_writer_flag_is_lowered_only_if_the_process_that_raised_it_is_gone() {
    let block = block(1);
    let unlock = |is_gone| block.unlock_abandoned_writer(slot(0), |_| is_gone);
    assert_eq!(unlock(true), Ok(WriterUnlock::NotRaised));
    leave_behind(block, 1, 1);
    let asked = block.unlock_abandoned_writer(slot(0), |pid| {
        assert_eq!(pid, Some(Pid::own()));
        assert_eq!(values(block), [1, 1], "a count keeps out others in the meantime");
        false
    });
    assert_eq!(asked, Ok(WriterUnlock::HeldBy(Some(Pid::own()))));
    assert_eq!(values(block), [0, 1]);
    assert_eq!(unlock(true), Ok(WriterUnlock::Lowered));
    assert_eq!(values(block), [0, 0]);
    own_table::undo();
    assert_eq!(values(block), [0, 0]);
}

#[test]
fn a_flag_that_is_not_lowered_is_not_called_lowered() {
    let block = block(1);
    leave_behind(block, 1, 1);
    let unlocked = block.unlock_abandoned_writer(slot(0), |_| {
        assert_eq!(block.force_unlock_reader(slot(0)), Ok(ReaderUnlock::Removed));
        true
    });
    assert_eq!(unlocked, Ok(WriterUnlock::Readers), "the guard was taken away");
    assert_eq!(values(block), [0, 1]);
}

#[test]
fn an_abandoned_flag_is_left_alone_beside_readers_and_where_it_means_something_else() {
    let block = block(2);
    let unlock = |index| block.unlock_abandoned_writer(slot(index), |_| true);
    lock(block, &[0], Read);
    leave_behind(block, 2, 1);
    assert_eq!(unlock(0), Ok(WriterUnlock::Readers));
    assert_eq!(values(block), [1, 0, 1, 0]);
    assert_eq!(lock(block, &[1], Write).persist(|_| Tag::BY_SLOT), Ok(Outcome::Done));
    assert_eq!(unlock(1), Ok(WriterUnlock::Persistent));
    leave_behind(block, 3, 3);
    assert_eq!(unlock(1), Ok(WriterUnlock::HeldBy(Some(Pid::own()))), "a value of no lock");
    assert_eq!(values(block), [1, 0, 1, 5]);
}

#[test]
fn one_count_of_a_reader_is_forced_away_and_a_flag_altogether() {
    let block = block(1);
    assert_eq!(block.force_unlock_reader(slot(0)), Ok(ReaderUnlock::NotThere));
    leave_behind(block, 0, 2);
    assert_eq!(block.force_unlock_reader(slot(0)), Ok(ReaderUnlock::Removed));
    assert_eq!(values(block), [1, 0]);
    let raise = [Op::with_undo(1, 1)];
    assert_eq!(block.set().operate(&raise, Wait::Not), Ok(Outcome::Done));
    block.force_unlock_writer(slot(0)).unwrap();
    leave_behind(block, 1, 1);
    own_table::undo();
    assert_eq!(values(block), [1, 1], "the end of the old holder takes nothing");
}
