//! Finds the functions of the program that can write, by what they must use to do so.

use std::fs;
use std::path::{Path, PathBuf};

/// Without one of these, nothing reaches a terminal, a file or the system's log. Whoever is
/// given a `Write` passes it on or writes to it. The last four are semlock's own functions
/// that write a text as it is.
const MEANS: [&str; 19] = [
    "stdout()",
    "stderr()",
    "print!(",
    "println!(",
    "eprint!(",
    "eprintln!(",
    "dbg!(",
    "unistd::write(",
    "libc::write(",
    "socket.send(",
    "File::create(",
    "write(true)",
    "impl Write",
    "dyn Write",
    "write_all(",
    "failure::ask(",
    "failure::show(",
    "line::say(",
    "screen.draw(",
];

/// What writes a text to any `Write` or `String`.
const MACROS: [&str; 2] = ["write!(", "writeln!("];

/// How the unit tests in a file of the program begin.
const TESTS: &str = "\n#[cfg(test)]\nmod tests {";
const SHARED_TESTS: &str = "\n#[cfg(test)]\npub(super) mod tests {";

/// What only asks about standard output and standard error.
const QUESTIONS: [&str; 12] = [
    "io::stdout().is_terminal()",
    "io::stderr().is_terminal()",
    "is_coloured(&io::stderr())",
    "render_options(&io::stdout())",
    "render_options(&io::stderr())",
    "width_of(&io::stdout())",
    "tcgetpgrp(io::stdout())",
    "tcgetpgrp(io::stderr())",
    "tcgetwinsize(io::stdout())",
    "tcgetwinsize(io::stderr())",
    "closed(&io::stdout())",
    "fcntl(io::stdout(), FcntlArg::F_GETFD)",
];

/// The functions of the program that have a means to write, as `FILE FUNCTION`.
pub(super) fn found() -> Vec<String> {
    let mut found = Vec::new();
    for (path, source) in program(&source_directory()) {
        let name = path.strip_prefix(source_directory()).unwrap().display().to_string();
        let mut function = "";
        for line in source.lines().filter(|line| !line.trim_start().starts_with("//")) {
            // A type or an import writes nothing.
            function = if line == "}" { "" } else { declared(line).unwrap_or(function) };
            // A `fmt` makes a text, which whatever prints it escapes. But in `view`, that
            // is the `fmt` itself.
            let is_text = function == "fmt" && !name.starts_with("view/");
            if has_means(line) && !is_text && !function.is_empty() {
                found.push(format!("{name} {function}"));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

pub(super) fn has_means(line: &str) -> bool {
    let line = QUESTIONS.iter().fold(line.to_owned(), |line, asked| line.replace(asked, ""));
    let is_whole =
        |before: &str| !before.ends_with(|one: char| one.is_alphanumeric() || one == '_');
    let mut means = MEANS.iter().chain(&MACROS);
    means.any(|means| line.match_indices(means).any(|(at, _)| is_whole(&line[..at])))
}

fn declared(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let is_declared = before.is_empty() || before.ends_with([' ', '(']);
    let end = after.find(|one: char| !one.is_alphanumeric() && one != '_')?;
    (is_declared && end > 0).then(|| &after[..end])
}

fn source_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The files of the program without their tests.
fn program(directory: &Path) -> Vec<(PathBuf, String)> {
    let mut all = files(directory);
    let for_tests: Vec<_> = all.iter().flat_map(|(path, text)| test_modules(path, text)).collect();
    let is_test = |path: &Path| for_tests.iter().any(|module| path.starts_with(module));
    all.retain(|(path, _)| !is_test(&path.with_extension("")));
    for (_, text) in &mut all {
        let end = [TESTS, SHARED_TESTS]
            .iter()
            .filter_map(|begin| text.find(begin))
            .min()
            .unwrap_or(text.len());
        text.truncate(end);
    }
    all
}

/// Every file of the program and of its unit tests.
pub(super) fn all_sources() -> Vec<String> {
    files(&source_directory()).into_iter().map(|(_, text)| text).collect()
}

fn files(directory: &Path) -> Vec<(PathBuf, String)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            all.push((path, text));
        }
    }
    all
}

/// The modules, without `.rs`, that a file declares for tests alone.
fn test_modules(path: &Path, source: &str) -> Vec<PathBuf> {
    let has_own_folder = !["mod.rs", "lib.rs"].iter().any(|name| path.ends_with(name));
    let folder = if has_own_folder { path.with_extension("") } else { path.with_file_name("") };
    let lines: Vec<_> = source.lines().collect();
    let pairs = lines.windows(2).filter(|pair| {
        pair[0].starts_with("#[cfg(test)]") || pair[0].starts_with("#[cfg(all(any(test, fuzzing)")
    });
    let names = pairs.filter_map(|pair| pair[1].strip_suffix(';')?.rsplit_once("mod "));
    names.map(|(_, name)| folder.join(name)).collect()
}
