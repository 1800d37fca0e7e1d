"""Common parts of all pages: templates, style, scripts, and the environment that renders them."""
