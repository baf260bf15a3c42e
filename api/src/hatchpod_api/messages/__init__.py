"""Everything that goes over the wire, as typed structs, one module for each part of it.

`transcript` is what was said, `sessions` what is known of a session, `frames` and `commands` the session stream,
`terminal` the terminal's, `rest` and its neighbours the bodies of the other routes. The OpenAPI document is generated
from these, and the UI's TypeScript types from that.
"""
