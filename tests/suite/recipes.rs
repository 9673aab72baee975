//! The recipes of semlock-recipes(7). Each is a text in man/recipes that has the name of a
//! module here, with hyphens. The module's `run` uses up the blocks of code, in their order.

mod backup;
mod ci;
mod container;
mod from_flock;
mod from_ipcmk;
mod from_ipcs;
mod full_table;
mod host;
mod nagios;
mod prometheus;
mod purge;
mod shared_host;
mod systemd;
mod two_databases;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::console::{StandIn, real, shows};
use crate::common::markdown::{code_blocks, links};
use crate::common::offered::are_accepted;
use crate::common::{Finished, Sandbox};

/// The recipes, in the order of the page, and a test for each.
macro_rules! recipes {
    ($($(#[$attribute:meta])* $name:ident)*) => {
        pub const NAMES: &[&str] = &[$(stringify!($name)),*];

        mod every_block_is_run_of {
            $(
                #[test]
                $(#[$attribute])*
                fn $name() {
                    super::Recipe::is_run_by(stringify!($name), super::$name::run);
                }
            )*
        }
    };
}

recipes! {
    purge
    backup
    #[ignore = "needs root"]
    systemd
    container
    from_flock
    #[ignore = "needs root"]
    from_ipcs
    #[ignore = "needs root"]
    from_ipcmk
    prometheus
    #[ignore = "needs root"]
    nagios
    ci
    #[ignore = "needs root"]
    full_table
    #[ignore = "needs root"]
    two_databases
    #[ignore = "needs root"]
    shared_host
}

/// The columns of a terminal without the margin that code has in the manual.
const WIDTH: usize = 80 - 11;

/// What is left of a recipe's blocks of code, each with its language.
struct Recipe(std::vec::IntoIter<(String, String)>);

impl Recipe {
    fn is_run_by(name: &str, run: impl FnOnce(&mut Self)) {
        let mut recipe = Self(code_blocks(&text_of(name)).into_iter());
        run(&mut recipe);
        let left: Vec<_> = recipe.0.collect();
        assert!(left.is_empty(), "the test does not use {left:?}");
    }

    /// Runs the commands of the next block in the sandbox, and compares their output.
    #[track_caller]
    fn shows(&mut self, sandbox: &Sandbox, stand_ins: &[StandIn]) {
        let terminal = |command: &str| with_files(sandbox, &format!("exec 2>&1\n{command}"));
        self.shows_in(stand_ins, terminal);
    }

    /// The same in other shells.
    #[track_caller]
    fn shows_in(&mut self, stand_ins: &[StandIn], shell: impl Fn(&str) -> Command) {
        shows(&self.block("console"), stand_ins, shell);
    }

    /// The next block, which must be of this language.
    #[track_caller]
    fn block(&mut self, language: &str) -> String {
        let (its, block) = self.0.next().expect("a recipe with another block");
        assert_eq!(its, language, "the language of {block}");
        block
    }
}

/// A shell in the sandbox that finds what readers copy.
fn with_files(sandbox: &Sandbox, script: &str) -> Command {
    sandbox.shell(&format!("PATH=$PATH:{}\n{script}", files().display()))
}

/// The command of a file in /etc/cron.d: what stands after the time and the user.
#[track_caller]
fn job<'a>(crontab: &'a str, user: &str) -> &'a str {
    assert!(crontab.starts_with("PATH="), "cron does not look into /usr/local/bin: {crontab}");
    let job = crontab.split_once(&format!(" {user} "));
    job.unwrap_or_else(|| panic!("it does not run as {user}: {crontab}")).1
}

/// Runs that command, which must print nothing.
#[track_caller]
fn run_job(sandbox: &Sandbox, crontab: &str, user: &str, stand_ins: &[StandIn]) {
    let mut shell = with_files(sandbox, &real(job(crontab, user), stand_ins));
    shell.current_dir("/");
    Finished::of(shell).exits(0).is_silent();
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("man/recipes")
}

/// The files that readers copy.
fn files() -> PathBuf {
    directory().join("files")
}

pub fn text_of(name: &str) -> String {
    let path = directory().join(name.replace('_', "-")).with_extension("md");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn read_file(name: &str) -> String {
    fs::read_to_string(files().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn names_in(directory: &Path) -> BTreeSet<String> {
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.is_file());
    files.map(|path| path.file_name().unwrap().to_str().unwrap().into()).collect()
}

#[test]
fn every_text_is_a_recipe() {
    let expected = NAMES.iter().map(|name| name.replace('_', "-") + ".md").collect();
    assert_eq!(names_in(&directory()), expected);
}

#[test]
fn every_file_is_shown_by_one_recipe() {
    let shown: Vec<_> = NAMES.iter().flat_map(|name| links(&text_of(name))).collect();
    let files: BTreeSet<_> =
        names_in(&files()).into_iter().map(|name| format!("files/{name}")).collect();
    assert_eq!(shown.len(), files.len(), "shown twice: {shown:?}");
    assert_eq!(BTreeSet::from_iter(shown), files);
}

#[test]
fn every_command_in_the_text_is_one() {
    let counts = NAMES.iter().map(|name| are_accepted(&text_of(name)));
    assert!(counts.sum::<usize>() > 0);
}

#[test]
fn cron_finds_semlock_where_make_install_puts_it() {
    let blocks = NAMES.iter().flat_map(|name| code_blocks(&text_of(name)));
    let crontabs: Vec<_> = blocks.filter(|(language, _)| language == "crontab").collect();
    assert!(!crontabs.is_empty());
    for (_, crontab) in crontabs {
        assert!(crontab.starts_with("PATH=/usr/local/bin:/usr/bin:/bin\n"), "{crontab}");
    }
}

#[test]
fn what_is_copied_fits_on_a_terminal() {
    let shown = NAMES.iter().flat_map(|name| code_blocks(&text_of(name)));
    let shown = shown.filter(|(language, _)| language != "console").map(|(_, block)| block);
    let files = names_in(&files()).into_iter().map(|name| read_file(&name));
    for text in shown.chain(files) {
        let longest = text.lines().max_by_key(|line| line.len()).unwrap_or_default();
        assert!(longest.len() <= WIDTH, "longer than {WIDTH} characters: {longest}");
    }
}

#[test]
fn shellcheck_finds_nothing_in_the_programs() {
    let is_program = |name: &String| read_file(name).starts_with("#!");
    let programs: Vec<_> = names_in(&files()).into_iter().filter(is_program).collect();
    assert!(programs.len() > 2);
    let mut shellcheck = Command::new("shellcheck");
    shellcheck.args(programs).current_dir(files());
    Finished::of(shellcheck).exits(0).is_silent();
}
