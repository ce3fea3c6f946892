"""The Azure edge: decode, one call into the house, encode. No decision about maintenance is made here."""
