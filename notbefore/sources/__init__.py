"""One file a source: it reads a record of its forms into events. Sources know nothing of one another."""
