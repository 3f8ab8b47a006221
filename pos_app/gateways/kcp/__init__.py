"""NHN KCP: key-in approval, cancel and inquiry over its REST API."""
