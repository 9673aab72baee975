//! The fields of a struct that the kernel wrote as bytes.

use jiff::Timestamp;

/// The time that a kernel writes as these numbers.
pub(in crate::system) fn time(seconds: i64, nanoseconds: i64) -> Option<Timestamp> {
    let fraction = i32::try_from(nanoseconds).ok();
    let fraction = fraction.filter(|fraction| (0..1_000_000_000).contains(fraction))?;
    Timestamp::new(seconds, fraction).ok()
}

/// The bytes of a struct.
#[derive(Clone, Copy)]
pub(in crate::system) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// A struct of this size. None if there are fewer bytes.
    pub(in crate::system) fn of(bytes: &'a [u8], size: usize) -> Option<Self> {
        bytes.get(..size).map(Self)
    }

    fn field<const N: usize>(self, offset: usize) -> Option<[u8; N]> {
        self.0.get(offset..)?.first_chunk().copied()
    }

    pub(in crate::system) fn byte(self, offset: usize) -> Option<u8> {
        self.0.get(offset).copied()
    }

    pub(in crate::system) fn i16(self, offset: usize) -> Option<i16> {
        self.field(offset).map(i16::from_ne_bytes)
    }

    pub(in crate::system) fn i32(self, offset: usize) -> Option<i32> {
        self.field(offset).map(i32::from_ne_bytes)
    }

    pub(in crate::system) fn u32(self, offset: usize) -> Option<u32> {
        self.field(offset).map(u32::from_ne_bytes)
    }

    pub(in crate::system) fn i64(self, offset: usize) -> Option<i64> {
        self.field(offset).map(i64::from_ne_bytes)
    }

    /// A field of this length, up to the first NUL.
    pub(in crate::system) fn text(self, offset: usize, length: usize) -> Option<Vec<u8>> {
        let field = self.0.get(offset..)?.get(..length)?;
        field.split(|&byte| byte == 0).next().map(<[u8]>::to_vec)
    }
}
