// Makes --exchanges auth keys with GramJS, one after the other on one connection.
import { createRequire } from 'node:module'
import { LocalConnection, silence } from './gramjs.mjs'
import { exchangeKeys, need, task } from './task.mjs'

const require = createRequire(import.meta.url)
const { PromisedNetSockets } = require('telegram/extensions')
const { doAuthentication } = require('telegram/network/Authenticator.js')
const { MTProtoPlainSender } = require('telegram/network')

need('exchanges')
const connection = new LocalConnection({ dcId: task.homeDc, loggers: silence, socket: PromisedNetSockets })
await connection.connect()
const sender = new MTProtoPlainSender(connection, silence)
await exchangeKeys(1, () => doAuthentication(sender, silence))
process.exit(0)
