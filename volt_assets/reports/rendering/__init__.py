"""Views laid out and escaped for a format: Markdown, web pages, messages. What is said is decided in `view/`."""
