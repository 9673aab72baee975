//! What a script of ipcs(1), awk and ipcrm(1) removes, and what semlock does.

use super::{Recipe, text_of};
use crate::common::console::terminal;
use crate::common::{OLD, Running, Sandbox, until_it_is_later, until_the_sets_are_older_than};
use semlock::sysv::all_sets;

/// Servers of www-data in a pid namespace, each started when a line says so: three that leave
/// their sets behind, and one that uses its set for each request.
const SERVERS: &str = r#"
    as_www_data() { setpriv --reuid=www-data --clear-groups "$@"; }
    server='$| = 1; my $id = semget(0, 1, 0600);
        do { semop($id, pack "s!3", 0, 1, 0) or die; print "served\n" } while <STDIN>'
    echo ready; read leave
    for number in 1 2 3; do
        as_www_data perl -e "$server" </dev/null
    done
    read start
    as_www_data perl -e "$server" 2>&1
    exit 0"#;

pub fn run(recipe: &mut Recipe) {
    for line in [recipe.block("sh"), recipe.block("sh")] {
        assert!(text_of("from_ipcs").contains(&format!("$ {line}")), "not run: {line}");
    }
    let sandbox = Sandbox::new();
    let mut servers = servers(&sandbox);
    until_the_sets_are_older_than(OLD);
    let inside = servers.child_pid();
    let shell = |command: &str| {
        let mut shell =
            terminal(&sandbox, "exec nsenter --target \"$0\" --pid --mount sh -c \"$1\"");
        shell.args([&inside, command]);
        shell
    };
    recipe.shows_in(&[], shell);
    assert_eq!(servers.ask("a request"), "served");
    recipe.shows_in(&[], shell);
    assert!(servers.ask("a request").starts_with("Died"));
    assert!(all_sets().unwrap().is_empty());
}

/// Three have left their sets behind, and the last one waits for a request.
fn servers(sandbox: &Sandbox) -> Running {
    let mut servers = sandbox.program("unshare");
    servers.args(["--pid", "--fork", "--kill-child", "--mount-proc"]);
    // A session of their own, as services have it, below the first process.
    servers.args(["sh", "-c", "setsid sh -c \"$0\"; exit", SERVERS]);
    let mut servers = Running::start(servers);
    assert_eq!(servers.line(), "ready");
    until_it_is_later();
    servers.tell("leave");
    assert_eq!([(); 3].map(|()| servers.line()), ["served"; 3]);
    // A server that was there before could know these sets.
    until_it_is_later();
    assert_eq!(servers.ask("start"), "served");
    servers
}
