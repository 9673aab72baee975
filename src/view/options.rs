//! Where and when something is shown: all that its text depends on besides the data.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How a report is rendered.
#[derive(Clone, Debug)]
pub(crate) struct RenderOptions {
    /// How many characters fit in a line; None if there is no end.
    pub width: Option<u16>,
    /// Whether words that matter are coloured.
    pub colour: bool,
    /// Whether columns have no headings.
    pub headless: bool,
    /// Whether a program reads it: one table, each cell but the last one word, times
    /// as in JSON.
    pub for_programs: bool,
    /// The present.
    pub now: Timestamp,
    /// The time zone of its reader.
    pub zone: TimeZone,
}

impl RenderOptions {
    /// Without an end of the line, without colours, in UTC, at the beginning of time.
    pub(crate) fn plain() -> Self {
        Self {
            width: None,
            colour: false,
            headless: false,
            for_programs: false,
            now: Timestamp::UNIX_EPOCH,
            zone: TimeZone::UTC,
        }
    }
}
