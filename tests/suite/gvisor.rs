//! gVisor, a kernel that accepts SEM_UNDO and ignores it: semlock releases its
//! locks itself. Needs root, as runsc(8) does here.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::common::Finished;
use crate::common::gvisor::run_in_gvisor;

/// What the scripts call: values of the block's semaphores that are not 0.
const LEFT: &str = r#"left() {
    perl -e 'my $id = semget(31818, 0, 0); semctl($id, 0, 13, my $all = "\0" x 64) or die;
        print "left: ", join(" ", grep { $_ } unpack("S32", $all)), "\n"'
}"#;

/// What it says in the place of a lock that the kernel gives back.
const WARNING: &str = "semlock: warning: this system ignores SEM_UNDO";

/// A directory that the guest sees, with its script.
struct Guest(PathBuf);

impl Guest {
    /// Runs a script in a kernel of its own, with the binary as `semlock`.
    fn run(name: &str, script: &str) -> Finished {
        let directory =
            std::env::temp_dir().join(format!("semlock-gvisor-{}-{name}", std::process::id()));
        fs::create_dir(&directory).unwrap();
        let guest = Self(directory);
        let binary = env!("CARGO_BIN_EXE_semlock");
        let path = guest.0.join("script");
        let script = format!(
            "exec 2>&1; S={binary}; semlock() {{ $S \"$@\"; }}\n{LEFT}\nsemlock create -q\n{script}\n"
        );
        fs::write(&path, script).unwrap();
        let mut runsc = Command::new("runsc");
        run_in_gvisor(&mut runsc);
        runsc.arg("sh").arg(&path).env_remove("SEMLOCK_KEY").env_remove("SEMLOCK_HELD");
        Finished::of(runsc)
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What a script says, without the warnings, of which there must be `warnings`.
#[track_caller]
fn says(finished: &Finished, warnings: usize, expected: &[&str]) {
    let said = finished.exits(0).stdout();
    let (warned, rest): (Vec<_>, Vec<_>) =
        said.lines().skip(1).partition(|line| line.starts_with(WARNING));
    assert_eq!(rest, expected, "{finished}");
    assert_eq!(warned.len(), warnings, "{finished}");
}

#[test]
#[ignore = "needs root"]
fn a_lock_is_free_again_once_its_command_has_ended_however_it_ends() {
    let script = "
        semlock lock s -- true; echo $?; left
        semlock lock -w 1 s -- sh -c 'exit 7'; echo $?; left
        semlock lock -s s -- true; echo $?; left
        semlock lock --drain s -- true; echo $?; left
        semlock lock --all -- true; echo $?; left
        semlock lock s -- /nonexistent 2>/dev/null; echo $?; left
        semlock lock s -- perl -e 'kill TERM => $$'; echo $?; left
        semlock lock s -- sh -c '$0 lock s -- true; exit $?' $S 2>/dev/null; echo $?; left";
    let ends = ["0", "7", "0", "0", "0", "127", "143", "75"];
    let finished = Guest::run("ends", script);
    let said = finished.exits(0).stdout();
    let statuses: Vec<_> = said.lines().filter(|line| line.parse::<u8>().is_ok()).collect();
    assert_eq!(statuses, ends, "{finished}");
    assert_eq!(said.matches("left: \n").count(), ends.len(), "{finished}");
    assert!(said.contains(WARNING), "{finished}");
}

#[test]
#[ignore = "needs root"]
fn signals_reach_the_command_and_the_lock_is_released_after_it() {
    let script = "
        for signal in TERM HUP INT USR1; do
            semlock lock s -- perl -e '
                my $sig = shift; $SIG{$sig} = sub { print \"got $sig\\n\"; exit 3 };
                kill $sig => getppid; select undef, undef, undef, 0.05 while 1' $signal
            echo $?
        done
        left";
    let lines = ["got TERM", "3", "got HUP", "3", "got INT", "3", "got USR1", "3", "left: "];
    says(&Guest::run("signals", script), 4, &lines);
}

#[test]
#[ignore = "needs root"]
fn the_environment_names_semlock_as_the_process_that_has_the_lock() {
    let script = r"semlock lock s -- sh -c 'case $SEMLOCK_HELD in *:3:w:$PPID:s) echo named; esac'";
    says(&Guest::run("held", script), 1, &["named"]);
}

#[test]
#[ignore = "needs root"]
fn the_command_of_the_warning_clears_what_a_killed_semlock_left() {
    let script = "
        semlock lock s -- perl -e 'kill KILL => getppid; sleep 1' 2>warning; echo $?; left
        $(sed -n 's/.*stays until: semlock/semlock/p' warning) 2>/dev/null; echo $?; left";
    let script = format!("cd /tmp\n{script}");
    let said = Guest::run("killed", &script).exits(0).stdout();
    let lines: Vec<_> = said.lines().filter(|line| !line.starts_with("Killed")).skip(1).collect();
    assert_eq!(lines, ["137", "left: 1", "0", "left: "], "{said}");
}

#[test]
#[ignore = "needs root"]
fn persistent_locks_stay_and_are_unlocked() {
    let script = "
        semlock lock --persist s; echo $?
        semlock lock -n s -- true; echo $?
        semlock unlock s; echo $?; left
        semlock unlock s 2>/dev/null; echo $?";
    says(&Guest::run("persist", script), 0, &["0", "75", "0", "left: ", "1"]);
}

#[test]
#[ignore = "needs root"]
fn a_lock_without_a_command_is_held() {
    let script = "semlock lock --for $$ s >/dev/null 2>&1; echo $?; semlock lock -n s -- true; echo $?; left";
    let said = Guest::run("holder", script).exits(0).stdout();
    let statuses: Vec<_> = said.lines().filter(|line| line.parse::<u8>().is_ok()).collect();
    assert_eq!(statuses[..2], ["0", "75"], "{said}");
}

#[test]
#[ignore = "needs root"]
fn unlock_has_the_holder_release_its_lock() {
    let script = "
        for mode in -x -s; do
            semlock lock $mode --for $$ s 2>/dev/null; echo $?
            semlock unlock s; echo $?; left
        done
        semlock lock -n s -- true 2>/dev/null; echo $?";
    let said = Guest::run("unlock", script).exits(0).stdout();
    let lines: Vec<_> = said.lines().skip(1).collect();
    assert_eq!(lines, ["0", "0", "left: ", "0", "0", "left: ", "0"], "{said}");
}
