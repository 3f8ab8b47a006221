"""The history screen: every payment, found in a blink, and the whole story of each."""
