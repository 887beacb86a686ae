"""What was read of an account as the source's state: whose money it is, what it comes to, what differs."""
