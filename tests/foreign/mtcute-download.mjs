// Logs in with mtcute and downloads the file of one public message into nothing. Options and output: task.mjs.
import { newClient } from './mtcute.mjs'
import { drain, need, task } from './task.mjs'

need('phone', 'code', 'link')
const client = newClient()
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
