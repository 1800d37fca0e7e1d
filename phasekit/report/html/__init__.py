"""What all pages share: templates, style, scripts, and the environment that renders them."""
