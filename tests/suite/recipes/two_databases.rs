//! Two databases of one user, one of which was killed.

use super::Recipe;
use super::host::{Host, ROOT};
use crate::common::console::StandIn;
use crate::common::world::{Program, User, World, bystanders, semids, sets};
use crate::common::{ENDLESS, OLD, until_the_sets_are_older_than};

/// Creates a database of GT.M, serves it until it is killed, or reads what is in it.
const DATABASE: &str = r#"
    gtm_dist=$(echo /usr/lib/*/fis-gtm/V*_*)
    export gtm_dist gtmgbldir=db.gld gtmroutines="$gtm_dist/libgtmutil.so"
    mkdir -p "$2" && cd "$2" || exit
    case $1 in
        create)
            printf 'change -segment DEFAULT -file=%s.dat\nexit\n' "$PWD/$2" |
                "$gtm_dist/mumps" -run GDE && "$gtm_dist/mupip" create ;;
        serve) exec "$gtm_dist/mumps" -run %XCMD 'set ^a=42 write "ready",! hang 1000' ;;
        read) exec "$gtm_dist/mumps" -run %XCMD 'write ^a,!' ;;
    esac"#;

fn database<'a>(what: &'a str, name: &'a str) -> [&'a str; 6] {
    ["sh", "-c", DATABASE, "sh", what, name]
}

/// Starts one that has all of its sets when this returns.
fn start(world: &World, name: &str) -> Program {
    world.run(User::Other, &database("create", name)).exits(0);
    let mut program = world.start(User::Other, &database("serve", name));
    assert_eq!(program.running.line(), "ready");
    program
}

pub fn run(recipe: &mut Recipe) {
    let host = Host::with_user(World::open(), "dba");
    let orders = start(&host.world, "orders");
    let stock = start(&host.world, "stock");
    drop(orders);
    until_the_sets_are_older_than(OLD);
    let stand_ins = stand_ins(&host, &stock);
    let script = |command: &str| format!("{}\n{command}", ignoring_bystanders());
    for _ in 0..5 {
        recipe.shows_in(&stand_ins, |command| host.terminal(ROOT, &script(command)));
    }
    assert_eq!(semids(), [2, 3]);
    host.world.run(User::Other, &database("read", "stock")).exits(0).prints("42\n");
}

/// Of the two keys, the directory and the process.
fn stand_ins(host: &Host, stock: &Program) -> [StandIn<'static>; 7] {
    let [orders, _, used, _] = sets()[..] else { panic!("{:?}", sets()) };
    let key = |key: i64| format!("0x{key:08x}");
    [
        (key(orders.key), "0x2b1406ef"),
        (orders.key.to_string(), "722732783"),
        (key(used.key), "0x2bfe5c77"),
        (host.world.directory().display().to_string(), "/srv"),
        (format!("/proc/{}/", stock.pid), "/proc/18305/"),
        (format!("process {} ", stock.pid), "process 18305 "),
        (format!("--ignore {}", stock.pid), "--ignore 18305"),
    ]
}

/// Defines a semlock that knows that these tests have nothing to do with the sets, and
/// looks again if other tests started processes too fast for it.
fn ignoring_bystanders() -> String {
    let bystanders = bystanders().join(" ");
    format!(
        r#"semlock() {{
            case $1 in remove) set -- "$@" {bystanders} ;; esac
            for try in $(seq 50); do
                said=$(command semlock "$@" 2>&1)
                case $said in *unknown* | *"{ENDLESS}"*) ;; *) break ;; esac
            done
            printf '%s\n' "$said"
        }}"#
    )
}
