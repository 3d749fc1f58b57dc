// Logs in with GramJS and downloads the file of one public message into nothing. Options and output: task.mjs.
import { createRequire } from 'node:module'
import { LocalConnection, silence } from './gramjs.mjs'
import { addressOf, drain, need, task } from './task.mjs'

const require = createRequire(import.meta.url)
const { TelegramClient } = require('telegram')
const { MemorySession } = require('telegram/sessions')

need('phone', 'code', 'link')
// A StringSession could not hold the port.
const session = new MemorySession()
const home = addressOf(task.homeDc, false)
session.setDC(task.homeDc, home.host, home.port)
const client = new TelegramClient(session, task.apiId, task.apiHash, {
  connection: LocalConnection,
  baseLogger: silence,
})

await client.start({
  phoneNumber: task.phone,
  phoneCode: async () => task.code,
  password: async () => task.password,
  onError: (error) => {
    throw error
  },
})
const user = await client.getMe()
const [message] = await client.getMessages(task.channel, { ids: task.message })
// In parts of the largest size that it has.
await drain('gramjs', user.id, client.iterDownload({ file: message.media, requestSize: 512 * 1024 }))
process.exit(0)
