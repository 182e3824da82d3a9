"""Text from outside as Markdown that shows it as it is."""

import pytest

from app.ui.markdown import LONGEST, plain, sentence


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("Fashion-MNIST", "Fashion-MNIST"),
        ("/srv/a_b/run.json: 12, not 13.", "/srv/a_b/run.json: 12, not 13."),
        ("<img src=x>", r"\<img src=x\>"),
        ("$x$ :red[x] **b**", r"\$x\$ \:red\[x\] \*\*b\*\*"),
        ("![x](http://y)", r"\!\[x\](http://y)"),
        ("__a__ _b_ a_b", r"\_\_a\_\_ \_b\_ a_b"),
        (":smile: :material/check: &lt;", r"\:smile: \:material/check: \&lt;"),
        ("# a\n`b`\\ |c|", r"\# a�\`b\`\\ \|c\|"),
        ("\u202ea\0\t", "�a��"),
    ],
)
def test_markup_is_escaped(text: str, escaped: str) -> None:
    assert plain(text) == escaped


def test_what_an_error_quotes_is_shortened() -> None:
    assert sentence(ValueError("a" * 9999)) == "a" * (LONGEST - 1) + "…"
    assert sentence(ValueError("a*")) == r"a\*"
