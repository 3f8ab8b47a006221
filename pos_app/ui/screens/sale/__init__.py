"""The sale: the order, the card and the months are typed here, and the outcome is shown."""
