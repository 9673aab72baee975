//! What to do about sets that are kept.

use std::fmt::Display;

use crate::cli::RemoveArgs;
use crate::cmd::shared::Name;
use crate::failure::{Fix, ShellCommand};
use crate::judge::Rule;
use crate::system::{Pid, Process, Processes};
use crate::sysv::Key;
use crate::view::{Action, RemoveGroup, RemoveReason};

/// A command line with more processes than this is none that anybody types.
const MAX_IGNORED: usize = 50;

/// More processes than this are ignored by their name, if that is one and the same.
const MAX_PIDS: usize = 3;

/// The commands after which the sets of the group would be gone, if any is certain.
pub(super) fn steps(
    args: &RemoveArgs,
    group: &RemoveGroup,
    application: Key,
    processes: &Processes,
) -> Vec<String> {
    let fix = match &group.reason {
        _ if group.action == Action::Remove => None,
        RemoveReason::Rule { by, without_them: Rule::Orphaned, .. }
            if !group.kept_by.is_empty() =>
        {
            ignoring(args, group, processes).map(|fix| fix.note(condition(by, group)))
        }
        RemoveReason::Application => {
            let remove = ShellCommand::semlock("remove").args(Name::Key(application).option());
            Some(Fix::from(remove).note("if the application is to do without it"))
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

/// The same, without regard to the processes that keep the group.
fn ignoring(args: &RemoveArgs, group: &RemoveGroup, processes: &Processes) -> Option<Fix> {
    let ignored = ignored(&group.kept_by, processes)?;
    let yes = args.yes.then_some("--yes");
    Some(again(args).args(ignored).args(yes).into())
}

/// The options that leave these processes out of account.
fn ignored(pids: &[Pid], processes: &Processes) -> Option<Vec<String>> {
    let names: Option<Vec<_>> = pids.iter().map(|&pid| name(processes.get(pid)?)).collect();
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

/// The name of a process, if it cannot be taken for anything else.
fn name(process: &Process) -> Option<String> {
    let name = process.name.to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic());
    (is_name && name.chars().all(is_plain)).then_some(name)
}

/// The same where every process is seen, under a number of its own.
fn outside(args: &RemoveArgs) -> Fix {
    let is_name = |which: &&String| which.parse::<u32>().is_err();
    let ignored = args.ignore.iter().filter(is_name).flat_map(|which| ["--ignore", which]);
    let words = selecting(args).args(ignored).to_string();
    let (semlock, options) = words.split_once(' ').unwrap_or((&words, ""));
    Fix::from(format!("on the host: {semlock} --ipc-namespace PID {options}"))
        .note("PID: a process of this container, as the host numbers it")
}

/// The same command line, but for what is said of questions and answers.
pub(super) fn again(args: &RemoveArgs) -> ShellCommand {
    let ignored = args.ignore.iter().flat_map(|which| ["--ignore", which]);
    selecting(args).args(ignored).args(args.force.then_some("--force"))
}

/// The command line that selects the same sets.
fn selecting(args: &RemoveArgs) -> ShellCommand {
    let many = &args.many;
    let flag = |is_given: bool, name: &'static str| is_given.then_some(name);
    let idle = args.idle.map(|idle| format!("{}s", idle.as_secs_f64()));
    ShellCommand::semlock("remove")
        .args(flag(many.orphaned, "--orphaned"))
        .args(flag(many.private, "--private"))
        .args(flag(args.all, "--all"))
        .args(option("--owner", many.owner.as_ref()))
        .args(option("--creator", many.creator.as_ref()))
        .args(option("--nsems", many.nsems.as_ref()))
        .args(option("--program", many.program.as_ref()))
        .args(option("--idle", idle.as_ref()))
}

fn option(name: &str, value: Option<&(impl Display + ?Sized)>) -> Vec<String> {
    value.map_or_else(Vec::new, |value| vec![name.into(), value.to_string()])
}
