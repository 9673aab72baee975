//! Locks that processes claim to have. The kernel decides whether they are believed.

use std::fs;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::*;
use crate::holder;
use crate::judge::slot_holders::LockClaims;
use crate::judge::{Liveness, SlotHolder, SlotUse, Survey};
use crate::session::{Block, Counts, DEFAULT_KEY, Flag, Mode, Readers, Slot};
use crate::system::{self, own_child::OwnChild};
use crate::sysv::{Set, own_table};

/// A process that waits until it is killed, and claims locks.
struct Claiming(OwnChild);

impl Claiming {
    /// A command: its environment names it.
    fn command(block: Block, slot: &str, mode: &str) -> Self {
        let namespace = system::ipc_namespace().ok().unwrap();
        let semid = block.set().semid();
        let held = format!("SEMLOCK_HELD={namespace}:{semid}:{slot}:{mode}:$$:a");
        Self::start(Command::new("sh").arg("-c").arg(format!("{held} exec cat")))
    }

    /// A holder: its command line says so. A shell runs a script with the name `hold`.
    fn holder(block: Block, owner: i32, directory: &PathBuf) -> Self {
        fs::create_dir_all(directory).unwrap();
        fs::write(directory.join("hold"), "read line; echo; read line").unwrap();
        let namespace = system::ipc_namespace().ok().unwrap();
        let semid = block.set().semid();
        Self::start(Command::new("sh").arg0("semlock").current_dir(directory).args([
            "hold",
            &format!("--for={owner}"),
            &format!("--id={semid}"),
            &format!("--namespace={namespace}"),
            "--shared",
            "--slot=1",
        ]))
    }

    /// Starts it, and returns when it has written a line, or what it was sent.
    fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = OwnChild::start(command);
        writeln!(child.stdin.as_mut().unwrap()).unwrap();
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut [0]).unwrap();
        Self(child)
    }

    fn process(&self, name: &str) -> Process {
        let here = system::ipc_namespace().ok().unwrap();
        let process = process(self.0.pid().raw(), ROOT, -9_000.0).named(name);
        process.with(|process| process.namespaces = Entry::Is(vec![here]))
    }
}

fn counts(slot: u16, readers: i32, flag: Flag, pid: Option<Pid>) -> Counts {
    let readers = Readers { live: readers, persistent: 0 };
    Counts { slot: Slot::new(slot), readers, flag, waiting: 0, pid }
}

#[test]
fn no_more_readers_are_believed_than_are_counted_and_a_writer_if_the_flag_names_it() {
    own_table::enter();
    let block = Block::create(DEFAULT_KEY, 4, 0o700).unwrap();
    let (semid, info) = (block.set().semid(), block.set().info().unwrap());
    let directory = std::env::temp_dir().join(format!("claims-{}", std::process::id()));
    let [reads, writes] = ["r", "w"].map(|mode| Claiming::command(block, "0", mode));
    let keeps = Claiming::holder(block, 1, &directory);
    fs::remove_dir_all(&directory).unwrap();
    let [reader, writer] = [&reads, &writes].map(|claiming| claiming.process("cat"));
    let [keeper, pids] = [keeps.process("semlock-holds"), reader.clone()];
    let (read_by, written_by, kept_by) = (pids.pid, writer.pid, keeper.pid);
    let processes = survey(vec![init(), reader, writer.clone(), keeper]);

    let mut commands = holder::commands(semid, &processes);
    assert_eq!(commands.iter().map(|one| one.pid).collect::<Vec<_>>(), [read_by]);
    commands.extend(holder::writing_command(semid, &writer));
    let holders = Holders::among(&processes);
    let claims = LockClaims::of(block, &info, &processes, &holders, commands.clone());
    let sessions = vec![b"a".to_vec()];
    let read = SlotHolder { pid: read_by, owner: None, mode: Mode::Read, sessions };
    let written = SlotHolder { pid: written_by, mode: Mode::Write, ..read.clone() };
    let kept = SlotHolder { pid: kept_by, owner: Some(pid(1)), sessions: vec![], ..read.clone() };
    let (free, live) = (Flag::Free, Flag::Live);
    for (name, counts, lives, expected) in [
        ("a reader", counts(0, 1, free, None), true, vec![read.clone()]),
        ("fewer readers than claims", counts(0, 0, free, None), true, vec![]),
        ("one more", counts(0, 2, free, None), true, vec![read.clone()]),
        ("the writer", counts(0, 0, live, Some(written_by)), true, vec![written]),
        ("a writer that has ended", counts(0, 0, live, Some(written_by)), false, vec![]),
        ("no writer", counts(0, 0, free, Some(written_by)), true, vec![]),
        ("a reader that was kept", counts(1, 1, free, None), true, vec![kept]),
    ] {
        assert_eq!(claims.holders(&counts, lives), expected, "{name}");
    }
    let unknown = claims.holders(&counts(1, 0, live, Some(read_by)), true);
    assert!(unknown[0].sessions.is_empty(), "it claims another slot, and to read");
    assert_eq!((claims.owner_of(kept_by), claims.owner_of(read_by)), (Some(pid(1)), None));

    let root_only = with_mode(&info, 0o000, OTHER);
    let stranger = survey(vec![
        init(),
        processes.get(read_by).unwrap().clone().with(|process| {
            process.credentials = Credentials::of_user(OWNER);
        }),
    ]);
    let refused = LockClaims::of(block, &root_only, &stranger, &Holders::default(), commands);
    assert!(refused.holders(&counts(0, 1, free, None), true).is_empty());

    let semaphores = vec![Semaphore { semval: 1, ..Semaphore::default() }; 4];
    let state = SetState { info, semaphores };
    let here = system::ipc_namespace().ok();
    let judge = Judge::new(processes, holders, JudgeOptions { here, ..options() });
    let judged = judge.judge(&state);
    assert_eq!((judged.rule, judged.kept_by), (crate::judge::Rule::Held, vec![kept_by]));
}

#[test]
fn a_holder_that_has_ended_since_the_survey_does_not_make_another_one_doubtful() {
    own_table::enter();
    let block = Block::create(DEFAULT_KEY, 4, 0o700).unwrap();
    let info = block.set().info().unwrap();
    let directory = std::env::temp_dir().join(format!("ended-{}", std::process::id()));
    let [stays, ends] = [1, 2].map(|owner| Claiming::holder(block, owner, &directory));
    fs::remove_dir_all(&directory).unwrap();
    let here = [&stays, &ends].map(|holder| holder.process("semlock-holds"));
    let pids = here.each_ref().map(|process| process.pid);
    let holders = Holders::among(&survey([vec![init()], here.to_vec()].concat()));
    let believed = |counts: Counts| {
        holders.of_slot(block, &info, &counts).iter().map(|holder| holder.pid).collect::<Vec<_>>()
    };
    raise(block, 1);
    assert_eq!(believed(counts(1, 2, Flag::Free, None)), pids);
    assert_eq!(believed(counts(1, 1, Flag::Free, None)), [], "two live, and one is counted");
    drop(ends);
    assert_eq!(believed(counts(1, 1, Flag::Free, None)), pids[..1]);
    assert_eq!(believed(counts(1, 0, Flag::Free, None)), pids[..1], "it came after the counts");
    block.set().reset(1).unwrap();
    assert_eq!(believed(counts(1, 0, Flag::Free, None)), []);
}

/// Adds one to a semaphore, as a process that ends then.
fn raise(block: Block, semaphore: u16) {
    let raise = format!("semop({}, pack('s!3', {semaphore}, 1, 0)) or die", block.set().semid());
    assert!(Command::new("perl").args(["-e", &raise]).status().unwrap().success());
}

fn with_mode(info: &SetInfo, mode: u16, uid: Uid) -> SetInfo {
    let permissions = Permissions { mode, uid, cuid: uid, ..info.permissions };
    SetInfo { permissions, ..*info }
}

#[test]
fn all_holders_are_known_if_each_count_has_one() {
    let claims = LockClaims::default();
    let used = |counts, last| SlotUse::of(counts, last, &claims, &[]);
    for (name, counts, last, expected) in [
        ("free", counts(0, 0, Flag::Free, None), Liveness::Unknown, true),
        ("an unnamed reader", counts(0, 1, Flag::Free, Some(pid(5))), Liveness::Alive, false),
        ("a writer", counts(0, 0, Flag::Live, Some(pid(5))), Liveness::Alive, true),
        ("one that has ended", counts(0, 0, Flag::Live, Some(pid(5))), Liveness::Gone, true),
        ("one that is not known", counts(0, 0, Flag::Live, None), Liveness::Unknown, false),
    ] {
        assert_eq!(used(counts, last).all_holders, expected, "{name}");
    }
}

#[test]
fn the_commands_of_the_readers_and_of_the_writer_are_found_by_a_survey() {
    own_table::enter();
    let block = Block::create(DEFAULT_KEY, 4, 0o700).unwrap();
    let claiming = ["r", "w"].map(|mode| Claiming::command(block, "0", mode));
    let [reader, writer] = claiming.each_ref().map(|claiming| claiming.process("cat"));
    let (read_by, written_by) = (reader.pid, writer.pid);
    let processes = survey(vec![init(), reader, writer]);
    let holders = |counts| {
        let (slots, _) = Survey::of(&processes).slots(block, vec![counts]).unwrap();
        assert!(slots[0].all_holders, "{slots:?}");
        let holders = slots.into_iter().flat_map(|slot| slot.holders);
        holders.map(|holder| (holder.pid, holder.sessions)).collect::<Vec<_>>()
    };
    let session = vec![b"a".to_vec()];
    let read = counts(0, 1, Flag::Free, None);
    assert_eq!(holders(read), [(read_by, session.clone())]);
    let written = counts(0, 0, Flag::Live, Some(written_by));
    assert_eq!(holders(written), [(written_by, session)]);
}

#[test]
fn a_writer_that_has_ended_is_looked_at_again_and_means_nothing_outside_of_a_block() {
    own_table::enter();
    let block = Block::create(DEFAULT_KEY, 4, 0o700).unwrap();
    let other = Block::of(Set::create_private(4, 0o600).unwrap()).unwrap();
    let ended = counts(0, 0, Flag::Live, Some(pid(i32::MAX)));
    let processes = survey(vec![init()]);
    let seen = |block, counts| {
        let (slots, _) = Survey::of(&processes).slots(block, vec![counts]).unwrap();
        (slots[0].counts.flag, slots[0].last)
    };
    assert_eq!(seen(block, ended), (Flag::Free, Liveness::Unknown), "it was just released");
    assert_eq!(seen(other, ended), (Flag::Live, Liveness::Unknown));
    let living = counts(0, 0, Flag::Live, Some(pid(1)));
    assert_eq!(seen(block, living), (Flag::Live, Liveness::Alive));
    let reader = counts(0, 1, Flag::Free, Some(pid(i32::MAX)));
    assert_eq!(seen(block, reader), (Flag::Free, Liveness::Gone));
    raise(block, 2);
    let left = block.counts(Slot::new(0)).unwrap();
    assert_eq!(seen(block, left), (Flag::Live, Liveness::Gone));
}
