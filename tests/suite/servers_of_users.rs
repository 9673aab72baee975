//! Apache httpd as an ordinary user runs it, at a port that needs no privilege.

use crate::common::world::{Model, OTHER, Server, User, World, has_every_uid, semids, sets};

/// Who runs the server, and who looks at its sets.
fn user_and_lookers() -> (User, Vec<User>) {
    if has_every_uid() {
        (User::Other, vec![User::Tester, User::Other])
    } else {
        (User::Tester, vec![User::Tester])
    }
}

fn keeps_its_sets_while_it_lives(model: Model) {
    let (user, lookers) = user_and_lookers();
    let uid = if user == User::Other { OTHER } else { 0 };
    let world = World::new();
    let server = Server::configured(&world, user, model, false, 8080);
    server.start(&world);
    for set in sets() {
        assert_eq!((set.key, set.uid, set.cuid), (0, uid, uid));
    }
    for &looker in &lookers {
        world.keeps(looker, &semids());
        let restarted = server.restart_gracefully(&world);
        server.until_it_answers();
        world.keeps(looker, &restarted);
        assert!(server.answers());
    }
    has_only_a_stopped_parent(&world, &server, user);
    world.kill_everything();
    world.removes_everything(user);
}

fn has_only_a_stopped_parent(world: &World, server: &Server, user: User) {
    let parent = server.parent(world);
    world.signal("STOP", &[parent]);
    world.signal("KILL", &server.children(world));
    crate::common::until("it has no child", || server.children(world).is_empty());
    world.keeps(user, &semids());
    world.signal("CONT", &[parent]);
    server.until_it_answers();
}

#[test]
fn a_users_prefork_server_keeps_its_sets_while_it_lives() {
    keeps_its_sets_while_it_lives(Model::Prefork);
}

#[test]
fn a_users_event_server_keeps_its_sets_while_it_lives() {
    keeps_its_sets_while_it_lives(Model::Event);
}
