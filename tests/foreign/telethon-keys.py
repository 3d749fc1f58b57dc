"""Makes --exchanges auth keys with Debian's Telethon, one after the other on one connection.

Prints {"made", "failed": [message]}: Telethon drops leading zero bytes of g^ab, so about one in 256 fails by its own fault.
"""

import argparse
import asyncio
import collections
import json
import logging

from telethon.errors import SecurityError
from telethon.network import ConnectionTcpFull, MTProtoPlainSender
from telethon.network.authenticator import do_authentication

import emulated


async def main():
    options = argparse.ArgumentParser()
    emulated.add_server_options(options)
    options.add_argument("--exchanges", type=int, required=True)
    task = options.parse_args()
    emulated.trust_only(task.key)
    loggers = collections.defaultdict(lambda: logging.getLogger("telethon"))
    host, port = emulated.address(task.dcs, task.home_dc)
    connection = ConnectionTcpFull(host, port, task.home_dc, loggers=loggers)
    await connection.connect()
    sender = MTProtoPlainSender(connection, loggers=loggers)
    made, failed = 0, []
    for _ in range(task.exchanges):
        try:
            await do_authentication(sender)
            made += 1
        except SecurityError as error:
            failed.append(str(error))
    print(json.dumps({"made": made, "failed": failed}))
    await connection.disconnect()


asyncio.run(main())
