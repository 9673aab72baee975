//! The values of options, read from text. Every number is read here, in digits
//! alone, so that anything else is refused in plain words.

use std::ops::RangeInclusive;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::judge::Verdict;
use crate::sysv::Key;
use crate::view::{SemaphoreColumn, SetColumn, SlotColumn};

/// A reader of whole numbers of `range`. `what` is a number, and begins the sentence
/// that refuses anything else.
pub(super) fn whole<T: TryFrom<u64>>(
    what: &'static str,
    range: RangeInclusive<u64>,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync {
    move |text| {
        let number = digits(text, 10).filter(|number| range.contains(number));
        number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| {
            format!("{what} is a whole number from {} to {}", range.start(), range.end())
        })
    }
}

/// The number that these digits are; the largest, if it is larger than that.
fn digits(text: &str, radix: u32) -> Option<u64> {
    let are_digits = !text.is_empty() && text.chars().all(|digit| digit.is_digit(radix));
    are_digits.then(|| u64::from_str_radix(text, radix).unwrap_or(u64::MAX))
}

/// A key as `--key` and `$SEMLOCK_KEY` write it: decimal or 0x hexadecimal, 32 bits.
pub(crate) fn key(text: &str) -> Result<i32, String> {
    match Key::parse(text) {
        Some(Key::PRIVATE) => {
            Err("0 is IPC_PRIVATE, not the key of any set: name the set with --id".into())
        }
        Some(key) => Ok(key.raw()),
        None => Err("a key is a number of 32 bits, decimal or 0x hexadecimal".into()),
    }
}

/// A number of semaphores that can be halved.
pub(super) fn nsems(text: &str) -> Result<u16, String> {
    let negative = text.strip_prefix('-').and_then(|number| digits(number, 10));
    match negative.map(|_| 0).or_else(|| digits(text, 10)) {
        None => Err("a number of semaphores is a whole number, such as 34".into()),
        Some(0 | 1) => Err("a block needs at least 2 semaphores".into()),
        Some(nsems) => match u16::try_from(nsems) {
            Err(_) => Err(format!("no system numbers more than {} semaphores in a set", u16::MAX)),
            Ok(nsems) if nsems % 2 != 0 => {
                Err("must be even: half of the semaphores count readers, half flag writers".into())
            }
            Ok(nsems) => Ok(nsems),
        },
    }
}

pub(super) fn mode(text: &str) -> Result<u16, String> {
    let mode = digits(text, 8).filter(|&mode| mode <= 0o777);
    let mode = mode.and_then(|mode| u16::try_from(mode).ok());
    mode.ok_or_else(|| "a mode is an octal number from 0 to 0777".into())
}

/// A percentage, with or without its sign.
pub(super) fn percent(text: &str) -> Result<u8, String> {
    whole("a percentage", 1..=100)(text.strip_suffix('%').unwrap_or(text))
}

/// The name of a column of one of the tables.
pub(super) fn column(text: &str) -> Result<String, String> {
    let slots = SlotColumn::ALL.map(SlotColumn::name);
    let semaphores = SemaphoreColumn::ALL.map(SemaphoreColumn::name);
    let sets = SetColumn::ALL.map(SetColumn::name);
    let known = slots.iter().chain(&semaphores).chain(&sets).any(|&column| column == text);
    let all = || {
        let [slots, semaphores, sets] = [&slots[..], &semaphores, &sets].map(|all| all.join(", "));
        format!("slots have {slots}; semaphores have {semaphores}; sets have {sets}")
    };
    known.then(|| text.to_owned()).ok_or_else(all)
}

/// `--verdict`.
impl ValueEnum for Verdict {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::InUse => "A process waits on it, holds a lock in it, or used it last and lives",
            Self::Idle => "No process is seen to use it, and one might",
            Self::Orphaned => "No living process can be using it",
            Self::Unknown => "Not everything could be read that is needed to tell",
        };
        Some(PossibleValue::new(self.name()).help(help))
    }
}
