"""The changes, oldest first; a change that has shipped is never edited."""
