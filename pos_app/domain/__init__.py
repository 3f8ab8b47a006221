"""Pure values and rules of the money: no Qt, no clock, no chance, no I/O, no logging."""
