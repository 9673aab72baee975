//! What to do about sets that are kept.

use crate::cli::RemoveArgs;
use crate::cmd::shared::{Name, selection_options, typed_name_not_a_number};
use crate::failure::{Fix, ShellCommand};
use crate::judge::Rule;
use crate::system::{Pid, Processes};
use crate::sysv::Key;
use crate::view::{RemoveAction, RemoveGroup, RemoveReason};

/// The most processes that a command line names: more would be unreadable.
pub(super) const MAX_IGNORED: usize = 50;

/// More processes than this are ignored by their name, if they share one.
const MAX_PIDS: usize = 3;

/// The commands that would remove the sets of the group, if that is certain.
pub(super) fn steps(
    args: &RemoveArgs,
    group: &RemoveGroup,
    application: Key,
    processes: &Processes,
) -> Vec<String> {
    let fix = match &group.reason {
        _ if group.action == RemoveAction::Remove => None,
        RemoveReason::Rule { by, without_them: Rule::Orphaned, .. }
            if !group.kept_by.is_empty() =>
        {
            ignoring(args, group, processes).map(|fix| fix.note(condition(by, group)))
        }
        RemoveReason::Application => {
            let remove = ShellCommand::semlock("remove").args(Name::Key(application).option());
            Some(Fix::from(remove).note("if the application no longer needs it"))
        }
        RemoveReason::Rule { without_them: Rule::Outside, .. } => Some(outside(args)),
        _ => None,
    };
    fix.filter(Fix::is_exact).iter().map(ToString::to_string).collect()
}

fn condition(by: &str, group: &RemoveGroup) -> String {
    let them = if group.sets == 1 { "it" } else { "them" };
    match group.kept_by.len() {
        1 => format!("if {by} has nothing to do with {them}"),
        _ => format!("if these processes have nothing to do with {them}"),
    }
}

/// The same command line, with the processes that keep the group ignored.
fn ignoring(args: &RemoveArgs, group: &RemoveGroup, processes: &Processes) -> Option<Fix> {
    let ignored = ignored(&group.kept_by, processes)?;
    let yes = args.yes.then_some("--yes");
    Some(again(args).args(ignored).args(yes).into())
}

/// The options that ignore these processes.
fn ignored(pids: &[Pid], processes: &Processes) -> Option<Vec<String>> {
    let names: Option<Vec<_>> =
        pids.iter().map(|&pid| typed_name_not_a_number(&processes.get(pid)?.name)).collect();
    let which = match names.as_deref() {
        Some([first, others @ ..])
            if pids.len() > MAX_PIDS && others.iter().all(|one| one == first) =>
        {
            vec![first.clone()]
        }
        _ => pids.iter().map(ToString::to_string).collect(),
    };
    let options = which.iter().flat_map(|which| ["--ignore".to_owned(), which.clone()]);
    (which.len() <= MAX_IGNORED).then(|| options.collect())
}

/// The same on the host, where every process is seen, under another pid.
fn outside(args: &RemoveArgs) -> Fix {
    let is_name = |which: &&String| which.parse::<u32>().is_err();
    let ignored = args.ignore.iter().filter(is_name).flat_map(|which| ["--ignore", which]);
    let words = selecting(args).args(ignored).to_string();
    let (semlock, options) = words.split_once(' ').unwrap_or((&words, ""));
    Fix::from(format!("on the host: {semlock} --ipc-namespace PID {options}"))
        .note("PID: a process of this container, as the host numbers it")
}

/// The same command line, without the options about questions and output.
pub(super) fn again(args: &RemoveArgs) -> ShellCommand {
    let ignored = args.ignore.iter().flat_map(|which| ["--ignore", which]);
    selecting(args).args(ignored).args(args.force.then_some("--force"))
}

/// The command line that selects the same sets.
fn selecting(args: &RemoveArgs) -> ShellCommand {
    ShellCommand::semlock("remove")
        .args(args.all.then_some("--all"))
        .args(selection_options(&args.many, args.idle))
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use jiff::Timestamp;

    use super::*;
    use crate::cli::{Cli, Command};
    use crate::system::{Clock, Code, Process};
    use crate::sysv::{Credentials, Uid};

    fn removing(line: &str) -> RemoveArgs {
        match Cli::try_parse_from(line.split(' ')).unwrap().command {
            Command::Remove(args) => args.args,
            _ => panic!("{line}"),
        }
    }

    #[test]
    fn the_same_sets_are_selected_again_without_questions_and_output() {
        let args = removing(
            "semlock remove --orphaned --owner root --idle 90s --ignore sh --yes --verbose",
        );
        let same = "semlock remove --orphaned --owner root --idle 90s --ignore sh";
        assert_eq!(again(&args).to_string(), same);
    }

    #[test]
    fn many_processes_are_ignored_by_the_name_that_all_have() {
        let ignored = |names: &[&str]| {
            let named = |(raw, name): (i32, &&str)| {
                let user = Credentials::of_user(Uid::ROOT);
                let pid = Pid::new(raw).unwrap();
                Process::made_up(pid, Timestamp::UNIX_EPOCH, user, Code::none()).named(name)
            };
            let all: Vec<_> = (7..).zip(names).map(named).collect();
            let pids: Vec<_> = all.iter().map(|process| process.pid).collect();
            let clock = Clock::steady(Timestamp::UNIX_EPOCH);
            let processes = Processes::of(all, clock, Timestamp::UNIX_EPOCH);
            super::ignored(&pids, &processes).map(|words| words.join(" "))
        };
        let by_pid = |number: i32| {
            Some((7..7 + number).map(|pid| format!("--ignore {pid}")).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(ignored(&["httpd"; 3]), by_pid(3));
        assert_eq!(ignored(&["httpd"; 4]).unwrap(), "--ignore httpd");
        assert_eq!(ignored(&["httpd", "httpd", "httpd", "php"]), by_pid(4));
        assert_eq!(ignored(&["httpd", "php"]), by_pid(2));
        assert_eq!(ignored(&["7"; 4]), by_pid(4), "a name that looks like a pid");
        assert_eq!(ignored(&["7"; MAX_IGNORED]), by_pid(50));
        assert_eq!(ignored(&["7"; MAX_IGNORED + 1]), None);
    }

    #[test]
    fn a_pid_means_another_process_on_the_host() {
        let fix = outside(&removing("semlock remove --orphaned --ignore 12 --ignore sh"));
        let command = "on the host: semlock --ipc-namespace PID remove --orphaned --ignore sh";
        assert!(fix.to_string().starts_with(command), "{fix}");
    }
}
