"""Rules of the house, each as a test with its reason."""
