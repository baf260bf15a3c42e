"""Git, by the `git` command: it knows hooks, credential helpers and large files as people have them set up."""
