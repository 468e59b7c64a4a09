from collections.abc import Callable
from pathlib import Path

import pytest

from config import translations

Translate = Callable[[str, str], None]


@pytest.fixture
def translate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Translate:
    """A project with one template of one string; call to say its translation."""
    monkeypatch.setattr(translations, "BASE_DIR", tmp_path)
    monkeypatch.setattr(translations, "LOCALE_DIR", tmp_path / "locale")
    (tmp_path / "templates").mkdir()
    template = tmp_path / "templates" / "page.html"
    template.write_text(
        "{% blocktranslate trimmed count n=total %}\n  {{ n }} person\n"
        "{% plural %}\n  {{ n }} people\n{% endblocktranslate %}"
    )
    translations.update_catalogs()

    def fill(singular: str, plural: str) -> None:
        for language in translations.TRANSLATED:
            path = translations.catalog_path(language)
            text = path.read_text()
            text = text.replace('msgstr[0] ""', f'msgstr[0] "{singular}"')
            path.write_text(text.replace('msgstr[1] ""', f'msgstr[1] "{plural}"'))

    return fill


def test_an_empty_translation_is_a_problem(translate: Translate) -> None:
    assert "untranslated: '%(n)s person' (templates/page.html)" in translations.problems()[0]


def test_a_whole_translation_is_none(translate: Translate) -> None:
    translate("%(n)s henkilö", "%(n)s henkilöä")
    assert translations.problems() == []


def test_a_lost_value_is_a_problem(translate: Translate) -> None:
    translate("%(n)s henkilö", "monta henkilöä")
    assert "placeholders differ" in translations.problems()[0]


def test_a_string_that_was_not_extracted_is_a_problem(translate: Translate) -> None:
    translate("%(n)s henkilö", "%(n)s henkilöä")
    page = translations.BASE_DIR / "templates" / "new.html"
    page.write_text("{% translate 'Book a time' context 'button' %}")
    assert "missing, run make messages: 'Book a time'" in translations.problems()[0]


def test_extracting_again_keeps_what_is_translated(translate: Translate) -> None:
    translate("%(n)s henkilö", "%(n)s henkilöä")
    before = translations.catalog_path("fi").read_text()
    translations.update_catalogs()
    assert translations.catalog_path("fi").read_text() == before
