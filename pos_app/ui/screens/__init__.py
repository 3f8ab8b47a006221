"""The screens: each a `view` (widgets) and a `model` (what they mean); none knows another."""
