//! Records of a process in /proc, and the mounts.

use super::{hides, parse_stat, parse_status};
use crate::fuzz::{Input, Targets};

impl Targets {
    /// The kernel writes the name without escapes: fs/proc/array.c, `do_task_stat()`.
    pub(crate) fn stat(data: &[u8]) {
        let _ = parse_stat(data);
        let mut input = Input::new(data);
        let state = b"RSDTtXZPI"[usize::from(input.u8() % 9)];
        let [parent, group, session, terminal, threads] = [(); 5].map(|()| input.i32());
        let [flags, started, stack] = [(); 3].map(|()| input.u64());
        let cpu = input.u16();
        let name = input.rest();
        let before = format!(
            "{state} {parent} {group} {session} {terminal} -1 {flags}",
            state = char::from(state)
        );
        let after = format!("1 2 3 4 5 6 7 8 20 0 {threads} 0 {started} 1 2 3 4 5 {stack}");
        let end = format!("9 9 0 1 2 3 4 5 6 17 {cpu} 0 0 0 0 0 1 2 3 4 5 6 7 0");
        let line = [b"12 (", name, format!(") {before} {after} {end}\n").as_bytes()].concat();
        let stat = parse_stat(&line).expect("a line of the kernel");
        assert_eq!((stat.name.as_slice(), stat.state, stat.parent), (name, state, parent));
        assert_eq!((stat.group, stat.session, stat.terminal), (group, session, terminal));
        assert_eq!((stat.flags, stat.threads, stat.started), (flags, threads, started));
        assert_eq!((stat.stack, stat.cpu), (stack, Some(cpu.into())));
    }

    /// The kernel escapes line ends in the name: fs/proc/array.c, `proc_task_name()`.
    pub(crate) fn status(data: &[u8]) {
        let _ = parse_status(data);
        let mut input = Input::new(data);
        let uids = [(); 4].map(|()| input.u32());
        let gids = [(); 4].map(|()| input.u32());
        let groups = vec![input.u32(); input.u8().into()];
        let pids = vec![input.i32(); usize::from(input.u8() % 33)];
        let capabilities = input.u64();
        let name = input.rest().escape_ascii().to_string();
        let list = |numbers: &[u32], separator: &str| {
            numbers.iter().map(|number| format!("{number}{separator}")).collect::<Vec<_>>().concat()
        };
        let pids_line = pids.iter().map(|pid| format!("\t{pid}")).collect::<Vec<_>>().concat();
        let text = format!(
            "Name:\t{name}\nUmask:\t0022\nState:\tS (sleeping)\nUid:\t{}\nGid:\t{}\nGroups:\t{}\n\
             NStgid:\t1\nNSpid:{pids_line}\nCapPrm:\t{capabilities:016x}\n",
            list(&uids, "\t").trim_end(),
            list(&gids, "\t").trim_end(),
            list(&groups, " "),
        );
        let status = parse_status(text.as_bytes()).expect("a file of the kernel");
        assert_eq!(status.uids.iter().map(|uid| uid.raw()).collect::<Vec<_>>(), uids);
        assert_eq!(status.gids.iter().map(|gid| gid.raw()).collect::<Vec<_>>(), gids);
        assert_eq!(status.groups.iter().map(|gid| gid.raw()).collect::<Vec<_>>(), groups);
        assert_eq!((status.pids, status.capabilities), (pids, Some(capabilities)));
    }

    /// The last mount of /proc decides, whatever the others are called.
    pub(crate) fn mountinfo(data: &[u8]) {
        let _ = hides(data);
        let mut input = Input::new(data);
        let hidepid = input.before(b'\n');
        let is_word = |word: &[u8]| !word.iter().any(|byte| b", \t\n\x0c\r".contains(byte));
        if !is_word(hidepid) {
            return;
        }
        let other = input.rest().escape_ascii().to_string().replace(' ', "\\040");
        let before = format!(
            "25 1 0:23 / /proc rw - proc proc rw,hidepid=1\n9 1 0:2 {other} /mnt/{other} rw - {other} {other} rw,hidepid=2\n26 25 0:24 / /proc rw,{other} master:1 - proc {other} rw,hidepid="
        );
        let after =
            format!(",subset=pid\n27 1 0:25 / /proc/{other} rw - tmpfs /proc rw,hidepid=2\n");
        let mounts = [before.as_bytes(), hidepid, after.as_bytes()].concat();
        assert_eq!(hides(&mounts), hidepid != b"0" && hidepid != b"off");
    }
}
