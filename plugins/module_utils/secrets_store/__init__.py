"""How the `secret` module makes, keeps, hashes and stores secrets. One file per question:

`parse` is the input right?  `kinds` what does a secret look like?  `hashes` what is derived from it?
`files` and `lock` how does it reach the disk?  `plan` what has to change?  `run` do it.  `report` what may be told?
"""
