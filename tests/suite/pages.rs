//! The pages for those who change semlock name files that exist.

use std::path::Path;

const PAGES: [(&str, &str); 2] = [
    ("src/lib.rs", include_str!("../../src/lib.rs")),
    (".github/CONTRIBUTING.md", include_str!("../../.github/CONTRIBUTING.md")),
];

/// What stands between backquotes and is a path of this repository, or of `src`.
fn paths(page: &str) -> impl Iterator<Item = &str> {
    let quoted = page.split('`').skip(1).step_by(2);
    quoted.filter(|word| word.contains('/') && !word.contains(char::is_whitespace))
}

#[test]
fn every_file_that_a_page_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, page) in PAGES {
        let text = page.replace("```", "");
        let named: Vec<_> = paths(&text).filter(|path| !path.contains("NAME")).collect();
        assert!(named.len() > 3, "{name} names {named:?}");
        for path in named {
            let exists =
                [root.join(path), root.join("src").join(path)].iter().any(|at| at.exists());
            assert!(exists, "{name} names {path}, which is not there");
        }
    }
}
