"""Renew the snapshots; see the package."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from volt_assets_tests.reports.snapshots import company, made


def main() -> None:
    if "--facts" in sys.argv[1:]:
        with TemporaryDirectory() as folder:
            company.renew(Path(folder))
    texts = made.everything()
    made.FOLDER.mkdir(exist_ok=True)
    for file in made.FOLDER.iterdir():
        file.unlink()
    for name, text in texts.items():
        (made.FOLDER / name).write_text(text, encoding="utf-8")


main()
