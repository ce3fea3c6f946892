"""What agents and runbooks say of themselves, and which machines say nothing."""
