"""What HTML puts between the words of a text: tags, comments and the document type."""

from __future__ import annotations

import re

__all__ = ["HTML_TAGS", "MARKUP"]

# The HTML Living Standard, sections 4 (with svg and math) and 16.2 (obsolete features).
HTML_TAGS = frozenset(
    """
    a abbr address area article aside audio b base bdi bdo blockquote body br button
    canvas caption cite code col colgroup data datalist dd del details dfn dialog div dl
    dt em embed fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head header
    hgroup hr html i iframe img input ins kbd label legend li link main map mark math
    menu meta meter nav noscript object ol optgroup option output p picture pre progress
    q rp rt ruby s samp script search section select slot small source span strong style
    sub summary sup svg table tbody td template textarea tfoot th thead time title tr
    track u ul var video wbr
    acronym applet basefont bgsound big blink center dir font frame frameset isindex
    keygen listing marquee menuitem multicol nextid nobr noembed noframes param plaintext
    rb rtc spacer strike tt xmp
    """.split()
)
# Attributes that need no value; "<b and c>" is no tag.
_FLAGS = """
    allowfullscreen async autofocus autoplay checked compact controls default defer
    disabled download formnovalidate hidden inert ismap itemscope loop multiple muted
    nohref nomodule noresize noshade novalidate nowrap open playsinline readonly required
    reversed selected
""".split()
_VALUES = r"""(?>[^<>=]+|=\s*"[^"<]*"|=\s*'[^'<]*'|=)*+"""
# Nothing but the quoted value of an attribute reaches over ">", and nothing over "<", so
# that time is linear in the length of the text.
MARKUP = re.compile(
    rf"""<(?:
        /?(?:{"|".join(sorted(HTML_TAGS))})
            (?:(?:\s+(?:{"|".join(_FLAGS)}))*+\s*/?> | [\s/](?=[^<>]*=){_VALUES}>)
        | !doctype\b[^<>]*>
        | !--(?:[^<-]+|-(?!->)|<(?!!--))*+-->
    )""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
