"""A view as a message, for mail and chat: its title and, as Markdown, its blocks."""

from volt_assets.reports.rendering.markdown import blocks_of
from volt_assets.reports.view.blocks import View


def message_of(view: View) -> tuple[str, str]:
    """Title and body."""
    return view.name, blocks_of(view.blocks)
