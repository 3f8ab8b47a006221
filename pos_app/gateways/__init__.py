"""Payment gateways: one folder for each vendor; HTTP lives here only."""
