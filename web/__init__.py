"""The layers between connexion and the handlers: limits, validation, access, routing, problems."""
