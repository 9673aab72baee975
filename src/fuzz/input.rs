//! An input, taken apart.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// The rest of an input. When it is used up, numbers are 0 and texts are empty.
pub(crate) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    /// The next bytes as a number, the lowest first.
    pub(crate) fn number<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        let taken = self.take(N);
        bytes[..taken.len()].copy_from_slice(taken);
        bytes
    }

    pub(crate) fn u8(&mut self) -> u8 {
        u8::from_le_bytes(self.number())
    }

    pub(crate) fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.number())
    }

    pub(crate) fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.number())
    }

    pub(crate) fn i32(&mut self) -> i32 {
        i32::from_le_bytes(self.number())
    }

    pub(crate) fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.number())
    }

    /// Whether something is left.
    pub(crate) fn is_left(&self) -> bool {
        !self.0.is_empty()
    }

    /// The bytes before the next one of this value.
    pub(crate) fn before(&mut self, end: u8) -> &'a [u8] {
        let length = self.0.iter().position(|&byte| byte == end).unwrap_or(self.0.len());
        let taken = self.take(length);
        self.take(1);
        taken
    }

    /// Everything that is left.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        self.take(self.0.len())
    }

    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        taken
    }
}

/// A longer command line is as good as a short one, and takes longer.
const MAX_WORDS: usize = 12;

/// A command line of semlock whose words are the lines of an input. No word has a NUL.
pub(crate) fn words(data: &[u8]) -> Vec<OsString> {
    let words = data.split(|byte| b"\n\0".contains(byte)).take(MAX_WORDS);
    let words = words.map(|word| OsStr::from_bytes(word).to_owned());
    [OsString::from("semlock")].into_iter().chain(words).collect()
}
