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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_only_digits_and_is_in_its_range() {
        let parse = whole::<u8>("a number", 1..=20);
        assert_eq!((parse("1"), parse("20"), parse("007")), (Ok(1), Ok(20), Ok(7)));
        for text in ["", "0", "21", "-1", "+1", "1.0", "x", "99999999999999999999"] {
            assert_eq!(
                parse(text),
                Err("a number is a whole number from 1 to 20".into()),
                "{text}"
            );
        }
        let too_wide = whole::<u8>("a number", 0..=300);
        assert_eq!((too_wide("255"), too_wide("256").is_err()), (Ok(255), true));
    }

    #[test]
    fn a_key_is_not_that_of_a_private_set() {
        assert_eq!((key("31818"), key("0x7c4a")), (Ok(31818), Ok(31818)));
        assert!(key("0").unwrap_err().starts_with("0 is IPC_PRIVATE"));
        assert!(key("x").unwrap_err().starts_with("a key is a 32-bit number"));
    }

    #[test]
    fn a_block_has_an_even_number_of_semaphores_and_each_mistake_its_own_words() {
        assert_eq!((nsems("2"), nsems("65534")), (Ok(2), Ok(65534)));
        for (text, why) in [
            ("0", "a block needs at least 2"),
            ("1", "a block needs at least 2"),
            ("-4", "a block needs at least 2"),
            ("3", "must be even"),
            ("65536", "a set cannot have more than 65535"),
            ("x", "a number of semaphores is a whole number"),
            ("-x", "a number of semaphores is a whole number"),
            ("", "a number of semaphores is a whole number"),
        ] {
            assert!(nsems(text).unwrap_err().starts_with(why), "{text}");
        }
    }

    #[test]
    fn a_mode_is_octal_and_a_percentage_may_have_its_sign() {
        assert_eq!((mode("0"), mode("0700"), mode("777")), (Ok(0), Ok(0o700), Ok(0o777)));
        for text in ["1000", "8", "", "-1", "0o700"] {
            assert_eq!(
                mode(text),
                Err("a mode is an octal number from 0 to 0777".into()),
                "{text}"
            );
        }
        assert_eq!((percent("1"), percent("100%")), (Ok(1), Ok(100)));
        for text in ["0", "101", "%", "50%%"] {
            assert_eq!(percent(text), Err("a percentage is a whole number from 1 to 100".into()));
        }
    }

    #[test]
    fn a_column_is_that_of_each_table_that_has_one_of_its_name() {
        for name in SlotColumn::ALL.map(SlotColumn::name) {
            let chosen = column(name).unwrap();
            assert_eq!(chosen.name, name);
            assert_eq!(chosen.slot.map(SlotColumn::name), Some(name));
        }
        for name in SemaphoreColumn::ALL.map(SemaphoreColumn::name) {
            let chosen = column(name).unwrap().semaphore;
            assert_eq!(chosen.map(SemaphoreColumn::name), Some(name));
        }
        for name in SetColumn::ALL.map(SetColumn::name) {
            assert_eq!(column(name).unwrap().set.map(SetColumn::name), Some(name));
        }
        assert!(column("x").unwrap_err().starts_with("slots have "));
    }

    #[test]
    fn each_verdict_can_be_chosen_and_is_explained() {
        let values = Verdict::value_variants().iter().map(|one| one.to_possible_value().unwrap());
        let values: Vec<_> = values.collect();
        let names: Vec<_> = values.iter().map(PossibleValue::get_name).collect();
        assert_eq!(names, Verdict::ALL.map(Verdict::name));
        assert!(values.iter().all(|value| value.get_help().is_some()));
    }
}
