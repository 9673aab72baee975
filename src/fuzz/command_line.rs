//! Command lines, right and wrong. Each line of an input is a word.

use super::{checked, parse};
use crate::cli::{Cli, Command, LockArgs, plain_lock};
use crate::failure;
use crate::fuzz::{Targets, words};

impl Targets {
    pub(crate) fn command_line(data: &[u8]) {
        let words = words(data);
        let cli = parse(&words);
        if let Some(plain) = plain_lock(&words) {
            means(&plain, cli.as_ref().expect("clap understands it, too"));
        }
        if let Err(failure) = checked(cli, &words) {
            let message = failure::message(&failure.into());
            assert!(!message.replace('\n', "").contains(char::is_control), "{message:?}");
        }
    }
}

fn means(plain: &LockArgs, cli: &Cli) {
    let Command::Lock(lock) = &cli.command else { panic!("{cli:?}") };
    assert_eq!(format!("{plain:?}"), format!("{:?}", lock.args));
}
