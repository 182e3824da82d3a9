"""The parts of docs/REPLICATION.md."""
