"""Problems by RFC 9457: their causes, their form, and the one place where they are made."""
