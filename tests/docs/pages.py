"""The pages of the documentation, taken apart: links, headings, tables, code."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md",
                *DOCS.glob("*.md")])
_FENCED = re.compile(r"^```.*?^```", re.M | re.S)
_LINK = re.compile(r"\]\(([^)\s]+)\)")

Row = list[str]


def text_of(name: str) -> str:
    """A page of docs/."""
    return (DOCS / name).read_text(encoding="utf-8")


def links(page: Path) -> list[str]:
    """Where a page points to, addresses of the web left out."""
    found = _LINK.findall(_FENCED.sub("", page.read_text(encoding="utf-8")))
    return [link for link in found if "://" not in link]


def anchors(page: Path) -> set[str]:
    """What its headings are called in a link, as GitHub names them."""
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", line.lower()).strip().replace(" ", "-")
            for line in re.findall(r"^#+ (.*)$", text, re.M)}


def code_blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


def tables(text: str) -> list[list[Row]]:
    """Every table: its rows, the head first, as cells without back quotes."""
    found: list[list[Row]] = []
    inside = False
    for line in _FENCED.sub("", text).splitlines():
        if not line.startswith("|"):
            inside = False
            continue
        if not inside:
            found.append([])
        inside = True
        cells = [cell.strip().replace("`", "") for cell in line.strip().strip("|").split("|")]
        words = "".join(cells)
        if not words or not set(words) <= set("-: "):  # a head may be without words
            found[-1].append(cells)
    return found


def table(text: str, before: str) -> list[Row]:
    """The rows, without the head, of the first table after the words `before`."""
    assert before in text, before
    return tables(text[text.index(before):])[0][1:]


def sized(text: str, before: str) -> dict[str, tuple[int, int]]:
    """A table of fields as {name: (offset, size)}; they must follow each other without a gap."""
    found: dict[str, tuple[int, int]] = {}
    at = None
    for offset, size, *names in table(text, before):
        field = names[-2]
        assert at is None or int(offset) == at, field
        if size:
            at = int(offset) + int(size)
        found[field] = (int(offset), int(size or 0))
    return found
