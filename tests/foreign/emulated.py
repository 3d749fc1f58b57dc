"""How Debian's Telethon is told of other servers than Telegram's own."""

import json

from telethon.crypto import rsa


def add_server_options(options):
    """What every script takes, as task.mjs has it."""
    options.add_argument("--dcs", type=json.loads, required=True)
    options.add_argument("--home-dc", type=int, default=2)
    options.add_argument("--key", required=True)
    options.add_argument("--api-id", type=int)
    options.add_argument("--api-hash")


def trust_only(key_file):
    """Makes the key in the PEM file the only one that servers may have."""
    with open(key_file, encoding="ascii") as pem:
        rsa._server_keys.clear()
        rsa.add_key(pem.read(), old=False)


def address(dcs, dc):
    """Host and port of a data centre's main address."""
    return next((each["host"], each["port"]) for each in dcs if each["id"] == dc and not each["media"])
