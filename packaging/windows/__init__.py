"""How the tree becomes a Windows installer: stage, launchers, setup.exe, MSI, and their journey."""
