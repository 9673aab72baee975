//! A shell on a terminal, without anybody's configuration, that finds what `make install`
//! installs.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::terminal::Terminal;
use crate::common::{Finished, Sandbox};

/// What is typed after TAB, to see that the shell is done, and where.
const MARK: &str = "@@";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Bash,
    /// Without the package bash-completion, and with `set -u`.
    PlainBash,
    Zsh,
    Fish,
}

pub struct Shell<'a> {
    pub kind: Kind,
    terminal: Terminal<'a>,
}

impl<'a> Shell<'a> {
    pub fn start(sandbox: &'a Sandbox, kind: Kind) -> Self {
        let usr = install(sandbox);
        let home = sandbox.directory.join("home");
        let (name, configuration) = configuration(kind, &usr.join("share").display().to_string());
        fs::create_dir_all(home.join("fish/generated_completions")).unwrap();
        fs::write(home.join(name), configuration).unwrap();
        // Or fish does not take it for what it needs at run time.
        fs::set_permissions(&home, Permissions::from_mode(0o700)).unwrap();
        let line = match kind {
            Kind::Bash | Kind::PlainBash => "bash --noprofile --rcfile ~/bashrc",
            Kind::Zsh => "zsh -d",
            Kind::Fish => "fish",
        };
        let shell =
            Self { kind, terminal: Terminal::open(sandbox, environment(&usr, &home), line) };
        shell.is_ready();
        shell
    }

    /// Fails unless TAB makes this of the line.
    #[track_caller]
    pub fn becomes(&self, typed: &str, expected: &str) {
        assert_eq!(self.after(typed, &["Tab"]).1, expected, "{typed}");
    }

    /// What the line is after TAB was pressed so many characters before its end.
    #[track_caller]
    pub fn completes_before(&self, characters: usize, typed: &str) -> String {
        let mut keys = vec!["Left"; characters];
        keys.extend(["Tab", "C-e"]);
        self.after(typed, &keys).1
    }

    /// Fails if there is anything to see after TAB but the line as it was typed.
    #[track_caller]
    pub fn offers_nothing(&self, typed: &str) {
        let (screen, _) = self.after(typed, self.list());
        assert_eq!(screen, format!("$ {typed}{MARK}"));
    }

    /// Waits until each of these values is listed, with its description.
    #[track_caller]
    pub fn lists(&self, typed: &str, values: &[(&str, &str)]) {
        self.terminal.types(typed, self.list());
        let is_in = |line: &str, (value, description): &(&str, &str)| {
            let has_value = line.split_whitespace().any(|word| word.ends_with(value));
            has_value && line.contains(description)
        };
        let has = |screen: &str, row| screen.lines().skip(1).any(|line| is_in(line, row));
        self.terminal.shows(|screen| values.iter().all(|row| has(screen, row)));
        self.clears();
    }

    /// The keys that list the values.
    fn list(&self) -> &'static [&'static str] {
        match self.kind {
            Kind::Bash | Kind::PlainBash => &["Tab", "Tab"],
            Kind::Zsh | Kind::Fish => &["Tab"],
        }
    }

    /// The screen and the line after these keys.
    #[track_caller]
    fn after(&self, typed: &str, keys: &[&str]) -> (String, String) {
        self.terminal.types(typed, keys);
        self.terminal.types(MARK, &[]);
        let line = |screen: &str| {
            let line = screen.lines().find_map(|line| line.strip_suffix(MARK));
            line.map(|line| line.trim_start_matches("$ ").to_owned())
        };
        let screen = self.terminal.shows(|screen| line(screen).is_some());
        self.clears();
        let line = line(&screen).unwrap();
        (screen, line)
    }

    #[track_caller]
    fn clears(&self) {
        self.terminal.types("", &["C-u", "C-l"]);
        self.is_ready();
    }

    #[track_caller]
    fn is_ready(&self) {
        self.terminal.shows(|screen| screen == "$");
    }
}

/// Returns the folder below which everything is.
fn install(sandbox: &Sandbox) -> PathBuf {
    let root = sandbox.directory.join("root");
    let mut make = sandbox.program("make");
    make.args(["-C", env!("CARGO_MANIFEST_DIR"), "-o", "build", "install", "PREFIX=/usr"]);
    make.arg(format!("DESTDIR={}", root.display())).arg(format!("BINARY={}", sandbox.binary()));
    Finished::of(make).exits(0);
    root.join("usr")
}

fn environment(usr: &Path, home: &Path) -> Vec<(&'static str, String)> {
    let usr = usr.display();
    let mut environment = vec![
        ("LC_ALL", "C.UTF-8".into()),
        ("PATH", format!("{usr}/bin:{}", std::env::var("PATH").unwrap())),
        ("XDG_DATA_DIRS", format!("{usr}/share:/usr/share")),
    ];
    let at_home = ["HOME", "ZDOTDIR", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME"];
    environment.extend(at_home.map(|name| (name, home.display().to_string())));
    environment
}

/// The name of the file, and what is in it.
fn configuration(kind: Kind, share: &str) -> (&'static str, String) {
    match kind {
        Kind::Bash => ("bashrc", "PS1='$ '; . /usr/share/bash-completion/bash_completion".into()),
        Kind::PlainBash => {
            ("bashrc", format!("set -u; PS1='$ '; . {share}/bash-completion/completions/semlock"))
        }
        Kind::Zsh => (
            ".zshrc",
            format!(
                "PS1='$ '; fpath=({share}/zsh/site-functions $fpath)
                autoload -Uz compinit; compinit -u -D
                setopt ksh_arrays sh_word_split no_unset"
            ),
        ),
        Kind::Fish => (
            "fish/config.fish",
            "function fish_prompt; echo -n '$ '; end
            set fish_greeting; set -g fish_autosuggestion_enabled 0"
                .into(),
        ),
    }
}
