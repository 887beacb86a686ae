"""What is declared: the settings of the deployment and of each source, read from `sources.yaml` and checked."""
