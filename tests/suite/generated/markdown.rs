//! The part of Markdown that recipes use, as a manual page.

use clap_mangen::roff::{Inline, Roff, bold, roman};
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag, TagEnd};

use crate::recipes::read_file;

/// What begins each document of the roff library: a definition of the apostrophe.
pub const PREAMBLE: &str = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";

/// What roff would typeset as an accent or a quotation mark.
const TYPED: [(&str, &str); 5] =
    [("\\*(Aq", "\\(aq"), ("\\\\", "\\e"), ("`", "\\(ga"), ("^", "\\(ha"), ("~", "\\(ti")];

/// The page, with every character as it is typed: people copy commands from it.
pub fn as_typed(roff: &Roff) -> String {
    let page = roff.render().replace(PREAMBLE, "");
    TYPED.iter().fold(page, |page, (character, escape)| page.replace(character, escape))
}

/// Appends a text to a page.
pub fn render(roff: &mut Roff, text: &str) {
    let mut page = Page { roff, follows_heading: false, next_number: None };
    let mut events = Parser::new(text);
    while let Some(event) = events.next() {
        match event {
            Event::Start(Tag::Heading { level, .. }) => page.heading(level, &mut events),
            Event::Start(Tag::Paragraph) => page.paragraph(&mut events),
            Event::Start(Tag::List(first)) => page.next_number = first,
            Event::Start(Tag::Item) => page.item(&mut events),
            Event::Start(Tag::CodeBlock(kind)) => page.code(&kind, &mut events),
            Event::End(TagEnd::List(_)) => {}
            other => panic!("recipes have no such Markdown: {other:?}"),
        }
    }
}

struct Page<'a> {
    roff: &'a mut Roff,
    /// A paragraph needs no space above it.
    follows_heading: bool,
    /// The number of the next item, in a list with numbers.
    next_number: Option<u64>,
}

impl Page<'_> {
    fn heading(&mut self, level: HeadingLevel, events: &mut Parser) {
        let text = plain(up_to(TagEnd::Heading(level), events));
        match level {
            HeadingLevel::H1 => self.roff.control("SH", [text.to_uppercase().as_str()]),
            HeadingLevel::H2 => self.roff.control("SS", [text.as_str()]),
            _ => panic!("a heading below ##: {text}"),
        };
        self.follows_heading = true;
    }

    /// A paragraph, or the file that is all it links to.
    fn paragraph(&mut self, events: &mut Parser) {
        if !self.follows_heading {
            self.roff.control("PP", []);
        }
        self.follows_heading = false;
        let content = up_to(TagEnd::Paragraph, events);
        match content.first().and_then(linked_file) {
            Some(name) => self.file(name),
            None => drop(self.roff.text(inlines(content))),
        }
    }

    fn file(&mut self, name: &str) {
        self.roff.text([roman("The file "), bold(name), roman(":")]);
        self.verbatim(&read_file(name));
    }

    fn item(&mut self, events: &mut Parser) {
        let bullet = self.next_number.map_or("\\(bu".into(), |number| format!("{number}."));
        self.next_number = self.next_number.map(|number| number + 1);
        self.roff.control("IP", [bullet.as_str(), "3"]);
        self.roff.text(inlines(up_to(TagEnd::Item, events)));
        self.follows_heading = false;
    }

    fn code(&mut self, kind: &CodeBlockKind, events: &mut Parser) {
        let text = plain(up_to(TagEnd::CodeBlock, events));
        assert!(matches!(kind, CodeBlockKind::Fenced(_)), "a code block without ```: {text}");
        self.verbatim(&text);
    }

    /// Lines as they are. Those that are typed are bold.
    fn verbatim(&mut self, text: &str) {
        if !self.follows_heading {
            self.roff.control("sp", []);
        }
        self.roff.control("RS", ["4"]);
        self.roff.control("EX", []);
        for line in text.lines() {
            let is_typed = line.starts_with("$ ") || line.starts_with("> ");
            self.roff.text([if is_typed { bold(line) } else { roman(line) }]);
        }
        self.roff.control("EE", []);
        self.roff.control("RE", []);
        self.follows_heading = false;
    }
}

/// The events before this end.
fn up_to<'a>(end: TagEnd, events: &mut Parser<'a>) -> Vec<Event<'a>> {
    events.take_while(|event| *event != Event::End(end)).collect()
}

/// The file that a link leads to, if it is one for readers to copy.
fn linked_file<'a>(event: &'a Event) -> Option<&'a str> {
    match event {
        Event::Start(Tag::Link { dest_url, .. }) => dest_url.strip_prefix("files/"),
        _ => None,
    }
}

/// A text, with commands and names in bold.
fn inlines(content: Vec<Event>) -> Vec<Inline> {
    let mut is_strong = false;
    let mut inlines = Vec::new();
    for event in content {
        match event {
            Event::Text(text) if is_strong => inlines.push(bold(&*text)),
            Event::Text(text) => inlines.push(roman(&*text)),
            Event::Code(text) => inlines.push(bold(&*text)),
            Event::SoftBreak => inlines.push(roman("\n")),
            Event::Start(Tag::Strong) => is_strong = true,
            Event::End(TagEnd::Strong) => is_strong = false,
            other => panic!("recipes have no such Markdown: {other:?}"),
        }
    }
    inlines
}

/// The same without any style.
fn plain(content: Vec<Event>) -> String {
    let text = |event| match event {
        Event::Text(text) | Event::Code(text) => Some(text.into_string()),
        _ => None,
    };
    content.into_iter().filter_map(text).collect()
}
