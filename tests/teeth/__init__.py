"""Ten deliberate bugs, and the machines that must catch them."""
