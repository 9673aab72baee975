//! Lists that are cut, and say so.

/// The first `max` of these lines, and how many more there are.
pub(crate) fn first_lines(mut lines: Vec<String>, max: usize) -> Vec<String> {
    let others = lines.len().saturating_sub(max);
    lines.truncate(max);
    lines.extend((others > 0).then(|| format!("and {others} more")));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_is_cut_says_how_many_more_there_are() {
        let cases: [(&[&str], &[&str]); 3] = [
            (&[], &[]),
            (&["a", "b"], &["a", "b"]),
            (&["a", "b", "c", "d"], &["a", "b", "and 2 more"]),
        ];
        for (lines, expected) in cases {
            let lines = lines.iter().map(ToString::to_string).collect();
            assert_eq!(first_lines(lines, 2), expected);
        }
    }
}
