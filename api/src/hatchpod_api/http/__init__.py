"""HTTP: one module for each resource. Nothing below imports from here."""
