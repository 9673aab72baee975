//! The application's block.

use std::env;

use super::error::Failure;
use crate::session::DEFAULT_KEY;
use crate::sysv::Key;

/// The key of the application's block: `$SEMLOCK_KEY`, else the module's default.
pub(crate) fn application_key() -> Result<Key, Failure> {
    let Some(text) = env::var_os("SEMLOCK_KEY").filter(|text| !text.is_empty()) else {
        return Ok(DEFAULT_KEY);
    };
    let key = text.to_str().and_then(Key::parse).filter(|&key| key != Key::PRIVATE);
    key.ok_or_else(|| {
        let cause = "a key is a 32-bit number other than 0, decimal or 0x hexadecimal";
        Failure::wrong(format!("use $SEMLOCK_KEY {text:?}: {cause}"))
    })
}
