"""A real virtual machine as a bare host: its own kernel, systemd as its first process, a disk that outlives a reboot.

QEMU emulates the processors (TCG), so that no virtualisation by hardware is needed; what runs in it takes six to ten
times as long. `molecule/vps/create.yml` runs `python -m hosts.virtual create SCENARIO FOLDER`, its destroy.yml the
opposite. The machine is a process of its own, which outlives what started it; the next `create` or `destroy` ends what
a killed run left.

Two disks are kept under `.cache/virtual`, each named by what it was made from. One is a bare Debian 13. The other is
`/var/lib/docker` with the workstation image in it and no engine: unpacking the image takes an emulated engine nine
minutes. The machine writes to overlays of its own, which go with it.
"""
