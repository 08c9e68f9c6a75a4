"""Markdown as people write it, as HTML that a page may show: rendered without raw HTML, then cleaned by a list."""

import nh3
from markdown_it import MarkdownIt

RENDERER = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
TAGS = {
    *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code"),
    *("em", "strong", "s", "a", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES: dict[str, set[str]] = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}


def render(text: str) -> str:
    """Return safe HTML for a Markdown text."""
    html = nh3.clean(
        RENDERER.render(text), tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener noreferrer nofollow"
    )
    return html.strip()
