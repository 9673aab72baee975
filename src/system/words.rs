//! Files, and the words and numbers in them, as bytes.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::str::FromStr;

/// A whole file. Files of /proc have no size, so it is not asked for.
pub(super) fn read_file(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    read_at_most(u64::MAX, path)
}

/// The first bytes of a file, at most `max`.
pub(super) fn read_at_most(max: u64, path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(4096);
    File::open(path)?.take(max).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The words of a line, separated by any white space.
pub(super) fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty())
}

/// A decimal number; None for anything else.
pub(super) fn number<T: FromStr>(text: &[u8]) -> Option<T> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The NUL-terminated strings of a command line.
pub(super) fn strings(text: &[u8]) -> Vec<OsString> {
    let text = text.strip_suffix(b"\0").unwrap_or(text);
    let strings = text.split(|&byte| byte == 0).filter(|_| !text.is_empty());
    strings.map(|string| OsString::from_vec(string.to_vec())).collect()
}

/// Whether two paths lead to the same file. False if that cannot be read.
pub(super) fn is_same_file(one: &Path, other: &Path) -> bool {
    let file = |path| fs::metadata(path).map(|file| (file.dev(), file.ino()));
    matches!((file(one), file(other)), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
mod tests {
    use std::env::temp_dir;

    use super::*;

    #[test]
    fn strings_end_with_nuls() {
        assert_eq!(strings(b"perl\0-e\0\0"), ["perl", "-e", ""]);
        assert_eq!(strings(b"perl"), ["perl"]);
        assert!(strings(b"").is_empty());
    }

    #[test]
    fn words_have_white_space_between_them_and_numbers_nothing_else() {
        let found: Vec<_> = words(b" a\t b\n").collect();
        assert_eq!(found, [b"a", b"b"]);
        assert_eq!(
            (number(b"7"), number::<u8>(b"256"), number::<u8>(b"7 ")),
            (Some(7), None, None)
        );
    }

    #[test]
    fn a_file_is_the_same_by_any_path() {
        let [one, link] = ["one", "link"].map(|name| {
            let path = temp_dir().join(format!("words-{name}-{}", std::process::id()));
            let _ = fs::remove_file(&path);
            path
        });
        fs::write(&one, [b'x'; 5000]).unwrap();
        std::os::unix::fs::symlink(&one, &link).unwrap();
        assert!(is_same_file(&one, &link));
        assert!(!is_same_file(&one, Path::new("/")) && !is_same_file(Path::new("/"), &link));
        assert_eq!(read_file(&link).unwrap(), [b'x'; 5000]);
        fs::remove_file(&one).unwrap();
        assert!(!is_same_file(&link, &link), "it leads nowhere");
        fs::remove_file(&link).unwrap();
    }
}
