"""The jobs that people start, a module by subject, each job with its typed form."""
