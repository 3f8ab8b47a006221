"""The practice gateway, looked at from outside: what it takes, refuses, answers and remembers."""
