"""The guided set-up of a terminal that was never set up."""
