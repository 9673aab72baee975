//! Keys, in both formats.

use super::Key;
use crate::cli;
use crate::fuzz::{Input, Targets};

impl Targets {
    pub(crate) fn keys(data: &[u8]) {
        let key = Key::new(Input::new(data).i32());
        is_read_as_shown(key);
        let Ok(text) = std::str::from_utf8(data) else { return };
        let read = Key::parse(text);
        assert_eq!(read, number(text).and_then(of_32_bits), "{text:?}");
        read.into_iter().for_each(is_read_as_shown);
        let option = read.filter(|&key| key != Key::PRIVATE).map(Key::raw);
        assert_eq!(cli::key(text).ok(), option);
    }
}

fn is_read_as_shown(key: Key) {
    for shown in [key.to_string(), format!("{key:x}"), format!("{key:x}").to_uppercase()] {
        assert_eq!(Key::parse(&shown), Some(key), "{shown}");
    }
}

/// The value of the text, if that has at most 128 bits.
fn number(text: &str) -> Option<i128> {
    let text = text.to_ascii_lowercase();
    if text.contains(['+', '_']) || text.starts_with("0x-") {
        return None;
    }
    text.strip_prefix("0x").map_or(text.parse(), |text| i128::from_str_radix(text, 16)).ok()
}

fn of_32_bits(number: i128) -> Option<Key> {
    let bits = u32::try_from(number).map(u32::cast_signed);
    bits.or(i32::try_from(number)).ok().map(Key::new)
}
