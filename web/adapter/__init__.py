"""Adapts connexion, through its public classes, to this service's handlers."""
