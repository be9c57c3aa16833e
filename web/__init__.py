"""Serves a contract: server, layers, validation, problems, pages, mock."""
