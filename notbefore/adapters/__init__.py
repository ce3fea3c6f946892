"""What stands behind the ports: Azure Storage, and memory with the same manners."""
