"""Views laid out and escaped for a format: Markdown, web pages, messages. The content is decided in `view/`."""
