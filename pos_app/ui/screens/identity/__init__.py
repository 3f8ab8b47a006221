"""The identity check: who is calling, by a code sent to their own phone."""
