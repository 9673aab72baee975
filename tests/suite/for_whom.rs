//! `lock` without COMMAND: for which process the lock is kept, and for which not.

use std::fs;
use std::process::Command;

use crate::common::{Finished, Running, Sandbox, assert_free, until};
use semlock::session::{Block, slot_of};

/// A script whose last command is a process of its own, and whose status is 0.
fn shell(sandbox: &Sandbox, text: &str) -> Command {
    sandbox.shell(&format!("{text}\n:"))
}

/// A shell that is the first process of a pid namespace of its own.
fn container(sandbox: &Sandbox, text: &str) -> Command {
    let mut container = sandbox.program("unshare");
    container.args(["--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c"]);
    container.arg(format!("{text}\n:"));
    container
}

fn is_locked(block: Block) -> bool {
    block.set().value(block.writer(slot_of(b"a", 32).unwrap()).into()).unwrap() > 0
}

#[test]
fn what_runs_a_command_and_waits_for_it_is_looked_through() {
    let (sandbox, block) = Sandbox::with_block(32);
    for wrapped in [
        "timeout 60 semlock lock a",
        "strace -o /dev/null semlock lock a",
        "timeout 60 strace -o /dev/null env nice timeout 60 semlock lock a",
        "nohup semlock lock a",
        "flock file semlock lock a",
        "unshare --fork semlock lock a",
        "sh -c 'semlock lock a'",
        "timeout 60 bash -c 'semlock lock \"a\"'",
        "env -i PATH=\"$PATH\" timeout 60 semlock lock a",
    ] {
        let text = format!("{wrapped} || exit; echo $$; read line");
        let mut script = Running::start(shell(&sandbox, &text));
        assert_eq!(script.line(), script.pid().to_string(), "{wrapped}");
        assert!(is_locked(block), "not held: {wrapped}");
        assert_eq!(script.finish(), 0);
        until("the lock released", || !is_locked(block));
    }
}

#[test]
fn what_runs_one_command_after_another_is_refused_with_the_line_that_works() {
    let (sandbox, block) = Sandbox::with_block(32);
    for (dispatched, works) in [
        ("echo a | xargs semlock lock", "echo a | xargs semlock lock --for $$"),
        ("echo a | xargs -n 1 timeout 60 semlock lock", "echo a | xargs semlock lock --for $$"),
        (
            "find . -maxdepth 0 -exec semlock lock a ';'",
            "find . -maxdepth 0 -exec semlock lock --for $$ a ';'",
        ),
    ] {
        let script = format!("{dispatched}; {works} && read line");
        let mut script = Running::start({
            let mut script = shell(&sandbox, &format!("{script}; echo ended"));
            script.stderr(fs::File::create(sandbox.directory.join("stderr")).unwrap());
            script
        });
        until("the lock", || is_locked(block));
        let said = fs::read_to_string(sandbox.directory.join("stderr")).unwrap();
        let refused = "it runs one command after another";
        assert!(
            said.contains(refused)
                && said.contains("semlock lock --key 31818 --session=a --for $$"),
            "{said}"
        );
        script.tell("");
        assert_eq!(script.line(), "ended");
        assert_eq!(script.finish(), 0);
        until("the lock released", || !is_locked(block));
    }
    let direct = "echo a | xargs semlock lock 2>/dev/null; [ $? = 123 ] || exit 9";
    Finished::of(shell(&sandbox, direct)).exits(0);
    let found =
        "find . -maxdepth 0 -exec sh -c 'semlock lock a; exit 9' ';'; semlock status -h >/dev/null";
    Finished::of(shell(&sandbox, found)).exits(0);
    until("the lock of the inner shell released", || !is_locked(block));
    assert_free(block);
}

#[test]
fn the_first_process_of_a_container_has_to_ask_for_itself() {
    let (sandbox, block) = Sandbox::with_block(32);
    let text = "semlock lock a; echo $?; semlock lock --for $$ a; echo $?; semlock lock -n a -- true; echo $?; semlock unlock a; echo $?";
    let said = Finished::of(container(&sandbox, text));
    said.exits(0).prints("64\n0\n75\n0\n").complains("it adopts orphaned processes");
    assert_free(block);
}

/// A program that is no script leaves its parent and its session and calls semlock.
const DAEMON: &str = r#"
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv) {
    if (fork() != 0) return 0;
    setsid();
    if (argc > 2 && fork() != 0) return 0;
    while (getppid() != 1) usleep(1000);
    int status = system(argv[1]);
    FILE *said = fopen("said", "a");
    fprintf(said, "ended with %d\n", WEXITSTATUS(status));
    return fclose(said);
}
"#;

#[test]
fn a_daemon_is_refused_and_a_shell_script_that_runs_like_one_is_not() {
    let (sandbox, block) = Sandbox::with_block(32);
    let source = sandbox.directory.join("daemon.c");
    fs::write(&source, DAEMON).unwrap();
    let program = sandbox.directory.join("serverd");
    let built = Command::new("cc").arg("-o").args([&program, &source]).status().unwrap();
    assert!(built.success());
    for daemon in
        ["./serverd 'exec semlock lock a 2>said' ", "./serverd 'exec semlock lock a 2>said' twice"]
    {
        let text = format!(
            "{daemon}; until grep -q ended said 2>/dev/null; do :; done; cat said; rm said"
        );
        let said = Finished::of(container(&sandbox, &text));
        said.exits(0).contains("it is a daemon").contains("ended with 64");
        assert_free(block);
    }
    let program = "import os, subprocess
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
while os.getppid() != 1: pass
status = subprocess.call(['semlock', 'lock', 'a'])
print('ended with', status, flush=True)";
    fs::write(sandbox.directory.join("daemon.py"), program).unwrap();
    let text =
        "/usr/bin/python3 daemon.py >said 2>&1; until grep -q ended said; do :; done; cat said";
    let said = Finished::of(container(&sandbox, text));
    said.exits(0).contains("it is a daemon").contains("ended with 64");
    assert_free(block);
    // So a service manager starts a script.
    let job = "semlock lock a; echo $?; semlock lock -n a -- true; echo $?; echo end";
    fs::write(sandbox.directory.join("job"), job).unwrap();
    let text = "( setsid sh ./job >told & ); until grep -q end told; do :; done; cat told";
    Finished::of(container(&sandbox, text)).exits(0).prints("0\n75\nend\n");
}

#[test]
fn verbose_and_a_terminal_say_for_whom_the_lock_is_kept() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let text = "semlock lock --verbose -s a; semlock lock b; echo $$; semlock unlock a b";
    let finished = Finished::of(shell(&sandbox, text));
    let pid = finished.exits(0).stdout();
    let expected = format!("semlock: session \"a\" is read-locked for process {} (", pid.trim());
    assert!(finished.stderr().starts_with(&expected), "{finished}");
    assert_eq!(finished.stderr().lines().count(), 1);
    let script = format!("{} lock a; echo status $?", sandbox.binary());
    let mut terminal = sandbox.program("script");
    terminal.args(["-qefc", &script, "/dev/null"]);
    let terminal = Finished::of(terminal);
    terminal.contains("session \"a\" is write-locked for process ").contains("status 0");
}

#[test]
fn a_caller_that_proc_tells_of_by_other_pids_is_not_guessed() {
    let (sandbox, block) = Sandbox::with_block(32);
    let mut inside = sandbox.program("unshare");
    inside.args([
        "--pid",
        "--fork",
        "--kill-child",
        "sh",
        "-c",
        "sh -c 'semlock lock a; exit $?'; exit $?",
    ]);
    Finished::of(inside).exits(64).complains("/proc is that of another pid namespace");
    assert_free(block);
}

#[test]
fn a_shell_that_runs_nothing_else_is_what_it_is_called_by() {
    let (sandbox, block) = Sandbox::with_block(32);
    let dispatched = "echo a | xargs -I{} sh -c 'semlock lock {}'; [ $? = 123 ] || exit 9";
    Finished::of(shell(&sandbox, dispatched)).exits(0).complains("it runs one command after");
    let system = "/usr/bin/python3 -c \"import os
print(os.system('semlock lock a'), os.system('semlock lock -n a -- true') >> 8)\"";
    Finished::of(shell(&sandbox, system)).exits(0).prints("0 75\n");
    until("the lock of python released", || !is_locked(block));
    // One that goes on is meant itself.
    let more = "sh -c 'semlock lock a; semlock lock -n a -- true; echo $?'";
    Finished::of(shell(&sandbox, more)).exits(0).prints("75\n");
    until("the lock released", || !is_locked(block));
}

#[test]
fn a_tracer_that_would_wait_for_the_holder_is_refused() {
    let (sandbox, block) = Sandbox::with_block(32);
    let followed = "strace -f -o /dev/null semlock lock a";
    let finished = Finished::of(shell(&sandbox, &format!("{followed}; exit $?")));
    finished.exits(64).complains("waits for the process that would keep the lock");
    assert_free(block);
}

#[test]
fn a_shell_that_runs_one_command_is_looked_through_whatever_stands_beside_it() {
    let (sandbox, block) = Sandbox::with_block(32);
    for one in [
        "sh -c 'semlock lock a 2>&1'",
        "sh -c 'A=1 timeout 60 semlock lock a'",
        "timeout 60 sh -c 'semlock lock \"$1\"' sh a",
        "sh -c 'sh -c \"semlock lock a\"'",
    ] {
        let text = format!("{one} || exit; echo held; read line");
        let mut script = Running::start(shell(&sandbox, &text));
        assert_eq!(script.line(), "held", "{one}");
        assert!(is_locked(block), "not held: {one}");
        assert_eq!(script.finish(), 0);
        until("the lock released", || !is_locked(block));
    }
    let found = "find . -maxdepth 0 -exec sh -c 'semlock lock \"$1\"' sh a ';'; :";
    Finished::of(shell(&sandbox, found)).complains("it runs one command after another");
    assert_free(block);
}
