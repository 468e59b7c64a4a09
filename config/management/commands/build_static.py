"""Copy what the pages need from node_modules into static/vendor. Needs no database."""

import re
import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

# Only what a template of ours uses; each name is a folder of hds-core's components.
HDS_COMPONENTS = (
    "button",
    "card",
    "checkbox",
    "container",
    "error-summary",
    "fieldset",
    "link",
    "notification",
    "pagination",
    "radio-button",
    "selection-group",
    "status-label",
    "table",
    "text-input",
)
TYPEFACE = "source-sans-3"
WEIGHTS = (400, 600, 700)
# People have names in many scripts; a browser fetches a subset only when a page needs it.
SUBSETS = ("latin", "latin-ext", "vietnamese", "cyrillic", "cyrillic-ext", "greek")

# The widget that proves work, without styles or workers inside (CSP), and the worker it needs.
ALTCHA = {"external/altcha.min.js": "altcha.js", "workers/pbkdf2.js": "altcha-pbkdf2.js"}

FONT_FACE = re.compile(r"@font-face\s*{.*?}", re.DOTALL)
WOFF2 = re.compile(r"url\(\./files/(?P<name>[\w-]+\.woff2)\)")
SOURCE_MAP = re.compile(r"/\*# sourceMappingURL=.*?\*/")


class Command(BaseCommand):
    help = (
        "Copy styles, fonts and a widget from node_modules (run `npm ci` first) into static/vendor."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        modules = settings.BASE_DIR / "node_modules"
        vendor = settings.BASE_DIR / "static" / "vendor"
        if not (modules / "hds-core").is_dir():
            raise CommandError(f"{modules} lacks hds-core: run `npm ci` first.")
        shutil.rmtree(vendor, ignore_errors=True)
        (vendor / "fonts").mkdir(parents=True)
        (vendor / "hds.css").write_text(hds_styles(modules / "hds-core" / "lib"))
        copy_typeface(modules / "@fontsource" / TYPEFACE, vendor)
        for source, name in ALTCHA.items():
            shutil.copy(modules / "altcha" / "dist" / source, vendor / name)
        self.stdout.write(f"Styles, fonts and the widget are in {vendor}.")


def hds_styles(library: Path) -> str:
    """Return the base and the components in use as one style sheet, without source maps."""
    components = (library / "components" / name / f"{name}.min.css" for name in HDS_COMPONENTS)
    sheets = [library / "base.min.css", *components]
    return "\n".join(SOURCE_MAP.sub("", sheet.read_text()).strip() for sheet in sheets) + "\n"


def copy_typeface(package: Path, vendor: Path) -> None:
    """Copy the subsets and weights in use, and write fonts.css that names exactly these files."""
    wanted = {f"{TYPEFACE}-{subset}-{w}-normal.woff2" for subset in SUBSETS for w in WEIGHTS}
    faces = []
    for weight in WEIGHTS:
        for face in FONT_FACE.findall((package / f"{weight}.css").read_text()):
            source = WOFF2.search(face)
            if source is None or source["name"] not in wanted:
                continue
            shutil.copy(package / "files" / source["name"], vendor / "fonts")
            url = f'src: url(fonts/{source["name"]}) format("woff2");'
            faces.append(re.sub(r"src:.*?;", url, face, flags=re.DOTALL))
    (vendor / "fonts.css").write_text("\n".join(faces) + "\n")
