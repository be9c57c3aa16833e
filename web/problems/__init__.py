"""Problems as RFC 9457 describes them: their causes, their shape, and the one place where they are made."""
