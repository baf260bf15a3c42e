"""Any configuration that an engine could be given."""

from __future__ import annotations

from hypothesis import strategies as st

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
keys = st.sampled_from(["bip", "live-restore", "log-driver", "log-opts", "runtimes", "mtu", "bridge", "dns", "x"])
configs = st.dictionaries(keys, values, max_size=6)
