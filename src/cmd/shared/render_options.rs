//! How a report is rendered on a stream.

use std::io::IsTerminal;
use std::os::fd::AsFd;

use jiff::Timestamp;

use crate::failure;
use crate::system;
use crate::view::RenderOptions;

/// For people: as wide as the terminal, in its colours and in local time.
pub(crate) fn render_options(stream: &(impl IsTerminal + AsFd)) -> RenderOptions {
    RenderOptions {
        width: system::width_of(stream),
        colour: failure::is_coloured(stream),
        now: Timestamp::now(),
        zone: system::zone(),
        ..RenderOptions::plain()
    }
}
