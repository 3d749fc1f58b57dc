// Logs in with mtcute as it comes from npm and downloads the file of one public message into nothing.
// Options and output: task.mjs.
import { MemoryStorage, TelegramClient } from '@mtcute/node'
import { NodeCryptoProvider } from '@mtcute/node/utils.js'
import { addPublicKey } from '@mtcute/core/utils.js'
import { addressOf, drain, task } from './task.mjs'

const home = (media) => {
  const { id, host, port } = addressOf(task.homeDc, media)
  return { id, ipAddress: host, port, mediaOnly: media }
}

const crypto = new NodeCryptoProvider()
await crypto.initialize()
addPublicKey(crypto, task.key)
const client = new TelegramClient({
  apiId: task.apiId,
  apiHash: task.apiHash,
  storage: new MemoryStorage(),
  defaultDcs: { main: home(false), media: home(true) },
  disableUpdates: true,
  logLevel: Number(process.env.MTCUTE_LOG ?? 1),
})

const user = await client.start({
  phone: task.phone,
  code: async () => task.code,
  codeSentCallback: () => {},
  password: async () => task.password,
})
const [message] = await client.getMessages(task.channel, task.message)
await drain('mtcute', user.id, client.downloadAsIterable(message.media))
await client.destroy()
process.exit(0)
