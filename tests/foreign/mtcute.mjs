// mtcute as it comes from npm, told of other servers than Telegram's own.
import { MemoryStorage, TelegramClient } from '@mtcute/node'
import { NodeCryptoProvider } from '@mtcute/node/utils.js'
import { addPublicKey } from '@mtcute/core/utils.js'
import { addressOf, task } from './task.mjs'

const crypto = new NodeCryptoProvider()
await crypto.initialize()
addPublicKey(crypto, task.key)

const home = (media) => {
  const { id, host, port } = addressOf(task.homeDc, media)
  return { id, ipAddress: host, port, mediaOnly: media }
}

export const newClient = () =>
  new TelegramClient({
    apiId: task.apiId,
    apiHash: task.apiHash,
    storage: new MemoryStorage(),
    defaultDcs: { main: home(false), media: home(true) },
    disableUpdates: true,
    logLevel: Number(process.env.MTCUTE_LOG ?? 1),
  })
