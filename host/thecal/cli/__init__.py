"""What people type. One module per verb; `main` holds the group and the exit codes."""
