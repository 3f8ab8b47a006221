"""The refund screen: find the payment, say how much and why, see what becomes of it."""
