"""Help (F1): every key there is, and the manual."""
