//! Names that the user supplies: the files in a directory, or the lines of a file.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nix::dir::Type;

use super::Text;
use super::directory::open_directory;

/// How much of a line is kept, in bytes. No file has a longer name.
const MAX_NAME: u64 = 4096;

/// Calls `each` with every name at `place`: the files in a directory, without its
/// subdirectories, or the lines of a file, or those of standard input for `-`. Empty lines
/// are left out, and a line may end with CR LF.
pub(crate) fn each_name(place: &OsStr, mut each: impl FnMut(Text)) -> io::Result<()> {
    if place == "-" {
        return each_line(io::stdin().lock(), each);
    }
    let place = Path::new(place);
    if !fs::metadata(place)?.is_dir() {
        return each_line(BufReader::new(File::open(place)?), each);
    }
    for entry in open_directory(place)?.iter() {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        // Some file systems do not tell the kinds of their files.
        let is_directory = match entry.file_type() {
            Some(kind) => kind == Type::Directory,
            None => fs::symlink_metadata(place.join(OsStr::from_bytes(name)))
                .is_ok_and(|file| file.is_dir()),
        };
        if !is_directory {
            each(Text::new(name));
        }
    }
    Ok(())
}

fn each_line(mut lines: impl BufRead, mut each: impl FnMut(Text)) -> io::Result<()> {
    loop {
        let mut line = Vec::new();
        if lines.by_ref().take(MAX_NAME).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if line.pop_if(|last| *last == b'\n').is_some() {
            line.pop_if(|last| *last == b'\r');
        } else {
            lines.skip_until(b'\n')?;
        }
        if !line.is_empty() {
            each(Text::new(line));
        }
    }
}

#[cfg(all(any(test, fuzzing), family = "linux"))]
#[path = "../fuzz/session_ids.rs"]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_may_contain_any_bytes() {
        let long = "x".repeat(5000);
        let text = [b"a\r\n\r\n\xff b\n", long.as_bytes(), b"\nlast"].concat();
        let mut names = Vec::new();
        each_line(&text[..], |name| names.push(name)).unwrap();
        let lengths: Vec<_> = names.iter().map(|name| name.as_bytes().len()).collect();
        assert_eq!(lengths, [1, 3, 4096, 4]);
        assert_eq!(names[1].as_bytes(), b"\xff b");
    }

    #[test]
    fn a_place_is_a_directory_with_files_or_a_file_with_lines() {
        let place = std::env::temp_dir().join(format!("listing-{}", std::process::id()));
        fs::create_dir_all(place.join("below/further")).unwrap();
        fs::write(place.join("names"), "first\nsecond\n").unwrap();
        let names = |place: &Path| {
            let mut names = Vec::new();
            each_name(place.as_os_str(), |name| names.push(name.to_string())).map(|()| names)
        };
        let found = [names(&place), names(&place.join("names")), names(&place.join("missing"))];
        fs::remove_dir_all(&place).unwrap();
        let [directory, file, missing] = found;
        assert_eq!(directory.unwrap(), ["names"]);
        assert_eq!(file.unwrap(), ["first", "second"]);
        assert_eq!(missing.unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
