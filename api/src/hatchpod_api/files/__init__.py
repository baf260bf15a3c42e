"""What is done to files and folders of the workspace. All of it blocks, and belongs into a thread."""
