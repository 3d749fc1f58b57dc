// What the node scripts share: their command line, and the one JSON line that they print.
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
    exchanges: text, // how many auth keys to make
  },
})

// Ends the script when one of its options is missing.
export function need(...names) {
  for (const name of ['dcs', 'key', ...names]) {
    if (values[name] === undefined) throw new Error(`--${name} is missing`)
  }
}

need()
const number = (text) => (text === undefined ? undefined : Number(text))
const [channel, message] = new URL(values.link ?? 'https://t.me').pathname.slice(1).split('/')

export const task = {
  ...values,
  dcs: JSON.parse(values.dcs),
  homeDc: number(values['home-dc']),
  key: readFileSync(values.key, 'utf8'),
  apiId: number(values['api-id']),
  apiHash: values['api-hash'],
  channel,
  message: number(message),
  limit: number(values['limit-bytes']),
  exchanges: number(values.exchanges),
}

export const addressOf = (dc, media) => task.dcs.find((each) => each.id === dc && each.media === media)

// Not maxRSS of getrusage: that begins with the memory of the process that started this one.
function peakRssBytes() {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024
}

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
    peakRssBytes: peakRssBytes(),
    userId: Number(userId),
    sha256: hash?.digest('hex'),
  }
  await print(report)
}

// Runs as many key exchanges as asked for, so many side by side, and prints {"made", "failed": [message]}.
export async function exchangeKeys(parallel, exchange) {
  const failed = []
  let left = task.exchanges
  const worker = async () => {
    while (left-- > 0) {
      await exchange().catch((error) => failed.push(String(error)))
    }
  }
  await Promise.all(Array.from({ length: parallel }, worker))
  await print({ made: task.exchanges - failed.length, failed })
}

// Waits until the line has left: the scripts end by force.
const print = (report) => new Promise((written) => process.stdout.write(JSON.stringify(report) + '\n', written))
