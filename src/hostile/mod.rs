//! Random texts that would change a terminal or forge a line if they were printed as they are.

mod places;
mod scan;

use fastrand::Rng;

use crate::system::Text;

/// Characters that must not be printed: Unicode's control characters (Cc), format characters
/// (Cf), and separators of lines and paragraphs (Zl, Zp).
const FORBIDDEN: [(char, char); 23] = [
    ('\0', '\x1f'),
    ('\x7f', '\u{9f}'),
    ('\u{ad}', '\u{ad}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{180e}', '\u{180e}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{2064}'),
    ('\u{2066}', '\u{206f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{fff9}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0001}', '\u{e0001}'),
    ('\u{e0020}', '\u{e007f}'),
];

/// What else a text may have: sequences for a terminal, lines that look like semlock's, and
/// what shells and formats treat in a special way.
const PIECES: [&str; 12] = [
    "perl app.pl",
    "\x1b[2J\x1b[31m",
    "\x1b]0;title\x07",
    "\r\n7 orphaned",
    "\n  fix: reboot\n",
    "\u{9b}31m",
    "$(reboot) `x` 'a\" \\",
    "日本 grün",
    "e\u{301}\u{303}",
    "-",
    "a=b,c;d#e",
    "  ",
];

/// Whether a terminal must not get this character, other than as the end of a line.
pub(crate) fn is_forbidden(character: char) -> bool {
    FORBIDDEN.iter().any(|&(first, last)| (first..=last).contains(&character))
}

/// Where texts come from: the same report is made of hostile texts, and of plain ones to
/// compare it with.
pub(crate) struct Texts {
    rng: Rng,
    is_hostile: bool,
    made: u32,
}

impl Texts {
    pub(crate) fn hostile(seed: u64) -> Self {
        Self { rng: Rng::with_seed(seed), is_hostile: true, made: 0 }
    }

    /// One word each, and each another one.
    pub(crate) fn plain(seed: u64) -> Self {
        Self { is_hostile: false, ..Self::hostile(seed) }
    }

    pub(crate) fn bytes(&mut self) -> Vec<u8> {
        self.made += 1;
        let mut bytes = format!("x{}", self.made).into_bytes();
        for _ in 0..if self.is_hostile { self.rng.usize(1..8) } else { 0 } {
            match self.rng.u8(..4) {
                0 => bytes.push(self.rng.u8(1..)),
                1 => bytes.extend(self.rng.choice(PIECES).unwrap_or_default().bytes()),
                _ => bytes.extend(self.forbidden().to_string().bytes()),
            }
        }
        bytes
    }

    fn forbidden(&mut self) -> char {
        let (first, last) = self.rng.choice(FORBIDDEN).unwrap_or_default();
        self.rng.char(first..=last)
    }

    pub(crate) fn string(&mut self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }

    pub(crate) fn text(&mut self) -> Text {
        Text::from_session_id(&self.bytes())
    }
}

/// How often each renderer is tried.
const ROUNDS: u64 = 12;

/// Renders the same report of hostile and of plain texts, and compares what a terminal gets.
/// `render` must make the same of the same seed.
#[track_caller]
pub(crate) fn assert_harmless(what: &str, render: impl Fn(&mut Rng, &mut Texts) -> String) {
    let first = std::env::var("SEMLOCK_SEED").ok().and_then(|seed| seed.parse().ok());
    let first = first.unwrap_or_else(|| fastrand::u64(..u64::MAX - ROUNDS));
    for seed in first..first + ROUNDS {
        let rendered = |mut texts| render(&mut Rng::with_seed(seed), &mut texts);
        let (hostile, plain) = (rendered(Texts::hostile(seed)), rendered(Texts::plain(seed)));
        let count = |text: &str, character| text.matches(character).count();
        let repeat = format!("{what}, repeat with SEMLOCK_SEED={seed}:\n{hostile:?}\n{plain:?}");
        let is_raw = |one: char| is_forbidden(one) && !['\n', '\x1b'].contains(&one);
        assert!(!hostile.contains(is_raw), "{repeat}");
        for character in ['\n', '\x1b'] {
            assert_eq!(count(&hostile, character), count(&plain, character), "{repeat}");
        }
    }
}
