"""How the bundled detector was made, and how to make your own: ``python -m training --help``."""
