"""
Translations without system gettext: extract, merge, compile and check catalogues in Python.

The source language is English, so English needs no catalogue. Line numbers are left out of
the catalogues on purpose: they make every change of code a change of every translation.
"""

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

BASE_DIR = Path(__file__).resolve().parent.parent
LOCALE_DIR = BASE_DIR / "locale"
TRANSLATED = ("fi", "sv")
APPS = (
    "accounts",
    "booking",
    "config",
    "insights",
    "notifications",
    "queueing",
    "servicepoints",
)
# Without dates and names, which would make every two changes of a catalogue a conflict.
HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural_forms}\\n"

"""
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z]|\{\w*\}")

# Which arguments of a call are text to translate, in Babel's notation: (n, "c") is a context.
TEXT = None
PLURAL = (1, 2)
IN_CONTEXT = ((1, "c"), 2)
KEYWORDS = {
    **dict.fromkeys(["_", "gettext", "gettext_lazy", "gettext_noop"], TEXT),
    **dict.fromkeys(["ngettext", "ngettext_lazy"], PLURAL),
    **dict.fromkeys(["pgettext", "pgettext_lazy"], IN_CONTEXT),
    **dict.fromkeys(["npgettext", "npgettext_lazy"], ((1, "c"), 2, 3)),
}


def strings_in_source() -> Catalog:
    """Return every translatable string of our Python files and templates, and where it stands."""
    catalog = Catalog(project="vuoro", charset="utf-8")
    for path in source_files():
        where = path.relative_to(BASE_DIR).as_posix()
        for _line, text, comments, context in extract(
            "python", _as_python(path), keywords=KEYWORDS, comment_tags=["Translators:"]
        ):
            catalog.add(
                text,
                locations=[(where, None)],  # type: ignore[list-item]
                auto_comments=comments,
                context=context,
            )
    return catalog


def source_files() -> Iterator[Path]:
    """Yield the files whose strings people see, in a stable order."""
    for app in APPS:
        for path in sorted((BASE_DIR / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path
    for ending in ("html", "txt"):
        yield from sorted((BASE_DIR / "templates").rglob(f"*.{ending}"))


def update_catalogs() -> None:
    """Bring the catalogues up to the source: new strings empty, old ones kept, gone ones out."""
    source = strings_in_source()
    for language in TRANSLATED:
        path = catalog_path(language)
        catalog = read_catalog(language)
        catalog.update(source, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        content = io.BytesIO()
        write_po(content, catalog, sort_output=True, omit_header=True, width=78)
        header = HEADER.format(language=language, plural_forms=catalog.plural_forms)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(header + content.getvalue().decode())


def compile_catalogs() -> None:
    """Write the .mo files that Django reads, where the .po file is newer. Safe side by side."""
    for language in TRANSLATED:
        source = catalog_path(language)
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        partial = target.with_suffix(f".{os.getpid()}.partial")
        with partial.open("wb") as file:
            write_mo(file, read_catalog(language))
        partial.replace(target)


def problems() -> list[str]:
    """Return a line for each string that is missing, untranslated, fuzzy or misplaces a value."""
    source = strings_in_source()
    return [
        f"{language}: {problem}: {_first(message)!r} ({_places(message)})"
        for language in TRANSLATED
        for message, problem in _problems_of(read_catalog(language), source)
    ]


def read_catalog(language: str) -> Catalog:
    """Return the catalogue of a language, or a new one."""
    path = catalog_path(language)
    if not path.exists():
        return Catalog(locale=language, project="vuoro", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def catalog_path(language: str) -> Path:
    return LOCALE_DIR / language / "LC_MESSAGES" / "django.po"


def _as_python(path: Path) -> io.BytesIO:
    """A template becomes the calls that Django would make for it, one a line."""
    text = path.read_text()
    if path.suffix != ".py":
        text = "\n".join(line.strip() for line in templatize(text, origin=str(path)).split("\n"))
    return io.BytesIO(text.encode())


def _problems_of(catalog: Catalog, source: Catalog) -> Iterator[tuple[Message, str]]:
    for wanted in source:
        if not wanted.id:
            continue
        message = catalog.get(wanted.id, wanted.context)
        if message is None:
            yield wanted, "missing, run make messages"
        elif message.fuzzy:
            yield wanted, "fuzzy"
        elif not all(_forms(message)):
            yield wanted, "untranslated"
        elif not _same_placeholders(message):
            yield wanted, "placeholders differ"


def _forms(message: Message) -> tuple[str, ...]:
    text = message.string
    return (text or "",) if isinstance(text, str | None) else tuple(text)


def _first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _places(message: Message) -> str:
    return ", ".join(sorted({where for where, _line in message.locations}))


def _same_placeholders(message: Message) -> bool:
    """The last plural form has all of them; a singular form may leave out the number."""
    ids = (message.id,) if isinstance(message.id, str) else message.id
    allowed = set().union(*(PLACEHOLDER.findall(text) for text in ids))
    forms = [set(PLACEHOLDER.findall(text)) for text in _forms(message)]
    return forms[-1] == set(PLACEHOLDER.findall(ids[-1])) and all(f <= allowed for f in forms)
