// Makes --exchanges auth keys with mtcute, each by a client of its own whose first call proves the key.
import { newClient } from './mtcute.mjs'
import { exchangeKeys, need } from './task.mjs'

need('exchanges')
// A client takes a second to end, and waits for most of it; one that fails begins again by itself.
await exchangeKeys(8, async () => {
  const client = newClient()
  await client.call({ _: 'help.getNearestDc' })
  await client.destroy()
})
process.exit(0)
