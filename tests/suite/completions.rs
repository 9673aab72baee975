//! What TAB gives in bash, zsh and fish, each as people have it: on a terminal.
//!
//! The scripts are written by hand, and know none of this: they ask `semlock complete`, whose
//! answers have tests of their own.

mod shell;
mod terminal;

use std::fs;
use std::path::Path;
use std::process::Command;

use semlock::session::Block;
use semlock::sysv::Key;
use shell::{Kind, Shell};

use crate::common::both::Both;
use crate::common::{Finished, Running};

#[test]
fn each_script_is_accepted_by_its_shell() {
    for (shell, script) in [("bash", "semlock.bash"), ("zsh", "_semlock"), ("fish", "semlock.fish")]
    {
        let mut parse = Command::new(shell);
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(script);
        parse.arg("-n").arg(script);
        Finished::of(parse).exits(0).is_silent();
    }
}

#[test]
fn bash_completes() {
    completes(Kind::Bash);
}

#[test]
fn bash_completes_without_bash_completion_and_with_nounset() {
    completes(Kind::PlainBash);
}

#[test]
fn zsh_completes_whatever_its_options() {
    completes(Kind::Zsh);
}

#[test]
fn fish_completes() {
    completes(Kind::Fish);
}

#[track_caller]
fn completes(kind: Kind) {
    let scene = Scene::new();
    let shell = Shell::start(&scene.both.sandbox, kind);
    names(&shell);
    values(&shell);
    lists(&shell);
    live(&shell, &scene);
    quotes(&shell);
    files(&shell);
    commands(&shell);
    failures(&shell);
}

/// A session that every shell has to quote.
const QUOTED: &str = r#"it's "a" $1"#;

/// Two blocks, two locks, and a directory of files that nobody should be offered.
struct Scene {
    both: Both,
    blocks: [Block; 2],
    _locks: Running,
}

impl Scene {
    fn new() -> Self {
        let both = Both::new();
        let blocks = [both.block, Block::create(Key::new(7), 6, 0o700).unwrap()];
        let locks = both.sandbox.hold(&["user:3", QUOTED, "end'", "wow!"]);
        for file in ["json-file", "root-file", "31818-file", "semid-file", "user:file", "it-file"] {
            fs::write(both.path(file), "").unwrap();
        }
        fs::create_dir(both.path("sessions")).unwrap();
        fs::create_dir(both.path("old")).unwrap();
        both.install("old/semlock", "#!/bin/sh\necho 'no such subcommand' >&2\nexit 64\n");
        Self { both, blocks, _locks: locks }
    }
}

#[track_caller]
fn names(shell: &Shell) {
    shell.becomes("semlock unl", "semlock unlock ");
    shell.becomes("semlock lock --sh", "semlock lock --shared ");
    shell.lists("semlock ", &[("create", "Create a block"), ("probe-max", "Measure what")]);
    shell.lists("semlock lock --n", &[("--nonblock", "Do not wait"), ("--nsems", "Refuse the")]);
    shell.lists("semlock lock -", &[("-n", "Do not wait"), ("-s", "Read lock")]);
}

#[track_caller]
fn values(shell: &Shell) {
    let formats = [("table", "For people"), ("json", "One JSON"), ("prometheus", "OpenMetrics")];
    shell.lists("semlock status --format ", &formats);
    shell.lists("semlock status --format=", &formats);
    shell.becomes("semlock status --format j", "semlock status --format json ");
    shell.becomes("semlock status --format=j", "semlock status --format=json ");
    let line = shell.completes_before(" --all".len(), "semlock status --format=j --all");
    assert_eq!(line, "semlock status --format=json --all");
    shell.offers_nothing("semlock lock --wait ");
    shell.offers_nothing("semlock status --format=x");
}

#[track_caller]
fn lists(shell: &Shell) {
    let comma = if shell.kind == Kind::Zsh { "," } else { "" };
    for option in ["--columns ", "--columns="] {
        let typed = format!("semlock status --all {option}");
        shell.lists(&typed, &[("key", "The key"), ("semid", "The id that the kernel gave")]);
        shell.becomes(&format!("{typed}semi"), &format!("{typed}semid{comma}"));
        shell.becomes(&format!("{typed}key,semi"), &format!("{typed}key,semid{comma}"));
        let second = [("semid", "The id that the kernel gave"), ("sempid", "The last process")];
        shell.lists(&format!("{typed}key,sem"), &second);
    }
}

#[track_caller]
fn live(shell: &Shell, scene: &Scene) {
    let semids = scene.blocks.map(|block| block.set().semid().to_string());
    shell.lists("semlock status --key ", &[("31818", "32 semaphores"), ("7", "6 semaphores")]);
    shell.lists("semlock status --id ", &[(&semids[0], "key 31818"), (&semids[1], "key 7")]);
    shell.becomes("semlock status --key=318", "semlock status --key=31818 ");
    shell.lists("semlock unlock ", &[("user:3", "write, process"), ("$1", "write, process")]);
    shell.becomes("semlock unlock use", "semlock unlock user:3 ");
    shell.becomes("semlock unlock user:", "semlock unlock user:3 ");
    shell.becomes("semlock remove --owner=roo", "semlock remove --owner=root ");
    shell.becomes("semlock create --owner roo", "semlock create --owner root ");
    shell.lists("semlock create --owner ", &[("root", "uid 0"), ("daemon", "uid 1")]);
}

/// Inside the quotes that are open, or with backslashes.
#[track_caller]
fn quotes(shell: &Shell) {
    let bare = r#"it\'s\ \"a\"\ \$1 "#;
    let in_single = match shell.kind {
        Kind::Fish => r#"'it\'s "a" $1' "#,
        _ => r#"'it'\''s "a" $1' "#,
    };
    let in_double = r#""it's \"a\" \$1" "#;
    for option in ["", "--session=", "--session "] {
        // In the middle of a word, zsh prefers backslashes to quotes.
        let opened = shell.kind != Kind::Zsh || option != "--session=";
        let or_bare = |quoted| if opened { quoted } else { bare };
        let typed = format!("semlock unlock {option}");
        shell.becomes(&format!("{typed}it"), &format!("{typed}{bare}"));
        shell.becomes(&format!("{typed}'it"), &format!("{typed}{}", or_bare(in_single)));
        shell.becomes(&format!("{typed}\"it"), &format!("{typed}{}", or_bare(in_double)));
    }
    shell.becomes(r"semlock unlock it\'s\ ", &format!("semlock unlock {bare}"));
    let (exclamation, apostrophe) = match shell.kind {
        Kind::Bash | Kind::PlainBash => (r#""wow"\!"""#, r"'end'\'''"),
        Kind::Zsh => (r#""wow\!""#, r"'end'\'''"),
        Kind::Fish => (r#""wow!""#, r"'end\''"),
    };
    shell.becomes("semlock unlock \"wow", &format!("semlock unlock {exclamation} "));
    shell.becomes("semlock unlock 'end", &format!("semlock unlock {apostrophe} "));
}

#[track_caller]
fn files(shell: &Shell) {
    for option in ["--sessions ", "--sessions="] {
        let typed = format!("semlock status {option}");
        shell.becomes(&format!("{typed}json"), &format!("{typed}json-file "));
        shell.becomes(&format!("{typed}sess"), &format!("{typed}sessions/"));
    }
    shell.becomes("semlock status --all >js", "semlock status --all >json-file ");
    shell.becomes("semlock status --all > js", "semlock status --all > json-file ");
}

#[track_caller]
fn commands(shell: &Shell) {
    shell.becomes("semlock lock abc -- semloc", "semlock lock abc -- semlock ");
    shell.becomes("semlock lock abc -- ls json", "semlock lock abc -- ls json-file ");
    if shell.kind == Kind::PlainBash {
        shell.offers_nothing("semlock lock abc -- ls --almost");
    } else {
        shell.becomes("semlock lock -n a -- ls --almost", "semlock lock -n a -- ls --almost-all ");
        for before in ["nice", "semlock lock abc --"] {
            let typed = format!("{before} semlock status --format");
            shell.lists(&format!("{typed}="), &[("json", "One JSON"), ("table", "For people")]);
            shell.becomes(&format!("{typed}=p"), &format!("{typed}=prometheus "));
        }
    }
}

/// Also by its path. A semlock that is old or missing offers nothing, and says nothing.
#[track_caller]
fn failures(shell: &Shell) {
    for semlock in ["root/usr/bin/semlock", "~/../root/usr/bin/semlock"] {
        shell.becomes(&format!("{semlock} unl"), &format!("{semlock} unlock "));
    }
    shell.offers_nothing("missing/semlock unl");
    shell.offers_nothing("old/semlock unl");
}
