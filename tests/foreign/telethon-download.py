"""Logs in with Debian's Telethon and downloads the file of one public message into nothing.

Options and output: task.mjs.
"""

import argparse
import asyncio
import hashlib
import json
import resource
import time
from urllib.parse import urlparse

from telethon import TelegramClient
from telethon.errors import SessionPasswordNeededError
from telethon.sessions import MemorySession

import emulated


def command_line():
    options = argparse.ArgumentParser()
    emulated.add_server_options(options)
    for name in ("--phone", "--code", "--link"):
        options.add_argument(name, required=True)
    options.add_argument("--password")
    options.add_argument("--limit-bytes", type=int)
    options.add_argument("--hash", action="store_true")
    return options.parse_args()


async def log_in(client, task):
    await client.connect()
    await client.send_code_request(task.phone)
    try:
        return await client.sign_in(task.phone, task.code)
    except SessionPasswordNeededError:
        return await client.sign_in(password=task.password)


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_rss_bytes():
    """Not ru_maxrss: that begins with the memory of the process that started this one."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) * 1024


async def drain(chunks, task):
    """Takes the file's chunks in order and keeps none; the figures are of the download alone, without the login."""
    digest = hashlib.sha256() if task.hash else None
    began, cpu, size = time.monotonic(), cpu_seconds(), 0
    async for chunk in chunks:
        if digest:
            digest.update(chunk)
        size += len(chunk)
        if task.limit_bytes is not None and size >= task.limit_bytes:
            break
    report = {
        "client": "telethon",
        "bytes": size,
        "seconds": time.monotonic() - began,
        "cpuSeconds": cpu_seconds() - cpu,
        "peakRssBytes": peak_rss_bytes(),
    }
    return report | ({"sha256": digest.hexdigest()} if digest else {})


async def main():
    task = command_line()
    emulated.trust_only(task.key)
    channel, message_id = urlparse(task.link).path[1:].split("/")
    session = MemorySession()
    session.set_dc(task.home_dc, *emulated.address(task.dcs, task.home_dc))
    client = TelegramClient(session, task.api_id, task.api_hash)
    user = await log_in(client, task)
    message = await client.get_messages(channel, ids=int(message_id))
    # In parts of the largest size that it has.
    report = await drain(client.iter_download(message.media, request_size=512 * 1024), task)
    print(json.dumps(report | {"userId": user.id}))
    await client.disconnect()


asyncio.run(main())
