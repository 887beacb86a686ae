"""What the commands of `customers` show: tables for people, JSON for scripts."""
