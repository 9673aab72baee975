//! The values of options, read from text. Numbers have only digits; anything else is
//! refused here, in plain words.

use std::ops::RangeInclusive;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::judge::Verdict;
use crate::sysv::Key;
use crate::view::{SemaphoreColumn, SetColumn, SlotColumn};

/// A parser of whole numbers in `range`. `what` names the number at the beginning of the
/// sentence that refuses anything else.
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

/// The value of these digits, at most `u64::MAX`.
fn digits(text: &str, radix: u32) -> Option<u64> {
    let are_digits = !text.is_empty() && text.chars().all(|digit| digit.is_digit(radix));
    are_digits.then(|| u64::from_str_radix(text, radix).unwrap_or(u64::MAX))
}

/// Parses a key of `--key` or `$SEMLOCK_KEY`: 32 bits, decimal or 0x hexadecimal.
pub(crate) fn key(text: &str) -> Result<i32, String> {
    match Key::parse(text) {
        Some(Key::PRIVATE) => {
            Err("0 is IPC_PRIVATE, not the key of any set: name the set with --id".into())
        }
        Some(key) => Ok(key.raw()),
        None => Err("a key is a 32-bit number, decimal or 0x hexadecimal".into()),
    }
}

/// Parses an even number of semaphores.
pub(super) fn nsems(text: &str) -> Result<u16, String> {
    let negative = text.strip_prefix('-').and_then(|number| digits(number, 10));
    match negative.map(|_| 0).or_else(|| digits(text, 10)) {
        None => Err("a number of semaphores is a whole number, such as 34".into()),
        Some(0 | 1) => Err("a block needs at least 2 semaphores".into()),
        Some(nsems) => match u16::try_from(nsems) {
            Err(_) => Err(format!("a set cannot have more than {} semaphores", u16::MAX)),
            Ok(nsems) if nsems % 2 != 0 => Err(
                "must be even: half of the semaphores count readers, the other half flag writers"
                    .into(),
            ),
            Ok(nsems) => Ok(nsems),
        },
    }
}

pub(super) fn mode(text: &str) -> Result<u16, String> {
    let mode = digits(text, 8).filter(|&mode| mode <= 0o777);
    let mode = mode.and_then(|mode| u16::try_from(mode).ok());
    mode.ok_or_else(|| "a mode is an octal number from 0 to 0777".into())
}

/// Parses a percentage, with or without the sign.
pub(super) fn percent(text: &str) -> Result<u8, String> {
    whole("a percentage", 1..=100)(text.strip_suffix('%').unwrap_or(text))
}

/// A column that was chosen by its name: each table may have one of that name.
#[derive(Clone, Debug)]
pub struct ChosenColumn {
    pub name: String,
    pub slot: Option<SlotColumn>,
    pub semaphore: Option<SemaphoreColumn>,
    pub set: Option<SetColumn>,
}

/// Parses the name of a column of any table.
pub(super) fn column(text: &str) -> Result<ChosenColumn, String> {
    let chosen = ChosenColumn {
        name: text.into(),
        slot: SlotColumn::ALL.into_iter().find(|column| column.name() == text),
        semaphore: SemaphoreColumn::ALL.into_iter().find(|column| column.name() == text),
        set: SetColumn::ALL.into_iter().find(|column| column.name() == text),
    };
    if chosen.slot.is_some() || chosen.semaphore.is_some() || chosen.set.is_some() {
        return Ok(chosen);
    }
    let slots = SlotColumn::ALL.map(SlotColumn::name).join(", ");
    let semaphores = SemaphoreColumn::ALL.map(SemaphoreColumn::name).join(", ");
    let sets = SetColumn::ALL.map(SetColumn::name).join(", ");
    Err(format!("slots have {slots}; semaphores have {semaphores}; sets have {sets}"))
}

/// `--verdict`.
impl ValueEnum for Verdict {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::InUse => {
                "A process waits on it, has a lock in it, or was the last to use it and is alive"
            }
            Self::Idle => "No process is seen to use it, but one might",
            Self::Orphaned => "No living process could still use it",
            Self::Unknown => "Something that the verdict depends on could not be read",
        };
        Some(PossibleValue::new(self.name()).help(help))
    }
}

#[cfg(all(any(test, fuzzing), family = "linux"))]
#[path = "../fuzz/modes.rs"]
mod fuzz;
