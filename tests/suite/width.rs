//! What is shown on terminals of every width: no line is longer, no word is broken, and
//! columns give way in the order of their importance.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::common::{
    Finished, OLD, Running, Sandbox, abandon, until, until_the_sets_are_older_than,
};
use semlock::session::{Block, Slot};
use semlock::sysv::{Key, Set};
use textwrap::core::display_width;

/// Widths of terminals that people have. Most is decided on narrow ones.
fn every_width() -> Vec<usize> {
    (40..=100).chain((104..=200).step_by(8)).collect()
}

/// Fewer, for what takes longer to show.
fn some_widths() -> Vec<usize> {
    (40..=100).step_by(4).chain([132, 200]).collect()
}

/// What is written between the screens of two widths.
const BETWEEN: &str = "=====";

/// A name that takes up twice its characters, and one of which some take up nothing.
const WIDE: &str = "日本語ユーザー";
const COMBINING: &str = "Zoe\u{308}_e\u{301}tude";

/// Runs a command line by a shell that knows the owner of the sets by a wide name.
fn shell(sandbox: &Sandbox, script: &str) -> Command {
    let accounts = format!("{WIDE}:x:0:0::/:/bin/sh\n");
    fs::write(sandbox.directory.join("accounts"), accounts).unwrap();
    let mount =
        "mount --bind accounts /etc/passwd && mount --bind accounts /etc/group && exec \"$@\"";
    let mut unshare = Command::new("unshare");
    unshare.args(["--mount", "sh", "-c", mount, "sh"]).args(["sh", "-c", script]);
    unshare.current_dir(&sandbox.directory).env_remove("SEMLOCK_KEY");
    unshare.env("TERM", "xterm").env("NO_COLOR", "1");
    unshare
}

/// What a terminal of a width shows, and what a pipe gets right before.
struct Screen {
    width: usize,
    shown: String,
    piped: String,
}

/// What `semlock ARGUMENTS` shows on a terminal of each width, the narrowest first.
fn screens(sandbox: &Sandbox, arguments: &str, widths: &[usize]) -> Vec<Screen> {
    let widths: Vec<_> = widths.iter().map(ToString::to_string).collect();
    let run = format!("{} {arguments}", sandbox.binary());
    let script = format!(
        "for w in {}; do ({run}) >piped-$w; stty cols $w; {run}; echo {BETWEEN}; done",
        widths.join(" ")
    );
    fs::write(sandbox.directory.join("each-width"), script).unwrap();
    let shown = Finished::of(shell(sandbox, "exec script -qec 'sh each-width' /dev/null"));
    let shown = shown.exits(0).stdout().replace('\r', "").replace("\u{1b}[K", "");
    let screen = |(width, shown): (&String, &str)| Screen {
        width: width.parse().unwrap(),
        shown: shown.trim_start_matches('\n').to_owned(),
        piped: fs::read_to_string(sandbox.directory.join(format!("piped-{width}"))).unwrap(),
    };
    let screens: Vec<_> = widths.iter().zip(shown.split(BETWEEN)).map(screen).collect();
    assert_eq!(screens.len(), widths.len(), "{shown}");
    screens
}

/// The words, without what differs from one moment to the next.
fn words(text: &str) -> BTreeSet<String> {
    let is_digit = |c: char| c.is_ascii_digit();
    let word = |word: &str| {
        let mut parts = word.split(is_digit).filter(|part| !part.is_empty()).collect::<Vec<_>>();
        if word.starts_with(is_digit) {
            parts.insert(0, "0");
        }
        parts.join("0").replace("seconds", "second")
    };
    text.split_whitespace().map(word).collect()
}

/// Whether a line may be longer than the terminal is wide: a command that is to be
/// copied, or a word that is longer by itself.
fn may_be_long(line: &str) -> bool {
    line.starts_with("  fix: ") || line.split_whitespace().count() == 1
}

/// The headings of each table.
fn headings(screen: &str) -> Vec<BTreeSet<&str>> {
    let is_heading = |word: &str| word.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    let headings = |line: &&str| {
        let mut words = line.split_whitespace();
        line.starts_with(' ') && words.clone().count() > 1 && words.all(is_heading)
    };
    screen.lines().filter(headings).map(|line| line.split_whitespace().collect()).collect()
}

/// Whether a word is a part of one of these.
fn is_part(word: &str, whole: &BTreeSet<String>) -> bool {
    // Rows of a map are no words.
    !word.contains("..")
        && !whole.contains(word)
        && !word.ends_with('…')
        && whole.iter().any(|whole| whole.starts_with(word) || whole.ends_with(word))
}

/// Fails unless all is well at every width.
#[track_caller]
fn fits(sandbox: &Sandbox, arguments: &str) {
    fits_at(sandbox, arguments, &every_width());
}

/// The same at these widths, in ascending order.
#[track_caller]
fn fits_at(sandbox: &Sandbox, arguments: &str, widths: &[usize]) {
    let screens = screens(sandbox, arguments, widths);
    let whole: BTreeSet<_> = screens.iter().flat_map(|screen| words(&screen.piped)).collect();
    for Screen { width, shown, .. } in &screens {
        assert!(!shown.trim().is_empty(), "{arguments}");
        for line in shown.lines() {
            let is_fine = display_width(line) <= *width || may_be_long(line);
            assert!(is_fine, "{arguments}: {width}: {line:?} in\n{shown}");
        }
        let broken = words(shown).into_iter().filter(|word| is_part(word, &whole));
        let broken: Vec<_> = broken.collect();
        assert!(broken.is_empty(), "{arguments}: {width}: {broken:?} in\n{shown}");
    }
    for pair in screens.windows(2) {
        let (narrow, wide) = (headings(&pair[0].shown), headings(&pair[1].shown));
        let width = pair[0].width;
        // Where a table has no room, sentences say the same.
        assert!(narrow.len() <= wide.len(), "{arguments}: {width}");
        if narrow.len() < wide.len() {
            continue;
        }
        for (narrow, wide) in narrow.iter().zip(&wide) {
            assert!(narrow.is_subset(wide), "{arguments}: {width}: {narrow:?}, {wide:?}");
        }
    }
}

/// A process with a lock, which has a long command line.
fn with_long_command(sandbox: &Sandbox, options: &[&str]) -> Running {
    let long = [WIDE, COMBINING, "word"].join(" ").repeat(120);
    let command = ["sh", "-c", "echo in; read line", &long];
    let lock = [&["lock"], options, &["--"], &command].concat();
    let mut lock = sandbox.semlock(lock);
    lock.env("HOME", "/");
    let mut running = Running::start(lock);
    assert_eq!(running.line(), "in");
    running
}

fn waiting(sandbox: &Sandbox, block: Block, options: &[&str], number: usize) -> Vec<Running> {
    let lock = [&["lock"], options, &["--", "true"]].concat();
    let waiters: Vec<_> = (0..number).map(|_| Running::start(sandbox.semlock(&lock))).collect();
    let wait = || waiters.iter().all(Running::waits_for_a_semaphore);
    until("all wait", || wait() && block.set().info().is_ok());
    waiters
}

#[test]
fn a_block_that_is_in_use_fits_at_every_width() {
    let (sandbox, block) = Sandbox::with_block(34);
    let writer = with_long_command(&sandbox, &["--slot", "1"]);
    let reader = with_long_command(&sandbox, &["-s", "a"]);
    let holder = sandbox.hold(&["--session=b"]);
    abandon(block.writer(Slot::new(3)));
    let waiters = waiting(&sandbox, block, &["--slot", "1"], 3);
    fs::write(sandbox.directory.join("names"), format!("a\nb\n{WIDE}\n{COMBINING}\n")).unwrap();
    fits(&sandbox, "status");
    fits(&sandbox, &format!("status a b {WIDE} {COMBINING}"));
    fits(&sandbox, "status --sessions names");
    fits(&sandbox, "status --check; true");
    drop((writer, reader, waiters));
    assert_eq!(holder.finish(), 0);
}

#[test]
fn a_large_block_and_its_map_fit_at_every_width() {
    let (sandbox, block) = Sandbox::with_block(400);
    let holder = sandbox.hold(&["--slot", "199"]);
    let writer = with_long_command(&sandbox, &["--slot", "64"]);
    let waiters = waiting(&sandbox, block, &["-s", "--slot", "64"], 2);
    fits(&sandbox, "status");
    fits(&sandbox, "status --slots all");
    drop((writer, waiters));
    assert_eq!(holder.finish(), 0);
}

/// Sets that orphans, servers and idle programs could have left.
fn sets() {
    for nsems in [1, 3, 17] {
        Set::create_private(nsems, 0o600).unwrap();
    }
    Set::create(Key::new(0x0d4d_1234), 1, 0o600).unwrap();
    Set::create(Key::new(-1), 2, 0o700).unwrap();
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn the_list_of_sets_and_what_would_be_removed_fit_at_every_width() {
    let (sandbox, block) = Sandbox::with_block(34);
    sets();
    abandon(block.writer(Slot::new(3)));
    let writer = with_long_command(&sandbox, &["--slot", "1"]);
    until_the_sets_are_older_than(OLD);
    fits(&sandbox, "status --all --limit-warn 1");
    fits_at(&sandbox, "remove --all --dry-run; true", &some_widths());
    fits_at(&sandbox, "remove --all --dry-run --verbose; true", &some_widths());
    drop(writer);
}

#[test]
fn another_programs_set_fits_at_every_width() {
    let sandbox = Sandbox::new();
    let set = Set::create(Key::new(7), 3, 0o600).unwrap();
    let wait = "semop($ARGV[0], pack 's!6', 0, 1, 0x1000, 1, -1, 0) or die";
    let mut perl = Command::new("perl");
    perl.args(["-e", wait, &set.semid().to_string(), &[WIDE; 300].join(" ")]);
    let perl = Running::start(perl);
    until("the wait", || set.ncnt(1) == Ok(1) && perl.waits_for_a_semaphore());
    fits(&sandbox, "status --key 7");
    perl.kill();
}

#[test]
fn what_a_probe_finds_fits_at_every_width() {
    let sandbox = Sandbox::new();
    fits_at(&sandbox, "probe-max --sets 8", &some_widths());
}

/// How long a screen may take, of a binary that is not optimised, on a busy machine.
const SANE: Duration = Duration::from_secs(30);

#[test]
fn thousands_of_sets_fit() {
    let sandbox = Sandbox::new();
    for _ in 0..5000 {
        Set::create_private(1, 0o600).unwrap();
    }
    let begin = Instant::now();
    fits_at(&sandbox, "status --all", &[80]);
    fits_at(&sandbox, "remove --all --idle 0 --dry-run; true", &[80]);
    assert!(begin.elapsed() < 4 * SANE, "{:?}", begin.elapsed());
}

#[test]
fn the_largest_block_fits_and_all_lists_each_of_its_slots() {
    let (sandbox, block) = Sandbox::with_block(32_000);
    let holder = sandbox.hold(&["--slot", "15999"]);
    let begin = Instant::now();
    fits_at(&sandbox, "status", &[40, 80]);
    fits_at(&sandbox, "status --slots all", &[80]);
    assert!(begin.elapsed() < 4 * SANE, "{:?}", begin.elapsed());
    let all = sandbox.run(["status", "--slots", "all"]).exits(0).stdout();
    let free = all.lines().filter(|line| line.contains("  free "));
    assert_eq!(free.count(), usize::from(block.slots()) - 1);
    assert_eq!(holder.finish(), 0);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn sixty_processes_that_wait_are_listed_each_in_its_line() {
    let (sandbox, block) = Sandbox::with_block(34);
    let writer = with_long_command(&sandbox, &["--slot", "1"]);
    let waiters = waiting(&sandbox, block, &["--slot", "1"], 60);
    fits_at(&sandbox, "status", &[40, 80, 200]);
    let shown = sandbox.run(["status"]).exits(0).stdout();
    for waiter in &waiters {
        let pid = waiter.pid().to_string();
        let is_its = |line: &&str| line.split_whitespace().take(3).eq(["1", "waits", &pid]);
        assert_eq!(shown.lines().filter(is_its).count(), 1, "{pid}: {shown}");
    }
    drop((writer, waiters));
}
