//! The fields of a struct that the kernel wrote as bytes.

use std::marker::PhantomData;

use jiff::Timestamp;

/// The time that a kernel writes as these numbers.
pub(in crate::system) fn time(seconds: i64, nanoseconds: i64) -> Option<Timestamp> {
    let fraction = i32::try_from(nanoseconds).ok();
    let fraction = fraction.filter(|fraction| (0..1_000_000_000).contains(fraction))?;
    Timestamp::new(seconds, fraction).ok()
}

/// A number as the kernel writes it.
pub(in crate::system) trait Number: Copy {
    /// The number that these bytes begin with. None if they are too few.
    fn read(bytes: &[u8]) -> Option<Self>;
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl Number for $number {
            fn read(bytes: &[u8]) -> Option<Self> {
                bytes.first_chunk().copied().map(Self::from_ne_bytes)
            }
        }
    )*};
}

numbers!(i8 u8 i16 i32 u32 i64);

/// A field of a struct, by its offset. tests/targets/layout compares it with the C struct.
#[derive(Clone, Copy)]
pub(in crate::system) struct Field<T> {
    offset: usize,
    values: PhantomData<fn() -> T>,
}

impl<T> Field<T> {
    pub(in crate::system) const fn at(offset: usize) -> Self {
        Self { offset, values: PhantomData }
    }

    pub(in crate::system) const fn offset(self) -> usize {
        self.offset
    }

    pub(in crate::system) const fn size(self) -> usize {
        size_of::<T>()
    }
}

/// The bytes of a struct.
#[derive(Clone, Copy)]
pub(in crate::system) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// A struct of this size. None if there are fewer bytes.
    pub(in crate::system) fn of(bytes: &'a [u8], size: usize) -> Option<Self> {
        bytes.get(..size).map(Self)
    }

    pub(in crate::system) fn get<T: Number>(self, field: Field<T>) -> Option<T> {
        T::read(self.0.get(field.offset..)?)
    }

    /// The numbers of an array.
    pub(in crate::system) fn all<T: Number, const N: usize>(
        self,
        field: Field<[T; N]>,
    ) -> Option<Vec<T>> {
        let array = self.0.get(field.offset..)?.get(..field.size())?;
        array.chunks_exact(size_of::<T>()).map(T::read).collect()
    }

    /// A C string.
    pub(in crate::system) fn text<const N: usize>(self, field: Field<[u8; N]>) -> Option<Vec<u8>> {
        let text = self.all(field)?;
        text.split(|&byte| byte == 0).next().map(<[u8]>::to_vec)
    }
}
