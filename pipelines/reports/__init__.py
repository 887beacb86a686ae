"""Reports: one page per import, and the page that lists them."""
