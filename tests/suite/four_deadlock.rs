//! A deadlock of four processes over two blocks, on the screens of root and of an
//! ordinary user; and that what these say to type puts an end to it.

use crate::common::screen::{COLUMNS, fits, fixes, on_terminal_as};
use crate::common::world::{Program, User, World, everybody};
use crate::common::{Finished, until};
use serde_json::{Value, json};

/// Locks one slot of one block, and when told another, as KEY:SLOT; says what it does.
const CLIENT: &str = "my ($has, $wants) = @ARGV;
sub take {
    my ($key, $slot) = split /:/, shift;
    my ($id, $half) = (semget($key, 0, 0) // die($!), $key == 7 ? 3 : 17);
    semop($id, pack 's!9', $slot, 0, 0x1000, $slot + $half, 0, 0x1000, $slot + $half, 1, 0x1000) or die $!;
}
$| = 1;
take($has);
print qq{has\\n};
<STDIN>;
take($wants);
print qq{both\\n};
<STDIN>";

/// What each has and wants: slots 3 and 5 of one block, 1 and 2 of another.
const CYCLE: [[&str; 2]; 4] =
    [["31818:3", "31818:5"], ["31818:5", "7:1"], ["7:1", "7:2"], ["7:2", "31818:3"]];

fn locked(world: &World, user: User) -> [Program; 4] {
    world.semlock(user, &["create", "--nsems", "34"]).exits(0);
    world.semlock(user, &["create", "--key", "7", "--nsems", "6"]).exits(0);
    let mut clients = CYCLE.map(|[has, wants]| {
        let mut client = world.start(user, &["perl", "-e", CLIENT, has, wants]);
        assert_eq!(client.running.line(), "has");
        client
    });
    for client in &mut clients {
        client.running.tell("go");
    }
    clients
}

fn report(world: &World, user: User, key: &str) -> Value {
    let said = world.semlock(user, &["status", "--key", key, "--format", "json"]);
    said.exits(0).json()
}

#[test]
fn four_processes_over_two_blocks_are_named_and_ending_the_youngest_lets_the_others_go_on() {
    for user in everybody() {
        let world = World::new();
        let mut clients = locked(&world, user);
        let mut pids = clients.each_ref().map(|client| client.pid);
        pids.sort_unstable();
        for key in ["31818", "7"] {
            until("the deadlock is seen", || {
                report(&world, user, key)["deadlocks"] == json!([pids])
            });
        }
        let shown = on_terminal_as(&world, user, "status");
        fits(&shown);
        assert!(
            shown.contains("\ndeadlock: 4 processes wait for each other, and none can continue\n"),
            "{shown}"
        );
        let [first, second, third, fourth] = clients.each_ref().map(|client| client.pid);
        for line in [
            format!(
                "    {first} (perl -e my ($has, $w…) has slot 3, waits for slot 5, which {second} has"
            ),
            format!(
                "    {second} (perl -e my ($has, $w…) has slot 5, waits for slot 1 of semid 1, which"
            ),
            format!(
                "    {third} (perl -e my ($has, $w…) has slot 1 of semid 1, waits for slot 2 of"
            ),
            format!(
                "    {fourth} (perl -e my ($has, $w…) has slot 2 of semid 1, waits for slot 3,"
            ),
        ] {
            assert!(line.len() <= COLUMNS + 2, "the test's own line is too wide: {line}");
            assert!(shown.contains(&line), "{line:?} is not in\n{shown}");
        }
        let fix = format!("kill {fourth}  # it releases its locks; its unfinished work is lost");
        assert_eq!(fixes(&shown), [fix.as_str()], "{shown}");
        let checked = world.semlock(user, &["status", "--check"]);
        assert_eq!(fixes(&checked.exits(1).stdout()), [fix.as_str()]);

        let all = world.semlock(user, &["status", "--all", "--check"]).exits(1).stdout();
        assert_eq!(all.matches("deadlock: ").count(), 1, "{all}");
        assert_eq!(fixes(&all), [fix.as_str()], "{all}");

        world.run(user, &["sh", "-c", &fix]).exits(0);
        // Each goes on once the one after it has both and ends.
        for client in clients[..3].iter_mut().rev() {
            assert_eq!(client.running.line(), "both");
            client.running.close();
        }
        for key in ["31818", "7"] {
            until("nothing is locked", || report(&world, user, key)["slots"] == json!([]));
            let checked: Finished = world.semlock(user, &["status", "--check", "--key", key]);
            checked.exits(0).is_silent();
        }
    }
}
