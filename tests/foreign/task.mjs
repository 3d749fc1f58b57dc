// What the download scripts share: their command line, and the one JSON line that they print.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

const text = { type: 'string' }
const { values } = parseArgs({
  options: {
    dcs: text, // [{"id", "host", "port", "media"}]
    'home-dc': { ...text, default: '2' },
    key: text, // PEM file of the servers' public key
    'api-id': text,
    'api-hash': text,
    phone: text,
    code: text,
    password: text,
    link: text, // https://t.me/CHANNEL/MESSAGE
    'limit-bytes': text, // stop after this many; the default is the whole file
    hash: { type: 'boolean' }, // also print "sha256", at its cost
  },
})
for (const name of ['dcs', 'key', 'api-id', 'api-hash', 'phone', 'code', 'link']) {
  if (values[name] === undefined) throw new Error(`--${name} is missing`)
}
const [channel, message] = new URL(values.link).pathname.slice(1).split('/')

export const task = {
  ...values,
  dcs: JSON.parse(values.dcs),
  homeDc: Number(values['home-dc']),
  key: readFileSync(values.key, 'utf8'),
  apiId: Number(values['api-id']),
  apiHash: values['api-hash'],
  channel,
  message: Number(message),
  limit: values['limit-bytes'] === undefined ? undefined : Number(values['limit-bytes']),
}

export const addressOf = (dc, media) => task.dcs.find((each) => each.id === dc && each.media === media)

// Takes the file's chunks in order, keeps none, and prints
// {"client", "bytes", "seconds", "cpuSeconds", "peakRssBytes", "userId", "sha256"?} of the download alone, without the login.
export async function drain(client, userId, chunks) {
  const hash = task.hash ? createHash('sha256') : undefined
  const began = performance.now()
  const cpu = process.cpuUsage()
  let bytes = 0
  for await (const chunk of chunks) {
    hash?.update(chunk)
    bytes += chunk.length
    if (task.limit !== undefined && bytes >= task.limit) break
  }
  const { user, system } = process.cpuUsage(cpu)
  const report = {
    client,
    bytes,
    seconds: (performance.now() - began) / 1000,
    cpuSeconds: (user + system) / 1e6,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    userId: Number(userId),
    sha256: hash?.digest('hex'),
  }
  await new Promise((written) => process.stdout.write(JSON.stringify(report) + '\n', written))
}
