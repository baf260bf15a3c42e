"""A tailnet of this machine's own: the real Headscale as its control server, real `tailscaled` as its nodes.

Both are built once by Go into `.cache/tailnet` (`tailnet.programs`) and run without a container and without root's
powers: `tailnet.headscale` is the server, `tailnet.node` a node with userspace networking.
"""
