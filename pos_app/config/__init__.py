"""Typed settings, where they are kept, and the set-up file that fills them unattended."""
