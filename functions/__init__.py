"""The Azure edge: decode, one call into the house, encode. No decision about maintenance is made here."""

import gc

gc.set_threshold(20_000)  # not 700: little that is made here ever lies in a circle, and a cold start makes many objects
