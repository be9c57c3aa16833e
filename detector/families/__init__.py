"""Recognises networks, and decodes their outputs into candidate boxes."""
