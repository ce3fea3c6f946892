"""A drill: Azure's own test signals through the public door, and the receipts of every channel that they reach."""
