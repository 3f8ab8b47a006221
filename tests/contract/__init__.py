"""One suite, many subjects: what each adapter of a port must do."""
