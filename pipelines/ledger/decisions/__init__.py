"""What people decide about customers: who is removed for little spend, whose request for access is granted."""
