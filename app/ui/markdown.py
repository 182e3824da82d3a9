"""Text from outside, such as a file's name or an address, as Markdown that shows it as it is."""

import re

# What begins something in Streamlit's Markdown: HTML and entities, formulas, links and pictures,
# emphasis, code, tables, headings, and, before a word, colours, icons and emoji. Underscores within
# a word are none of these.
_MARKS = re.compile(r"[\\`*~$<>\[\]|#!&]|:(?=\w)|(?<![^\W_])_+|_+(?![^\W_])")
LONGEST = 500


def plain(text: str) -> str:
    """Text with all that Markdown would take for its own escaped, and what is invisible shown."""
    return _MARKS.sub(lambda found: re.sub("(.)", r"\\\1", found[0]), _visible(text))


def sentence(error: object) -> str:
    """What an error says, shortened: it may quote files, and those hold what they like."""
    text = str(error)
    return plain(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")


def quoted(text: str, most: int) -> str:
    """Text as a span of code, in which not even an address becomes a link; shortened to `most`."""
    short = text if len(text) <= most else f"{text[: most - 1]}…"
    return f"`{_visible(short).replace('`', chr(39))}`"


def _visible(text: str) -> str:
    """Text whose line breaks, control characters and turns of direction are marked."""
    return "".join(it if it.isprintable() else "�" for it in text)
