//! Directories, read by nix: std ends the program if a directory cannot be closed.

use std::io;

use nix::NixPath;
use nix::dir::Dir;
use nix::fcntl::OFlag;
use nix::sys::stat::Mode;

/// Opens a directory, to go through its entries.
pub(super) fn open_directory(place: &(impl NixPath + ?Sized)) -> io::Result<Dir> {
    Ok(Dir::open(place, OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())?)
}
