"""Gateway models written from the vendors' papers, by somebody who distrusts the shop."""
