//! Attacks of a local user on root's semlock: what is huge, so that it runs out of memory or
//! time; what is stopped; and what has another's name. Needs root: `make test` runs it as root.

use std::process::Command;

use crate::common::users::{as_nobody, sandbox};
use crate::common::{Finished, Running, Sandbox, until};
use nix::sys::signal::Signal;

/// More than semlock needs, and less than is offered to it here, in kilobytes.
const MAX_MEMORY: u64 = 400 << 10;

/// Runs a command that may take half a minute and reserve 2 GB, and adds to its standard error
/// how many kilobytes it has used.
const MEASURED: &str = "
import resource, subprocess, sys
limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (1 << 31, 1 << 31))
status = subprocess.run(sys.argv[1:], preexec_fn=limit, timeout=30).returncode
print('used', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(status)
";

/// Makes the command line and the environment of this process as long as a mapping of zeros:
/// prctl(2), `PR_SET_MM_MAP`. The kernel reads the zeros from one page.
const HUGE_ARGUMENTS: &str = "
import ctypes, mmap, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
size = 1 << 30
NORESERVE, PRIVATE, ANONYMOUS = 0x4000, 2, 0x20
zeros = libc.mmap(None, ctypes.c_size_t(size), 3, NORESERVE | PRIVATE | ANONYMOUS, -1, 0)
code = ctypes.cast(libc.getpid, ctypes.c_void_p).value & ~4095
stack = ctypes.addressof(ctypes.c_int())
libc.sbrk.restype = ctypes.c_void_p
brk = libc.sbrk(0)
map = struct.pack('11QQIi', code, code + 4096, code, code + 4096, brk, brk, stack,
    zeros, zeros + size, zeros, zeros + size, 0, 0, -1)
assert libc.prctl(35, 14, map, len(map), 0) == 0, ctypes.get_errno()
assert libc.prctl(15, b'semlock-holds') == 0
print('ready', flush=True)
sys.stdin.read()
";

/// Maps a sparse file that says it is a library with 60,000 segments of notes, each as long
/// as the file, and owns a set.
const HUGE_LIBRARY: &str = "
import ctypes, mmap, os, struct, sys
size, segments = 64 << 20, 60000
header = struct.pack('16sHHIQQQIHHHHHH', b'\\x7fELF\\x02\\x01\\x01', 3, 62, 1, 0, 64, 0, 0, 64, 56, segments, 0, 0, 0)
note = struct.pack('IIQQQQQQ', 4, 4, 0, 0, 0, size, size, 4)
with open('library.so', 'w+b') as file:
    file.write(header + note * segments)
    file.truncate(size)
    mapped = mmap.mmap(file.fileno(), 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_EXEC)
assert ctypes.CDLL(None).semget(0, 1, 0o1600) >= 0
print('ready', flush=True)
sys.stdin.read()
";

/// Maps a library of 4 MB of symbols whose common name is 4 MB long, and owns a set.
const LONG_NAMES: &str = "
import ctypes, mmap, os, struct, sys
half = 4 << 20
load = struct.pack('IIQQQQQQ', 1, 5, 0, 0, 0, 4096 + 2 * half, 4096 + 2 * half, 4096)
dynamic = struct.pack('IIQQQQQQ', 2, 4, 256, 256, 256, 64, 64, 8)
header = struct.pack('16sHHIQQQIHHHHHH', b'\\x7fELF\\x02\\x01\\x01', 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
table = struct.pack('8Q', 6, 4096, 5, 4096 + half, 10, half, 0, 0)
with open('library.so', 'w+b') as file:
    file.write((header + load + dynamic).ljust(256, b'\\0') + table)
    file.seek(4096)
    file.write(bytes(half) + b'a' * half)
    file.flush()
    mapped = mmap.mmap(file.fileno(), 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_EXEC)
assert ctypes.CDLL(None).semget(0, 1, 0o1600) >= 0
print('ready', flush=True)
sys.stdin.read()
";

/// A process of nobody's that runs this Python program.
fn attacker(sandbox: &Sandbox, program: &str) -> Running {
    let mut python = Command::new("/usr/bin/python3");
    python.args(["-c", program]).current_dir(&sandbox.directory);
    let mut python = Running::start(as_nobody(python));
    assert_eq!(python.line(), "ready");
    python
}

/// What semlock says, which takes little memory and little time.
fn modest(sandbox: &Sandbox, arguments: &str) -> Finished {
    let mut command = sandbox.program("/usr/bin/python3");
    command.args(["-c", MEASURED, sandbox.binary()]).args(arguments.split(' '));
    let finished = Finished::of(command);
    let used =
        finished.stderr().lines().last().and_then(|line| line.strip_prefix("used ")?.parse().ok());
    assert!(used.is_some_and(|used: u64| used < MAX_MEMORY), "{finished}");
    finished
}

#[test]
#[ignore = "needs root"]
fn a_command_line_of_gigabytes_takes_neither_memory_nor_time() {
    let sandbox = sandbox();
    sandbox.run(["create", "-q", "--mode", "0777"]).exits(0);
    let holder = sandbox.hold(&["-s", "a"]);
    let commands = ["unlock a", "lock -n a -- true", "status a", "status --all", "status"];
    let ask = || commands.map(|command| modest(&sandbox, command).status());
    let truth = ask();
    let python = attacker(&sandbox, HUGE_ARGUMENTS);
    assert_eq!(ask(), truth);
    let offered = modest(&sandbox, "complete semlock lock --for ");
    offered.exits(0).contains(&format!("\n{}\t", python.pid()));
    python.kill();
    holder.kill();
}

#[test]
#[ignore = "needs root"]
fn a_library_with_thousands_of_huge_parts_takes_neither_memory_nor_time() {
    for program in [HUGE_LIBRARY, LONG_NAMES] {
        let sandbox = sandbox();
        let python = attacker(&sandbox, program);
        modest(&sandbox, "status --all").exits(0);
        modest(&sandbox, "remove --all --yes --idle 0s").exits(75);
        python.kill();
    }
}

/// Pretends to be a holder of semlock's, and to be one of a lock that somebody waits for.
const PRETENDER: &str = "open my $comm, '>', '/proc/self/comm' or die; print $comm 'semlock-holds'; \
    close $comm; $| = 1; print \"ready\\n\"; <STDIN>";

#[test]
#[ignore = "needs root"]
fn a_stopped_process_delays_no_answer() {
    let sandbox = sandbox();
    sandbox.run(["create", "-q", "--mode", "0777"]).exits(0);
    let holder = sandbox.hold(&["-s", "a"]);
    let commands =
        ["unlock a", "lock -n a -- true", "status --all", "remove", "complete semlock unlock "];
    let ask = || commands.map(|command| modest(&sandbox, command).status());
    let truth = ask();
    let mut perl = Command::new("perl");
    perl.args(["-e", PRETENDER]);
    let mut perl = Running::start(as_nobody(perl));
    assert_eq!(perl.line(), "ready");
    perl.signal(Signal::SIGSTOP);
    let stat = format!("/proc/{}/stat", perl.pid());
    until("it stopped", || std::fs::read_to_string(&stat).unwrap().contains(") T "));
    assert_eq!(ask(), truth);
    perl.kill();
    holder.kill();
}

/// A process of nobody's that has mapped a library with semaphore calls under this name.
fn with_library(sandbox: &Sandbox, name: &str) -> Running {
    let find = "use IPC::SysV; print grep { /SysV.so$/ } map { (split)[5] } do { open my $maps, '<', '/proc/self/maps'; grep { m{/} } <$maps> }";
    let found = Finished::of({
        let mut perl = Command::new("perl");
        perl.args(["-e", find]);
        perl
    });
    let library = found.stdout().split_inclusive(".so").next().unwrap().to_owned();
    std::fs::copy(library, sandbox.directory.join(name)).unwrap();
    let program = format!(
        "import mmap, sys; file = open('{name}', 'rb'); \
         mapped = mmap.mmap(file.fileno(), 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_EXEC); \
         print('ready', flush=True); sys.stdin.read()"
    );
    let mut python = Command::new("/usr/bin/python3");
    python.args(["-c", &program]).current_dir(&sandbox.directory);
    let mut python = Running::start(as_nobody(python));
    assert_eq!(python.line(), "ready");
    python
}

#[test]
#[ignore = "needs root"]
fn a_library_with_a_known_name_excuses_only_its_own_process() {
    let sandbox = sandbox();
    let script = "use IPC::SysV qw(IPC_PRIVATE IPC_CREAT); \
        semget(IPC_PRIVATE, 1, IPC_CREAT | 0600) // die; $| = 1; print \"made\\n\"; <STDIN>";
    let mut perl = Command::new("perl");
    perl.args(["-e", script]);
    let mut perl = Running::start(as_nobody(perl));
    assert_eq!(perl.line(), "made");
    let pretenders = ["libnspr4.so", "libdevmapper.so", "sysvsem.so", "libasound.so"];
    let pretenders = pretenders.map(|name| with_library(&sandbox, name));
    let kept = sandbox.run(["remove", "--all", "--yes", "--idle", "0s", "--format", "json"]);
    kept.exits(75);
    let kept_by = kept.json()["kept"][0]["kept_by"].as_array().unwrap().clone();
    assert!(kept_by.contains(&perl.pid().into()), "{kept}");
    for pretender in pretenders {
        assert!(!kept_by.contains(&pretender.pid().into()), "{kept}");
        pretender.kill();
    }
    perl.kill();
}
