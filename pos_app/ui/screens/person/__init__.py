"""The guided job (F9): what no gateway can tell is looked up and closed by two people."""
