// GramJS as it comes from npm, told of other servers than Telegram's own.
import { createHash, createPublicKey } from 'node:crypto'
import { createRequire } from 'node:module'
import { addressOf, task } from './task.mjs'

const require = createRequire(import.meta.url)
const bigInt = require('big-integer')
const { _serverKeys } = require('telegram/crypto/RSA.js')
const { Logger, LogLevel } = require('telegram/extensions/Logger.js')
const { ConnectionTCPFull } = require('telegram/network')

export const silence = new Logger(process.env.GRAMJS_LOG ?? LogLevel.NONE)

// A TL byte string, as the fingerprint hashes it.
function tlBytes(bytes) {
  const head = bytes.length < 254 ? [bytes.length] : [254, bytes.length & 255, (bytes.length >> 8) & 255, bytes.length >> 16]
  const all = Buffer.concat([Buffer.from(head), bytes])
  return Buffer.concat([all, Buffer.alloc(-all.length & 3)])
}

const { n, e } = createPublicKey(task.key).export({ format: 'jwk' })
const [modulus, exponent] = [n, e].map((part) => Buffer.from(part, 'base64url'))
const fingerprint = createHash('sha1').update(tlBytes(modulus)).update(tlBytes(exponent)).digest().readBigInt64LE(12)
_serverKeys.clear()
_serverKeys.set(fingerprint.toString(), { n: bigInt(modulus.toString('hex'), 16), e: exponent.readUIntBE(0, exponent.length) })

// GramJS knows addresses but no ports (80 at home, 443 elsewhere); its clients take a connection class, which is told
// the data centre.
export class LocalConnection extends ConnectionTCPFull {
  constructor(options) {
    super({ ...options, ...portOf(options.dcId) })
  }
}

function portOf(dc) {
  const { host, port } = addressOf(dc, false)
  return { ip: host, port }
}
