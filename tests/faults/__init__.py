"""The fault table of money-safety.md section 11: one test a row, each row number in the name."""
