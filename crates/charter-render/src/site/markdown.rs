//! Records, cards and rules' pages: CommonMark with tables, without anything that could run or load.

use maud::{Markup, PreEscaped};
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// The document as HTML. Raw HTML is shown as the text that it is; links lead to the web or nowhere; pictures are their descriptions. `above` is the
/// level of the heading that the document stands under.
pub(super) fn markdown(text: &str, above: u8) -> Markup {
    let text = without_front_matter(text);
    let mut dropped = 0_usize;
    let events =
        Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS).filter_map(|event| {
            Some(match event {
                Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
                // Block of raw HTML: its lines come as text, so they get a paragraph.
                Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
                Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
                Event::Start(Tag::Heading { level, .. }) => {
                    Event::Start(Tag::Heading { level: lower(level, above), id: None, classes: Vec::new(), attrs: Vec::new() })
                }
                Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lower(level, above))),
                Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                    if !is_web(&dest_url) {
                        dropped += 1;
                        return None;
                    }
                    Event::Start(Tag::Link { link_type, dest_url, title, id })
                }
                Event::End(TagEnd::Link) if dropped > 0 => {
                    dropped -= 1;
                    return None;
                }
                Event::Start(Tag::Image { .. }) => Event::Start(Tag::Emphasis),
                Event::End(TagEnd::Image) => Event::End(TagEnd::Emphasis),
                Event::TaskListMarker(done) => Event::Text(CowStr::Borrowed(if done { "☑ " } else { "☐ " })),
                event => event,
            })
        });
    let mut rendered = String::new();
    html::push_html(&mut rendered, events);
    PreEscaped(rendered)
}

/// Links do not nest, so an end belongs to the last start.
fn is_web(url: &str) -> bool {
    ["https://", "http://", "mailto:"].iter().any(|scheme| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

fn lower(level: HeadingLevel, above: u8) -> HeadingLevel {
    let level = (level as usize).saturating_add(usize::from(above)).min(6);
    HeadingLevel::try_from(level).unwrap_or(HeadingLevel::H6)
}

/// MADR and model cards begin with YAML between `---` lines, which is data and no text.
fn without_front_matter(text: &str) -> &str {
    let Some(rest) = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n")) else { return text };
    rest.find("\n---").and_then(|at| rest.get(at + 4..)).map_or(text, |rest| rest.split_once('\n').map_or("", |(_, body)| body))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        markdown(text, 2).into_string()
    }

    #[test]
    fn nothing_runs_and_nothing_loads() {
        let text = "# Title\n\n<script>alert(1)</script>\n\nin <b onclick=x>line</b> [a](javascript:alert(1)) ![p](http://x/y.png) \
                    [ok](https://example.org)";
        let html = shown(text);
        assert!(!html.contains("<script") && !html.contains("<b ") && !html.contains("javascript:") && !html.contains("<img"), "{html}");
        assert!(
            html.contains("&lt;script&gt;") && html.contains("<h3>Title</h3>") && html.contains("href=\"https://example.org\""),
            "{html}"
        );
    }

    #[test]
    fn relative_links_are_text_and_front_matter_is_left_out() {
        assert_eq!(shown("---\nstatus: accepted\n---\nsee [it](../a.md) now"), "<p>see it now</p>\n");
        assert_eq!(shown("--- no front matter"), "<p>--- no front matter</p>\n");
    }
}
