//! The code in a Markdown text.

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag};

/// The blocks of code, each with its language.
pub fn code_blocks(text: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut is_inside = false;
    for event in Parser::new(text) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                blocks.push((language.into_string(), String::new()));
                is_inside = true;
            }
            Event::Text(line) if is_inside => blocks.last_mut().unwrap().1.push_str(&line),
            _ => is_inside = false,
        }
    }
    blocks
}

/// The code between backquotes.
pub fn code_spans(text: &str) -> Vec<String> {
    let code = |event| match event {
        Event::Code(code) => Some(code.into_string()),
        _ => None,
    };
    Parser::new(text).filter_map(code).collect()
}

/// Where the links lead.
pub fn links(text: &str) -> Vec<String> {
    let link = |event| match event {
        Event::Start(Tag::Link { dest_url, .. }) => Some(dest_url.into_string()),
        _ => None,
    };
    Parser::new(text).filter_map(link).collect()
}
