"""Every link within the documentation leads somewhere."""

import pytest

from tests.docs.pages import PAGES, ROOT, anchors, links


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_resolves(page):
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link}: no such file"
        assert target.is_relative_to(ROOT), f"{link}: leads out of the repository"
        if anchor:
            assert anchor in anchors(target), f"{link}: no such heading"


def test_the_readme_leads_to_every_page_of_the_documentation():
    readme = next(page for page in PAGES if page.name == "README.md")
    linked = {link.partition("#")[0] for link in links(readme)}
    docs = {f"docs/{page.name}" for page in PAGES if page.parent.name == "docs"}
    assert docs - linked == set()
