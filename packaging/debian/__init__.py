"""The Debian package: what goes into it, how it is built, and the journey that proves it."""
