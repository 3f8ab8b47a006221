"""A customer's cards on file: keeping, charging again, scheduling, deleting."""
