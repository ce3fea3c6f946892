"""Transports: a message goes out once. One file a channel; `registry` knows them all."""
