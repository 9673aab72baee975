//! Modes, numbers of semaphores and percentages.

use super::{mode, nsems, percent, whole};
use crate::fuzz::Targets;

impl Targets {
    pub(crate) fn modes(data: &[u8]) {
        let Ok(text) = std::str::from_utf8(data) else { return };
        let digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let decimal = text.parse().ok().filter(|_: &u128| digits(text));
        let octal = u128::from_str_radix(text, 8).ok().filter(|_| digits(text));

        let read = mode(text).ok();
        assert_eq!(read.map(u128::from), octal.filter(|&mode| mode <= 0o777));
        if let Some(read) = read {
            assert_eq!(mode(&format!("{read:o}")), Ok(read));
            assert_eq!(mode(&format!("{read:04o}")), Ok(read));
        }
        let even = decimal.filter(|size| (2..=65534).contains(size) && size % 2 == 0);
        assert_eq!(nsems(text).ok().map(u128::from), even);
        let status = decimal.filter(|&status| status <= 255);
        assert_eq!(whole::<u8>("a status", 0..=255)(text).ok().map(u128::from), status);
        let percentage = decimal.filter(|percentage| (1..=100).contains(percentage));
        let with_sign = percent(&format!("{text}%")).ok().map(u128::from);
        assert_eq!(with_sign, percentage);
    }
}
