"""Adapts connexion, through its public classes, to handlers of ours."""
